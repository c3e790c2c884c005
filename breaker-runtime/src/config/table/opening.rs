//! Rows of the table of options: what opens a breaker.

/// Calls the macro of the next rows with these, after the tokens of `$context`.
macro_rules! opening_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $crate::config::table::recovery::recovery_options! {
            [$($generate)*] $($context)*

            /// Sets how many consecutive failures open the breaker: at least 1. Default: 5, or no number
            /// of them if [`failure_rate`](Self::failure_rate), [`slow_call_rate`](Self::slow_call_rate)
            /// or [`throttle`](Self::throttle) is set.
            ///
            /// For a dependency that is down: a few calls show it, at any load. Failures that come
            /// between successes never add up to a streak; that is what a rate is for.
            ///
            /// Streaks are counted up to 1,048,575. A larger number counts as that.
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
        }
    };
}

pub(crate) use opening_options;
