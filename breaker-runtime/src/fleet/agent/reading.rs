//! The meaning of a breaker's options for its group.

use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::config::{Config, Quorum, SharedGroup, Window};
use crate::fleet::protocol::message::{MAX_LENGTH, Millis, QuorumRule, Rules};
use crate::fleet::store::GroupName;

/// The span of the group's window where that of the options is a number of calls.
const SPAN_OF_CALLS: Millis = 10_000;

/// Returns the group of a breaker, with its key; `None` if it is not shared.
pub(super) fn group_of(breaker: &CircuitBreaker) -> Option<GroupName> {
    let inner = breaker.own_inner();
    let shared = inner.settings().config.shared()?;
    // A template makes no calls itself.
    if inner.group().is_some() {
        return None;
    }
    let name = match shared {
        SharedGroup::OfName => inner.name(),
        SharedGroup::Named(name) => name,
    };
    Some(match inner.key() {
        Some(key) => GroupName::new(format!("{name}[{key}]")),
        None => GroupName::new(name),
    })
}

/// Returns the name of a breaker's group. That of a template is the one to which its keys are added;
/// `None` if it is not shared.
#[cfg(feature = "dashboard")]
pub(crate) fn shared_group(breaker: &CircuitBreaker) -> Option<String> {
    if let Some(group) = group_of(breaker) {
        return Some(group.as_str().to_owned());
    }
    let inner = breaker.own_inner();
    Some(match inner.settings().config.shared()? {
        SharedGroup::OfName => inner.name().to_owned(),
        SharedGroup::Named(name) => name.to_owned(),
    })
}

/// Returns the numbers that the rules of the group take from the options.
pub(super) fn rules(config: &Config) -> Rules {
    let rate = config.failure_rate();
    let has_window = rate.is_some() || config.fleet_failures().is_some();
    Rules {
        streak: config.failure_threshold().map(u64::from),
        volume: config.fleet_failures().map(u64::from),
        rate_ppm: rate.map(millionths),
        min_calls: config.min_calls().into(),
        window: if has_window { window(config) } else { 0 },
        quorum: match config.quorum() {
            Quorum::Processes(processes) => QuorumRule::Processes(processes.into()),
            Quorum::Share(share) => QuorumRule::Share(millionths(share)),
        },
        open: length(config.probe_every().unwrap_or(config.timeout())),
        lease: lease(config),
    }
}

/// Returns the span over which the group counts.
pub(super) fn window(config: &Config) -> Millis {
    match config.window() {
        Window::Span(span) => length(span),
        Window::Calls(_) => SPAN_OF_CALLS,
    }
}

/// Returns how long a process may probe. A call must fit into it, as the gate closes as long before its
/// end as a call takes, and with a ping all pings that close the breaker.
fn lease(config: &Config) -> Millis {
    let call = config.call_timeout().map_or(0, |call| 2 * length(call) + 1_000);
    let one = length(config.probe_timeout()).max(call);
    if !config.has_probe() {
        return one;
    }
    let interval = length(config.probe_every().unwrap_or(config.timeout()));
    let further = Millis::from(config.success_threshold().saturating_sub(1));
    one.saturating_add(interval.saturating_mul(further)).min(MAX_LENGTH)
}

/// Returns a number that differs between versions of the crate and between options that decide: the same
/// in each process, other than the hashes of the standard library. FNV-1a.
pub(super) fn fingerprint(config: &Config) -> u64 {
    let text = format!(
        "{} {:?} {} {:?}",
        env!("CARGO_PKG_VERSION"),
        rules(config),
        config.success_threshold(),
        config.slow_call(),
    );
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash >> 11
}

/// Returns a share in millionths, at least one of them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
fn millionths(share: f64) -> u64 {
    ((share * 1_000_000.0).round() as u64).max(1)
}

/// Returns a length in milliseconds, at least one and at most what a message holds.
pub(super) fn length(length: Duration) -> Millis {
    u64::try_from(length.as_millis()).unwrap_or(MAX_LENGTH).clamp(1, MAX_LENGTH)
}
