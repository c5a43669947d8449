//! Why a login was refused, and what to do about it.
//!
//! The server says little: error 1045 stands for a dozen mistakes. What it said, what the token says
//! about itself, the settings and the clock together often tell which one it was. The reports behind
//! each cause are linked where the cause is described.

mod diagnosis;
mod finding;
mod report;
mod token;
mod words;

pub use diagnosis::likeliest_cause;
pub use finding::{Cause, Finding, Symptom};
pub use report::{cut_before_token, is_refusal, refused_login, unverified_server};
