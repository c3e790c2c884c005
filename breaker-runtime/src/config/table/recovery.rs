//! Rows of the table of options: the open period and recovery.

/// Calls the macro of the next rows with these, after the tokens of `$context`.
macro_rules! recovery_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $crate::config::table::calls::calls_options! {
            [$($generate)*] $($context)*

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
        }
    };
}

pub(crate) use recovery_options;
