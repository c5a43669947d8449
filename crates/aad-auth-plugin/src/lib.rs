#![doc = include_str!("../README.md")]

mod authenticate;
mod configuration;
mod ffi;
mod log;
mod login;
mod mariadb;
mod mysql;
