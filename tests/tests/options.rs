//! What each option does, and that it is this option which does it: the same calls go through two functions
//! that differ in nothing else.

#![allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_async,
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

#[path = "options/bulkhead.rs"]
mod bulkhead;
#[path = "options/callers.rs"]
mod callers;
#[path = "options/exclude.rs"]
mod exclude;
#[path = "options/fallbacks.rs"]
mod fallbacks;
#[path = "options/identity.rs"]
mod identity;
#[path = "options/keys.rs"]
mod keys;
#[path = "options/layers.rs"]
mod layers;
#[path = "options/outcomes.rs"]
mod outcomes;
#[path = "options/periods.rs"]
mod periods;
#[path = "options/recovery.rs"]
mod recovery;
#[path = "options/shares.rs"]
mod shares;
#[path = "options/throttling.rs"]
mod throttling;
#[path = "options/trips.rs"]
mod trips;
#[path = "options/twins.rs"]
mod twins;
