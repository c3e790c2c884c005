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
//! [`circuit_breaker`] has the table of options. [`CircuitBreaker`] is the breaker itself, for use without the
//! attribute; [`breakers`], [`breaker`] and [`breaker_of`] find the ones that exist.
//!
//! # States
//!
//! - **Closed**: calls run. [`failure_threshold`](Builder::failure_threshold) failures in a row open it; a
//!   success starts the count anew.
//! - **Open**: calls are rejected, for [`timeout`](Builder::timeout).
//! - **Half-open**: at most [`max_probes`](Builder::max_probes) calls run at a time, as probes.
//!   [`success_threshold`](Builder::success_threshold) successes close it, one failure opens it for another
//!   `timeout`. A probe that has not ended after [`probe_timeout`](Builder::probe_timeout) loses its place.
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
//! - `fallback`, `last_good`: what answers instead, and the last success per key before that. [`Stale`] tells its age.
//! - `retry`: a failure is tried again, through the breaker, within a budget. A rejection is not.
//! - [`max_concurrent`](Builder::max_concurrent), [`max_wait`](Builder::max_wait): how many calls run at once, and how
//!   long others wait.
//! - [`call_timeout`](Builder::call_timeout): when an async call is dropped, as a failure.
//!
//! With a `key`, or by [`Builder::keyed`], each host or tenant has a breaker of its own: [`KeyedBreakers`]. The [`guide`]
//! has what follows from the order, and why there is no hedge; [`guide::numbers`] how to choose the numbers.
//!
//! # At run time
//!
//! [`CircuitBreaker::reconfigure`] changes the options of one breaker, [`configure`] those of any number by a
//! file of [`Settings`]; neither loses state, and calls go on meanwhile. [`CircuitBreaker::observe`] and
//! [`observe_all`] start a dry run, in which everything is decided and nothing rejected.
//!
//! # Features
//!
//! `tokio` and `retry` are on by default.
//!
//! - `tokio`: what has to wait can do so in a future, on any executor; without it only sync calls wait.
//! - `retry`: the option `retry` of [`circuit_breaker`].
//! - `test-util`: breakers follow tokio's paused time, and `testing::isolate` gives a test fresh ones. For
//!   `[dev-dependencies]`.
//! - `serde`: snapshots can be serialised, and [`Settings`] deserialised.
//! - `axum`: a [`BreakerError`] is a response, and converts into one: 503 with `Retry-After` for a rejection, 504 for a
//!   time-out.
//! - `tonic`: a [`BreakerError`] converts into a `tonic::Status`: `Unavailable` for a rejection, `DeadlineExceeded` for a
//!   time-out. [`classify`] knows such a status.
//! - `http`: [`classify`] knows the crate's statuses and responses, and their `Retry-After`.
//! - `tower`: a layer for the services of that crate, in the module `tower`.
//! - `last-good`: the option `last_good`, which answers with the last success.
//! - `tracing`: warnings are events of that crate, with the target `breaker`: a [`NameClash`], a `static` breaker that
//!   cannot be built.
//! - `reqwest`: [`classify`] knows the crate's responses and errors, and the `Retry-After` of the responses.
//!
//! # Architecture
//!
//! A decision is apart from its storage, from the clock, and from its effects, so that each can be checked by
//! the means that suit it.
//!
//! | where | what | why there |
//! |---|---|---|
//! | `state/word.rs` | the 64 bits that hold kind, generation and count or deadline; a call's token | one word, so that no two parts of a state can be seen apart |
//! | `state/machine.rs` | the rules: pure functions from word, input and time to the next word | can be read beside the table of rules, and tested without threads |
//! | `state/policy.rs` | the numbers that the rules need, and the formulas over them alone | safe with any number, as ranges are the business of `config/` |
//! | `state/cell.rs` | carries the rules out by compare-and-swap | all that loom has to explore; `sync.rs` swaps the atomics |
//! | `state/probes.rs` | the leases of half-open probes, one atomic number each | a lost probe is lost alone and by the clock |
//! | `state/past.rs` | what an open state remembers beside the word: failed probes, and its period | written before the word and tagged with its generation |
//! | `state/ramp.rs` | the share of calls after recovery | one shared counter, as nobody's luck is to decide |
//! | `state/watch.rs` | the windows under their lock, and when a success need not look at them | only what is seldom, such as a failure, waits for a lock |
//! | `state/lanes.rs`, `lane.rs` | counters of each thread, and the threads' numbers | threads that succeed do not wait for each other |
//! | `state/allowance.rs` | how many breakers of a family may be open | taken before the word changes, so that there are never too many |
//! | `state/world.rs` | time, chance and thread, as the state machine asks for them | they may be the user's code, which no lock is held for |
//! | `window/` | the results that rates are judged by: the last N, or those of a span of time | plain data, to be checked beside a list of results |
//! | `chance.rs` | random numbers for jitter and throttling | to be replaced in tests |
//! | `journal.rs`, `event.rs` | changes of state in order, and their delivery to listeners | after publication, with no lock held while a listener runs |
//! | `timer.rs` | time for futures that wait | inside tokio its timers, elsewhere one thread |
//! | `totals.rs`, `clock/` | what is counted seldom; time, precise or coarse | the closed path reads no clock unless its policy asks for time |
//! | `state/bulkhead.rs` | the places for calls that run at once, and the line of those that wait | no lock while a place is free; nobody overtakes |
//! | `engine.rs` | one breaker: the above, put together | what a `static` holds |
//! | `turn.rs` | the future of a call that waits for its place | small, as it is part of the user's |
//! | `breaker.rs`, `permit.rs`, `future.rs` | the handle, the right to run one call, the futures | a permit is settled once, whatever happens to the call |
//! | `config/`, `error.rs`, `outcome.rs`, `snapshot.rs` | options with their ranges; what callers are told and can read | plain data |
//! | `retry/` | whether and when a call that failed is tried again | apart from the loop that does it, as it is the same for sync and async |
//! | `builder.rs`, `subscription.rs` | what makes a handle, and what holds one | above the engine, which knows neither |
//! | `log.rs`, `text.rs` | warnings for the operator; names and keys on one line | a name must not forge a line of a log |
//! | `registry.rs`, `registry/`, `names.rs` | who exists, under which name; the path of a function | link-time registration, by the crate `inventory` |
//! | `keyed/` | a breaker for each key: what can be one, the table, who comes and goes | a table read without a lock, whose entries go only when nobody uses them |
//! | `settings/`, `realm.rs` | settings from outside; whose breakers they are for | above the registry, and used by it for what is built later |
//! | `attribute/` | what the attribute expands to calls | ordinary functions: the expansion stays small |
//! | `last_good/` | the last success per key | type-erased behind a hash; no user code under a lock |
//! | `tower/` | the breaker as a layer of services | the same permits and futures, owned |
//! | `classify/` | whose fault an output is, and when to come back | by traits, so that users' types can tell as well |
//! | `interop/`, `testing.rs` | other crates' types; isolation for tests | behind features |
//! | `guide/` | the layers, which policy is for what, with which numbers | documentation, with examples that run |
//!
//! There is no `unsafe` code in this crate, in the attribute, or in what it expands to.
//!
//! # Limits
//!
//! - Time is kept in microseconds; a period of more than four years and five months counts as that.
//! - The generation that tells late results wraps after 8,192 changes of state: a call that outlives an exact
//!   multiple of that many would count once.
//! - A streak is counted up to 2^30 - 1, and a `failure_threshold` above that counts as that.
//! - Slow calls and spans of 2 s and more are timed by a coarse clock where there is one, on Linux and Android. It
//!   may be 20 ms behind.
//! - Up to 64 threads at a time have counters of their own; others share one, and wait for each other there.
//! - Annotated functions and declared breakers are registered by constructors that the linker calls before `main`. What
//!   is called earlier still, by another constructor, is named `unregistered` until then.

#![cfg_attr(breaker_loom, allow(dead_code))]

// Under loom only the state machine is built: its models need nothing else, and loom's atomics cannot
// stand in a `static`.
mod clock;
mod error;
mod outcome;
mod retry;
mod snapshot;
mod state;
mod sync;
mod text;
mod window;

#[cfg(not(breaker_loom))]
#[doc(hidden)]
#[path = "attribute/mod.rs"]
pub mod __private;
#[cfg(not(breaker_loom))]
mod breaker;
#[cfg(not(breaker_loom))]
mod builder;
#[cfg(not(breaker_loom))]
mod chance;
pub mod classify;
#[cfg(not(breaker_loom))]
mod config;
mod contain;
#[cfg(not(breaker_loom))]
mod engine;
#[cfg(not(breaker_loom))]
mod event;
#[cfg(not(breaker_loom))]
mod future;
pub mod guide;
#[cfg(not(breaker_loom))]
mod interop;
#[cfg(not(breaker_loom))]
mod journal;
#[cfg(not(breaker_loom))]
mod keyed;
#[cfg(not(breaker_loom))]
mod lane;
#[cfg(not(breaker_loom))]
mod last_good;
#[cfg(not(breaker_loom))]
mod log;
#[cfg(not(breaker_loom))]
mod names;
#[cfg(not(breaker_loom))]
mod permit;
#[cfg(not(breaker_loom))]
mod realm;
#[cfg(not(breaker_loom))]
mod registry;
#[cfg(not(breaker_loom))]
mod settings;
#[cfg(not(breaker_loom))]
mod subscription;
#[cfg(all(feature = "test-util", not(breaker_loom)))]
pub mod testing;
#[cfg(all(feature = "tokio", not(breaker_loom)))]
mod timer;
#[cfg(not(breaker_loom))]
mod totals;
#[cfg(all(feature = "tower", not(breaker_loom)))]
pub mod tower;
#[cfg(not(breaker_loom))]
mod turn;

pub use clock::{Clock, ManualClock, MonotonicClock};
pub use error::{BreakerError, CallError, ErrorKind};
pub use outcome::Outcome;
pub use snapshot::{BulkheadCounts, Mode, Snapshot, State, Totals, WindowCounts};
#[cfg(not(breaker_loom))]
pub use {
    breaker::CircuitBreaker,
    breaker_macros::{circuit_breaker, declare},
    builder::{Builder, ConfigError},
    config::{Config, Options, Throttle, Window},
    event::{Event, Reason},
    future::CallAsync,
    keyed::{
        BreakerKey, Key, KeyRef, KeyedBreakers, KeyedBuilder, find_keyed_breakers_of, keyed_breakers_of,
    },
    last_good::Stale,
    permit::Permit,
    registry::{
        NameClash, automatic_all, breaker, breaker_of, breakers, find_breaker_of, name_clashes,
        observe_all,
    },
    settings::{Configured, SettingValue, Settings, SettingsError, SettingsMistake, configure},
    subscription::Subscription,
};
