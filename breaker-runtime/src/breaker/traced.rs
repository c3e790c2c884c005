//! Changes of state and rejections as events of the crate `tracing`, with the target `breaker`.
//!
//! - A subscriber is code of the user's: it runs without a lock, and a panic in it ends here.
//! - The fields are flat, and have the types of `tracing`: texts, numbers and booleans.
//! - There is no span: an event is in the span of the call that has changed the state, or that was
//!   rejected.
//! - Whether a level is on is one load of a number that the subscribers set. Only that is asked under a
//!   lock.

use tracing::Level;

use crate::support::contain::contained;
use crate::types::error::BreakerError;
use crate::types::event::Event;
#[cfg(feature = "shadow")]
use crate::types::key::Key;
use crate::types::reason::Reason;
use crate::types::snapshot::State;

/// Returns whether any subscriber may want changes of state. Runs no code of the user's.
#[inline]
pub(crate) fn wants_changes() -> bool {
    tracing::level_enabled!(Level::INFO) || tracing::level_enabled!(Level::WARN)
}

/// Emits a change of state.
pub(crate) fn change(event: &Event) {
    let _ = contained(|| emit_change(event));
}

/// Returns whether any subscriber may want rejections. Runs no code of the user's.
#[inline(always)]
pub(crate) fn wants_rejections() -> bool {
    tracing::level_enabled!(Level::DEBUG)
}

/// Emits a rejection, at the level debug.
#[inline(always)]
pub(crate) fn rejection(error: &BreakerError) {
    if wants_rejections() {
        emit_rejection(error);
    }
}

#[cold]
#[inline(never)]
fn emit_rejection(error: &BreakerError) {
    let _ = contained(|| {
        let (kind, key) = (error.kind().to_string(), error.key().map(ToString::to_string));
        let retry_after_ms = error.retry_after().map(|left| millis(left.as_millis()));
        tracing::event!(
            name: "breaker.rejected",
            target: "breaker",
            Level::DEBUG,
            breaker = error.breaker(),
            key = key.as_deref(),
            kind = kind.as_str(),
            retry_after_ms,
            "{error}"
        );
    });
}

/// Emits that a shadow has opened while its breaker is closed, at the level info.
#[cfg(feature = "shadow")]
pub(crate) fn shadow_trip(breaker: &'static str, key: Option<&Key>, reason: Reason) {
    if !tracing::level_enabled!(Level::INFO) {
        return;
    }
    let _ = contained(|| {
        let (key, reason) = (key.map(ToString::to_string), reason.to_string());
        tracing::event!(
            name: "breaker.shadow_opened",
            target: "breaker",
            Level::INFO,
            breaker,
            key = key.as_deref(),
            reason = reason.as_str(),
            "circuit breaker {breaker}: its shadow would have opened: {reason}"
        );
    });
}

macro_rules! emit {
    ($level:ident, $name:literal, $fields:ident) => {
        tracing::event!(
            name: $name,
            target: "breaker",
            Level::$level,
            breaker = $fields.event.breaker,
            key = $fields.key.as_deref(),
            sequence = $fields.event.sequence,
            dropped = $fields.event.dropped,
            from = $fields.from.as_str(),
            to = $fields.to.as_str(),
            mode = $fields.mode.as_str(),
            reason = $fields.reason.as_str(),
            author = $fields.author,
            operator_reason = $fields.operator_reason,
            trip = $fields.trip.as_deref(),
            failed_probes = $fields.failed_probes,
            lasted_ms = $fields.lasted_ms,
            rejected = $fields.rejected,
            fallback = $fields.fallback,
            last_good = $fields.last_good,
            "{}",
            $fields.message
        )
    };
}

fn emit_change(event: &Event) {
    let fields = Fields::new(event);
    let opens = event.to == State::Open;
    match event.reason {
        Reason::TimeoutElapsed => emit!(INFO, "breaker.half_opened", fields),
        Reason::ProbesSucceeded | Reason::FleetClosed => emit!(INFO, "breaker.closed", fields),
        Reason::Reset => emit!(INFO, "breaker.reset", fields),
        Reason::ModeChanged if opens => emit!(WARN, "breaker.mode_changed", fields),
        Reason::ModeChanged | Reason::OverrideExpired => emit!(INFO, "breaker.mode_changed", fields),
        Reason::FailureThreshold
        | Reason::FailureRate
        | Reason::SlowCallRate
        | Reason::Outlier
        | Reason::ProbeFailed
        | Reason::Tripped
        | Reason::FleetOpened => emit!(WARN, "breaker.opened", fields),
    }
}

/// The fields of a change of state.
struct Fields<'e> {
    event: &'e Event,
    key: Option<String>,
    from: String,
    to: String,
    mode: String,
    reason: String,
    author: Option<&'e str>,
    operator_reason: Option<&'e str>,
    /// The summary of a trip that begins.
    trip: Option<String>,
    /// These five are of a trip that ends.
    failed_probes: Option<u64>,
    lasted_ms: Option<u64>,
    rejected: Option<u64>,
    fallback: Option<u64>,
    last_good: Option<u64>,
    message: String,
}

impl<'e> Fields<'e> {
    fn new(event: &'e Event) -> Self {
        let operator = event.operator.as_deref();
        let trip = event.trip.as_deref();
        let begun = trip.filter(|trip| trip.end.is_none());
        let ended = trip.filter(|trip| trip.end.is_some());
        let summary = begun.map(|trip| trip.summary().to_string());
        Self {
            event,
            key: event.key.as_ref().map(ToString::to_string),
            from: event.from.to_string(),
            to: event.to.to_string(),
            mode: event.mode.to_string(),
            reason: event.reason.to_string(),
            author: operator.map(|operator| &*operator.author),
            operator_reason: operator.and_then(|operator| operator.reason.as_deref()),
            failed_probes: ended.map(|trip| trip.failed_probes.into()),
            lasted_ms: ended.map(|trip| millis(trip.lasted.as_millis())),
            rejected: ended.map(|trip| trip.answers.rejected),
            fallback: ended.map(|trip| trip.answers.fallback),
            last_good: ended.map(|trip| trip.answers.last_good),
            message: summary.clone().unwrap_or_else(|| event.to_string()),
            trip: summary,
        }
    }
}

fn millis(length: u128) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
