//! `key` and its limits: a breaker for each key.

#![allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_async,
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod errors;
mod layers;
mod limits;
mod options;
