//! Policies on recorded calls: what they would have decided, before they decide anything.

#[cfg(feature = "record")]
pub mod recording;
