//! The state machine: [`word`] is what is stored, [`machine`] the rules, [`probes`] the half-open
//! leases, [`cell`] the atomics that carry them out.

pub(crate) mod cell;
pub(crate) mod machine;
pub(crate) mod probes;
pub(crate) mod word;

#[cfg(all(test, not(breaker_loom)))]
mod model;
#[cfg(all(test, breaker_loom))]
mod races;
