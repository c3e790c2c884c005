//! The middleware for `reqwest-middleware`, against servers on free ports.
//!
//! Sockets need real time. No test waits for a length of time to pass: what hangs, hangs for ever, and
//! the limits that end it are in the middleware.

mod bodies;
mod requests;
mod retries;
mod server;
