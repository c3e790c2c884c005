//! `async` functions and methods, and functions that return a future.

mod arguments;
mod outputs;
mod receivers;
mod traits;
