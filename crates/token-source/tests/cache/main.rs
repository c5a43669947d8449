//! What `TokenCache` promises, one file a promise. Time is tokio's paused clock.

mod blocking_threads;
mod clock_jumps;
mod current_never_waits;
mod endpoint;
mod idle_cache_is_refreshed_ahead;
#[path = "../log/mod.rs"]
mod log;
mod no_fetch_while_fresh;
mod one_fetch_serves_all_callers;
mod refresh_jitter;
mod rejected_token_is_replaced;
mod secrets;
mod status;
mod subscribers;
mod valid_token_survives_a_failed_refresh;
#[path = "../wall_clock/mod.rs"]
mod wall_clock;
mod warm_up;
