//! Rows of the table of options: what a call may take: time, and permits.

/// Calls the macro of the next rows with these, after the tokens of `$context`.
macro_rules! calls_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $crate::config::table::group::group_options! {
            [$($generate)*] $($context)*

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
        }
    };
}

pub(crate) use calls_options;
