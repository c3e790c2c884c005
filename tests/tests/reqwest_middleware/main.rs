//! The middleware for `reqwest-middleware`, against servers on free ports.
//!
//! Sockets need real time. No test waits for a length of time to pass, except for a deadline of 20 ms
//! that a silent server cannot meet.

mod bodies;
mod requests;
mod retries;
mod server;
