//! The state machine: [`word`] is what is stored, [`machine`] the rules by the numbers of [`policy`], [`cell`] the
//! atomics that carry them out. [`probes`] has the half-open leases, [`past`] what an open state remembers,
//! [`ramp`] the calls after recovery, [`watch`] the windows and when nobody has to look at them, [`lanes`] the
//! counters of each thread, [`allowance`] how many breakers of a family may be open, [`orders`] what all of a family
//! are to do, and [`world`] what comes from outside. [`bulkhead`] stands by itself: who runs at once, and who waits.

pub(crate) mod allowance;
pub(crate) mod bulkhead;
pub(crate) mod cell;
pub(crate) mod lanes;
pub(crate) mod machine;
pub(crate) mod orders;
pub(crate) mod past;
pub(crate) mod policy;
pub(crate) mod probes;
pub(crate) mod ramp;
pub(crate) mod watch;
pub(crate) mod word;
pub(crate) mod world;

#[cfg(all(test, not(breaker_loom)))]
mod model;
#[cfg(all(test, breaker_loom))]
mod races;
