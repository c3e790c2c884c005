//! The parts of the example programs.

pub mod shop;
