//! The function shapes that the attribute takes, each proved to be protected.

#[path = "shapes/async/mod.rs"]
mod r#async;
#[path = "shapes/sync.rs"]
mod sync;
