//! The rules by which processes share a breaker, as two pure machines.
//!
//! - [`group`]: one group of breakers as the store keeps it, and its answers. The in-memory store calls
//!   it; the scripts of the Redis store follow the same rules.
//! - [`membership`]: one breaker of one process, and what it sends and applies. The background task of
//!   the process calls it.
//! - [`message`]: the requests of a process, and the view that answers them.
//!
//! Invariants:
//!
//! - A group opens only while enough distinct live processes see failures: its quorum. The number of
//!   live processes never lowers a quorum, so that a bad process alone opens no group.
//! - Each change of phase begins a new epoch, and an epoch never comes back: not after a restart of the
//!   store, nor after a failover or a restored backup that loses writes.
//! - An order that the store has lost is taken up again by a quorum of those that are open by it, and by
//!   no process once one has reported that it has ended.
//! - At most one process holds the probe lease of an epoch, until a deadline. At most one result counts
//!   for an epoch, which it ends.
//! - Lengths of time pass between processes and store, and no times of day: their clocks need not agree.
//!
//! A lock on the store, which each process takes before it changes the state, would be lost or held too
//! long whenever a process pauses; here each request is decided at once by the store.

#[cfg_attr(not(test), allow(dead_code, reason = "the store in Redis decides by its scripts"))]
pub(crate) mod group;
#[cfg(test)]
mod group_property_tests;
#[cfg(test)]
mod group_tests;
mod members;
pub(crate) mod membership;
#[cfg(test)]
mod membership_tests;
pub(crate) mod message;
#[cfg(test)]
pub(crate) mod model;
