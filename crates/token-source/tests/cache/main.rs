//! What `TokenCache` promises, one file a promise. Time is tokio's paused clock.

mod a_valid_token_survives_a_failed_refresh;
mod endpoint;
mod no_fetch_while_fresh;
mod one_fetch_serves_all_callers;
