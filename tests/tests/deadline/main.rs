//! `call_timeout`: a call that takes too long is dropped, counts as a failure, and ends with a time-out.

mod functions;
mod options;
mod timers;
