use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What goes wrong with one request to a token endpoint.
///
/// Errors have the body of the endpoint's own errors. All endpoints share one
/// [script](crate::Emulator::token_faults); a request takes its fault before it is examined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFault {
    /// 429: too many requests.
    TooManyRequests {
        /// When to try again, in whole seconds, rounded up: the header `Retry-After`.
        retry_after: Duration,
    },
    /// 410: the metadata service is being updated. That may take
    /// [70 seconds](https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling).
    Gone,
    /// 500.
    InternalServerError,
    /// 503.
    ServiceUnavailable,
    /// The answer is delayed by this much.
    Delay(Duration),
    /// No answer, until the client disconnects or the emulator stops.
    NeverAnswer,
    /// The answer breaks off after half of its `Content-Length`.
    TruncatedBody,
    /// 200, and a body that is neither JSON nor text.
    GarbageBody,
    /// The connection is closed without an answer.
    DroppedConnection,
    /// The clock that issues the token is this much ahead: the token is not valid yet.
    ClockAhead(Duration),
    /// The clock that issues the token is this much behind: the token expires sooner.
    ClockBehind(Duration),
    /// The token has already expired.
    ExpiredToken,
    /// The token is the one last issued to the identity for the same resource, as the metadata
    /// service does for about a day. If there is none, a new token is issued.
    SameToken,
}

/// A script of faults, from which each request, or each login, takes the next one.
///
/// Faults added with [`once`](Self::once) and [`times`](Self::times) take precedence over the one
/// that [`always`](Self::always) applies. Without any, everything works.
pub struct Faults<F> {
    script: Mutex<(VecDeque<F>, Option<F>)>,
}

impl<F: Clone> Faults<F> {
    /// Adds a fault for the next request that has none yet.
    pub fn once(&self, fault: F) {
        self.script().0.push_back(fault);
    }

    /// Adds a fault for each of the next `count` requests that have none yet.
    pub fn times(&self, count: usize, fault: &F) {
        let faults = std::iter::repeat_n(fault, count).cloned();
        self.script().0.extend(faults);
    }

    /// Sets the fault of every request that has no other, until it is [cleared](Self::clear).
    pub fn always(&self, fault: F) {
        self.script().1 = Some(fault);
    }

    /// Removes all faults.
    pub fn clear(&self) {
        *self.script() = (VecDeque::new(), None);
    }

    pub(crate) fn next(&self) -> Option<F> {
        let (queue, standing) = &mut *self.script();
        queue.pop_front().or_else(|| standing.clone())
    }
}

impl<F> Faults<F> {
    fn script(&self) -> MutexGuard<'_, (VecDeque<F>, Option<F>)> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self {
            script: Mutex::default(),
        }
    }
}

impl<F: fmt::Debug> fmt::Debug for Faults<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (queue, standing) = &*self.script();
        f.debug_struct("Faults")
            .field("queue", queue)
            .field("standing", standing)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_fault_follows_the_script() {
        let faults = Faults::default();
        faults.always("standing");
        faults.once("first");
        faults.times(2, &"second");
        let taken: Vec<_> = (0..5).map(|_| faults.next().unwrap()).collect();
        let expected = ["first", "second", "second", "standing", "standing"];
        assert_eq!(taken, expected);
        faults.clear();
        assert_eq!(faults.next(), None);
    }
}
