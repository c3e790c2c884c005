//! The function shapes that the attribute takes, each proved to be protected.

#[path = "shapes/async/mod.rs"]
mod r#async;
#[path = "shapes/combinations/mod.rs"]
mod combinations;
#[path = "shapes/fallback/mod.rs"]
mod fallback;
#[path = "shapes/sync.rs"]
mod sync;
