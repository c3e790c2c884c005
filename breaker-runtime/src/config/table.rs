//! The options of the policy: one row each.
//!
//! A row is all that an option needs beside its use and its pages in the guide. The modules of this room
//! make the field and the default, the getter, the setters at run time and at compile time, the
//! `without_*`, the checks, the form for `serde` and the facts for tests from it, and
//! `registry::settings` makes the reader of settings. Rows stand in the order of the builder's table, in
//! which issues are reported as well.
//!
//! A table in place of 22 fields with their functions: an option touched 22 places before, and the
//! ranges were written three times.
//!
//! # A row
//!
//! - Its docs are those of the setter.
//! - `with`: the setter for constants, with the name of its argument.
//! - `value`: `optional` if the option may be unset, else `fixed`; the kind of value (`config::kind`);
//!   its range (`config::range`).
//! - `default`: what an unset field holds, and the text that the docs give.
//! - `get`: `field`, or `derived` and a type for a getter that is a function of several options
//!   (`config::derived`).
//! - `off`: the method of `ConfigUpdate` that switches it off; settings then take `"off"`. Empty if it
//!   cannot be off.
//! - `needs`: the condition without which the option has no effect, and what to give for it; at compile
//!   time it is checked if there is a third text.
//! - `fits`: a condition together with another option, that option, and the text of it at compile time.
//! - `feature`: the Cargo feature that the option needs.
//! - `aliases`: the words of other libraries for it.

/// Calls a macro with all rows, after the tokens of `$context`.
macro_rules! policy_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $($generate)*! {
            $($context)*

            /// Sets how many consecutive failures open the breaker: at least 1. Default: 5, or no number
            /// of them if [`failure_rate`](Self::failure_rate), [`slow_call_rate`](Self::slow_call_rate)
            /// or [`throttle`](Self::throttle) is set.
            ///
            /// For a dependency that is down: a few calls show it, at any load. Failures that come
            /// between successes never add up to a streak; that is what a rate is for.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, State};
            /// let breaker = CircuitBreaker::builder("payments").failure_threshold(2).build()?;
            /// for _ in 0..2 {
            ///     let _ = breaker.call(|| "seven".parse::<u32>());
            /// }
            /// assert_eq!(breaker.state(), State::Open);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            failure_threshold {
                with: (with_failure_threshold, failures),
                value: (optional count in at_least_one),
                default: (None, "5; off if `failure_rate`, `slow_call_rate` or `throttle` is set"),
                get: (derived Option<u32>,
                    "Returns how many consecutive failures open the breaker; `None` if no number of them does. Unless \
                     set: 5, or `None` if `failure_rate`, `slow_call_rate` or `throttle` is set."),
                off: (without_failure_threshold,
                    "Keeps consecutive failures from opening the breaker. Something else has to open it: \
                     `failure_rate`, `slow_call_rate` or `throttle`."),
                needs: (), fits: (), feature: (),
                aliases: [
                    "consecutive_5xx", "consecutive_errors", "consecutive_failures", "consecutive_gateway_failure",
                    "consecutive_local_origin_failure", "error_threshold", "exceptions_allowed_before_breaking",
                    "fail_max", "failure_policy", "handled_events_allowed_before_breaking", "threshold",
                ],
            }

            /// Sets the share of failures among the successes and failures in the
            /// [`window`](Self::window) that opens the breaker: above 0.0, at most 1.0. Default: off.
            ///
            /// For a dependency that fails some of its calls, or is called by many at once, so that
            /// successes and failures mix. It is judged at every result once the window holds
            /// [`min_calls`](Self::min_calls), and met if the share is the rate or more.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let breaker = CircuitBreaker::builder("payments")
            ///     .failure_rate(0.5)
            ///     .window(Duration::from_secs(10))
            ///     .build()?;
            /// assert_eq!(breaker.config().failure_threshold(), None);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            failure_rate {
                with: (with_failure_rate, share),
                value: (optional share in share),
                default: (None, "off"),
                get: (field, "Returns the share of failures in the window that opens the breaker; `None` if none does."),
                off: (without_failure_rate, "Keeps shares of failures from opening the breaker."),
                needs: (), fits: (), feature: (),
                aliases: [
                    "error_rate", "error_threshold_percentage", "failure_percentage_threshold",
                    "failure_rate_threshold", "failure_ratio", "ready_to_trip", "required_success_rate",
                    "success_rate_over_time_window",
                ],
            }

            /// Sets which calls the rates are taken of: the last 1 to 1,000,000 calls (a `u32`), or
            /// those of a span of at least 1 ms (a [`Duration`](std::time::Duration)). Default: 100
            /// calls.
            ///
            /// A span forgets old failures where calls are few; a number of calls weighs the same at any
            /// load. Either needs [`failure_rate`](Self::failure_rate) or
            /// [`slow_call`](Self::slow_call); a shared breaker with `fleet_failures` takes a span too.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::{CircuitBreaker, Window};
            /// let builder = CircuitBreaker::builder("payments").failure_rate(0.5);
            /// let of_calls = builder.clone().window(50).build()?;
            /// let of_a_span = builder.window(Duration::from_secs(10)).build()?;
            /// assert_eq!(of_calls.config().window(), Window::Calls(50));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            window {
                with: (with_window, window),
                value: (optional window in window),
                default: (None, "100 calls"),
                get: (derived Window, "Returns which calls the rates are taken of. Unless set: the last 100."),
                off: (),
                needs: (has_use_of_window, "failure_rate or slow_call"), fits: (), feature: (),
                aliases: [
                    "closed_len", "error_threshold_timeout", "failure_thresholding_capacity",
                    "failure_thresholding_period", "interval", "ring_buffer_size_in_closed_state",
                    "rolling_count_timeout", "rolling_stats_time_in_milliseconds", "rolling_window",
                    "sampling_duration", "sliding_window", "sliding_window_size", "sliding_window_type",
                    "time_in_milliseconds", "window_size",
                ],
            }

            /// Sets how many calls the window must hold before a rate is judged: at least 1, at most the
            /// calls in the window. Default: 20, or all the calls of a smaller window.
            ///
            /// It keeps the first failure after a start, or at night, from being a rate of 100 percent.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, State};
            /// let builder = CircuitBreaker::builder("payments").failure_rate(0.5);
            /// let breaker = builder.min_calls(2).build()?;
            /// let _ = breaker.call(|| "seven".parse::<u32>());
            /// assert_eq!(breaker.state(), State::Closed);
            /// let _ = breaker.call(|| "seven".parse::<u32>());
            /// assert_eq!(breaker.state(), State::Open);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            min_calls {
                with: (with_min_calls, calls),
                value: (optional count in at_least_one),
                default: (None, "20, or the window if it is smaller"),
                get: (derived u32,
                    "Returns how many calls the window must hold before a rate is judged. Unless set: 20, or all calls \
                     of a smaller window."),
                off: (),
                needs: (has_window_rule, "failure_rate or slow_call"),
                fits: (min_calls_fit, "window", "at most the calls in the window, 100 unless it is given"),
                feature: (),
                aliases: [
                    "allow_warm_up", "failure_execution_threshold", "failure_percentage_request_volume",
                    "min_request_threshold", "minimum_number_of_calls", "minimum_throughput",
                    "request_volume_threshold", "volume_threshold",
                ],
            }

            /// Sets how long a call takes at most that is not slow: longer than zero. Default: off.
            ///
            /// For a dependency that hangs: its calls hold threads and connections long before they
            /// fail. The breaker opens at [`slow_call_rate`](Self::slow_call_rate), and a slow probe
            /// opens it again. Whether a slow call failed as well makes no difference. This is not a
            /// deadline: the call runs to its end.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("search");
            /// let breaker = builder.slow_call(Duration::from_secs(2)).build()?;
            /// assert_eq!(breaker.config().slow_call(), Some(Duration::from_secs(2)));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            slow_call {
                with: (with_slow_call, longer_than),
                value: (optional length in longer_than_zero),
                default: (None, "off"),
                get: (field, "Returns the time after which a call is slow; `None` if no call is."),
                off: (without_slow_call, "Stops counting calls as slow."),
                needs: (),
                fits: (),
                feature: (),
                aliases: ["slow_call_duration_threshold"],
            }

            /// Sets the share of slow calls in the [`window`](Self::window) that opens the breaker:
            /// above 0.0, at most 1.0. Default: 1.0, once [`slow_call`](Self::slow_call) says what is
            /// slow.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("search").slow_call(Duration::from_secs(2));
            /// let breaker = builder.slow_call_rate(0.5).build()?;
            /// assert_eq!(breaker.config().slow_call_rate(), Some(0.5));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            slow_call_rate {
                with: (with_slow_call_rate, share),
                value: (optional share in share),
                default: (None, "1.0 with `slow_call`"),
                get: (derived Option<f64>,
                    "Returns the share of slow calls in the window that opens the breaker; `None` without `slow_call`. \
                     Unless set: 1.0."),
                off: (),
                needs: (has_slow_call, "slow_call"), fits: (), feature: (),
                aliases: ["slow_call_rate_threshold"],
            }

            /// Sets how many calls in a row may be dropped while they are pending, with none ending
            /// between: 1 to 1,000,000, or `None` for any number. Default: 10. Each further one is a
            /// failure, until a call ends.
            ///
            /// For a dependency that hangs, and callers that give up by a time-out of their own: no call
            /// ever ends then, and without this the breaker would stay closed for ever. A client that
            /// disconnects now and then, and the loser of two calls that race, are never a failure, as
            /// other calls end between them. The failures count as any other, for the streak and in the
            /// window; a report shows them with the cause `abandoned`.
            ///
            /// A call ends with any outcome, ignored ones included. A probe that is dropped gives its
            /// slot back as always, and counts as well: the row goes on while the breaker opens and
            /// probes, until it closes, is reset or changes its mode. A [`Permit`](crate::Permit) that
            /// is dropped without an outcome counts as a dropped future does. A call that waits for a
            /// permit of [`max_concurrent`](Self::max_concurrent) has not run, and never counts; nor
            /// does a stream after its first item, which is an answer. Each key has a row of its own.
            ///
            /// Not for calls that are nearly always dropped before their end, such as subscriptions that
            /// clients end: give `None` there.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, State};
            /// let builder = CircuitBreaker::builder("payments").failure_threshold(2);
            /// let breaker = builder.abandoned_threshold(3).build()?;
            /// for _ in 0..5 {
            ///     drop(breaker.try_acquire());
            /// }
            /// assert_eq!(breaker.state(), State::Open, "by the last two");
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            abandoned_threshold {
                with: (with_abandoned_threshold, calls),
                value: (switchable count in dropped_calls),
                default: (Some(10), "10"),
                get: (field,
                    "Returns how many calls in a row may be dropped while they are pending, before each further one is \
                     a failure; `None` if any number may."),
                off: (without_abandoned_threshold,
                    "Lets callers drop any number of calls: a dropped call is a failure only if it was slow."),
                needs: (), fits: (), feature: (),
                aliases: [],
            }

            /// Sets how long the breaker stays open; at exactly this time the next call probes. Longer
            /// than zero. Default: 60 s.
            ///
            /// This is not a deadline for calls.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::{CircuitBreaker, ManualClock};
            /// let clock = ManualClock::new();
            /// let builder = CircuitBreaker::builder("payments").timeout(Duration::from_secs(30));
            /// let breaker = builder.clock(clock.clone()).build()?;
            /// breaker.trip();
            /// clock.advance(Duration::from_secs(30));
            /// assert!(breaker.try_acquire().is_ok(), "it probes");
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            timeout {
                with: (with_timeout, open_for),
                value: (fixed length in longer_than_zero),
                default: (Duration::from_secs(60), "60 s"),
                get: (field, "Returns how long the breaker stays open."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: [
                    "backoff", "base_ejection_time", "break_duration", "cool_off_time", "delay", "duration_of_break",
                    "error_timeout", "exponential", "open_wait", "recovery_timeout", "reset_timeout", "sleep_window",
                    "sleep_window_in_milliseconds", "wait_duration_in_open", "wait_duration_in_open_state",
                ],
            }

            /// Sets the number by which each failed probe multiplies the open period, until the breaker
            /// closes: 1.0 to 1000.0. Default: 1.0.
            ///
            /// For a dependency that stays down for long: 2.0 probes it after one `timeout`, then after
            /// two, then after four. Without [`max_timeout`](Self::max_timeout) there is no end to that.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("payments").timeout(Duration::from_secs(30));
            /// let breaker = builder.timeout_factor(2.0).max_timeout(Duration::from_secs(600)).build()?;
            /// assert_eq!(breaker.config().timeout_factor(), 2.0);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            timeout_factor {
                with: (with_timeout_factor, factor),
                value: (fixed decimal in factor),
                default: (1.0, "1.0"),
                get: (field, "Returns the number by which each failed probe multiplies the open period. Unless set: 1.0."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: [
                    "break_duration_generator", "delay_fn", "enable_exponential_backoff",
                    "exponential_backoff_multiplier", "wait_interval_function_in_open_state",
                ],
            }

            /// Sets the longest open period, for whatever reason it is longer than `timeout`: at least
            /// `timeout`. Default: none.
            ///
            /// It needs something to limit: [`timeout_factor`](Self::timeout_factor),
            /// [`timeout_jitter`](Self::timeout_jitter) or
            /// [`honour_retry_after`](Self::honour_retry_after).
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("payments").timeout_factor(2.0);
            /// let breaker = builder.max_timeout(Duration::from_secs(600)).build()?;
            /// assert_eq!(breaker.config().max_timeout(), Some(Duration::from_secs(600)));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            max_timeout {
                with: (with_max_timeout, longest),
                value: (optional length in longer_than_zero),
                default: (None, "none"),
                get: (field, "Returns the longest open period; `None` if there is no limit."),
                off: (without_max_timeout, "Removes the limit of the open period."),
                needs: (has_varying_timeout, "timeout_factor, timeout_jitter or honour_retry_after",
                    "a timeout_factor above 1, a timeout_jitter above 0 or honour_retry_after: without them the open \
                     period is always timeout"),
                fits: (max_timeout_fits, "timeout", "at least timeout, which is 60 s unless it is given"),
                feature: (),
                aliases: ["exponential_max_wait_duration_in_open_state", "max_ejection_time"],
            }

            /// Sets the share of an open period that is random: 0.0 to 1.0. Default: 0.0.
            ///
            /// For many processes that call the same dependency: what opened their breakers at the same
            /// moment must not make all of them probe at the same moment.
            ///
            /// ```
            /// # use breaker_runtime::CircuitBreaker;
            /// let breaker = CircuitBreaker::builder("payments").timeout_jitter(0.2).build()?;
            /// assert_eq!(breaker.config().timeout_jitter(), 0.2);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            timeout_jitter {
                with: (with_timeout_jitter, share),
                value: (fixed share in fraction),
                default: (0.0, "0.0"),
                get: (field, "Returns the share of an open period that is random. Unless set: 0.0."),
                off: (),
                needs: (),
                fits: (),
                feature: (),
                aliases: [
                    "enable_randomized_wait", "equal_jittered", "full_jittered", "max_ejection_time_jitter",
                    "randomized_wait_factor",
                ],
            }

            /// Sets whether a failure that says when to come back, as HTTP's `Retry-After` does, decides
            /// how long the breaker stays open. Default: `false`.
            ///
            /// For a dependency that knows better. [`max_timeout`](Self::max_timeout) is the longest
            /// time that is accepted from it.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("payments").failure_threshold(1);
            /// let breaker = builder.honour_retry_after(true).build()?;
            /// breaker.try_acquire()?.failure_retry_after(Duration::from_secs(120));
            /// assert!(breaker.snapshot().retry_after > Some(Duration::from_secs(119)));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            honour_retry_after {
                with: (with_honour_retry_after, honour),
                value: (fixed flag in any),
                default: (false, "`false`"),
                get: (field,
                    "Returns whether a failure that says when to come back decides how long the breaker stays open."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: [],
            }

            /// Sets how many successful probes close the breaker: at least 1. Default: 2.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, ManualClock, State};
            /// let clock = ManualClock::new();
            /// let builder = CircuitBreaker::builder("payments").success_threshold(1);
            /// let breaker = builder.clock(clock.clone()).build()?;
            /// breaker.trip();
            /// clock.advance(breaker.config().timeout());
            /// breaker.try_acquire()?.success();
            /// assert_eq!(breaker.state(), State::Closed);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            success_threshold {
                with: (with_success_threshold, successes),
                value: (fixed count in at_least_one),
                default: (2, "2"),
                get: (field, "Returns how many successful probes close the breaker."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: ["healthy_threshold", "recovery_threshold"],
            }

            /// Sets how many failed probes of one half-open period open the breaker again: 1 to 1024.
            /// Default: 1.
            ///
            /// For a dependency that fails some calls also when it is well: together with
            /// [`success_threshold`](Self::success_threshold) and [`max_probes`](Self::max_probes) it
            /// judges probes by their rate. With 6 successes, 5 failures and 10 probes at once, half of
            /// ten probes decide. The two counts start at zero with each half-open period.
            ///
            /// Not for a dependency that one failed probe shows to be down: until the threshold is
            /// reached, further calls of users run as probes and fail.
            ///
            /// ```
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("payments").success_threshold(6).max_probes(10);
            /// let breaker = builder.probe_failure_threshold(5).build()?;
            /// assert_eq!(breaker.config().probe_failure_threshold(), 5);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            probe_failure_threshold {
                with: (with_probe_failure_threshold, failures),
                value: (fixed count in probes),
                default: (1, "1"),
                get: (field, "Returns how many failed probes of a half-open period open the breaker again."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: [],
            }

            /// Sets how many probes may be in flight at once: 1 to 1024. Default: `success_threshold`,
            /// but at most 1024.
            ///
            /// ```
            /// # use breaker_runtime::CircuitBreaker;
            /// let breaker = CircuitBreaker::builder("payments").max_probes(1).build()?;
            /// assert_eq!(breaker.config().max_probes(), 1);
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            max_probes {
                with: (with_max_probes, probes),
                value: (optional count in probes),
                default: (None, "`success_threshold`, at most 1024"),
                get: (derived u32,
                    "Returns how many probes may be in flight at once. Unless set: `success_threshold`, but at most \
                     1024."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: [
                    "half_open_len", "max_requests", "permitted_calls_in_half_open", "permitted_number_of_calls",
                    "permitted_number_of_calls_in_half_open_state", "ring_buffer_size_in_half_open_state",
                    "success_thresholding_capacity",
                ],
            }

            /// Sets the time after which a probe that has not ended loses its slot, and its result is
            /// late: longer than zero. Default: `timeout`, or twice [`call_timeout`](Self::call_timeout)
            /// if that is longer.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("reports");
            /// let breaker = builder.probe_timeout(Duration::from_secs(300)).build()?;
            /// assert_eq!(breaker.config().probe_timeout(), Duration::from_secs(300));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            probe_timeout {
                with: (with_probe_timeout, lease),
                value: (optional length in longer_than_zero),
                default: (None, "`timeout`, or twice `call_timeout` or `total_timeout` if that is longer"),
                get: (derived Duration,
                    "Returns the time after which a probe that has not ended loses its slot. Unless set: `timeout`, or \
                     twice `call_timeout`, or else twice `total_timeout`, if that is longer, as a probe that ends at its deadline must not be lost in \
                     the same moment."),
                off: (),
                needs: (), fits: (), feature: (),
                aliases: ["max_wait_duration_in_half_open_state"],
            }

            /// Sets how long the breaker waits for the first ping of its
            /// [`probe`](crate::circuit_breaker#probe), and for each one after it: longer than zero.
            /// Default: the open period, which is `timeout` with its growth and jitter.
            ///
            /// For a ping that costs the dependency little, so that recovery is noticed soon. It is the
            /// open period in place of `timeout`, and does not grow; `timeout_jitter` applies.
            ///
            /// Not for a ping that is a burden: many processes send it at this interval for as long as
            /// the dependency is down.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "tokio")] {
            /// let builder = CircuitBreaker::builder("payments").probe(|| async { true });
            /// let breaker = builder.probe_every(Duration::from_secs(5)).build()?;
            /// assert_eq!(breaker.config().probe_every(), Some(Duration::from_secs(5)));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            probe_every {
                with: (with_probe_every, interval),
                value: (optional length in longer_than_zero),
                default: (None, "the open period"),
                get: (field,
                    "Returns the time between two pings of a background probe; `None` if it is the open period."),
                off: (without_probe_every, "Sends pings at the end of each open period again."),
                needs: (has_probe, "probe", "probe: without a ping there is nothing to send"),
                fits: (), feature: ("tokio"),
                aliases: ["no_traffic_interval", "unhealthy_interval"],
            }

            /// Sets the deadline of a whole async call, over all its attempts, waits for a permit and
            /// pauses between attempts: longer than zero. Default: off.
            ///
            /// For a caller that must answer within a time of its own. When it is over the attempt in
            /// flight is dropped, and the call ends with
            /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut). The attempt is a failure if it had
            /// at least half of this time, and otherwise counts as one that its caller has dropped: the
            /// time was lost before it. A call that still waits for a permit ends with the same error,
            /// and counts as rejected, never as a failure. A pause that would not end before is not
            /// begun, and the last attempt is the end of the call. [`call_timeout`](Self::call_timeout)
            /// and [`max_wait`](Self::max_wait) have to be shorter.
            ///
            /// It is kept by [`call_async`](crate::CircuitBreaker::call_async) and by annotated `async`
            /// functions that have the option. A fallback runs after it, and takes its own time. A
            /// service of `tower` keeps it from `call` on, and not in `poll_ready`, as the breaker is
            /// asked after that; a request of `reqwest` keeps it until the response's head. It needs the
            /// feature `tokio`, which is on by default, and works on any executor.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "tokio")] {
            /// let builder = CircuitBreaker::builder("search");
            /// let breaker = builder.total_timeout(Duration::from_millis(700)).build()?;
            /// assert_eq!(breaker.config().total_timeout(), Some(Duration::from_millis(700)));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            total_timeout {
                with: (with_total_timeout, deadline),
                value: (optional length in longer_than_zero),
                default: (None, "off"),
                get: (field,
                    "Returns the time after which a whole async call is ended, with all its attempts, waits and pauses; \
                     `None` if it is not limited."),
                off: (without_total_timeout, "Removes the deadline of whole calls."),
                needs: (), fits: (), feature: ("tokio"),
                aliases: ["max_duration", "stop_after_delay", "stop_before_delay"],
            }

            /// Sets the time after which an async call is dropped, counted as a failure, and ended with
            /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut): longer than zero. Default: off.
            ///
            /// For a dependency that hangs: its callers get an answer. It is kept by
            /// [`call_async`](crate::CircuitBreaker::call_async) and by annotated `async` functions that
            /// have the option; a sync call cannot be ended from outside, and
            /// [`slow_call`](Self::slow_call) is what shows that it hangs. It needs the feature `tokio`,
            /// which is on by default, and works on any executor.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "tokio")] {
            /// let builder = CircuitBreaker::builder("search");
            /// let breaker = builder.call_timeout(Duration::from_secs(2)).build()?;
            /// assert_eq!(breaker.config().call_timeout(), Some(Duration::from_secs(2)));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            call_timeout {
                with: (with_call_timeout, deadline),
                value: (optional length in longer_than_zero),
                default: (None, "off"),
                get: (field,
                    "Returns the time after which an async call is ended and counted as a failure; `None` if it is not \
                     limited."),
                off: (without_call_timeout, "Removes the deadline of async calls."),
                needs: (),
                fits: (shorter_than_total, "total_timeout", "shorter than total_timeout"),
                feature: ("tokio"),
                aliases: [
                    "execution_timeout_enabled", "execution_timeout_in_milliseconds", "half_open_resource_timeout",
                    "per_try_timeout", "timeout_duration", "timeout_in_milliseconds",
                ],
            }

            /// Sets how long the reader of a stream waits for the first item: longer than zero. Default:
            /// off.
            ///
            /// For a dependency that accepts a call and then says nothing. After this time the stream is
            /// dropped, counted as a failure, and ended with one `Err` item made of
            /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut). Only the time counts in which the
            /// reader polls the stream and waits: a slow reader is not the dependency's fault. It is
            /// kept by annotated functions that return a stream and by the other streams of the module
            /// `stream`, and applies to streams that begin after it was set. It needs the features
            /// `stream` and `tokio`, and works on any executor.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "tokio")] {
            /// let builder = CircuitBreaker::builder("model");
            /// let breaker = builder.first_item(Duration::from_secs(5)).build()?;
            /// assert_eq!(breaker.config().first_item(), Some(Duration::from_secs(5)));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            first_item {
                with: (with_first_item, longest),
                value: (optional length in longer_than_zero),
                default: (None, "off"),
                get: (field,
                    "Returns how long the reader of a stream waits for the first item until the stream is ended and \
                     counted as a failure; `None` if it waits for any time."),
                off: (without_first_item, "Removes the limit of the wait for the first item of a stream."),
                needs: (), fits: (), feature: ("tokio"),
                aliases: [],
            }

            /// Sets how long the reader of a stream waits for each item after the first one, and for the
            /// end: longer than zero. Default: off.
            ///
            /// For a dependency that stops in the middle of an answer. All else is as for
            /// [`first_item`](Self::first_item).
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "tokio")] {
            /// let builder = CircuitBreaker::builder("model");
            /// let breaker = builder.idle(Duration::from_secs(20)).build()?;
            /// assert_eq!(breaker.config().idle(), Some(Duration::from_secs(20)));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            idle {
                with: (with_idle, longest),
                value: (optional length in longer_than_zero),
                default: (None, "off"),
                get: (field,
                    "Returns how long the reader of a stream waits for each item after the first one, and for the end; \
                     `None` if it waits for any time."),
                off: (without_idle, "Removes the limit of the waits for the further items of a stream."),
                needs: (), fits: (), feature: ("tokio"),
                aliases: [],
            }

            /// Sets how long a breaker that closes takes until it admits every call again: longer than
            /// zero. Default: off, it admits all of them at once.
            ///
            /// For a dependency with cold caches or a queue to work off: full load would bring it down
            /// again. The share of calls that are admitted grows over this time.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("search");
            /// let breaker = builder.ramp(Duration::from_secs(30)).build()?;
            /// assert_eq!(breaker.config().ramp(), Some(Duration::from_secs(30)));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            ramp {
                with: (with_ramp, length),
                value: (optional length in longer_than_zero),
                default: (None, "off"),
                get: (field,
                    "Returns how long a breaker that closes takes until it admits every call; `None` if it does so at \
                     once."),
                off: (without_ramp,
                    "Makes a breaker that closes admit every call at once. A ramp that runs at this moment \
                     ends."),
                needs: (), fits: (), feature: (),
                aliases: [],
            }

            /// Admits only about `k` calls for each one that succeeds, counted over `window`; the others
            /// are rejected at random, without opening the breaker. `k` is 1.0 to 1000.0, `window` at
            /// least 1 s. Default: off.
            ///
            /// For a dependency that is overloaded rather than broken: it goes on being called as much
            /// as it can bear, where an open breaker would leave it idle and then send it the full load
            /// again. With 2.0 the calls are thinned out once fewer than half of them succeed; a `k`
            /// near 1.0 rejects sooner, a large one later.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("search").throttle(2.0, Duration::from_secs(120));
            /// let throttle = builder.build()?.config().throttle();
            /// assert_eq!(throttle.map(|throttle| throttle.k()), Some(2.0));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            throttle {
                with: (with_throttle, throttle),
                value: (optional throttle in throttle),
                default: (None, "off"),
                get: (field,
                    "Returns how the breaker thins out the calls to a dependency that is overloaded; `None` if it does \
                     not."),
                off: (without_throttle, "Stops rejecting calls because the dependency is overloaded."),
                needs: (), fits: (), feature: (),
                aliases: [],
            }

            /// Sets how many calls may run at once: 1 to 1,000,000. Default: any number.
            ///
            /// For a dependency that hangs or is slow: its calls must not take up all threads,
            /// connections and memory. A call over the limit waits for up to
            /// [`max_wait`](Self::max_wait), or is rejected with
            /// [`ErrorKind::Full`](crate::ErrorKind::Full). That is never a failure, and opens nothing.
            /// A call holds its permit until it really ends: until its closure has returned or unwound,
            /// its future is complete or dropped, its [`Permit`](crate::Permit) is settled or dropped.
            /// Calls that ran already when the option was set hold none.
            ///
            /// The breaker comes first: an open one rejects whether or not a permit is free, and a call
            /// without a permit is no probe. A breaker that is forced closed has its limit all the same.
            /// In a dry run all calls run, and one that finds no permit counts as one that would be
            /// rejected, without waiting.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, ErrorKind};
            /// let breaker = CircuitBreaker::builder("reports").max_concurrent(1).build()?;
            /// let running = breaker.try_acquire()?;
            /// let rejection = breaker.try_acquire().unwrap_err();
            /// assert_eq!(rejection.kind(), ErrorKind::Full);
            /// running.success();
            /// assert!(breaker.try_acquire().is_ok());
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            max_concurrent {
                with: (with_max_concurrent, calls),
                value: (optional count in calls_at_once),
                default: (None, "any number"),
                get: (field, "Returns how many calls may run at once; `None` if any number may."),
                off: (without_max_concurrent,
                    "Removes the limit of calls that run at once. Those that wait for a permit run now."),
                needs: (), fits: (), feature: (),
                aliases: [
                    "capacity", "core_size", "core_thread_pool_size", "max_concurrency", "max_concurrent_calls",
                    "max_concurrent_requests", "max_connections", "max_parallelization", "max_thread_pool_size",
                    "maximum_size", "permit_limit", "tickets",
                ],
            }

            /// Sets how long a call waits for a permit when as many run as
            /// [`max_concurrent`](Self::max_concurrent) allows: longer than zero. Default: it does not
            /// wait.
            ///
            /// The calls that wait run in the order in which they came, sync and async ones together,
            /// and none overtakes another. A call that has waited asks the breaker once more when it
            /// gets its permit, so that it does not run if that has opened meanwhile; none is called off
            /// before. The wait is not part of the time that [`slow_call`](Self::slow_call) measures.
            ///
            /// A sync call blocks its thread for as long. A future waits on any executor, and leaves the
            /// queue when it is dropped; it needs the feature `tokio`, without which it is rejected at
            /// once. [`try_acquire`](crate::CircuitBreaker::try_acquire) never waits, nor does a
            /// function that returns a future, nor an annotated `async fn` with an attribute that has
            /// neither `max_wait` nor `breaker`. The wait takes real time, or that of tokio in a runtime
            /// of that, whatever the breaker's clock is. A change at run time is for calls that begin to
            /// wait after it.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("reports").max_concurrent(8);
            /// let breaker = builder.max_wait(Duration::from_millis(200)).build()?;
            /// assert_eq!(breaker.config().max_wait(), Some(Duration::from_millis(200)));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            max_wait {
                with: (with_max_wait, length),
                value: (optional length in longer_than_zero),
                default: (None, "not at all"),
                get: (field,
                    "Returns how long a call waits for a permit at the limit of calls that run at once; `None` if it is \
                     rejected at once."),
                off: (without_max_wait,
                    "Makes a call that finds no permit be rejected at once. Those that wait already go on waiting."),
                needs: (has_max_concurrent, "max_concurrent"),
                fits: (shorter_than_total, "total_timeout", "shorter than total_timeout"),
                feature: (),
                aliases: ["max_wait_duration", "max_wait_time"],
            }

            /// Sets how many calls may wait at once: 1 to 1,000,000. Default: any number.
            ///
            /// A call that finds the queue full is rejected at once. It needs
            /// [`max_wait`](Self::max_wait).
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// let builder = CircuitBreaker::builder("reports").max_concurrent(8);
            /// let breaker = builder.max_wait(Duration::from_millis(200)).max_pending(32).build()?;
            /// assert_eq!(breaker.config().max_pending(), Some(32));
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            max_pending {
                with: (with_max_pending, calls),
                value: (optional count in calls_at_once),
                default: (None, "any number"),
                get: (field, "Returns how many calls may wait at once; `None` if any number may."),
                off: (without_max_pending, "Removes the limit of calls that wait for a permit."),
                needs: (has_queue, "max_concurrent and max_wait"), fits: (), feature: (),
                aliases: [
                    "max_pending_requests", "max_queue_size", "max_queuing_actions", "queue_capacity", "queue_limit",
                    "queue_size_rejection_threshold",
                ],
            }

            /// Shares the state of the breaker with those of the same group in other processes, through
            /// Redis: a text that is not blank, or [`SharedGroup::OfName`](crate::SharedGroup::OfName)
            /// for the breaker's own name. Default: off.
            ///
            /// For a dependency that fails for all processes at once: they open together once enough of
            /// them see it, one of them probes, and all close when its probes succeed. It needs the
            /// feature `redis`, and has no effect until the process has called
            /// [`fleet::connect`](crate::guide::fleet). Each key of keyed breakers is a group of its
            /// own.
            ///
            /// No call waits for Redis, and a breaker still opens by its own results at once.
            /// [When to share](crate::guide::fleet#when-to-share).
            ///
            /// ```
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "redis")] {
            /// let breaker = CircuitBreaker::builder("payments").shared("payments").build()?;
            /// assert!(breaker.config().shared().is_some());
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            shared {
                with: (with_shared, group),
                value: (optional group in group),
                default: (None, "off"),
                get: (field, "Returns the group of processes that share the breaker's state; `None` if none does."),
                off: (without_shared, "Stops sharing the state of the breaker with other processes."),
                needs: (), fits: (), feature: ("redis"),
                aliases: [],
            }

            /// Sets how many processes must see the dependency fail before the whole group opens: a
            /// number of them from 1 to 10,000 (a `u32`), or a share of those alive, above 0.0 and at
            /// most 1.0 (an `f64`), which counts as 2 at least. Default: 2 processes.
            ///
            /// With 1 a single process with a broken network opens the breakers of all. The quorum is
            /// not lowered where fewer processes are alive: a fleet of one opens by its own results
            /// alone.
            ///
            /// ```
            /// # use breaker_runtime::{CircuitBreaker, Quorum};
            /// # #[cfg(feature = "redis")] {
            /// let builder = CircuitBreaker::builder("payments").shared("payments");
            /// let breaker = builder.quorum(3).build()?;
            /// assert_eq!(breaker.config().quorum(), Quorum::Processes(3));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            quorum {
                with: (with_quorum, processes),
                value: (optional quorum in quorum),
                default: (None, "2 processes"),
                get: (derived Quorum,
                    "Returns how many processes must see the dependency fail before the whole group opens. Unless set: 2."),
                off: (),
                needs: (has_group, "shared"), fits: (), feature: (),
                aliases: [],
            }

            /// Opens the whole group when all its processes together have had so many failures in the
            /// [`window`](Self::window), if that is a span of time, else in 10 s: at least 1. Default:
            /// off.
            ///
            /// For a dependency that fails some of the calls of many processes, each of which makes too
            /// few to judge it: successes in between take nothing away. It still needs the
            /// [`quorum`](Self::quorum), in which a process counts here while it has had a failure in
            /// that time. Where the load varies, a fixed number is a small share at noon and never
            /// reached at night: set [`failure_rate`](Self::failure_rate), which the group judges over
            /// all processes as well.
            ///
            /// ```
            /// # use std::time::Duration;
            /// # use breaker_runtime::CircuitBreaker;
            /// # #[cfg(feature = "redis")] {
            /// let builder = CircuitBreaker::builder("payments").shared("payments");
            /// let breaker = builder.fleet_failures(50).window(Duration::from_secs(30)).build()?;
            /// assert_eq!(breaker.config().fleet_failures(), Some(50));
            /// # }
            /// # Ok::<(), breaker_runtime::ConfigError>(())
            /// ```
            fleet_failures {
                with: (with_fleet_failures, failures),
                value: (optional count in at_least_one),
                default: (None, "off"),
                get: (field,
                    "Returns how many failures of all processes together open the whole group; `None` if no number of \
                     them does."),
                off: (without_fleet_failures, "Keeps the number of failures of all processes from opening the group."),
                needs: (has_group, "shared"), fits: (), feature: (),
                aliases: [],
            }
        }
    };
}

pub(crate) use policy_options;
