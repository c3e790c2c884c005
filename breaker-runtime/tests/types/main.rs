//! The public types: their auto traits, and what they print and serialise as.

mod auto_traits;
mod printed;
mod snapshots;
mod values;
