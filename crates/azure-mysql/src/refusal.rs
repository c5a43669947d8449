//! Why a login failed, and what to do about it.
//!
//! The server says little: error 1045 stands for a dozen mistakes. What it said, the token's claims,
//! the settings and the clock together often tell which one it was. So do the error codes of a token
//! endpoint. The reports behind each cause are linked where the cause is described.

mod claims;
mod diagnose;
mod diagnosis;
mod message_patterns;
mod report;
mod token_errors;

pub use diagnose::likeliest_cause;
pub use diagnosis::{Cause, Diagnosis, Evidence};
pub use report::{
    cut_before_token, is_refusal, refused_login, token_unavailable, unverified_server,
};
