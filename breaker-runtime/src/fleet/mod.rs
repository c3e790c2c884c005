//! Breakers that processes share through a store.
//!
//! [`protocol`] decides, without a store, a clock or a thread of its own. [`store`] keeps what the
//! processes share, in Redis.

pub(crate) mod protocol;
pub(crate) mod store;
