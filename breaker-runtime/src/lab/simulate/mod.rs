//! `breaker-lab simulate`: a system that acts on itself, with and without a policy.
//!
//! A replay has no feedback. Here callers retry, give up and come back, and the dependency still works
//! on what they gave up. Such a system can stay down after the cause of the trouble has gone: a
//! metastable failure (N. Bronson, A. Aghayev, A. Charapko, T. Zhu: "Metastable Failures in Distributed
//! Systems", `HotOS` 2021; L. Huang et al.: "Metastable Failures in the Wild", OSDI 2022). The map shows
//! at which load and capacity it does.
//!
//! - `scenario` has the numbers of a system, read from a file of TOML; `service` is how long a worker
//!   takes.
//! - `dependency` is a queue before workers; `world` runs it with callers and the real breaker on a
//!   virtual clock. `agenda` orders what happens: by time, and what was planned first at the same time.
//! - `recovery` finds when a system is back, `map` runs it at each load and capacity on all cores.
//! - `table`, `svg` and `command` are the output.
//!
//! Each run draws from generators of its own, of the seed and its number: the output is the same on any
//! number of cores. With and without a policy the same calls arrive.

mod agenda;
pub(crate) mod command;
mod dependency;
mod map;
mod recovery;
mod scenario;
mod service;
mod slots;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod world;
