//! Sync functions and methods.

#[path = "sync/arguments.rs"]
mod arguments;
#[path = "sync/bodies.rs"]
mod bodies;
#[path = "sync/borrows.rs"]
mod borrows;
#[path = "sync/closures.rs"]
mod closures;
#[path = "sync/generics.rs"]
mod generics;
#[path = "sync/kinds.rs"]
mod kinds;
#[path = "sync/methods.rs"]
mod methods;
#[path = "sync/results.rs"]
mod results;
