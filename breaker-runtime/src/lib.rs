//! Circuit breakers as an attribute: [`#[circuit_breaker]`](circuit_breaker) on a sync or async
//! function.
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
//! - [`circuit_breaker`] has all options, each with an example.
//! - [`guide`] says which option is for what, how the layers work together, and how to choose the
//!   numbers.
//! - [`CircuitBreaker`] is the breaker itself, for use without the attribute; [`breakers`], [`breaker`]
//!   and [`breaker_of`] find the existing ones, [`KeyedBreakers`] those of hosts or tenants.
//! - [`configure`] changes options while the process runs, from a file of [`Settings`].
//! - [`classify`] judges HTTP and gRPC answers, and your own errors.
//!
//! # States
//!
//! - **Closed**: calls run. [`failure_threshold`](circuit_breaker#failure_threshold) failures in a row
//!   open it; a success resets the count. Rates of failures and of slow calls are [further
//!   policies](guide::policies).
//! - **Open**: calls are rejected, for [`timeout`](circuit_breaker#timeout).
//! - **Half-open**: at most [`max_probes`](circuit_breaker#max_probes) calls run at a time, as probes.
//!   [`success_threshold`](circuit_breaker#success_threshold) successes close it, one failure opens it
//!   for another `timeout`. A probe that has not ended after
//!   [`probe_timeout`](circuit_breaker#probe_timeout) loses its slot.
//!
//! A result counts only in the state that admitted its call. A later one is counted in [`Totals::late`]
//! and changes nothing: a call that hung through an open period can neither open nor close the breaker.
//!
//! # Layers
//!
//! A function can have further layers, each by an option of [`circuit_breaker`], always in this order:
//!
//! ```text
//! fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))
//! ```
//!
//! The [guide](guide#the-layers) has the consequences.
//!
//! # Warnings
//!
//! There is a warning for a [`NameClash`], for a `static` breaker that cannot be built, for entries of
//! [`Settings`] that match no breaker, and for each [`Finding`] when it is first read. Each is an event
//! of the crate `tracing`, with that feature and a subscriber. Otherwise it is one line on standard
//! error, `warning: breaker: ..`, which is printed once, or again after 256 different ones.
//!
//! # Features
//!
//! `tokio` and `retry` are on by default. The crate needs Rust 1.85, with any features; the last column
//! is the `rust-version` of the crates that a feature adds: of the oldest that is taken, and of newer
//! ones where they need more.
//!
//! | feature | brings | adds | their Rust |
//! |---|---|---|---|
//! | `tokio` | futures that wait, on any executor; without it only sync calls wait | `tokio` | 1.85 |
//! | `retry` | the option [`retry`](circuit_breaker#retry) | none | any |
//! | `last-good` | the option [`last_good`](circuit_breaker#last_good) | `quick_cache`, `typeid` | 1.85 |
//! | `stream` | functions that return streams | `futures-core` | 1.36 |
//! | `http-body` | bodies of HTTP responses as streams, with `tower` and `reqwest` | `http-body` | 1.68 |
//! | `tower` | a layer for the services of that crate | `tower-layer`, `tower-service` | any |
//! | `http` | [`classify`] for statuses and responses, and their `Retry-After` | `http`, `httpdate` | 1.68 |
//! | `reqwest` | [`classify`] for the crate's responses and errors | `reqwest`, `hyper` | 1.85 |
//! | `reqwest-middleware` | a middleware for the clients of that crate, with a breaker per host | `reqwest-middleware`, `anyhow`, `async-trait` | 1.85 |
//! | `tonic` | [`classify`] for `tonic::Status`, and a rejection as one | `tonic` | 1.85 |
//! | `sqlx` | [`classify`] for the [errors of databases](guide::databases) | `sqlx-core` | 1.85; 1.94 with `sqlx` 0.9 |
//! | `tokio-postgres` | the same | `tokio-postgres` | 1.85 |
//! | `rusqlite` | the same | `rusqlite` | 1.85; 1.89 from `rusqlite` 0.41 |
//! | `redis` | the same | `redis`, `futures-core`, and that of `tokio` | 1.85; 1.88 from `redis` 1.2.3 |
//! | `redis-tls` | the same over TLS | `rustls` with `ring`, and those of `redis` | 1.85 |
//! | `axum` | a rejection as a response: 503 with `Retry-After`, or [504 or 502](ErrorKind) | `axum` | 1.80 |
//! | `serde` | [`Snapshot`]s and [`Config`]s to write and read, [`Settings`] to read | `serde` | 1.71 |
//! | `dashboard` | a [page](dashboard) that shows all breakers, live | `axum`, `serde_json`, `http-body`, `sha2`, `base64`, `subtle`, and those of `serde` and `metrics` | 1.80 |
//! | `tracing` | [events](guide::operations#in-the-log) and [warnings](#warnings) in that crate | `tracing` | 1.65 |
//! | `inject` | [game days](guide::game_days) | `humantime`, and that of `tokio` | 1.85 |
//! | `record` | the [recording](lab::recording) of calls | `serde_json`, `humantime`, and that of `serde` | 1.71 |
//! | `lab` | the [program](guide::lab) `breaker-lab`, which tries policies on recorded calls | `clap`, `indicatif`, `rayon`, `toml`, and those of `record` | 1.85 |
//! | `shadow` | a [second policy](CircuitBreakerBuilder::shadow) beside that of a breaker, which decides nothing | none | any |
//! | `latency` | [`CircuitBreaker::latency`]: how long timed calls took | `histogram` | 1.85 |
//! | `metrics` | [`metrics`](guide::metrics) for Prometheus, and `latency` | `prometheus-client` | any |
//! | `metrics-facade` | the same for the crate `metrics`, and `latency` | `metrics` | 1.71 |
//! | `opentelemetry` | the same for OpenTelemetry, and `latency` | `opentelemetry` | 1.75 |
//! | `test-util` | breakers that follow tokio's paused time, and isolated tests | `tokio` | 1.85 |
//!
//! There is no `unsafe` code in this crate or in the attribute. [`guide::limits`] has ranges and
//! approximations, and [`guide::internals`] describes how the crate is built.

#![cfg_attr(docsrs, feature(doc_cfg), doc(auto_cfg(hide(breaker_loom))))]
#![deny(missing_debug_implementations)]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]
#![cfg_attr(breaker_loom, allow(dead_code, missing_debug_implementations))]

// Under loom only the state machine and what it needs is built: loom's atomics cannot stand in a
// `static`.
mod state;
mod support;
mod sync;
mod time;
mod types;

#[cfg(not(breaker_loom))]
#[doc(hidden)]
#[allow(
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "only the attribute of the same version uses them"
)]
#[path = "macro_support/mod.rs"]
pub mod __private;
// Hidden in the documentation alone: in messages the compiler prefers a path that is not hidden.
#[cfg(not(breaker_loom))]
#[cfg_attr(doc, doc(hidden))]
pub use __private::bounds;
#[cfg(not(breaker_loom))]
mod breaker;
#[cfg(not(breaker_loom))]
mod config;
#[cfg(all(feature = "redis", not(breaker_loom)))]
pub mod fleet;
pub mod guide;
mod integrations;
#[cfg(not(breaker_loom))]
mod keyed;
#[cfg(all(feature = "record", not(breaker_loom)))]
pub mod lab;
#[cfg(not(breaker_loom))]
mod layers;
#[cfg(not(breaker_loom))]
mod observe;
#[cfg(not(breaker_loom))]
mod registry;
#[cfg(all(feature = "stream", not(breaker_loom)))]
pub mod stream;

#[cfg(not(breaker_loom))]
#[doc = include_str!("circuit_breaker.md")]
pub use breaker_macros::circuit_breaker;
/// Declares `static` breakers that several functions share.
///
/// ```
/// use breaker_runtime::{BreakerError, State, circuit_breaker, declare};
///
/// declare! {
///     /// All calls to the database.
///     pub static DB: failure_threshold = 3, timeout = "10s";
///
///     static SEARCH: name = "catalogue", failure_rate = 0.5, window = "10s";
/// }
///
/// #[circuit_breaker(breaker = DB)]
/// fn load(id: u32) -> Result<u32, BreakerError> {
///     Ok(id)
/// }
///
/// DB.trip();
/// assert!(load(7).is_err());
/// assert_eq!(SEARCH.state(), State::Closed);
/// ```
///
/// Each declaration ends with `;`, which the last one can omit. Options of [`circuit_breaker`] follow
/// `:`, with the same values and checks; without `:` all have their defaults. Attributes and
/// documentation comments apply to the `static`, which is a [`CircuitBreaker`]: use `DB.state()` and
/// `DB.call(..)`, or `breaker = DB` and `breaker = crate::pool::DB` in functions.
///
/// The breaker is listed from the start, without an initialiser that runs first. Settings apply to it by
/// its `name`, which is `module::path::DB` by default.
///
/// The options are those of the policy, `name` and `crate`. Options of single calls, such as `fallback`,
/// `retry` or `failure_if`, belong to the functions. A breaker with a `key` cannot be declared: for
/// several functions that share one, use [`keyed`](CircuitBreakerBuilder::keyed).
#[cfg(not(breaker_loom))]
pub use breaker_macros::declare;
#[cfg(all(feature = "shadow", not(breaker_loom)))]
pub use config::shadow::ShadowOptions;
pub use integrations::classify;
#[cfg(all(feature = "reqwest-middleware", not(breaker_loom)))]
pub use integrations::reqwest_middleware;
#[cfg(all(feature = "tower", not(breaker_loom)))]
pub use integrations::tower;
#[cfg(all(feature = "dashboard", not(breaker_loom)))]
pub use observe::dashboard;
#[cfg(all(feature = "metrics", not(breaker_loom)))]
pub use observe::metrics;
#[cfg(all(feature = "metrics-facade", not(breaker_loom)))]
pub use observe::metrics_facade;
#[cfg(all(feature = "opentelemetry", not(breaker_loom)))]
pub use observe::opentelemetry;
#[cfg(all(feature = "inject", not(breaker_loom)))]
pub use registry::inject;
#[cfg(all(feature = "test-util", not(breaker_loom)))]
pub use registry::testing;
pub use time::clock::{Clock, ManualClock, MonotonicClock};
pub use types::error::{BreakerError, CallError, ErrorKind};
pub use types::finding::{Finding, FindingKind};
pub use types::outcome::Outcome;
pub use types::ping_status::PingStatus;
#[cfg(all(feature = "tokio", not(breaker_loom)))]
pub use types::probe_result::ProbeResult;
#[cfg(all(feature = "shadow", not(breaker_loom)))]
pub use types::shadow::{ShadowStatus, ShadowTrip};
pub use types::snapshot::{
    BulkheadCounts, KeyCounts, Mode, ParseWordError, Snapshot, State, WindowCounts,
};
pub use types::totals::Totals;
#[cfg(not(breaker_loom))]
pub use {
    breaker::CircuitBreaker,
    breaker::event_stream::{EventStream, events},
    breaker::future::CallAsync,
    breaker::keyed_breakers::KeyedBreakers,
    breaker::owned_permit::OwnedPermit,
    breaker::permit::Permit,
    breaker::subscription::{Subscription, on_event},
    config::keyed::Outlier,
    config::{Config, ConfigError, ConfigIssue, ConfigUpdate, Quorum, SharedGroup, Throttle, Window},
    layers::last_good::Aged,
    observe::distance::{TripDistance, TripRule},
    observe::findings::findings,
    observe::health::{DegradedBreaker, Health, HealthStatus, health},
    registry::build::CircuitBreakerBuilder,
    registry::configure::{ConfigureReport, configure},
    registry::keyed::{KeyedBuilder, find_keyed_breakers_of, keyed_breakers_of},
    registry::settings::{SettingValue, Settings, SettingsError, SettingsIssue},
    registry::{
        NameClash, automatic_all, breaker, breaker_of, breakers, end_expired_overrides, find_breaker_of,
        name_clashes, observe_all,
    },
    types::cause::{Cause, registered::register_cause},
    types::event::Event,
    types::key::{BreakerKey, Key, KeyRef},
    types::operator::{ModeOverride, Operator},
    types::reason::Reason,
    types::trip::{
        CallResult, OpenAnswers, OptionInForce, OptionOrigin, RecordedCall, SuccessSlice, TripCondition,
        TripReport,
    },
};
#[cfg(all(feature = "latency", not(breaker_loom)))]
pub use {breaker::latency::Latency, observe::latency::RecentLatency};
