//! The public types: their auto traits, and their forms in text and serde.

mod auto_traits;
mod findings;
mod health;
mod printed;
mod snapshots;
mod values;
