//! The fleet on the page: whether the store answers, and the groups that this process shares.
//!
//! What the process knows anyway is in each frame. The members of groups are known to the store alone:
//! it is asked for them only while a viewer is there, in one exchange for all viewers and groups.
//!
//! Without the feature `redis`, or without a connection, there is no fleet to show.

#[cfg(not(feature = "redis"))]
mod absent;
#[cfg(feature = "redis")]
mod command;
#[cfg(feature = "redis")]
mod look;
#[cfg(feature = "redis")]
mod reading;
pub(super) mod views;

#[cfg(not(feature = "redis"))]
pub(super) use self::absent::{FleetLook, command, shared_group};
#[cfg(feature = "redis")]
pub(super) use self::command::command;
#[cfg(feature = "redis")]
pub(super) use self::look::FleetLook;
#[cfg(feature = "redis")]
pub(super) use self::reading::shared_group;
