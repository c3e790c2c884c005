//! The dashboard's server, asked by a real client over a real socket.
//!
//! The stream has a frame each second of real time, as a paused clock would run ahead of the sockets.

#[path = "../../../breaker-runtime/tests/support/child.rs"]
mod child;
mod client;
mod details;
mod expiry;
mod pages;
mod stream;
mod writes;
