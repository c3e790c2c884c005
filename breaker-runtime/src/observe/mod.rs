//! Figures for operators: how near a breaker is to a trip, metrics, and how long calls take.
//!
//! Everything here is pulled: a reader asks for figures that the breakers keep anyway, and a call
//! executes nothing for it.

pub(crate) mod distance;
