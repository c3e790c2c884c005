//! Game days: how to see before an outage what callers get in one, by faults from the settings file.
//!
//! A breaker, its fallback and its alerts run in the worst hour of the year, and else never. A game day
//! runs them in an hour that you choose: the settings let calls of a breaker fail, wait or hang, and a
//! report says what opened and what callers got. No code changes, and nothing is deployed.
//!
//! ```toml
//! ["shop::payments::charge"]
//! inject = { fail = 0.1, latency = "2s", share = 0.05, keys = ["eu"], until = "2026-12-01T12:00:00Z" }
//! ```
//!
//! | part | default | meaning |
//! |---|---|---|
//! | `until` | required | the end, as in RFC 3339, at most a day ahead |
//! | `fail` | 0 | the share of calls that fail at once and do not run |
//! | `hang` | 0 | the share of the other calls that wait for an answer until the end |
//! | `latency` | none | a length of time for which the rest of the calls wait before they run |
//! | `share` | 1 | the share of that rest to which `latency` applies |
//! | `keys` | all | the keys to which the game day is limited, as they are printed |
//!
//! # How to hold one
//!
//! 1. Build with the feature `inject`. Permit game days in this process, by
//!    [`inject::allow`](crate::inject::allow) or by `BREAKER_INJECT=allow`; without that the settings
//!    are refused, so a file from a test stage does no harm elsewhere.
//! 2. Say what you expect: "With payments down, orders are taken and charged later; search does not
//!    change; the alert fires within two minutes."
//! 3. Begin with a few calls of one dependency, `fail = 0.01`, and an end in ten minutes. Watch what
//!    users get, on the [dashboard](super::dashboard) and in your own figures.
//! 4. Raise the share: a few percent, half, all. Then `latency` beyond `call_timeout`, and `hang`.
//! 5. To end it early, remove `inject` and read the settings again. Calls that wait go on within a
//!    second.
//! 6. Read the report, and compare it with step 2.
//!
//! `cargo run -p breaker-examples --bin shop -- --game-day` plays one.
//!
//! # What a call meets
//!
//! The fault is injected after the breaker has admitted the call and inside its deadline, where the
//! dependency would fail. So all layers see it as they see a fault of the dependency:
//!
//! - An injected failure counts as a failure, can open the breaker, is retried within the budget, and is
//!   replaced by `last_good` or the fallback. `failure_if`, `exclude` and `classify` are not asked.
//! - Its error is a [`BreakerError`](crate::BreakerError) of the kind
//!   [`Injected`](crate::ErrorKind::Injected), by your `From<BreakerError>`. It is no
//!   [rejection](crate::ErrorKind::is_rejection), and counts as a failure of an outer breaker as well.
//! - With `fallback_on = "rejection"` the fallback answers it, as such a function may have no other way
//!   to answer without its body. (One with a deadline and `retry`, or with a deadline and `max_wait`,
//!   has a way, and gives its caller the error.) A real failure would reach the caller: that is
//!   [reported](#what-it-cannot-show).
//! - A call that waits holds its concurrency permit and its probe slot, ends at `call_timeout`, and is
//!   slow by `slow_call`. A sync call waits on its thread, for its whole time; on a pool of threads that
//!   is what a slow dependency does to it. No wait goes on after the end.
//! - A stream waits or fails at its start; its items are not changed. A function that returns a stream
//!   yields the error as its only item.
//! - An `async` function without an `.await` in its body has nothing to wait for: it fails, but neither
//!   waits nor hangs. The same holds for a permit of
//!   [`try_acquire`](crate::CircuitBreaker::try_acquire).
//!
//! A ping of the option `probe` meets the faults of the calls that it stands for: with `fail = 1` the
//! breaker stays open until the game day ends. Pings are not among the calls that the report counts.
//!
//! Functions that share a breaker share its game day. The entry of a more specific key of the file
//! replaces the whole of `inject`, and `inject = "off"` there spares a breaker.
//!
//! # The end
//!
//! There is always an end, and it holds whatever the clocks do. It is compared with the wall clock, and
//! with a bound on the monotonic clock that is fixed when the process first sees this `until`: a clock
//! that is set back prolongs nothing. Once over it stays over, also if the same settings are read again.
//! An `until` that has passed is no error, so that a service can start with a file that still has it.
//!
//! # What can be seen
//!
//! - One warning each for the beginning, a change and the end, with the report: an event of `tracing`,
//!   or a line on standard error.
//! - [`inject::on_event`](crate::inject::on_event) for listeners,
//!   [`inject::game_day`](crate::inject::game_day) and
//!   [`inject::last_report`](crate::inject::last_report) for readers.
//! - The metrics `breaker_game_day`, which is 1 while faults are injected, and `breaker_injected_total`,
//!   with the label `kind`; and `game_day` in a [`Snapshot`](crate::Snapshot).
//! - On the [dashboard](super::dashboard) a mark at each breaker, with the faults and the time that is
//!   left, and after the end the report.
//! - The cause `injected failure` in a [trip report](crate::TripReport).
//!
//! The report has all breakers that faults were injected into, and all others that opened meanwhile:
//! those are the surprises.
//!
//! # When not to
//!
//! - Without a person who watches, and who may end it at once.
//! - During an incident, a deployment, or the busiest hour.
//! - On a function that must not be called less often than it is, such as a payment that is retried by
//!   a client without an idempotency key: an injected failure did not run, but your client cannot know.
//! - `hang` on sync functions of a small pool of threads, before `latency` has shown that it holds.
//!
//! # What it cannot show
//!
//! Three things are reported, as the finding
//! [`game-day-limited`](crate::FindingKind::GameDayLimited), one warning, and, where they are known
//! before a call, by [`ConfigureReport::game_day_limits`](crate::ConfigureReport::game_day_limits):
//!
//! - `fail` on a function with `fallback_on = "rejection"`: the fallback answers, where a failure of the
//!   dependency gives callers its error. That the breaker opens, and what follows, is shown as it is.
//! - `keys` on a breaker without keys: no call meets a fault.
//! - `latency` or `hang` on calls that cannot wait: permits of `try_acquire`, and `async` functions
//!   without an `.await`. That is found by the first such call.
//!
//! And these never show:
//!
//! - A failure after effects: injected failures do not run, so nothing is half done.
//! - Your own error types, and what you do with their details.
//! - The load on a dependency that is down: it is not called, and does not slow down others.
//! - Faults below the function: connections that are refused, DNS, TLS. Tools such as Toxiproxy and
//!   Envoy's fault filter inject there.
//!
//! # In the words of other tools
//!
//! | there | here |
//! |---|---|
//! | Toxiproxy `latency`, with `toxicity` | `latency`, with `share`; no `jitter` |
//! | Toxiproxy `timeout` with 0 | `hang` |
//! | Toxiproxy `down`; `reset_peer` with 0 | `fail`; not a reset after a time, or a connection that is cut within an answer |
//! | Toxiproxy `bandwidth`, `slow_close`, `slicer`, `limit_data` | none: they change bytes below the function |
//! | Envoy's fault filter: `abort` with `percentage` | `fail`; the error is of the kind `Injected` and has no status of HTTP or gRPC |
//! | Envoy: `delay` with `fixed_delay` and `percentage` | `latency` with `share`; of the calls that `fail` has left. There an aborted call is delayed first |
//! | Envoy: matched headers, downstream nodes | `keys`, where the key of the function has them |
//! | Envoy: faults that the caller asks for by a header, `max_active_faults`, `response_rate_limit` | none |
//! | Simmy (Polly): `InjectionRate` | `fail`, `hang`, `share`: from 0 to 1 as well |
//! | Simmy: chaos fault | `fail`; not an exception of your choice |
//! | Simmy: chaos latency | `latency` |
//! | Simmy: chaos outcome, chaos behavior | none: they run your code, and no code is needed here |
//! | Simmy: `EnabledGenerator` | settings, which can be read again at any time |
//!
//! # Cost
//!
//! Without the feature there is no code for it. With the feature a call that nothing is injected into
//! costs what it costs without: only the slow path of the admission looks for a game day, and the poll
//! of a future tests one number. On a game day each call of its breakers takes the slow path.
