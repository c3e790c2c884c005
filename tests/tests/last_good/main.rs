//! `last_good`: the last success answers where a fallback would run.

mod functions;
mod options;
