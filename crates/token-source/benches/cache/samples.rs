use std::{cell::Cell, time::Duration};

/// How long the iterations of all samples took.
#[derive(Default)]
pub(crate) struct Samples {
    seconds: Cell<f64>,
    iterations: Cell<u32>,
    slowest: Cell<f64>,
}

impl Samples {
    /// Takes note that so many `iterations` took `time`, and passes `time` on.
    pub(crate) fn add(&self, iterations: u64, time: Duration) -> Duration {
        let iterations = u32::try_from(iterations).expect("a run is short");
        let one = time.as_secs_f64() / f64::from(iterations);
        self.seconds.set(self.seconds.get() + time.as_secs_f64());
        self.iterations.set(self.iterations.get() + iterations);
        self.slowest.set(self.slowest.get().max(one));
        time
    }

    /// Seconds. `None` if there are no samples, because this part was not asked for.
    pub(crate) fn slowest(&self) -> Option<f64> {
        (self.iterations.get() > 0).then(|| self.slowest.get())
    }

    /// Seconds. Long samples count for more than the short ones of the warm-up.
    fn mean(&self) -> Option<f64> {
        (self.iterations.get() > 0).then(|| self.seconds.get() / f64::from(self.iterations.get()))
    }

    pub(crate) fn over(&self, other: &Self) -> Option<f64> {
        Some(self.mean()? / other.mean()?)
    }
}
