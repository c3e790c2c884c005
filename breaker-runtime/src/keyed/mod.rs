//! A bounded map from keys to members, each made after a template and evicted when it is idle or least
//! needed.
//!
//! The map is generic over [`Member`](member::Member) and knows no breaker. `group` is the map: lookups,
//! commands and totals. `insert` makes the member of a new key, `eviction` takes members out, `evictor`
//! keeps when each was last used, and `table` finds a member without a lock.
//!
//! Invariants:
//!
//! - A key has at most one member that a lookup can find, and a lookup that makes a member always
//!   succeeds.
//! - A member in use is evicted only if all members are in use. Calls in flight go on with a member that
//!   was taken out, and what they count stays in the group's totals.
//! - No user code runs under the group's lock: no clock, no comparison or drop of a key, no listener.
//!
//! A `Mutex<HashMap>` would put a lock that all calls share on the path of each call; a sharded map
//! would still write to a shared line at each hit. Reading time at each hit, as an LRU cache does, would
//! cost more than the call.

pub(crate) mod eviction;
pub(crate) mod evictor;
pub(crate) mod group;
mod insert;
pub(crate) mod member;
pub(crate) mod table;
#[cfg(test)]
mod tests;
