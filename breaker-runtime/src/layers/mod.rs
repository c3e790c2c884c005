//! The layers around the breaker of an annotated function: retries, and answers from earlier successes.

pub(crate) mod last_good;
pub(crate) mod retry;
