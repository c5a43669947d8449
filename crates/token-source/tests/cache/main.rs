//! What `TokenCache` promises, one file a promise. Time is tokio's paused clock.

mod a_fleet_does_not_refresh_in_step;
mod a_refused_token_is_replaced;
mod a_valid_token_survives_a_failed_refresh;
mod an_idle_cache_is_refreshed_ahead;
mod clocks_that_jump;
mod endpoint;
#[path = "../log/mod.rs"]
mod log;
mod no_fetch_while_fresh;
mod one_fetch_serves_all_callers;
mod secrets_stay_secret;
mod status_tells_how_it_stands;
mod subscribers_follow_the_token;
mod threads_without_a_runtime;
#[path = "../wall_clock/mod.rs"]
mod wall_clock;
