//! What stands around a function: accessors, shared breakers, names, modules, macros.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

#[path = "items/accessors.rs"]
mod accessors;
#[path = "items/declared.rs"]
mod declared;
#[path = "items/groups.rs"]
mod groups;
#[path = "items/hygiene.rs"]
mod hygiene;
#[path = "items/macros.rs"]
mod macros;
#[path = "items/names.rs"]
mod names;
#[path = "items/same_names.rs"]
mod same_names;
#[path = "items/shared.rs"]
mod shared;
