//! `async` functions and methods, and functions that return a future.

mod outputs;
