//! What this crate promises, one module a promise.

mod configuration_is_checked;
mod forged_tokens_are_refused;
#[cfg(test)]
mod issuer;
mod which_tokens_may_log_in;
