//! The programs in the README, compiled as documentation tests.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
