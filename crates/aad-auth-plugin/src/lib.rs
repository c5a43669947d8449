#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod authenticate;
mod configuration;
mod ffi;
mod log;
mod login;
mod mariadb;
mod mysql;
