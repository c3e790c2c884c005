//! Other libraries: classifiers of their results, rejections as their responses, a tower layer, and a
//! middleware for reqwest.

pub mod classify;
#[cfg(all(feature = "http-body", feature = "reqwest", not(breaker_loom)))]
mod reqwest;
#[cfg(all(feature = "reqwest-middleware", not(breaker_loom)))]
pub mod reqwest_middleware;
#[cfg(not(breaker_loom))]
mod responses;
#[cfg(all(any(feature = "tower", feature = "reqwest-middleware"), not(breaker_loom)))]
mod select;
#[cfg(all(feature = "tower", not(breaker_loom)))]
pub mod tower;
