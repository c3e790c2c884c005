//! The setters of the policy, written once for all that have them.

/// Gives a type with a field `config` a setter for each option of the policy.
macro_rules! policy_setters {
    ($type:ident) => {
        impl $type {
            /// Consecutive failures that open the breaker: at least 1. Default: 5, or no number of them if
            /// [`failure_rate`](Self::failure_rate), [`slow_call_rate`](Self::slow_call_rate) or
            /// [`throttle`](Self::throttle) is set.
            ///
            /// For a dependency that is down: a few calls tell, at any load. Failures that come between successes
            /// never add up to a streak; that is what a rate is for.
            #[doc(alias(
                "consecutive_5xx",
                "consecutive_errors",
                "consecutive_failures",
                "consecutive_gateway_failure",
                "consecutive_local_origin_failure",
                "error_threshold",
                "exceptions_allowed_before_breaking",
                "fail_max",
                "failure_policy",
                "handled_events_allowed_before_breaking",
                "threshold",
            ))]
            pub fn failure_threshold(mut self, failures: u32) -> Self {
                self.config.failure_threshold = Some(failures);
                self
            }

            /// The share of failures among the successes and failures in the [`window`](Self::window) that opens the
            /// breaker: above 0.0, at most 1.0. Default: off.
            ///
            /// For a dependency that fails some of its calls, or is called by many at once, whose successes and
            /// failures mix. It is judged at every result once the window holds [`min_calls`](Self::min_calls), and
            /// met if the share is the rate or more.
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
            #[doc(alias(
                "error_rate",
                "error_threshold_percentage",
                "failure_percentage_threshold",
                "failure_rate_threshold",
                "failure_ratio",
                "ready_to_trip",
                "required_success_rate",
                "success_rate_over_time_window",
            ))]
            pub fn failure_rate(mut self, share: f64) -> Self {
                self.config.failure_rate = Some(share);
                self
            }

            /// Which calls the rates are taken of: the last 1 to 1,000,000 calls (a `u32`), or those of a span of at
            /// least 1 ms (a [`Duration`](std::time::Duration)). Default: 100 calls.
            ///
            /// A span forgets old failures where calls are few; a number of calls weighs the same at any load. Either
            /// needs [`failure_rate`](Self::failure_rate) or [`slow_call`](Self::slow_call).
            #[doc(alias(
                "closed_len",
                "error_threshold_timeout",
                "failure_thresholding_capacity",
                "failure_thresholding_period",
                "interval",
                "ring_buffer_size_in_closed_state",
                "rolling_count_timeout",
                "rolling_stats_time_in_milliseconds",
                "rolling_window",
                "sampling_duration",
                "sliding_window",
                "sliding_window_size",
                "sliding_window_type",
                "time_in_milliseconds",
                "window_size",
            ))]
            pub fn window(mut self, window: impl Into<$crate::config::Window>) -> Self {
                self.config.window = Some(window.into());
                self
            }

            /// How many calls the window must hold before a rate is judged: at least 1, at most the calls in the
            /// window. Default: 20, or all the calls of a smaller window.
            ///
            /// So that the first failure after a start, or at night, is not a rate of 100 percent.
            #[doc(alias(
                "allow_warm_up",
                "failure_execution_threshold",
                "failure_percentage_request_volume",
                "min_request_threshold",
                "minimum_number_of_calls",
                "minimum_throughput",
                "request_volume_threshold",
                "volume_threshold",
            ))]
            pub fn min_calls(mut self, calls: u32) -> Self {
                self.config.min_calls = Some(calls);
                self
            }

            /// A call that took longer than this is slow: longer than zero. Default: off.
            ///
            /// For a dependency that hangs: its calls hold threads and connections long before they fail. The breaker
            /// opens at [`slow_call_rate`](Self::slow_call_rate), and a slow probe opens it again. Whether a slow call
            /// failed as well makes no difference. This is not a deadline: the call runs to its end.
            #[doc(alias("slow_call_duration_threshold"))]
            pub fn slow_call(mut self, longer_than: ::std::time::Duration) -> Self {
                self.config.slow_call = Some(longer_than);
                self
            }

            /// The share of slow calls in the [`window`](Self::window) that opens the breaker: above 0.0, at most
            /// 1.0. Default: 1.0, once [`slow_call`](Self::slow_call) says what is slow.
            #[doc(alias("slow_call_rate_threshold"))]
            pub fn slow_call_rate(mut self, share: f64) -> Self {
                self.config.slow_call_rate = Some(share);
                self
            }

            /// How long the breaker stays open; at exactly this time the next call probes. Default: 60 s.
            ///
            /// This is not a deadline for calls.
            #[doc(alias(
                "backoff",
                "base_ejection_time",
                "break_duration",
                "cool_off_time",
                "delay",
                "duration_of_break",
                "error_timeout",
                "exponential",
                "open_wait",
                "recovery_timeout",
                "reset_timeout",
                "sleep_window",
                "sleep_window_in_milliseconds",
                "wait_duration_in_open",
                "wait_duration_in_open_state",
            ))]
            pub fn timeout(mut self, open_for: ::std::time::Duration) -> Self {
                self.config.timeout = open_for;
                self
            }

            /// By what each failed probe multiplies the open period, until the breaker closes: 1.0 to 1000.0.
            /// Default: 1.0.
            ///
            /// For a dependency that stays down for long: 2.0 probes it after one `timeout`, then after two, then after
            /// four. Without [`max_timeout`](Self::max_timeout) there is no end to that.
            #[doc(alias(
                "break_duration_generator",
                "delay_fn",
                "enable_exponential_backoff",
                "exponential_backoff_multiplier",
                "wait_interval_function_in_open_state",
            ))]
            pub fn timeout_factor(mut self, factor: f64) -> Self {
                self.config.timeout_factor = factor;
                self
            }

            /// The longest open period, whatever makes it longer than `timeout`: at least `timeout`. Default: none.
            ///
            /// It needs something to limit: [`timeout_factor`](Self::timeout_factor),
            /// [`timeout_jitter`](Self::timeout_jitter) or [`honour_retry_after`](Self::honour_retry_after).
            #[doc(alias("exponential_max_wait_duration_in_open_state", "max_ejection_time"))]
            pub fn max_timeout(mut self, longest: ::std::time::Duration) -> Self {
                self.config.max_timeout = Some(longest);
                self
            }

            /// The share of an open period that is left to chance: 0.0 to 1.0. Default: 0.0.
            ///
            /// For many processes that call the same dependency: what opened their breakers at the same moment must
            /// not make all of them probe at the same moment.
            #[doc(alias(
                "enable_randomized_wait",
                "equal_jittered",
                "full_jittered",
                "max_ejection_time_jitter",
                "randomized_wait_factor",
            ))]
            pub fn timeout_jitter(mut self, share: f64) -> Self {
                self.config.timeout_jitter = share;
                self
            }

            /// Whether a failure that says when to come back, as HTTP's `Retry-After` does, decides how long the
            /// breaker stays open. Default: `false`.
            ///
            /// For a dependency that knows better. [`max_timeout`](Self::max_timeout) is as long as it is believed.
            pub fn honour_retry_after(mut self, honour: bool) -> Self {
                self.config.honour_retry_after = honour;
                self
            }

            /// Successful probes that close the breaker: at least 1. Default: 2.
            #[doc(alias("recovery_threshold"))]
            pub fn success_threshold(mut self, successes: u32) -> Self {
                self.config.success_threshold = successes;
                self
            }

            /// Probes that may be in flight at once: 1 to 1024. Default: `success_threshold`, but at most 1024.
            #[doc(alias(
                "half_open_len",
                "max_requests",
                "permitted_calls_in_half_open",
                "permitted_number_of_calls",
                "permitted_number_of_calls_in_half_open_state",
                "ring_buffer_size_in_half_open_state",
                "success_thresholding_capacity",
            ))]
            pub fn max_probes(mut self, probes: u32) -> Self {
                self.config.max_probes = Some(probes);
                self
            }

            /// After how long a probe that has not ended loses its place, and its result is late. Default:
            /// `timeout`, or twice [`call_timeout`](Self::call_timeout) if that is longer.
            #[doc(alias("max_wait_duration_in_half_open_state"))]
            pub fn probe_timeout(mut self, lease: ::std::time::Duration) -> Self {
                self.config.probe_timeout = Some(lease);
                self
            }

            /// After how long an async call is dropped, counted as a failure, and ended with
            /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut): longer than zero. Default: a call may take its
            /// time.
            ///
            /// For a dependency that hangs: its callers get an answer. It is kept by
            /// [`call_async`](crate::CircuitBreaker::call_async) and by annotated `async` functions that have the
            /// option; a sync call cannot be ended from outside, and [`slow_call`](Self::slow_call) is what
            /// tells that it hangs. It needs the feature `tokio`, which is on by default, and works on any executor.
            #[doc(alias(
                "execution_timeout_enabled",
                "execution_timeout_in_milliseconds",
                "half_open_resource_timeout",
                "per_try_timeout",
                "stop_after_delay",
                "stop_before_delay",
                "timeout_duration",
                "timeout_in_milliseconds",
            ))]
            pub fn call_timeout(mut self, deadline: ::std::time::Duration) -> Self {
                self.config.call_timeout = Some(deadline);
                self
            }

            /// How long the reader of a stream waits for the first item: longer than zero. Default: any time.
            ///
            /// For a dependency that accepts a call and then says nothing. After this time the stream is dropped, counted
            /// as a failure, and ended with one `Err` item made of [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut).
            /// Only the time counts in which the reader polls the stream and waits: a slow reader is not the dependency's
            /// fault. It is kept by annotated functions that return a stream and by the other streams of the module
            /// `stream`, and applies to streams that begin after it was set. It needs the features `stream` and `tokio`,
            /// and works on any executor.
            pub fn first_item(mut self, longest: ::std::time::Duration) -> Self {
                self.config.first_item = Some(longest);
                self
            }

            /// How long the reader of a stream waits for each item after the first one, and for the end: longer than
            /// zero. Default: any time.
            ///
            /// For a dependency that stops in the middle of an answer. All else is as for
            /// [`first_item`](Self::first_item).
            pub fn idle(mut self, longest: ::std::time::Duration) -> Self {
                self.config.idle = Some(longest);
                self
            }

            /// How long a breaker that closes takes until it admits every call again: longer than zero. Default: it
            /// admits all of them at once.
            ///
            /// For a dependency with cold caches or a queue to work off: full load would bring it down again. The
            /// share of calls that are admitted grows over this time.
            pub fn ramp(mut self, length: ::std::time::Duration) -> Self {
                self.config.ramp = Some(length);
                self
            }

            /// Admits only about `k` calls for each one that succeeds, counted over `window`; the others are rejected
            /// at random, without opening the breaker. `k` is 1.0 to 1000.0, `window` at least 1 s. Default: off.
            ///
            /// For a dependency that is overloaded rather than broken: it goes on being called as much as it can
            /// bear, where an open breaker would leave it idle and then fall upon it. With 2.0 the calls are thinned
            /// out once fewer than half of them succeed; a `k` near 1.0 rejects sooner, a large one later.
            pub fn throttle(mut self, k: f64, window: ::std::time::Duration) -> Self {
                self.config.throttle = Some($crate::config::Throttle { k, window });
                self
            }

            /// How many calls may run at once: 1 to 1,000,000. Default: any number.
            ///
            /// For a dependency that hangs or is slow: its calls must not take up all threads, connections and memory.
            /// A call over the limit waits for up to [`max_wait`](Self::max_wait), or is rejected with
            /// [`ErrorKind::Full`](crate::ErrorKind::Full). That is never a failure, and opens nothing. A call
            /// holds its place until it really ends: until its closure has returned or unwound, its future is complete
            /// or dropped, its [`Permit`](crate::Permit) is settled or dropped. Calls that ran already when the
            /// option was set hold none.
            ///
            /// The breaker comes first: an open one rejects whether or not there is a place, and a call without a
            /// place is no probe. A breaker that is forced closed has its limit all the same. In a dry run
            /// all calls run, and one that finds no place counts as one that would be rejected, without waiting.
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
            #[doc(alias(
                "capacity",
                "core_size",
                "core_thread_pool_size",
                "max_concurrency",
                "max_concurrent_calls",
                "max_concurrent_requests",
                "max_connections",
                "max_parallelization",
                "max_thread_pool_size",
                "maximum_size",
                "permit_limit",
                "tickets",
            ))]
            pub fn max_concurrent(mut self, calls: u32) -> Self {
                self.config.max_concurrent = Some(calls);
                self
            }

            /// How long a call waits for its turn when as many run as [`max_concurrent`](Self::max_concurrent) says:
            /// longer than zero. Default: it does not wait.
            ///
            /// The calls that wait run in the order in which they came, sync and async ones together, and nobody
            /// overtakes them. A call that has waited asks the breaker once more when its turn comes, so that it does
            /// not run if that has opened meanwhile; nobody is called off before. The wait is not part of the
            /// time that [`slow_call`](Self::slow_call) measures.
            ///
            /// A sync call blocks its thread for as long. A future waits on any executor, and leaves the line when it
            /// is dropped; it needs the feature `tokio`, without which it is rejected at once.
            /// [`try_acquire`](crate::CircuitBreaker::try_acquire) never waits, nor does a function that returns a
            /// future, nor an annotated `async fn` whose attribute has neither `max_wait` nor `breaker`. The wait
            /// takes real time, or that of tokio in a runtime of that, whatever the breaker's clock is. A change
            /// at run time is for calls that begin to wait after it.
            #[doc(alias("max_wait_duration", "max_wait_time"))]
            pub fn max_wait(mut self, length: ::std::time::Duration) -> Self {
                self.config.max_wait = Some(length);
                self
            }

            /// How many calls may wait at once: 1 to 1,000,000. Default: any number.
            ///
            /// A call that finds the line full is rejected at once. It needs [`max_wait`](Self::max_wait).
            #[doc(alias(
                "max_pending_requests",
                "max_queue_size",
                "max_queuing_actions",
                "queue_capacity",
                "queue_limit",
                "queue_size_rejection_threshold",
            ))]
            pub fn max_pending(mut self, calls: u32) -> Self {
                self.config.max_pending = Some(calls);
                self
            }
        }
    };
}

pub(crate) use policy_setters;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::registry::settings::words::Foreign;

    /// The aliases of each setter, from the source: the compiler has no other list of them.
    fn aliases() -> BTreeMap<&'static str, Vec<&'static str>> {
        let source = include_str!("setters.rs");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let mut aliases = BTreeMap::new();
        for part in source.split("#[doc(alias(").skip(1) {
            let Some((words, rest)) = part.split_once("))]") else { continue };
            let Some((_, rest)) = rest.split_once("pub fn ") else { continue };
            let setter = rest.split('(').next().unwrap_or_default();
            aliases.insert(setter, words.split('"').skip(1).step_by(2).collect());
        }
        aliases
    }

    #[test]
    fn aliases_are_the_words_of_other_libraries_for_the_setter() {
        for (setter, words) in aliases() {
            for word in words {
                assert_eq!(Foreign::option(word).map(Foreign::target), Some(setter), "{word}");
            }
        }
    }

    #[test]
    fn main_words_of_other_libraries_are_aliases() {
        let aliases = aliases();
        for word in [
            "fail_max",
            "reset_timeout",
            "max_requests",
            "interval",
            "ready_to_trip",
            "rolling_window",
            "sleep_window",
            "wait_duration_in_open_state",
            "sliding_window_size",
            "permitted_number_of_calls_in_half_open_state",
            "break_duration",
            "failure_ratio",
            "volume_threshold",
            "delay",
            "recovery_timeout",
        ] {
            assert!(aliases.values().any(|words| words.contains(&word)), "{word}");
        }
    }
}
