//! The function shapes that the attribute takes, each proved to be protected.

#![allow(
    clippy::double_must_use,
    clippy::elidable_lifetime_names,
    clippy::match_bool,
    clippy::semicolon_if_nothing_returned,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::unused_unit,
    reason = "functions as users write them, which lints see through the attribute"
)]

#[path = "shapes/async/mod.rs"]
mod r#async;
#[path = "shapes/combinations/mod.rs"]
mod combinations;
#[path = "shapes/fallback/mod.rs"]
mod fallback;
#[path = "shapes/sync.rs"]
mod sync;
