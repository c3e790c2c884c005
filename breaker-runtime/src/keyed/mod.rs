//! A bounded map from keys to breakers: `table` finds the breaker of a key, `make` makes it, `evictor` keeps when it was used
//! last, `room` lets breakers go, `group` leads them.

pub(crate) mod evictor;
pub(crate) mod group;
mod make;
pub(crate) mod room;
pub(crate) mod table;
