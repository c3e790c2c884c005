//! Other libraries: classifiers of their results, rejections as their responses, and a tower layer.

pub mod classify;
#[cfg(all(feature = "http-body", feature = "reqwest", not(breaker_loom)))]
mod reqwest;
#[cfg(not(breaker_loom))]
mod responses;
#[cfg(all(feature = "tower", not(breaker_loom)))]
pub mod tower;
