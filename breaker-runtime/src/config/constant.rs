//! What the attribute expands to. A value out of range is an error at compile time, as these run in a
//! `const` context only.

use std::time::Duration;

use crate::config::{Config, Throttle, Window, range};

/// An option that is held against another one has to be set after it.
#[doc(hidden)]
#[allow(missing_docs)]
impl Config {
    #[must_use]
    pub const fn with_failure_threshold(mut self, count: u32) -> Self {
        assert!(range::count(count), "failure_threshold must be at least 1");
        self.failure_threshold = Some(count);
        self
    }

    #[must_use]
    pub const fn with_failure_rate(mut self, share: f64) -> Self {
        assert!(range::rate(share), "failure_rate must be above 0 and at most 1");
        self.failure_rate = Some(share);
        self
    }

    #[must_use]
    pub const fn with_window(mut self, window: Window) -> Self {
        match window {
            Window::Calls(calls) => {
                assert!(range::window_calls(calls), "window must be from 1 to 1000000 calls");
            }
            Window::Span(span) => assert!(range::window_span(span), "window must be at least 1 ms"),
        }
        self.window = Some(window);
        self
    }

    /// After the window.
    #[must_use]
    pub const fn with_min_calls(mut self, count: u32) -> Self {
        assert!(
            range::min_calls(count, self.window()),
            "min_calls must be at least 1 and at most the calls in the window, 100 unless it is given"
        );
        self.min_calls = Some(count);
        self
    }

    #[must_use]
    pub const fn with_slow_call(mut self, longer_than: Duration) -> Self {
        assert!(range::length(longer_than), "slow_call must be longer than zero");
        self.slow_call = Some(longer_than);
        self
    }

    #[must_use]
    pub const fn with_slow_call_rate(mut self, share: f64) -> Self {
        assert!(range::rate(share), "slow_call_rate must be above 0 and at most 1");
        self.slow_call_rate = Some(share);
        self
    }

    #[must_use]
    pub const fn with_timeout(mut self, open_for: Duration) -> Self {
        assert!(range::length(open_for), "timeout must be longer than zero");
        self.timeout = open_for;
        self
    }

    #[must_use]
    pub const fn with_timeout_factor(mut self, factor: f64) -> Self {
        assert!(range::timeout_factor(factor), "timeout_factor must be from 1 to 1000");
        self.timeout_factor = factor;
        self
    }

    #[must_use]
    pub const fn with_timeout_jitter(mut self, share: f64) -> Self {
        assert!(range::timeout_jitter(share), "timeout_jitter must be from 0 to 1");
        self.timeout_jitter = share;
        self
    }

    #[must_use]
    pub const fn with_honour_retry_after(mut self, honour: bool) -> Self {
        self.honour_retry_after = honour;
        self
    }

    /// After all that makes an open period.
    #[must_use]
    pub const fn with_max_timeout(mut self, longest: Duration) -> Self {
        assert!(
            range::max_timeout(longest, self.timeout),
            "max_timeout must be at least timeout, which is 60 s unless it is given"
        );
        assert!(
            self.open_period_varies(),
            "max_timeout needs a timeout_factor above 1, a timeout_jitter above 0 or honour_retry_after: \
             without them the open period is always timeout"
        );
        self.max_timeout = Some(longest);
        self
    }

    #[must_use]
    pub const fn with_success_threshold(mut self, count: u32) -> Self {
        assert!(range::count(count), "success_threshold must be at least 1");
        self.success_threshold = count;
        self
    }

    #[must_use]
    pub const fn with_max_probes(mut self, count: u32) -> Self {
        assert!(range::max_probes(count), "max_probes must be from 1 to 1024");
        self.max_probes = Some(count);
        self
    }

    #[must_use]
    pub const fn with_probe_timeout(mut self, lease: Duration) -> Self {
        assert!(range::length(lease), "probe_timeout must be longer than zero");
        self.probe_timeout = Some(lease);
        self
    }

    #[must_use]
    pub const fn with_call_timeout(mut self, deadline: Duration) -> Self {
        assert!(range::length(deadline), "call_timeout must be longer than zero");
        assert!(
            range::has_timers(),
            "call_timeout needs the feature `tokio` of breaker-runtime; add it in Cargo.toml"
        );
        self.call_timeout = Some(deadline);
        self
    }

    #[must_use]
    pub const fn with_first_item(mut self, longest: Duration) -> Self {
        assert!(range::length(longest), "first_item must be longer than zero");
        assert!(
            range::has_timers(),
            "first_item needs the feature `tokio` of breaker-runtime; add it in Cargo.toml"
        );
        self.first_item = Some(longest);
        self
    }

    #[must_use]
    pub const fn with_idle(mut self, longest: Duration) -> Self {
        assert!(range::length(longest), "idle must be longer than zero");
        assert!(
            range::has_timers(),
            "idle needs the feature `tokio` of breaker-runtime; add it in Cargo.toml"
        );
        self.idle = Some(longest);
        self
    }

    #[must_use]
    pub const fn with_ramp(mut self, length: Duration) -> Self {
        assert!(range::length(length), "ramp must be longer than zero");
        self.ramp = Some(length);
        self
    }

    #[must_use]
    pub const fn with_throttle(mut self) -> Self {
        self.throttle = Some(Throttle::DEFAULT);
        self
    }

    #[must_use]
    pub const fn with_throttle_k(mut self, calls: f64) -> Self {
        assert!(range::throttle_k(calls), "k of throttle must be from 1 to 1000");
        self.throttle = Some(Throttle { k: calls, ..self.throttle_or_default() });
        self
    }

    #[must_use]
    pub const fn with_throttle_window(mut self, span: Duration) -> Self {
        assert!(range::throttle_window(span), "window of throttle must be at least 1 s");
        self.throttle = Some(Throttle { window: span, ..self.throttle_or_default() });
        self
    }

    #[must_use]
    pub const fn with_max_concurrent(mut self, calls: u32) -> Self {
        assert!(range::crowd(calls), "max_concurrent must be from 1 to 1000000");
        self.max_concurrent = Some(calls);
        self
    }

    #[must_use]
    pub const fn with_max_wait(mut self, length: Duration) -> Self {
        assert!(range::length(length), "max_wait must be longer than zero");
        self.max_wait = Some(length);
        self
    }

    /// For functions that wait in a future.
    #[must_use]
    #[cfg(feature = "tokio")]
    pub const fn with_max_wait_async(self, length: Duration) -> Self {
        self.with_max_wait(length)
    }

    #[must_use]
    #[cfg(not(feature = "tokio"))]
    pub const fn with_max_wait_async(self, _length: Duration) -> Self {
        panic!(
            "max_wait on an async function needs the feature `tokio` of breaker-runtime; add it in Cargo.toml"
        )
    }

    #[must_use]
    pub const fn with_max_pending(mut self, calls: u32) -> Self {
        assert!(range::crowd(calls), "max_pending must be from 1 to 1000000");
        self.max_pending = Some(calls);
        self
    }

    const fn throttle_or_default(&self) -> Throttle {
        match self.throttle {
            Some(throttle) => throttle,
            None => Throttle::DEFAULT,
        }
    }

    /// Whether an open period can be longer than `timeout`.
    pub(super) const fn open_period_varies(&self) -> bool {
        self.timeout_factor > 1.0 || self.timeout_jitter > 0.0 || self.honour_retry_after
    }
}

/// A constant that a window can be given as. What it is taken for is an associated constant, as no trait has
/// `const` methods yet.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`window` takes a number of calls, a `u32`, or a length of time, a `Duration`",
    label = "a `{Self}` is neither"
)]
pub trait WindowConstant<Kind> {
    const KIND: Kind;
}

/// How to make a window of a constant.
#[doc(hidden)]
pub const fn window_kind<T: WindowConstant<Kind>, Kind>(_: &T) -> Kind {
    T::KIND
}

#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OfCalls;

#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OfSpan;

impl WindowConstant<OfCalls> for u32 {
    const KIND: OfCalls = OfCalls;
}

impl WindowConstant<OfSpan> for Duration {
    const KIND: OfSpan = OfSpan;
}

#[doc(hidden)]
#[allow(missing_docs, clippy::unused_self)]
impl OfCalls {
    #[must_use]
    pub const fn window(self, calls: u32) -> Window {
        Window::Calls(calls)
    }
}

#[doc(hidden)]
#[allow(missing_docs, clippy::unused_self)]
impl OfSpan {
    #[must_use]
    pub const fn window(self, span: Duration) -> Window {
        Window::Span(span)
    }
}
