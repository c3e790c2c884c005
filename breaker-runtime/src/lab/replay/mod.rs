//! The replay of a log under a policy: what the breaker would have decided.
//!
//! `engine` drives a real breaker on a virtual clock, call by call, and `keys` all keys of one together
//! where they depend on each other; `incident` finds in the log when the
//! dependency failed, without a policy; `score` compares the two. `table`, `svg` and the JSON of
//! [`ReplayReport`] show the result.

pub(crate) mod command;
pub(crate) mod engine;
pub(crate) mod incident;
pub(crate) mod keys;
pub(crate) mod score;
mod svg;
pub(crate) mod table;
#[cfg(test)]
mod tests;
