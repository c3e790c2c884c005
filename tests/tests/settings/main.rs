//! Settings from outside, for annotated functions.

mod operators;
mod switches;
