//! Options of a breaker: what can be built, and what changes at run time.

mod builder;
mod reconfigure;
#[cfg(feature = "shadow")]
mod shadow;
mod table;
#[path = "../support/wait.rs"]
mod wait;
