//! Whether options are in range and go together: all that is wrong with them, at once.

use std::fmt;

use crate::config::{Config, Throttle, Window, range};
use crate::time::duration::shown as shown_length;

/// An option that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidOption {
    pub(crate) option: &'static str,
    pub(crate) value: String,
    pub(crate) must_be: String,
    pub(crate) fault: Fault,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The value, whatever the other options are.
    Range,
    /// It and another option do not go together.
    Conflict {
        /// The other option.
        with: &'static str,
    },
    /// Nothing: it only has no effect.
    Inert,
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { option, value, must_be, .. } = self;
        write!(f, "{option} is {value} and must be {must_be}")
    }
}

/// All of them, on one line.
pub(crate) fn list(problems: &[InvalidOption]) -> impl fmt::Display + '_ {
    struct List<'p>(&'p [InvalidOption]);
    impl fmt::Display for List<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for (index, problem) in self.0.iter().enumerate() {
                let separator = if index == 0 { "" } else { "; " };
                write!(f, "{separator}{problem}")?;
            }
            Ok(())
        }
    }
    List(problems)
}

#[derive(Default)]
struct Problems(Vec<InvalidOption>);

impl Problems {
    fn add(&mut self, option: &'static str, value: &dyn fmt::Debug, fault: Fault, must_be: String) {
        self.0.push(InvalidOption { option, value: format!("{value:?}"), must_be, fault });
    }

    fn unless(&mut self, fine: bool, option: &'static str, value: &dyn fmt::Debug, must_be: &str) {
        if !fine {
            self.add(option, value, Fault::Range, must_be.to_owned());
        }
    }

    fn useless_unless(&mut self, fine: bool, option: &'static str, value: &dyn fmt::Debug, with: &str) {
        if !fine {
            self.add(option, value, Fault::Inert, format!("given together with {with}"));
        }
    }
}

const POSITIVE: &str = "longer than zero";
const SHARE: &str = "above 0 and at most 1";

impl Config {
    /// Everything that is wrong with these options, in the order of the builder's table.
    pub(crate) fn check(&self) -> Vec<InvalidOption> {
        let mut problems = Problems::default();
        self.check_counts_and_rates(&mut problems);
        self.check_open_period(&mut problems);
        self.check_recovery(&mut problems);
        self.check_bulkhead(&mut problems);
        problems.0
    }

    fn check_counts_and_rates(&self, problems: &mut Problems) {
        if let Some(failures) = self.failure_threshold {
            problems.unless(range::count(failures), "failure_threshold", &failures, "at least 1");
        }
        if let Some(rate) = self.failure_rate {
            problems.unless(range::rate(rate), "failure_rate", &rate, SHARE);
        }
        self.check_window(problems);
        if let Some(longer_than) = self.slow_call {
            problems.unless(
                range::length(longer_than),
                "slow_call",
                &shown_length(longer_than),
                POSITIVE,
            );
        }
        if let Some(rate) = self.slow_call_rate {
            let option = "slow_call_rate";
            problems.unless(range::rate(rate), option, &rate, SHARE);
            problems.useless_unless(self.slow_call.is_some(), option, &rate, "slow_call");
        }
    }

    fn check_window(&self, problems: &mut Problems) {
        let together = "failure_rate or slow_call";
        match self.window {
            Some(Window::Calls(calls)) => {
                let (fine, must_be) = (range::window_calls(calls), "from 1 to 1000000 calls");
                problems.unless(fine, "window", &calls, must_be);
                problems.useless_unless(self.looks_at_window(), "window", &calls, together);
            }
            Some(Window::Span(span)) => {
                problems.unless(
                    range::window_span(span),
                    "window",
                    &shown_length(span),
                    "at least 1 ms",
                );
                problems.useless_unless(self.looks_at_window(), "window", &shown_length(span), together);
            }
            None => {}
        }
        let Some(calls) = self.min_calls else { return };
        let option = "min_calls";
        match self.window() {
            _ if !range::count(calls) => problems.unless(false, option, &calls, "at least 1"),
            Window::Calls(all) if !range::min_calls(calls, self.window()) => {
                let must_be = format!("from 1 to {all}, the calls in the window");
                problems.add(option, &calls, Fault::Conflict { with: "window" }, must_be);
            }
            Window::Calls(_) | Window::Span(_) => {}
        }
        problems.useless_unless(self.looks_at_window(), option, &calls, together);
    }

    /// A rate of slow calls that nothing calls slow is a mistake of its own.
    fn looks_at_window(&self) -> bool {
        self.failure_rate.is_some() || self.slow_call.is_some() || self.slow_call_rate.is_some()
    }

    fn check_open_period(&self, problems: &mut Problems) {
        let Self { timeout, timeout_factor, timeout_jitter, .. } = *self;
        problems.unless(range::length(timeout), "timeout", &shown_length(timeout), POSITIVE);
        let fine = range::timeout_factor(timeout_factor);
        problems.unless(fine, "timeout_factor", &timeout_factor, "from 1 to 1000");
        if let Some(longest) = self.max_timeout {
            let option = "max_timeout";
            let shown = shown_length(longest);
            problems.unless(range::length(longest), option, &shown, POSITIVE);
            if range::length(longest) && !range::max_timeout(longest, timeout) {
                let must_be = format!("at least timeout, which is {}", shown_length(timeout));
                problems.add(option, &shown, Fault::Conflict { with: "timeout" }, must_be);
            }
            let together = "timeout_factor, timeout_jitter or honour_retry_after";
            problems.useless_unless(self.open_period_varies(), option, &shown, together);
        }
        let fine = range::timeout_jitter(timeout_jitter);
        problems.unless(fine, "timeout_jitter", &timeout_jitter, "from 0 to 1");
    }

    fn check_recovery(&self, problems: &mut Problems) {
        let (successes, probes) = (self.success_threshold, self.max_probes);
        problems.unless(range::count(successes), "success_threshold", &successes, "at least 1");
        if let Some(probes) = probes {
            problems.unless(range::max_probes(probes), "max_probes", &probes, "from 1 to 1024");
        }
        for (option, length) in [
            ("probe_timeout", self.probe_timeout),
            ("call_timeout", self.call_timeout),
            ("first_item", self.first_item),
            ("idle", self.idle),
            ("ramp", self.ramp),
        ] {
            if let Some(length) = length {
                problems.unless(range::length(length), option, &shown_length(length), POSITIVE);
            }
        }
        for (option, length) in
            [("call_timeout", self.call_timeout), ("first_item", self.first_item), ("idle", self.idle)]
        {
            if let Some(length) = length.filter(|_| !range::has_timers()) {
                let must_be = "left out, or breaker-runtime built with its feature `tokio`".to_owned();
                problems.add(option, &shown_length(length), Fault::Range, must_be);
            }
        }
        if let Some(Throttle { k, window }) = self.throttle {
            problems.unless(range::throttle_k(k), "throttle.k", &k, "from 1 to 1000");
            let (fine, shown) = (range::throttle_window(window), shown_length(window));
            problems.unless(fine, "throttle.window", &shown, "at least 1 s");
        }
    }

    fn check_bulkhead(&self, problems: &mut Problems) {
        const CROWD: &str = "from 1 to 1000000 calls";
        if let Some(calls) = self.max_concurrent {
            problems.unless(range::crowd(calls), "max_concurrent", &calls, CROWD);
        }
        if let Some(length) = self.max_wait {
            problems.unless(range::length(length), "max_wait", &shown_length(length), POSITIVE);
            let together = self.max_concurrent.is_some();
            problems.useless_unless(together, "max_wait", &shown_length(length), "max_concurrent");
        }
        if let Some(calls) = self.max_pending {
            problems.unless(range::crowd(calls), "max_pending", &calls, CROWD);
            let together = self.max_concurrent.is_some() && self.max_wait.is_some();
            problems.useless_unless(together, "max_pending", &calls, "max_concurrent and max_wait");
        }
    }
}
