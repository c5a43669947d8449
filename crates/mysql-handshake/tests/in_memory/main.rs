//! Both sides, without a network.

mod common;
mod hostile_client;
mod hostile_server;
mod login;
mod stream;
