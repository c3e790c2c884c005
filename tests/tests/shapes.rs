//! The function shapes that the attribute takes, each proved to be protected.

#[path = "shapes/sync.rs"]
mod sync;
