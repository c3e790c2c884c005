//! Rows of the table of options: groups of processes.

/// Calls `$generate` with all rows: these are the last, after the tokens of `$context`.
macro_rules! group_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $($generate)*! {
            $($context)*

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

pub(crate) use group_options;
