//! The policies: what each option is for, when it is wrong, and which number to start with. The page
//! [`numbers`](super::numbers) leads from measurements to better numbers.
//!
//! | the dependency | option | written as |
//! |---|---|---|
//! | is down: every call fails | [`failure_threshold`](#failures-in-a-row) | `failure_threshold = 5` |
//! | fails some of its calls | [`failure_rate`](#failure-rates) | `failure_rate = 0.5, window = "10s"` |
//! | hangs rather than failing | [`slow_call`](#slow-calls) | `slow_call = "2s", slow_call_rate = 0.5` |
//! | stays down for long | [`timeout_factor`](#growing-open-periods) | `timeout_factor = 2.0, max_timeout = "10m"` |
//! | is probed by many processes | [`timeout_jitter`](#growing-open-periods) | `timeout_jitter = 0.1` |
//! | says when to come back | [`honour_retry_after`](#what-the-dependency-asks-for) | `honour_retry_after = true` |
//! | must not be tried with real calls | [`probe`](#pings-in-place-of-users-calls) | `probe = ping, probe_every = "5s"` |
//! | comes back cold | [`ramp`](#coming-back-slowly) | `ramp = "30s"` |
//! | is overloaded, not broken | [`throttle`](#throttling) | `throttle` |
//! | answers that the request was wrong | [`classify`](crate::classify) | `classify` |
//!
//! `#[circuit_breaker]` without options is a good start: five failures in a row open the breaker for a
//! minute.
//!
//! # Try it out first
//!
//! [`observe`](crate::CircuitBreaker::observe), or [`observe_all`](crate::observe_all) for every
//! breaker, starts a dry run: the breaker decides and reports, and every call runs. `observe = true` in
//! [`Settings`](crate::Settings) does the same from outside. After a day, look at:
//!
//! - [`Snapshot::trips`](crate::Snapshot::trips) and the [events](crate::CircuitBreaker::on_event) how
//!   often it would have opened, when, and for which [`Reason`](crate::Reason);
//! - [`Totals::would_reject`](crate::Totals::would_reject), how many calls it would have rejected;
//! - [`Snapshot::failure_rate`](crate::Snapshot::failure_rate) and
//!   [`Snapshot::slow_call_rate`](crate::Snapshot::slow_call_rate), which are the normal rates. A limit
//!   belongs clearly above the worst normal hour.
//!
//! In a dry run the calls that would have been rejected run, and count towards no decision.
//! [`reconfigure`](crate::CircuitBreaker::reconfigure) then changes the numbers without a restart.
//!
//! ```
//! use breaker_runtime::{CircuitBreaker, State};
//!
//! let breaker = CircuitBreaker::builder("search").failure_threshold(2).build()?;
//! breaker.observe();
//! for _ in 0..5 {
//!     breaker.try_acquire()?.failure(); // it always runs
//! }
//! let seen = breaker.snapshot();
//! assert_eq!((seen.state, seen.trips, seen.totals.would_reject), (State::Open, 1, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Failures in a row
//!
//! [`failure_threshold`](crate::circuit_breaker#failure_threshold): this number of failures without a
//! success between them opens the breaker.
//!
//! - **For** a dependency that is down. A few calls are enough, at any load.
//! - **Wrong** for one that fails only some of its calls: by chance, five in a row come once in some
//!   sixty calls at an error rate of 50 percent, and once in a hundred thousand at 10 percent. The more
//!   calls run at once, the more successes fall between the failures.
//! - **Start with** 5. Raise it if single bad moments open the breaker; lower it where each failure is
//!   costly, for example because it blocks a thread for its whole time-out.
//!
//! ```
//! # use breaker_runtime::{CircuitBreaker, State};
//! let breaker = CircuitBreaker::builder("payments").failure_threshold(3).build()?;
//! for works in [false, false, true, false, false] {
//!     let permit = breaker.try_acquire()?;
//!     if works { permit.success() } else { permit.failure() }
//! }
//! assert_eq!((breaker.state(), breaker.snapshot().streak), (State::Closed, 2));
//! breaker.try_acquire()?.failure();
//! assert_eq!(breaker.state(), State::Open);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Failure rates
//!
//! [`failure_rate`](crate::circuit_breaker#failure_rate): the breaker opens when this share of the calls
//! in the [`window`](crate::circuit_breaker#window) or more have failed. The window holds successes and
//! failures, but not ignored, cancelled or rejected calls. A call enters it when it ends.
//!
//! - **For** a dependency that fails some of its calls, or is called by many at once.
//! - **Wrong** for one that is seldom called: below [`min_calls`](crate::circuit_breaker#min_calls) no
//!   rate is judged. With `window = "10s"` and one call a second, the default of 20 is never reached.
//!   Give `failure_threshold` as well.
//! - **Start with** 0.5 over `"10s"`, and with the `min_calls` of a second or two of normal load. At 20
//!   calls the normal error rate should be well below half of the limit, or chance alone will reach it.
//! - **Calls or time?** `window = 100` weighs the same at any load, but remembers the failures of last
//!   night if no call came since. `window = "10s"` forgets them.
//!
//! ```
//! use std::time::Duration;
//! # use breaker_runtime::{CircuitBreaker, ManualClock, State};
//!
//! let clock = ManualClock::new();
//! let breaker = CircuitBreaker::builder("search")
//!     .failure_rate(0.5)
//!     .window(Duration::from_secs(10))
//!     .min_calls(4)
//!     .clock(clock.clone())
//!     .build()?;
//!
//! breaker.try_acquire()?.failure();
//! breaker.try_acquire()?.failure();
//! clock.advance(Duration::from_secs(10)); // both are out of the window
//! for works in [true, false, true] {
//!     let permit = breaker.try_acquire()?;
//!     if works { permit.success() } else { permit.failure() }
//! }
//! assert_eq!(breaker.state(), State::Closed); // three calls are not enough to judge
//! breaker.try_acquire()?.failure();
//! assert_eq!(breaker.state(), State::Open); // 2 of 4
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Slow calls
//!
//! [`slow_call`](crate::circuit_breaker#slow_call) is the duration above which a call is slow. When slow
//! calls are [`slow_call_rate`](crate::circuit_breaker#slow_call_rate) of the window or more, the
//! breaker opens. A slow probe opens it again.
//!
//! - **For** a dependency that hangs. Its calls hold threads, memory and connections long before they
//!   fail.
//! - **Wrong** as a deadline: a slow call runs to its end, and one that never ends is never counted.
//!   Give your calls a deadline as well: [`call_timeout`](crate::circuit_breaker#call_timeout), or for a
//!   sync function that of the client in its body. A future that is dropped after longer than
//!   `slow_call` is a failure, and slow. Without any of these, ten calls in a row that their callers
//!   drop, with none ending between, make each further one a failure:
//!   [`abandoned_threshold`](crate::circuit_breaker#abandoned_threshold).
//! - **Start with** twice the time within which 99 of 100 calls end, and a rate of 0.5. The default rate
//!   of 1.0 opens only if all are slow.
//!
//! ```
//! use std::time::Duration;
//! # use breaker_runtime::{CircuitBreaker, ManualClock, State};
//!
//! let clock = ManualClock::new();
//! let breaker = CircuitBreaker::builder("reports")
//!     .slow_call(Duration::from_secs(2))
//!     .slow_call_rate(0.5)
//!     .window(4)
//!     .clock(clock.clone())
//!     .build()?;
//!
//! for seconds in [1, 3, 2, 3] {
//!     let permit = breaker.try_acquire()?;
//!     clock.advance(Duration::from_secs(seconds));
//!     permit.success();
//! }
//! assert_eq!(breaker.state(), State::Open); // exactly 2 s is not longer than 2 s, but 2 of 4 were slow
//! assert_eq!(breaker.snapshot().totals.slow, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Growing open periods
//!
//! Each failed probe multiplies the open period by
//! [`timeout_factor`](crate::circuit_breaker#timeout_factor), up to
//! [`max_timeout`](crate::circuit_breaker#max_timeout).
//! [`timeout_jitter`](crate::circuit_breaker#timeout_jitter) changes it at random. After `k` failed
//! probes in a row:
//!
//! ```text
//! base   = min(timeout * timeout_factor^k, max_timeout)
//! period = min(base * (1 + timeout_jitter * (2r - 1)), max_timeout)      r: random, from 0 to 1
//! ```
//!
//! This is exponential back-off, as in Ethernet and TCP, where the failed probe corresponds to the
//! collision. When the breaker closes, `k` is 0 again; a manual [`trip`](crate::CircuitBreaker::trip)
//! opens it for exactly `timeout`.
//!
//! - **For** a dependency that stays down for long: probes are real calls, and each one that fails costs
//!   a caller its time. Jitter is for many processes, which should not probe at the same time.
//! - **Wrong** without `max_timeout`: with a factor of 2.0, eleven failed probes turn a minute into more
//!   than a day. Useless where every outage is short, such as a restart: a short constant `timeout` is
//!   better there.
//! - **Start with** a short `timeout`, such as `"5s"`, a factor of 2.0, a `max_timeout` equal to the
//!   longest acceptable delay before a recovery is noticed, and a jitter of 0.1.
//!
//! ```
//! use std::time::Duration;
//! # use breaker_runtime::{CircuitBreaker, ManualClock};
//!
//! let clock = ManualClock::new();
//! let breaker = CircuitBreaker::builder("mail")
//!     .failure_threshold(1)
//!     .timeout(Duration::from_secs(5))
//!     .timeout_factor(2.0)
//!     .max_timeout(Duration::from_secs(30))
//!     .clock(clock.clone())
//!     .build()?;
//!
//! for seconds in [5, 10, 20, 30, 30] {
//!     breaker.try_acquire()?.failure();
//!     let period = Duration::from_secs(seconds);
//!     assert_eq!(breaker.snapshot().retry_after, Some(period));
//!     clock.advance(period);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the dependency asks for
//!
//! With [`honour_retry_after`](crate::circuit_breaker#honour_retry_after) the failure that opens the
//! breaker may say for how long, by HTTP's `Retry-After` or gRPC's pushback;
//! [`RetryAfter`](crate::classify::RetryAfter) has the list. The open period is the longer of the period
//! above and the requested one. The requested one is limited to `max_timeout`, or to 24 hours without
//! it, and has no jitter.
//!
//! - **For** a dependency with rate limits or planned downtime: it knows better.
//! - **Wrong** where one client's limit is not another's: a `429` for one of your users would reject the
//!   calls of all. Keep such answers out of `failure_if`.
//! - **Start with** a `max_timeout` that is acceptable if the dependency is wrong.
//!
//! ```
//! use std::time::Duration;
//! # use breaker_runtime::{CircuitBreaker, ManualClock};
//!
//! let breaker = CircuitBreaker::builder("maps")
//!     .failure_threshold(1)
//!     .timeout(Duration::from_secs(30))
//!     .honour_retry_after(true)
//!     .max_timeout(Duration::from_secs(300))
//!     .clock(ManualClock::new())
//!     .build()?;
//! for (asked, open_for) in [(10, 30), (120, 120), (86_400, 300)] {
//!     breaker.try_acquire()?.failure_retry_after(Duration::from_secs(asked));
//!     assert_eq!(breaker.snapshot().retry_after, Some(Duration::from_secs(open_for)));
//!     breaker.reset();
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Pings in place of users' calls
//!
//! [`probe`](crate::circuit_breaker#probe): while the breaker is open, a background task pings the
//! dependency, and no call of a user probes. Envoy's active health checks and opossum's `healthCheck` do
//! the same beside their breakers; here the pings are its probes.
//!
//! - **For** calls that cost a user something when they fail, such as a payment, for calls that are slow
//!   to fail, and for functions that are seldom called: recovery is noticed without traffic.
//! - **Wrong** where no request is cheap, harmless, and fails when real ones do. A health page that
//!   answers while the database behind it is down closes the breaker each time.
//! - **Start with** `probe_every = "5s"`. Without it the first ping comes at the end of the open period.
//!
//! # Coming back slowly
//!
//! [`ramp`](crate::circuit_breaker#ramp): after the probes have closed the breaker, a growing share of
//! the calls runs.
//!
//! ```text
//! share = (time since it closed) / ramp
//! ```
//!
//! The calls that run are chosen at even distances, not by chance, and the first one always runs. The
//! others are rejected with [`ErrorKind::Recovering`](crate::ErrorKind::Recovering). The calls that run
//! count as usual: if they fail, the breaker opens again.
//!
//! - **For** a dependency with cold caches, empty connection pools, or a queue to work off, which fails
//!   again under full load.
//! - **Wrong** for one that is healthy as soon as it answers: half of the calls during the ramp are
//!   rejected without need. It does not apply after a start or a `reset`: only probes begin it.
//! - **Start with** the time that the dependency takes to get warm, such as `"30s"`.
//!
//! ```
//! use std::time::Duration;
//! # use breaker_runtime::{CircuitBreaker, ErrorKind, ManualClock, State};
//!
//! let clock = ManualClock::new();
//! let breaker = CircuitBreaker::builder("catalogue")
//!     .timeout(Duration::from_secs(5))
//!     .success_threshold(1)
//!     .ramp(Duration::from_secs(30))
//!     .clock(clock.clone())
//!     .build()?;
//! let run_of_12 = || (0..12).filter(|_| breaker.call(|| Ok::<_, ()>(())).is_ok()).count();
//!
//! breaker.trip();
//! clock.advance(Duration::from_secs(5));
//! breaker.try_acquire()?.success(); // the probe
//! assert_eq!((breaker.state(), run_of_12()), (State::Closed, 1));
//! clock.advance(Duration::from_secs(15)); // half of the ramp
//! assert_eq!(run_of_12(), 6);
//! clock.advance(Duration::from_secs(15));
//! assert_eq!(run_of_12(), 12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Throttling
//!
//! [`throttle`](crate::circuit_breaker#throttle) does not open the breaker. It rejects calls at random,
//! with a probability that grows as fewer of them succeed. This is client-side throttling from Google's
//! book *Site Reliability Engineering*, chapter "Handling Overload":
//!
//! ```text
//! max(0, (requests - k * accepts) / (requests + 1))
//! ```
//!
//! `accepts` are the successes of its window, and `requests` its successes, its failures, and the calls
//! that were rejected here. [`Snapshot::throttle`](crate::Snapshot::throttle) shows the number. It never
//! reaches 1: some calls always run, and find out whether the dependency has recovered.
//!
//! - **For** a dependency that is overloaded: it gets about `k` calls for each one that it can answer.
//!   An open breaker would leave it idle, and then send full load.
//! - **Wrong** for one that is down: calls are sent until its last successes have left the window, and
//!   each of these callers waits. Give a `failure_threshold` as well. After such an outage it comes back
//!   slowly, too: it rejects most calls until the failures have left the window. Wrong too where a
//!   failure is not a sign of load.
//! - **Start with** `throttle`, which is `throttle(k = 2.0, window = "2m")`, the numbers of the book. It
//!   begins to reject when fewer than half of the calls succeed. A `k` of 1.1 sends less load, and
//!   rejects calls that would have succeeded; a larger one sends more, and notices a recovery sooner.
//!
//! ```
//! use std::time::Duration;
//! # use breaker_runtime::{CircuitBreaker, ErrorKind, ManualClock, State};
//!
//! let breaker = CircuitBreaker::builder("pictures")
//!     .throttle(2.0, Duration::from_secs(120))
//!     .random(|| 0.3) // for this example
//!     .clock(ManualClock::new())
//!     .build()?;
//! for call in 0..12 {
//!     let permit = breaker.try_acquire()?;
//!     if call < 4 { permit.success() } else { permit.failure() }
//! }
//! assert_eq!(breaker.snapshot().throttle, Some(4.0 / 13.0)); // (12 - 2 * 4) / (12 + 1)
//! let rejected = breaker.try_acquire().unwrap_err();
//! assert_eq!((rejected.kind(), rejected.retry_after()), (ErrorKind::Throttled, None));
//! assert_eq!(breaker.snapshot().throttle, Some(5.0 / 14.0)); // the rejected call was a request as well
//! assert_eq!((breaker.state(), breaker.snapshot().totals.failure), (State::Closed, 8));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rejected while closed
//!
//! | rejected by | kind of the error |
//! |---|---|
//! | `ramp` | [`ErrorKind::Recovering`](crate::ErrorKind::Recovering) |
//! | `throttle` | [`ErrorKind::Throttled`](crate::ErrorKind::Throttled) |
//! | `max_concurrent` | [`ErrorKind::Full`](crate::ErrorKind::Full) |
//!
//! The next call may run, so there is no `retry_after`. The caller sees an ordinary rejection: the
//! fallback runs, and `retry` does not try again. It is never a failure of the dependency: it is in
//! [`Totals::rejected`](crate::Totals::rejected), and affects neither streak nor rates. A rejection by
//! `ramp` or `throttle` counts only as one of the throttle's `requests`.
//!
//! # Several at once
//!
//! - Policies stand side by side, and the first one that is met opens the breaker. If a result meets
//!   several, the reported reason is the streak, then the failure rate, then the slow calls.
//! - `failure_threshold` is off by default once `failure_rate`, `slow_call_rate` or `throttle` is given.
//!   Give it explicitly to have both. `slow_call` without a rate leaves it on.
//! - A breaker that has only a `throttle` never opens by itself.
//! - There is one window, for both rates. A slow failure is in both.
//! - After recovery a call first has to pass the `ramp` and then the `throttle`.
//! - `max_timeout` limits every option that makes an open period longer.
//! - With `call_timeout` a call that reaches it is a failure, and slow as well if that is longer than
//!   `slow_call`.
//!
//! A service that calls another one over HTTP, often and from many processes, might have all of this:
//!
//! ```
//! # #[cfg(feature = "http")] {
//! # use breaker_runtime::{BreakerError, circuit_breaker};
//! # use http::Response;
//! #[circuit_breaker(
//!     failure_threshold = 20,
//!     failure_rate = 0.5,
//!     slow_call = "2s",
//!     slow_call_rate = 0.8,
//!     window = "10s",
//!     timeout = "5s",
//!     timeout_factor = 2.0,
//!     timeout_jitter = 0.1,
//!     max_timeout = "2m",
//!     honour_retry_after = true,
//!     ramp = "20s",
//!     classify
//! )]
//! fn fetch(path: &str) -> Result<Response<String>, BreakerError> {
//!     Ok(Response::new(format!("the page at {path}")))
//! }
//! assert!(fetch("/items").is_ok());
//! # }
//! ```
//!
//! # What is exact
//!
//! - A streak is exact: a success ends it, on whichever thread, if it ends after one failure and before
//!   the next. A success that ends while a failure is recorded counts before or after it. One that has
//!   found its state unchanged, and is counted when the breaker has opened and closed meanwhile, ends a
//!   streak of the new state.
//! - A window of N calls holds exactly the last N that ended in success or failure.
//! - A window of a span slides by tenths of its length. Results as old as the span, or older, are
//!   outside; those no older than nine tenths of it are inside; in between, a tenth leaves as a whole.
//! - Calls of different threads that end at the same moment count in either order. A success that ends
//!   while a failure is recorded may be judged only with the next result.
//! - The time of calls and of windows is read from a coarse clock if `slow_call` and the spans are 1 s
//!   or longer: it may be 20 ms behind, which is 2 percent. Where the kernel ticks 250 times a second it
//!   is 4 ms behind at most, and 2 ms in the mean. Shorter ones, and all open periods and ramps, use the
//!   precise clock. (Linux and Android; elsewhere, and with your own [`Clock`](crate::Clock), there is
//!   only the precise one.)
//! - A new policy judges with the next result: if [`reconfigure`](crate::CircuitBreaker::reconfigure)
//!   puts the window over a limit, the breaker opens then.
//!
//! # What it costs
//!
//! | option | while calls succeed | otherwise |
//! |---|---|---|
//! | `failure_threshold` | nothing beyond the plain breaker | a failure changes one word, and reads the counters of all threads |
//! | `failure_rate`, `window` in calls | nothing beyond the plain breaker | a failure takes a lock for a moment; with failures in the window and below `min_calls`, so does each success |
//! | `window` as a span | one clock reading per call, and the lock once per tenth of the span | as with calls |
//! | `slow_call` | two clock readings per call | a slow call takes the lock for a moment |
//! | `timeout_factor`, `max_timeout`, `timeout_jitter` | nothing | some arithmetic and a random number when it opens |
//! | `honour_retry_after` | nothing | a look at the headers of a failure |
//! | `ramp` | nothing | while it lasts, a reading of the precise clock and a shared counter per call |
//! | `max_concurrent` | one shared word changes at the beginning of a call and at its end | a call that waits takes a lock for its entry in the queue, and allocates |
//! | `call_timeout` | nothing if the body is ready at its first poll; else a timer, in a box | a time-out is a failure |
//! | `total_timeout` | with `retry` or `max_wait` a reading of the clock; the timer is that of `call_timeout` | a time-out is a failure if the attempt had half of the time |
//! | `throttle` | one clock reading per call, and the lock once per tenth of the span | a failure takes the lock for a moment; while it may reject, each call does, and draws a random number |
//! | [`reconfigure`](crate::CircuitBreaker::reconfigure) and settings | nothing | a call off the fast path reads the options through a pointer |
//!
//! A window allocates its memory once, when it is first needed, and does not grow. A call allocates
//! nothing, unless it waits for a permit or its body waits under a `call_timeout`.
