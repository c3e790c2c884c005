//! Breakers that processes share through a store.
//!
//! [`protocol`] decides, without a store, a clock or a thread of its own.

pub(crate) mod protocol;
