use std::time::Duration;

/// How many connections a [`Pool`](crate::Pool) keeps, and for how long.
///
/// The defaults are those of the driver's own pool.
///
/// ```
/// use std::time::Duration;
/// use token_source_mysql_async::PoolOptions;
///
/// let options = PoolOptions::default()
///     .with_max_size(20)
///     .with_wait_timeout(Duration::from_secs(5));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolOptions {
    pub(crate) max_size: usize,
    pub(crate) min_size: usize,
    pub(crate) idle_lifetime: Duration,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) wait_timeout: Option<Duration>,
}

impl PoolOptions {
    /// How many connections are open at once at most. Defaults to 100.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[must_use]
    pub fn with_max_size(mut self, connections: usize) -> Self {
        assert!(connections > 0, "a pool needs room for a connection");
        self.max_size = connections;
        self
    }

    /// How many idle connections are kept whatever their [idle
    /// lifetime](Self::with_idle_lifetime). None is opened for that. Defaults to 10.
    #[must_use]
    pub fn with_min_size(mut self, connections: usize) -> Self {
        self.min_size = connections;
        self
    }

    /// How long a connection may be idle before it is closed, if there are more idle ones than the
    /// [least](Self::with_min_size). It is looked at every 30 s. Defaults to no time: what a peak
    /// has opened goes at the next look.
    #[must_use]
    pub fn with_idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = lifetime;
        self
    }

    /// How old a connection may grow. An older one is closed instead of being handed out again.
    /// A new one is handed out in any case. Defaults to no limit: open connections live on when their
    /// token expires.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// How long a caller waits for a connection while all are taken, before it gets an error of the
    /// kind [`Timeout`](crate::ErrorKind::Timeout). Defaults to no limit.
    #[must_use]
    pub fn with_wait_timeout(mut self, timeout: Duration) -> Self {
        self.wait_timeout = Some(timeout);
        self
    }
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            max_size: 100,
            min_size: 10,
            idle_lifetime: Duration::ZERO,
            lifetime: None,
            wait_timeout: None,
        }
    }
}
