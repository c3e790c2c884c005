//! The state machine: [`word`] is what is stored, [`transition`] the rules by the numbers of [`policy`], [`cell`] the
//! atomics that carry them out. [`probe_slots`] has the half-open leases, [`open_history`] what an open state remembers,
//! [`ramp`] the calls after recovery, [`window`] the windows, [`window_guard`] when one has to be looked at, [`counters`]
//! the counters of each thread, [`open_quota`] how many breakers of a group may be open, [`commands`] what all of a group
//! are to do, and [`env`] what comes from outside. [`semaphore`] and [`retry_budget`] stand by themselves.

pub(crate) mod cell;
pub(crate) mod commands;
pub(crate) mod counters;
pub(crate) mod env;
pub(crate) mod open_history;
pub(crate) mod open_quota;
pub(crate) mod policy;
pub(crate) mod probe_slots;
pub(crate) mod ramp;
pub(crate) mod retry_budget;
#[cfg(not(breaker_loom))]
pub(crate) mod rng;
pub(crate) mod semaphore;
pub(crate) mod transition;
pub(crate) mod window;
pub(crate) mod window_guard;
pub(crate) mod word;

#[cfg(all(test, not(breaker_loom)))]
mod model;
#[cfg(all(test, breaker_loom))]
mod races;
