//! Choosing numbers: from what you measure to the number in each option.
//!
//! One example goes through this page: a page of a shop asks a service for recommendations, and has 700
//! ms for it.
//!
//! | measure, at the peak of a normal day | in the example |
//! |---|---|
//! | calls per second of one process | 200 |
//! | latency, seen from the caller: half of the calls (p50), 99 of 100 (p99), 999 of 1000 (p99.9) | 20, 80 and 200 ms |
//! | the share of calls that fail | 0.1 % |
//! | total time that the caller can wait | 700 ms |
//! | acceptable age of an answer | 10 min |
//!
//! All numbers are for one process: a breaker knows no other. With ten processes, the dependency sees
//! ten times `max_concurrent`. No numbers yet? [Start with these](#start-with-these), and
//! [look](#how-to-check-them) after a day.
//!
//! # The deadline
//!
//! [`call_timeout`](crate::circuit_breaker#call_timeout) also ends calls that would have succeeded.
//! Decide which share of the healthy calls that may be, and take the latency of that percentile with a
//! margin: for 1 of 1000 the p99.9. This is Amazon's rule ([Brooker, *Timeouts, retries, and backoff
//! with jitter*][aws]). The same article names two cases that need a larger margin: latency that is
//! mostly network latency, and percentiles that lie so close together (p99.9 near p50) that a small
//! increase would end most of the calls.
//!
//! The caller sets the upper limit. An attempt takes at most its wait for a permit and its deadline, and
//! between attempts there are pauses:
//!
//! ```text
//! attempts * (max_wait + call_timeout) + pauses  <=  total time that the caller can wait
//! pauses = backoff + backoff * factor + ..       (attempts - 1 of them, each at most max_backoff)
//! ```
//!
//! [`total_timeout`](crate::circuit_breaker#total_timeout) keeps that total whatever the sum is: give
//! the time of the caller there, and choose the parts so that the sum fits where all goes well. An
//! attempt that it ends after less than half of the total is no failure of the dependency.
//!
//! If the dependency may ask for a pause by `Retry-After`, each can be as long as `max_backoff`. In the
//! example two attempts fit, with 250 ms each, and three do not:
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "retry"))] {
//! use std::time::Duration;
//!
//! use breaker_runtime::{BreakerError, ErrorKind, circuit_breaker};
//! use tokio::time::{Instant, sleep};
//!
//! /// Returns the longest time of a call in milliseconds, without jitter.
//! fn longest(attempts: u32, max_wait: u32, call_timeout: u32, backoff: u32) -> u32 {
//!     let pauses: u32 = (0..attempts - 1).map(|retry| backoff * 2_u32.pow(retry)).sum();
//!     attempts * (max_wait + call_timeout) + pauses
//! }
//!
//! assert_eq!(longest(2, 20, 250, 50), 590);
//! assert_eq!(longest(3, 20, 250, 50), 960); // more than the 700 ms
//!
//! #[circuit_breaker(
//!     retry(attempts = 2, backoff = "50ms"),
//!     max_concurrent = 24,
//!     max_wait = "20ms",
//!     call_timeout = "250ms"
//! )]
//! async fn recommendations() -> Result<Vec<String>, BreakerError> {
//!     sleep(Duration::from_secs(3600)).await;
//!     Ok(vec![])
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() {
//!     let began = Instant::now();
//!     let error = recommendations().await.unwrap_err();
//!     assert_eq!(error.kind(), ErrorKind::TimedOut);
//!     assert!((500..=552).contains(&began.elapsed().as_millis())); // no wait for a permit
//! }
//! # main();
//! # }
//! ```
//!
//! Send the deadline to the dependency as well, if the protocol can (gRPC's deadline): otherwise it
//! continues to work on an answer that is no longer needed (Google's [*Addressing Cascading
//! Failures*][cascading], "Deadline propagation").
//!
//! **Or [`slow_call`](crate::circuit_breaker#slow_call)?** They answer different questions.
//! `call_timeout` is for the caller: has it waited long enough? `slow_call` is for the breaker: is the
//! dependency still healthy? Put `slow_call` between p99 and `call_timeout`, at twice the p99 for a
//! start, with a rate of 0.5: then the breaker opens when most calls are slow, before they all reach the
//! deadline. With `slow_call` at or above `call_timeout` every slow call is a failure already, and the
//! option has almost no effect.
//!
//! # Streams
//!
//! [`first_item`](crate::circuit_breaker#first_item) and [`idle`](crate::circuit_breaker#idle) are the
//! deadlines of a [stream](crate::stream), one for the first item and one for each further item: three
//! times the p99 of the time to the first item and three times the p99.9 of the pauses between items.
//! The page on [streams](super::streams) has a table of numbers, and the cases without `idle`.
//!
//! # The bulkhead
//!
//! By Little's law the mean number of calls in flight is their rate times their mean latency, for
//! whatever distribution ([Little, 1961][little]). For
//! [`max_concurrent`](crate::circuit_breaker#max_concurrent) take the p99 in place of the mean, and half
//! as much again for bursts; that is the rule for thread pools of the [wiki of Hystrix][hystrix], where
//! 30 calls per second of 200 ms make 6, and with "breathing room" 10.
//!
//! It is useful only if it binds before all calls hang: below rate times `call_timeout`. Above that, the
//! deadline frees the permits faster than calls arrive.
//!
//! ```
//! let (rate, p50, p99, call_timeout) = (200.0, 0.020, 0.080, 0.250);
//!
//! let busy = rate * p99; // calls in flight if all took as long as the slowest of 100
//! let max_concurrent = (1.5_f64 * busy).ceil();
//! assert_eq!((busy, max_concurrent), (16.0, 24.0));
//! assert!(max_concurrent < rate * call_timeout); // 50
//!
//! // If the dependency hangs, the permits are taken after 0.12 s; from then on 96 calls a second
//! // wait for their deadline instead of 200, and the others are answered at once.
//! assert_eq!(max_concurrent / rate, 0.12);
//! assert_eq!(max_concurrent / call_timeout, 96.0);
//!
//! // The queue that can be served within `max_wait`: Little's law again, for the waiting calls.
//! let max_wait = 0.020;
//! let max_pending = max_concurrent * max_wait / p50;
//! assert_eq!(max_pending, 24.0);
//! ```
//!
//! - [`max_wait`](crate::circuit_breaker#max_wait) is for bursts, not for a lack of permits: about the
//!   p50, and at most a tenth of `call_timeout`. After a long wait, the fallback at once would have been
//!   better. Leave it out for a sync function on a server with few threads.
//! - [`max_pending`](crate::circuit_breaker#max_pending) as above. A longer queue only holds calls that
//!   will be rejected when their time is up. Hystrix's semaphores have no queue, and Envoy's
//!   `max_pending_requests` is [1024 by default][envoy], as is its `max_requests`: limits for a whole
//!   proxy, and too large for one function.
//! - With fewer than 4 permits calls wait by chance alone. A function that is called once a second needs
//!   no bulkhead.
//!
//! # Retries
//!
//! - **`attempts`**: 2, or 3. If one call in a hundred fails by chance, one in ten thousand fails twice.
//!   A call that fails three times does not fail by chance. Google's limit for one request is [three
//!   attempts][overload].
//! - **Where**: in one layer of the system: directly above the dependency that fails, or nearest to the
//!   user, but not both. Retries multiply: three layers with four attempts each make 64 calls of one
//!   ([Google][cascading]), five with three make 243 ([Amazon][aws]).
//! - **`budget`**: the share of calls that may be retried, which limits the multiplication. 0.1, which
//!   is also Google's [share for each client][overload], or the default of 0.2, which is
//!   [Finagle's][finagle]. It should be ten times the normal share of failures or more, so that it never
//!   binds on a normal day. Each breaker has ten further retries in ten seconds.
//! - **`backoff`**: about the p50 of the dependency, or the usual duration of a short outage, such as a
//!   leader election or a failover. The default of 100 ms suits a service within one data centre.
//! - **`max_backoff`**: the longest acceptable pause for a caller; also the longest `Retry-After` that a
//!   retry waits for.
//! - **`jitter`**: leave it on. Without it, callers that failed together would retry together
//!   ([Brooker][jitter]).
//! - **Not at all** for operations that must not be repeated and have no idempotency key, and for
//!   permanent failures: exclude those by `if = ..` or `ignore_if`.
//!
//! ```
//! /// Returns the number of calls at the last layer for one at the top, if all fail.
//! fn amplified(each: f64, layers: i32) -> f64 {
//!     each.powi(layers)
//! }
//!
//! assert_eq!(amplified(4.0, 3), 64.0);
//! assert_eq!(amplified(3.0, 5), 243.0);
//! let with_budget = amplified(1.0 + 0.2, 3); // with any number of attempts
//! assert!(with_budget < 1.73);
//! ```
//!
//! Retries count as calls in streaks and rates. With `attempts = 3` one call can meet a
//! `failure_threshold` of 3: keep the threshold above `attempts`.
//!
//! # Thresholds
//!
//! **[`failure_threshold`](crate::circuit_breaker#failure_threshold)** against false alarms: if calls
//! fail independently with the probability `p`, a run of `n` failures occurs once in
//! `(1 - p^n) / ((1 - p) * p^n)` calls. At 100 calls per second:
//!
//! | share of failures | 5 in a row occur once in | 10 in a row | 20 in a row |
//! |---|---|---|---|
//! | 1 % | 3 years | | |
//! | 5 % | 9 hours | 3,400 years | |
//! | 10 % | 19 minutes | 3.5 years | |
//! | 20 % | 39 seconds | 34 hours | 38,000 years |
//! | 50 % | at once | 20 seconds | 6 hours |
//!
//! Read two rows: that of your normal share of failures for the false alarms, and that of 50 % for the
//! time until a dependency that fails half of its calls is noticed. Failures are seldom independent, so
//! choose a column further to the right than the table requires. A dead dependency costs `n` callers a
//! failure; at 200 calls per second, 20 failures take 0.1 s.
//!
//! ```
//! /// Returns the average time between false alarms, in seconds.
//! fn false_alarm_every(failing: f64, threshold: i32, rate: f64) -> f64 {
//!     let run = failing.powi(threshold);
//!     (1.0 - run) / ((1.0 - failing) * run) / rate
//! }
//!
//! const HOUR: f64 = 3600.0;
//! assert_eq!((false_alarm_every(0.05, 5, 100.0) / HOUR).round(), 9.0);
//! assert_eq!((false_alarm_every(0.2, 10, 100.0) / HOUR).round(), 34.0);
//! assert!(false_alarm_every(0.001, 5, 200.0) > 1e5 * 365.0 * 24.0 * HOUR); // the example: never
//! assert_eq!(false_alarm_every(0.5, 10, 200.0).round(), 10.0); // and at 50 %: soon enough
//! ```
//!
//! **[`failure_rate`](crate::circuit_breaker#failure_rate)** with
//! [`window`](crate::circuit_breaker#window) and [`min_calls`](crate::circuit_breaker#min_calls):
//!
//! - The rate: at least three times that of your worst normal hour. 0.5 satisfies this for almost every
//!   service. It is Hystrix's default, as are 20 calls in 10 s.
//! - `min_calls`: the calls of a second or two, but at least 20: below that chance decides. With
//!   10 % of failures, 10 of 20 fail by chance 7 times in a million, and with 20 % of failures 3 times
//!   in a thousand; 50 of 100 never do.
//! - The window's span: long enough to hold three times `min_calls` in the quietest hour in which the
//!   policy must work. With fewer calls use `failure_threshold`, which needs no minimum.
//! - Time to open: when a healthy dependency begins to fail all calls, it reaches the rate `R` of a
//!   window of `W` after `R * W`. With 0.5 and `"10s"` that is 5 s, in which 1000 callers of the example
//!   wait for a failure. So give `failure_threshold` for a dependency that is down, and `failure_rate`
//!   for one that fails partly.
//!
//! ```
//! /// Returns the probability that `k` or more of `n` calls fail.
//! fn at_least(k: u32, n: u32, failing: f64) -> f64 {
//!     let mut term = (1.0 - failing).powi(n as i32); // no call fails
//!     let mut below = 0.0;
//!     for failures in 0..k {
//!         below += term;
//!         term *= f64::from(n - failures) / f64::from(failures + 1) * failing / (1.0 - failing);
//!     }
//!     1.0 - below
//! }
//!
//! assert!((7e-6..8e-6).contains(&at_least(10, 20, 0.1)));
//! assert!((2e-3..3e-3).contains(&at_least(10, 20, 0.2)));
//! assert!(at_least(50, 100, 0.2) < 1e-9);
//! ```
//!
//! # Callers who give up
//!
//! - **[`abandoned_threshold`](crate::circuit_breaker#abandoned_threshold)**: leave it at 10. If a share
//!   `q` of the callers gives up early while the dependency is well, ten in a row do so once in `q^-10`
//!   calls: at 10 %, once in ten billion. Switch it off where most calls are dropped in any case.
//!
//! ```
//! assert!((0.1_f64.powi(10) - 1e-10).abs() < 1e-20);
//! ```
//!
//! # Open, and back
//!
//! - **[`timeout`](crate::circuit_breaker#timeout)**: the acceptable delay before a recovery from a
//!   common short outage is noticed: the time of a restart, 5 to 30 s. Each open period costs at most
//!   `max_probes` callers their `call_timeout`: with 5 s, 250 ms and two probes, a tenth of one caller's
//!   time.
//! - **[`timeout_factor`](crate::circuit_breaker#timeout_factor)** 2.0 with
//!   [`max_timeout`](crate::circuit_breaker#max_timeout) of a minute or two, if outages can last for
//!   hours. `max_timeout` is the delay before the end of a long outage is noticed.
//! - **[`success_threshold`](crate::circuit_breaker#success_threshold)**: a dependency that still fails
//!   a share `p` of its calls closes the breaker with the probability `(1 - p)^n`: at 50 %, two probes
//!   succeed one time in four, five probes 3 times in a hundred. Take 2 for a dependency that is either
//!   up or down, 5 behind a load balancer with replicas of which some may be down.
//! - **[`probe_failure_threshold`](crate::circuit_breaker#probe_failure_threshold)**: leave it out. Give
//!   it for a dependency that fails a share of its calls also when it is well: with 6 successes, 5
//!   failures and 10 probes at once, half of ten probes decide. Each further failed probe is a failed
//!   call of a user.
//! - **[`probe_every`](crate::circuit_breaker#probe_every)**: with a
//!   [`probe`](crate::circuit_breaker#probe), the time in which recovery shall be noticed, divided by
//!   `success_threshold`: with 10 s and two pings, `"5s"`. A fleet of `n` processes sends `n` pings in
//!   that time, unless the breaker is `shared`.
//! - **[`probe_timeout`](crate::circuit_breaker#probe_timeout)**: leave it out. It is `timeout`, or
//!   twice `call_timeout`, or else twice `total_timeout`, if that is longer, so that a probe ends at its
//!   deadline before it loses its slot.
//! - **[`ramp`](crate::circuit_breaker#ramp)**: the time that caches, pools and autoscaling of the
//!   dependency need to warm up. Half of the calls in that time are rejected; leave it out if the
//!   dependency is healthy as soon as it answers.
//!
//! ```
//! let closes = |failing: f64, probes: i32| (1.0 - failing).powi(probes);
//! assert_eq!(closes(0.5, 2), 0.25);
//! assert_eq!(closes(0.5, 5), 0.03125);
//! ```
//!
//! # Last good answers
//!
//! - **`max_age`** depends on the data: how long is an old answer better than none? Minutes for prices,
//!   hours for recommendations, never for a balance. Return [`Aged<T>`](crate::Aged) where the reader
//!   needs the age. The age counts from the last success, so `max_age` is also the longest outage that
//!   is bridged.
//! - **`capacity`**: the number of keys that are requested within `max_age`. Each takes about 130 bytes
//!   besides key and answer: 10,000 answers of 2 KB are 21 MB. With less capacity than keys, those that
//!   are seldom renewed have no answer in an outage.
//! - It is not a cache: while the breaker is closed, every call runs.
//!
//! # Keys
//!
//! - **The key** is the unit that fails on its own: a host, a shard, a tenant. A user or a URL is too
//!   small: a breaker that sees one call a minute cannot judge.
//! - Thresholds apply to **one** key. With a hundredth of the calls, rates need longer windows, so start
//!   with `failure_threshold`. `max_concurrent` applies to each key as well.
//! - **[`max_keys`](crate::KeyedBuilder::max_keys)**: twice the number of keys. Each takes about 1 KB,
//!   more with a window: 10,000 take 10 MB or more. A new key always gets its own breaker, and closed
//!   ones are evicted first, so that this bounds the cost of a flood of keys from outside. If the limit
//!   is too small, `evicted_open` in [`Snapshot::keys`](crate::Snapshot::keys) grows.
//! - **[`key_idle`](crate::KeyedBuilder::key_idle)**: a few times the pause between calls of a quiet
//!   key, and longer than the window. A breaker that is not closed stays for this time after its open
//!   period. Keys that will not return can be [removed](crate::KeyedBreakers::remove) at once.
//! - All keys share one budget of [retries](#retries).
//! - **[`max_open_keys`](crate::KeyedBuilder::max_open_keys)**: 0.5, or the share of hosts that the
//!   service can lose. If more seem to fail, the fault is probably on this side, or in a threshold.
//!   Envoy's `max_ejection_percent`, the model for this option, is [10 % by default][ejection].
//! - **[`outlier`](crate::KeyedBuilder::outlier)**: leave it out unless one bad host among many is the
//!   usual trouble. Its defaults are Envoy's. `min_calls` is a number that each host has in `window`;
//!   a larger `stdev` opens fewer, and one below 1.5 opens hosts that only have a bad window.
//!
//! ```
//! use breaker_runtime::{CircuitBreaker, State};
//!
//! let hosts = CircuitBreaker::builder("hosts").failure_threshold(5).keyed();
//! let hosts = hosts.max_keys(20).max_open_keys(0.5).build()?;
//! for host in 0..10 {
//!     hosts.get(&host);
//! }
//! for host in 0..10 {
//!     for _ in 0..5 {
//!         let _ = hosts.get(&host).call(|| Err::<(), _>("no route"));
//!     }
//! }
//! let open = hosts.iter().filter(|host| host.state() == State::Open).count();
//! assert_eq!(open, 5); // of 10 that all fail: probably our own network
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! # Start with these
//!
//! | | a read that blocks a page | a change at an external service | a database behind a pool |
//! |---|---|---|---|
//! | such as | recommendations, search, prices | payments, mail | a sync function |
//! | `call_timeout` | p99.9 and a quarter | the longest answer of the service, 10 to 30 s | none: the client has one |
//! | `slow_call`, rate | 2 x p99, 0.5 | 2 x p99, 0.8 | 2 x p99, 0.5 |
//! | `max_concurrent` | rate x p99 x 1.5 | the limit in the contract | the pool's size minus the share of other users |
//! | `max_wait`, `max_pending` | p50, as many as permits | 1 s, as many as permits | none: the pool has a queue |
//! | `retry` | 2 attempts, budget 0.1 | only with an idempotency key; `if` for no answer | none, or 2 attempts for serialisation failures alone |
//! | `failure_threshold` | 10 | 5 | 5 |
//! | `failure_rate`, window | 0.5, `"10s"` | 0.5, `"1m"` | 0.5, `"10s"` |
//! | `timeout`, factor, longest | 5 s, 2.0, 1 min | 30 s, 2.0, 10 min; `honour_retry_after` | 2 s, 2.0, 30 s |
//! | `ramp` | 10 s | none | 30 s |
//! | instead | `last_good` 10 min, then a `fallback` | a durable queue, as the shop in the examples has | the error |
//!
//! In code, with the example's numbers:
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "retry", feature = "last-good"))] {
//! use breaker_runtime::{BreakerError, circuit_breaker};
//!
//! #[circuit_breaker(
//!     fallback = Ok(vec![]),
//!     last_good(key = user, max_age = "10m", capacity = 20_000),
//!     retry(attempts = 2, backoff = "50ms", budget = 0.1),
//!     failure_threshold = 10,
//!     failure_rate = 0.5,
//!     slow_call = "160ms",
//!     slow_call_rate = 0.5,
//!     window = "10s",
//!     min_calls = 100,
//!     timeout = "5s",
//!     timeout_factor = 2.0,
//!     max_timeout = "1m",
//!     timeout_jitter = 0.1,
//!     ramp = "10s",
//!     max_concurrent = 24,
//!     max_wait = "20ms",
//!     max_pending = 24,
//!     call_timeout = "250ms"
//! )]
//! async fn recommendations(user: u32) -> Result<Vec<String>, BreakerError> {
//!     Ok(vec![format!("tea for {user}")])
//! }
//!
//! #[circuit_breaker(
//!     failure_threshold = 5,
//!     failure_rate = 0.5,
//!     slow_call = "4s",
//!     slow_call_rate = 0.8,
//!     window = "1m",
//!     timeout = "30s",
//!     timeout_factor = 2.0,
//!     max_timeout = "10m",
//!     max_concurrent = 20,
//!     max_wait = "1s",
//!     max_pending = 20,
//!     call_timeout = "10s"
//! )]
//! async fn charge(order: u64) -> Result<u64, BreakerError> {
//!     Ok(order)
//! }
//!
//! #[circuit_breaker(
//!     failure_threshold = 5,
//!     failure_rate = 0.5,
//!     slow_call = "100ms",
//!     slow_call_rate = 0.5,
//!     window = "10s",
//!     timeout = "2s",
//!     timeout_factor = 2.0,
//!     max_timeout = "30s",
//!     ramp = "30s",
//!     max_concurrent = 16
//! )]
//! fn load(id: u64) -> Result<u64, BreakerError> {
//!     Ok(id)
//! }
//! # let _ = (recommendations(7), charge(7), load(7));
//! # }
//! ```
//!
//! # How to check them
//!
//! Begin with a dry run, [`observe_all`](crate::observe_all): the breakers and bulkheads decide and
//! report, and reject no call. `call_timeout`, `retry`, `last_good` and `fallback` work in a dry run, as
//! they do not concern admission; to try a deadline first, give it as `slow_call` and look at
//! `totals.slow`. After a day [`Snapshot`](crate::Snapshot) has the answers, and
//! [`reconfigure`](crate::CircuitBreaker::reconfigure) or [`configure`](crate::configure) change the
//! policy's numbers without a restart. (`last_good` can be changed only in the code.)
//!
//! | figure | it should be | otherwise |
//! |---|---|---|
//! | `trips`, and the [events](crate::CircuitBreaker::on_event)' reasons | 0 on a normal day; 1 for each outage | the limit of that reason is too low, or `timeout` too short |
//! | `totals.would_reject` of all calls | 0 on a normal day | look at `trips` first; without trips the bulkhead is too small |
//! | `totals.timed_out` of all calls | 1 of 1000, as chosen | `call_timeout` is too short, or p99.9 has risen |
//! | `totals.slow` of all calls | below 1 of 100 | `slow_call` is too short |
//! | `bulkhead.running` at the peak | two thirds of `max_concurrent` | the rate or the latency has grown |
//! | `bulkhead.pending` | 0, but for moments | the same; a longer `max_wait` does not help |
//! | `totals.retried` of all calls | the normal share of failures | if it is near the budget, a dependency has a problem |
//! | `failure_rate`, `slow_call_rate` at the worst hour | a third of the limit | raise the limit, or look at the dependency |
//! | `totals.last_good` of the rejections and failures | most of them | `capacity` or `max_age` is too small |
//! | `totals.late` | 0, except in outages | calls outlive states: `timeout` is shorter than the calls |
//!
//! ```
//! use breaker_runtime::{CircuitBreaker, State};
//!
//! let breaker = CircuitBreaker::builder("search").failure_threshold(2).max_concurrent(1).build()?;
//! breaker.observe();
//! let running = breaker.try_acquire()?;
//! let one_more = breaker.try_acquire()?; // would have found no permit
//! assert_eq!(breaker.snapshot().bulkhead.unwrap().running, 1);
//! running.success();
//! one_more.success();
//!
//! let totals = breaker.snapshot().totals;
//! assert_eq!((totals.rejected, totals.would_reject), (0, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Then break the dependency on purpose: the shop in the examples shows the effect, without breakers and
//! with them.
//!
//! # Sources
//!
//! The rules are from these sources; the numbers of the example are not.
//!
//! - Marc Brooker: [Timeouts, retries, and backoff with jitter][aws], Amazon Builders' Library;
//!   [Exponential backoff and jitter][jitter], AWS Architecture Blog, 2015.
//! - *Site Reliability Engineering*, Google, 2016: [Handling Overload][overload] (three attempts per
//!   request, a tenth of retries per client), [Addressing Cascading Failures][cascading] (deadlines,
//!   retries in many layers).
//! - John D. C. Little: [A Proof for the Queuing Formula L = λW][little], Operations Research, 1961.
//! - Hystrix: [Configuration][hystrix] (thread pools, 20 calls in 10 s, 50 %).
//! - Envoy: [circuit breakers][envoy], [outlier detection][ejection].
//! - Finagle: [retry budgets][finagle].
//!
//! [aws]: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
//! [jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
//! [overload]: https://sre.google/sre-book/handling-overload/
//! [cascading]: https://sre.google/sre-book/addressing-cascading-failures/
//! [little]: https://doi.org/10.1287/opre.9.3.383
//! [hystrix]: https://github.com/Netflix/Hystrix/wiki/Configuration
//! [envoy]: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/circuit_breaker.proto
//! [ejection]: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/outlier_detection.proto
//! [finagle]: https://twitter.github.io/finagle/guide/Clients.html#retries
