//! The items around a function: accessors, shared breakers, names, modules, macros.

#![allow(
    clippy::unused_async,
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod accessors;
mod declared;
mod groups;
mod hygiene;
mod macros;
mod names;
mod same_names;
mod shared;
