//! `retry`: failed attempts are made again.

mod functions;
#[path = "../../../breaker-runtime/tests/support/memory.rs"]
mod memory;
mod options;
mod recorded;
mod rejected;
