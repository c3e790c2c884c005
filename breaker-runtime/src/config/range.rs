//! What each option may be: one function for each kind of value. A number that is none is in no range.

use std::time::Duration;

use crate::config::Window;

/// The most probes that a breaker lets run at once.
pub(crate) const MAX_PROBES: u32 = 1024;

pub(super) const fn count(count: u32) -> bool {
    count >= 1
}

pub(super) const fn max_probes(count: u32) -> bool {
    count >= 1 && count <= MAX_PROBES
}

/// For calls at once, and for calls that wait.
pub(super) const fn crowd(calls: u32) -> bool {
    calls >= 1 && calls <= 1_000_000
}

pub(crate) const fn length(length: Duration) -> bool {
    !length.is_zero()
}

/// Whether anything can end a call at its deadline.
pub(crate) const fn has_timers() -> bool {
    cfg!(feature = "tokio")
}

pub(super) const fn rate(share: f64) -> bool {
    share > 0.0 && share <= 1.0
}

pub(super) const fn window_calls(calls: u32) -> bool {
    calls >= 1 && calls <= 1_000_000
}

pub(super) const fn window_span(span: Duration) -> bool {
    span.as_nanos() >= 1_000_000
}

/// In a window that is itself out of range any number fits: one mistake is told once.
pub(super) const fn min_calls(calls: u32, window: Window) -> bool {
    match window {
        Window::Calls(all) if window_calls(all) => count(calls) && calls <= all,
        Window::Calls(_) | Window::Span(_) => count(calls),
    }
}

pub(super) const fn timeout_factor(factor: f64) -> bool {
    factor >= 1.0 && factor <= 1_000.0
}

pub(super) const fn max_timeout(longest: Duration, timeout: Duration) -> bool {
    length(longest) && longest.as_nanos() >= timeout.as_nanos()
}

pub(super) const fn timeout_jitter(share: f64) -> bool {
    share >= 0.0 && share <= 1.0
}

pub(super) const fn throttle_k(calls: f64) -> bool {
    calls >= 1.0 && calls <= 1_000.0
}

pub(super) const fn throttle_window(span: Duration) -> bool {
    span.as_nanos() >= 1_000_000_000
}

/// The first one is no retry: with a single one there would be none.
pub(crate) const fn attempts(runs: u32) -> bool {
    runs >= 2 && runs <= 100
}

pub(crate) const fn max_backoff(longest: Duration, backoff: Duration) -> bool {
    length(longest) && longest.as_nanos() >= backoff.as_nanos()
}

pub(crate) const fn factor(factor: f64) -> bool {
    factor >= 1.0 && factor <= 1_000.0
}

pub(crate) const fn budget(share: f64) -> bool {
    share >= 0.0 && share <= 1.0
}
