//! The state machine.
//!
//! - [`transition`]: all rules, as pure functions. It opens with the path of a trip.
//! - [`word`] and [`token`]: the packed state and the proof of admission; [`policy`]: the parameters of
//!   the rules; [`env`]: clock, random numbers, thread slot, open quota and probe gate as a trait.
//! - [`cell`]: the atomics, and the loops that store what the rules decide.
//! - [`streak`], [`probe_slots`], [`open_history`], [`ramp`], [`window_guard`] with [`window`],
//!   [`drop_run`], and [`counters`]: the parts of a cell.
//! - [`semaphore`], [`open_quota`], [`probe_gate`], [`ping_gate`] with [`ping_inbox`],
//!   [`retry_budget`], `answer_slot`, [`call_ring`], [`failure_gate`], [`commands`], [`rng`] and
//!   `shadow` stand beside it.
//!
//! `model` checks random runs against a naive reference, and `races` explores threads with loom.

#[cfg(any(feature = "last-good", breaker_loom))]
pub(crate) mod answer_slot;
pub(crate) mod call_ring;
pub(crate) mod cell;
pub(crate) mod commands;
pub(crate) mod counters;
pub(crate) mod drop_run;
pub(crate) mod env;
pub(crate) mod failure_gate;
pub(crate) mod gate;
pub(crate) mod open_history;
pub(crate) mod open_quota;
pub(crate) mod outlier;
#[cfg(any(feature = "tokio", breaker_loom))]
pub(crate) mod ping_gate;
#[cfg(any(feature = "tokio", breaker_loom))]
pub(crate) mod ping_inbox;
pub(crate) mod policy;
#[cfg(any(feature = "redis", breaker_loom))]
pub(crate) mod probe_gate;
pub(crate) mod probe_slots;
pub(crate) mod ramp;
pub(crate) mod retry_budget;
pub(crate) mod rng;
pub(crate) mod semaphore;
#[cfg(any(feature = "shadow", breaker_loom))]
pub(crate) mod shadow;
pub(crate) mod streak;
pub(crate) mod token;
pub(crate) mod transition;
pub(crate) mod window;
pub(crate) mod window_guard;
pub(crate) mod word;

#[cfg(all(test, not(breaker_loom)))]
mod model;
#[cfg(all(test, breaker_loom))]
mod races;
