//! `retry`: failed attempts are made again.

mod functions;
mod options;
mod recorded;
mod rejected;
