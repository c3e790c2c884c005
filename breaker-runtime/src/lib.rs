//! Circuit breakers as an attribute: [`#[circuit_breaker]`](circuit_breaker) on a sync or async function.
//!
//! ```
//! use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};
//!
//! #[circuit_breaker(failure_threshold = 2, timeout = "30s", fallback = last_known)]
//! fn price(product: u32) -> Result<u32, BreakerError> {
//!     Ok(product * 100)
//! }
//!
//! fn last_known(_product: u32) -> Result<u32, BreakerError> {
//!     Ok(99)
//! }
//!
//! assert_eq!(price(7), Ok(700));
//! breaker_of(price).force_open();
//! assert_eq!(price(7), Ok(99));
//! # breaker_of(price).automatic();
//! # assert_eq!(breaker_of(price).state(), State::Closed);
//! ```
//!
//! [`circuit_breaker`] has the options, each with an example. [`CircuitBreaker`] is the breaker itself, for use without the
//! attribute; [`breakers`], [`breaker`] and [`breaker_of`] find the ones that exist.
//!
//! # States
//!
//! - **Closed**: calls run. [`failure_threshold`](CircuitBreakerBuilder::failure_threshold) failures in a row open it; a
//!   success starts the count anew.
//! - **Open**: calls are rejected, for [`timeout`](CircuitBreakerBuilder::timeout).
//! - **Half-open**: at most [`max_probes`](CircuitBreakerBuilder::max_probes) calls run at a time, as probes.
//!   [`success_threshold`](CircuitBreakerBuilder::success_threshold) successes close it, one failure opens it for another
//!   `timeout`. A probe that has not ended after [`probe_timeout`](CircuitBreakerBuilder::probe_timeout) loses its place.
//!
//! It can open as well when a share of the calls in a window fails or is slow, stay open for longer each time, come
//! back slowly, or thin the calls out instead of opening: [`guide::policies`] says which policy is for what.
//!
//! A result counts only in the state that admitted its call; one that comes later is counted in
//! [`Totals::late`] and changes nothing. So a call that hung through an open period can neither open nor
//! close the breaker afterwards.
//!
//! # Around the breaker
//!
//! A function can have further layers, each by an option of [`circuit_breaker`], in this order from the outside to the
//! inside:
//!
//! ```text
//! fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))
//! ```
//!
//! - `fallback`, `last_good`: what answers instead, and the last success per key before that. [`Aged`] tells its age.
//! - `retry`: a failure is tried again, through the breaker, within a budget. A rejection is not.
//! - [`max_concurrent`](CircuitBreakerBuilder::max_concurrent), [`max_wait`](CircuitBreakerBuilder::max_wait): how many calls run at once, and how
//!   long others wait.
//! - [`call_timeout`](CircuitBreakerBuilder::call_timeout): when an async call is dropped, as a failure.
//!
//! With a `key`, or by [`CircuitBreakerBuilder::keyed`], each host or tenant has a breaker of its own: [`KeyedBreakers`]. The [`guide`]
//! has what follows from the order, and why there is no hedge; [`guide::numbers`] how to choose the numbers.
//!
//! # At run time
//!
//! [`CircuitBreaker::reconfigure`] changes the options of one breaker, [`configure`] those of any number by a
//! file of [`Settings`]; neither loses state, and calls go on meanwhile. [`CircuitBreaker::observe`] and
//! [`observe_all`] start a dry run, in which everything is decided and nothing rejected.
//!
//! # Warnings
//!
//! The operator is warned of a [`NameClash`], of a `static` breaker that cannot be built, and of entries of [`Settings`] that
//! match no breaker. Each warning is an event of the crate `tracing`, with that feature and a subscriber. Otherwise it is
//! one line on standard error, `warning: breaker: ..`, which is not printed again while the process runs, unless more
//! than 256 different ones came between.
//!
//! # Features
//!
//! `tokio` and `retry` are on by default.
//!
//! - `tokio`: what has to wait can do so in a future, on any executor; without it only sync calls wait.
//! - `retry`: the option `retry` of [`circuit_breaker`].
//! - `test-util`: breakers follow tokio's paused time, and `testing::isolate` gives a test fresh ones. For
//!   `[dev-dependencies]`.
//! - `stream`: functions may return streams, which hold their permit until they end; the module `stream`.
//! - `http-body`: the same for the bodies of HTTP responses, with `tower` and `reqwest`.
//! - `serde`: snapshots can be serialised and deserialised, and [`Settings`] deserialised.
//! - `axum`: a [`BreakerError`] is a response, and converts into one: 503 with `Retry-After` for a rejection, 504 for a
//!   time-out.
//! - `tonic`: a [`BreakerError`] converts into a `tonic::Status`: `Unavailable` for a rejection, `DeadlineExceeded` for a
//!   time-out. [`classify`] knows such a status.
//! - `http`: [`classify`] knows the crate's statuses and responses, and their `Retry-After`.
//! - `tower`: a layer for the services of that crate, in the module `tower`.
//! - `last-good`: the option `last_good`, which answers with the last success.
//! - `tracing`: [warnings](#warnings) are events of that crate, with the target `breaker`.
//! - `reqwest`: [`classify`] knows the crate's responses and errors, and the `Retry-After` of the responses.
//!
//! There is no `unsafe` code in this crate or in the attribute. What the attribute expands to has one piece, which is
//! that of the crate `inventory`: a constructor that the linker runs before `main`, to list the function's breaker. It
//! is written by that crate's macro, so that a crate with `#![forbid(unsafe_code)]` compiles all the same.
//!
//! # Limits
//!
//! - Time is kept in microseconds; a period of more than four years and five months counts as that. For more limits see
//!   [`CircuitBreakerBuilder`](crate::CircuitBreakerBuilder#limits).
//! - The generation that tells late results wraps after 8,192 changes of state: a call that outlives an exact
//!   multiple of that many would count once.
//! - A streak is counted up to 2^30 - 1, and a `failure_threshold` above that counts as that.
//! - Slow calls and spans of 2 s and more are timed by a coarse clock where there is one, on Linux and Android. It
//!   may be 20 ms behind.
//! - Up to 64 threads at a time have counters of their own; others share one, and wait for each other there.
//! - Annotated functions and declared breakers are registered by constructors that the linker calls before `main`. What
//!   is called earlier still, by another constructor, is named `unregistered` until then. The constructor also keeps an
//!   annotated function that is never called in the list: the linker removes its body, and keeps the breaker's `static`
//!   (1.2 kB of data), 64 bytes of code and 0.5 kB of relocations and constants (x86-64 Linux, optimized).
//! - On `wasm32-unknown-unknown` the clocks and timers are those of the host. A pause of `retry` in a sync function keeps
//!   the thread busy, and a sync call does not wait for `max_wait`, as no other thread could free what it waits for. A
//!   host that calls no constructors (`__wasm_call_ctors`) lists no function before its first call.

#![cfg_attr(breaker_loom, allow(dead_code))]

// Under loom only the state machine and what it needs is built: loom's atomics cannot stand in a `static`.
mod state;
mod support;
mod sync;
mod time;
mod types;

#[cfg(not(breaker_loom))]
#[doc(hidden)]
#[path = "macro_support/mod.rs"]
pub mod __private;
#[cfg(not(breaker_loom))]
mod breaker;
#[cfg(not(breaker_loom))]
mod config;
pub mod guide;
mod integrations;
#[cfg(not(breaker_loom))]
mod keyed;
#[cfg(not(breaker_loom))]
mod layers;
#[cfg(not(breaker_loom))]
mod registry;
#[cfg(all(feature = "stream", not(breaker_loom)))]
pub mod stream;

#[cfg(not(breaker_loom))]
#[doc = include_str!("circuit_breaker.md")]
pub use breaker_macros::circuit_breaker;
pub use integrations::classify;
#[cfg(all(feature = "tower", not(breaker_loom)))]
pub use integrations::tower;
#[cfg(all(feature = "test-util", not(breaker_loom)))]
pub use registry::testing;
pub use time::clock::{Clock, ManualClock, MonotonicClock};
pub use types::error::{BreakerError, CallError, ErrorKind};
pub use types::outcome::Outcome;
pub use types::snapshot::{BulkheadCounts, KeyCounts, Mode, Snapshot, State, Totals, WindowCounts};
#[cfg(not(breaker_loom))]
pub use {
    breaker::CircuitBreaker,
    breaker::future::CallAsync,
    breaker::keyed_breakers::{KeyedBreakers, KeyedBuilder, find_keyed_breakers_of, keyed_breakers_of},
    breaker::permit::Permit,
    breaker::subscription::Subscription,
    breaker_macros::declare,
    config::{Config, ConfigUpdate, Throttle, Window},
    layers::last_good::Aged,
    registry::build::{CircuitBreakerBuilder, ConfigError},
    registry::settings::{
        ConfigureReport, SettingValue, Settings, SettingsError, SettingsIssue, configure,
    },
    registry::{
        NameClash, automatic_all, breaker, breaker_of, breakers, find_breaker_of, name_clashes,
        observe_all,
    },
    types::event::Event,
    types::key::{BreakerKey, Key, KeyRef},
    types::reason::Reason,
};
