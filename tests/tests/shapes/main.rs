//! The shapes of function that the attribute accepts, each proved to be protected.

#![allow(
    clippy::double_must_use,
    clippy::elidable_lifetime_names,
    clippy::match_bool,
    clippy::semicolon_if_nothing_returned,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_async,
    clippy::unused_self,
    clippy::unused_unit,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod r#async;
mod combinations;
mod fallback;
mod return_types;
mod sync;
