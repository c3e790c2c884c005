//! Sync functions and methods.

mod arguments;
mod bodies;
mod borrows;
mod closures;
mod generics;
mod kinds;
mod methods;
mod results;
