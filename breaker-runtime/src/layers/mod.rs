//! What stands around the breaker in an annotated function: retries, and answers from earlier successes.

pub(crate) mod last_good;
pub(crate) mod retry;
