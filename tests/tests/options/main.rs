//! The effect of each option, and that this option causes it: the same calls go through two functions
//! that differ in this option alone.

#![allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_async,
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod builder;
mod cause_entries;
mod causes;
mod docs;
mod exclude;
mod fallbacks;
mod identity;
mod outcomes;
mod periods;
mod recovery;
mod shares;
mod throttling;
mod trips;
