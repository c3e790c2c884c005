//! Operations: looking at breakers, controlling them, and changing their options while the process runs.
//!
//! # Look and control
//!
//! ```
//! use breaker_runtime::{BreakerError, State, breaker, breaker_of, breakers, circuit_breaker};
//!
//! #[circuit_breaker(name = "orders")]
//! fn place(order: u32) -> Result<u32, BreakerError> {
//!     Ok(order)
//! }
//!
//! for breaker in breakers() {
//!     println!("{:20} {}", breaker.name(), breaker.state()); // listed before its first call
//! }
//! let orders = breaker_of(place); // or breaker("orders"), or breaker_of(Client::place) for a method
//! orders.on_event(|event| eprintln!("{event}")).detach();
//!
//! orders.force_open(); // rejects every call, until ..
//! assert_eq!(breaker("orders").unwrap().state(), State::Open);
//! orders.automatic(); // .. the breaker decides again
//! orders.observe(); // dry run: decides and reports, and rejects no call
//! println!("{:?}", orders.snapshot());
//! # orders.automatic();
//! # assert!(place(1).is_ok());
//! ```
//!
//! | method | effect |
//! |---|---|
//! | [`trip`](crate::CircuitBreaker::trip), [`reset`](crate::CircuitBreaker::reset) | opens for one open period; closes and forgets failures |
//! | [`force_open`](crate::CircuitBreaker::force_open), [`force_closed`](crate::CircuitBreaker::force_closed) | rejects or runs every call until the next command |
//! | [`observe`](crate::CircuitBreaker::observe), [`observe_all`](crate::observe_all) | starts a dry run |
//! | [`automatic`](crate::CircuitBreaker::automatic), [`automatic_all`](crate::automatic_all) | ends all of these |
//! | [`set_mode`](crate::CircuitBreaker::set_mode) | sets the mode, one of [`Mode`](crate::Mode): automatic, forced open, forced closed, dry run |
//!
//! [`set_mode_by`](crate::CircuitBreaker::set_mode_by), [`trip_by`](crate::CircuitBreaker::trip_by) and
//! [`reset_by`](crate::CircuitBreaker::reset_by) name the [`Operator`](crate::Operator) and the reason
//! in the event and in the report of the trip. A mode can have an end, after which the breaker decides
//! again:
//!
//! ```
//! use std::time::Duration;
//! use breaker_runtime::{CircuitBreaker, Mode, Operator, end_expired_overrides};
//!
//! let search = CircuitBreaker::builder("search").build()?;
//! let half_an_hour = Duration::from_secs(30 * 60);
//! let operator = Operator::new("ada").reason("index rebuild").expires_after(half_an_hour);
//! search.set_mode_by(Mode::ForcedOpen, operator);
//! // search: closed -> open (the mode changed; forced open) by ada, for 1800 s: index rebuild
//! assert!(search.mode_override().unwrap().until.is_some());
//! end_expired_overrides(); // every few seconds; calls and reads end an expired mode as well
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! A function with `impl Trait` arguments has no name that [`breaker_of`](crate::breaker_of) could take:
//! [`accessor`](crate::circuit_breaker#accessor) makes a function that returns its breaker.
//!
//! # Events
//!
//! [`on_event`](crate::CircuitBreaker::on_event) calls a function for each change of one breaker, and
//! [`on_event`](crate::on_event) for those of all, also of breakers that are made later. The same events
//! come as a bounded stream for async code from [`events`](crate::CircuitBreaker::events) of a breaker
//! and from [`events`](crate::events) of all. A reader that is slow holds up no call: it loses the
//! oldest events, and [`Event::dropped`](crate::Event::dropped) says how many.
//!
//! # In the log
//!
//! With the feature `tracing` these are events of that crate, with the target `breaker`. There is no
//! span of this crate: a rejected call shows in the span of its caller.
//!
//! | name | level | |
//! |---|---|---|
//! | `breaker.opened` | warn | a trip or a failed probe; the message of a trip is its summary |
//! | `breaker.half_opened`, `breaker.closed`, `breaker.reset` | info | |
//! | `breaker.mode_changed` | info; warn if it opens | a command, settings, or an end of a mode |
//! | `breaker.rejected` | debug | one for each call that was rejected |
//!
//! - Each has `breaker`, and `key` if there is one. All levels show the key; filter the target if keys
//!   are secret.
//! - A change of state has `from`, `to`, `mode` and `reason`, its `sequence` number, and the number of
//!   events `dropped` before it; with an operator `author` and `operator_reason`. One that begins a trip
//!   has its summary in `trip`. One that ends a trip has `lasted_ms`, `failed_probes`, and what callers
//!   got meanwhile in `rejected`, `fallback` and `last_good`.
//! - A rejection has its `kind`, and `retry_after_ms` if it is known.
//!
//! A success emits nothing and costs no instruction. While the level debug is off, a rejection costs ten
//! more.
//!
//! # Findings
//!
//! A breaker can be configured or called in a way in which it cannot do its work. That shows in no test,
//! and without this only in the hour in which it is needed. [`findings`](crate::findings) lists what was
//! found about all breakers, [`Snapshot::findings`](crate::Snapshot::findings) that about one:
//!
//! ```
//! use std::time::Duration;
//! use breaker_runtime::{CircuitBreaker, ManualClock, findings};
//!
//! let clock = ManualClock::new();
//! let builder = CircuitBreaker::builder("reports").failure_rate(0.5).window(Duration::from_secs(10));
//! let reports = builder.clock(clock.clone()).build()?;
//! for _ in 0..90 {
//!     clock.advance(Duration::from_secs(60));
//!     reports.try_acquire()?.success();
//! }
//! assert_eq!(
//!     findings()[0].to_string(),
//!     "reports: no window of 10 s had the 20 calls of min_calls, at most 1, so that no rate can open \
//!      it (for 89 min); lower min_calls, make window longer, or set failure_threshold"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! They are also on the dashboard, in the metric `breaker_findings`, and once each in the log: whatever
//! reads all breakers warns of the new ones ([`health`](crate::health), a scrape of the metrics, the
//! dashboard). A service without any of these calls `findings()` every few minutes. A call executes
//! nothing for them. Those about a function with keys are about all its keys together.
//!
//! | finding | cause | what to do |
//! |---|---|---|
//! | `cannot-open` | only rates of a window of time can open it, and for an hour or more, with at least `min_calls` calls in all, no window had `min_calls` of them | lower `min_calls`, make `window` longer, or set `failure_threshold` |
//! | `failing-while-closed` | 50 calls failed in a row, and it is closed: a long window dilutes them, or `max_open_keys` is reached; never before a `failure_threshold` that is higher | set `failure_threshold`, make `window` shorter, raise `max_open_keys` |
//! | `always-cancelled` | of the calls of the last 10 to 20 minutes, 20 or more, at least 20 of 21 were dropped before they ended: callers give up on a dependency that hangs | leave `abandoned_threshold` on, or set `call_timeout` below the deadline of the callers |
//! | `always-ignored` | in the same time 20 calls or more ended, all of them ignored | correct `ignore_if`, `exclude` or `classify` |
//! | `fallback-for-hours` | for two hours or more, at least half of the callers received a fallback or an old answer | repair the dependency, or call what answers instead |
//! | `probes-always-fail` | it opened an hour ago or more, and probes have failed after 10 open periods since | repair the dependency; if it answers, see why probes fail, in the report of the trip |
//! | `retry-budget-spent` | in the last 10 to 20 minutes the budget refused 20 retries or more, and half of all | repair the dependency; if it fails that often when it is well, retry less or raise `budget` |
//! | `name-clash` | two breakers want one name, so that settings and graphs show the wrong one | rename one, or share one breaker by `breaker = ..` |
//! | `never-called` | no call has ended in two days | remove it, or see whether calls go through another function, or never end |
//! | `game-day-limited` | a [game day](super::game_days#what-it-cannot-show) injects faults that callers do not meet as they would meet those of the dependency | change `inject`, or read the report without these faults |
//!
//! A finding is no reason to wake a person: it is about how a breaker is configured or called, and is as
//! true in the morning. Page for [states](super::metrics), and read findings after each deployment. On a
//! [game day](super::game_days) the injected faults may lead to findings as well.
//!
//! A breaker that is forced open or closed has none of the findings about its decisions. A finding ends
//! when its cause does: those about recent calls within 20 minutes, if something reads the breaker
//! meanwhile.
//!
//! # Why did it open?
//!
//! Each breaker keeps the reports of its last eight trips: the condition that was met, the results
//! before it, the options in force and where each came from, and what callers got until it closed.
//!
//! ```
//! use std::time::Duration;
//!
//! use breaker_runtime::{CircuitBreaker, ManualClock};
//!
//! let clock = ManualClock::new();
//! let breaker = CircuitBreaker::builder("payments")
//!     .failure_threshold(2)
//!     .timeout(Duration::from_secs(30))
//!     .clock(clock.clone())
//!     .build()?;
//! breaker.call(|| "7".parse::<u32>())?;
//! for _ in 0..2 {
//!     clock.advance(Duration::from_millis(400));
//!     let _ = breaker.call(|| "seven".parse::<u32>());
//! }
//! let error = breaker.call(|| "7".parse::<u32>()).unwrap_err();
//! let report = error.rejection().and_then(|rejection| rejection.trip_report());
//! assert_eq!(report, breaker.last_trip());
//!
//! assert_eq!(
//!     breaker.trips()[0].to_string(),
//!     "payments opened: 2 failures in a row (failure_threshold = 2)
//!   failures by cause: 2 x core::num::error::ParseIntError
//!   400 ms before: failure, core::num::error::ParseIntError, after 1 success
//!   0 s before: failure, core::num::error::ParseIntError
//!   options: failure_threshold = 2 (code), timeout = 30 s (code)
//!   callers got: 1 rejection, 0 fallbacks, 0 last good answers
//!   has lasted 0 s"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`TripReport::summary`](crate::TripReport::summary) is one line for a log, and the feature `serde`
//! writes a report as JSON. An [`Event`](crate::Event) that begins or ends a trip carries the report.
//!
//! A report names the type of an error and never its text, which may hold a secret. An error type with
//! several causes can name them: it implements [`Cause`](crate::Cause), which returns a constant text,
//! and the functions with the attribute that return it are then reported with that.
//!
//! ```
//! use breaker_runtime::Cause;
//!
//! enum ShopError {
//!     Timeout,
//!     Status(u16),
//! }
//!
//! impl Cause for ShopError {
//!     fn cause(&self) -> &'static str {
//!         match self {
//!             Self::Timeout => "Timeout",
//!             Self::Status(500..) => "Status(5xx)",
//!             Self::Status(_) => "Status",
//!         }
//!     }
//! }
//! # let causes = [ShopError::Timeout, ShopError::Status(502)].map(|error| error.cause());
//! # assert_eq!(causes, ["Timeout", "Status(5xx)"]);
//! ```
//!
//! The report then says `failures by cause: 3 x Timeout, 2 x Status(5xx)`. Handles, the layers of
//! `tower` and `reqwest`, and a `Box<dyn Error + Send + Sync>` hold errors of any type: they ask those
//! types that [`register_cause`](crate::register_cause) has announced, once at the start of the process.
//!
//! A success costs nothing for this, and a failure about 20 ns, or 25 ns with a window of time, which
//! also keeps the slices of the successes before it. The record takes at most 5 KiB, from the first
//! result on that is not a plain success. The calls of a report that is
//! [`complete`](crate::TripReport::complete) can be [replayed](crate::TripReport#replay).
//!
//! # Readiness
//!
//! [`health`](crate::health) lists the breakers that do not run all calls, each with the reason: an
//! answer for a readiness check. A breaker with an open period that has ended is not healthy before a
//! probe has succeeded.
//!
//! ```
//! use breaker_runtime::{CircuitBreaker, health};
//!
//! let breaker = CircuitBreaker::builder("search").failure_threshold(1).build()?;
//! assert_eq!(health().to_string(), "ready");
//! let _ = breaker.call(|| "seven".parse::<u32>());
//! assert!(health().to_string().starts_with("degraded: search is open for"));
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! # Change the options
//!
//! [`reconfigure`](crate::CircuitBreaker::reconfigure) changes one breaker,
//! [`configure`](crate::configure) any number of them. State, streaks, windows and open periods outlast
//! a change, and calls go on meanwhile.
//!
//! ```
//! use std::time::Duration;
//!
//! use breaker_runtime::{BreakerError, Settings, breaker_of, circuit_breaker, configure};
//!
//! #[circuit_breaker(name = "billing")]
//! fn invoice(order: u32) -> Result<u32, BreakerError> {
//!     Ok(order)
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let five = Duration::from_secs(5);
//!     breaker_of(invoice).reconfigure(|options| options.timeout(five).failure_rate(0.2))?;
//!     // The code's options apply again, with this one changed. The report lists unmatched entries.
//!     println!("{}", configure(Settings::new().set("billing", "timeout", "30s"))?);
//!     assert_eq!(breaker_of(invoice).config().timeout(), Duration::from_secs(30));
//!     Ok(())
//! }
//! ```
//!
//! With the feature `serde`, [`Settings`](crate::Settings) are read from a file by any configuration
//! library:
//!
//! ```toml
//! ["*"]                         # every breaker, also one that is built later
//! timeout = "20s"
//!
//! ["shop::payments::*"]         # the breakers with names that begin so
//! failure_rate = 0.5
//! window = "10s"
//!
//! ["shop::payments::refund"]    # one breaker; the more specific key wins, option by option
//! failure_rate = "off"
//! observe = true                # dry run
//! retry = "off"                 # or a table: retry = { attempts = 2 }
//!
//! ["shop::hosts"]               # a function with a key
//! max_keys = 500
//!
//! ["shop::hosts[eu.example.com]"] # the breaker of one key, also if it is made later
//! mode = "forced-open"          # or "forced-closed", "observe", "automatic"
//! ```
//!
//! [`configure`](crate::configure) returns what it changed, and the entries that match no breaker; those
//! are a [warning](crate#warnings) as well. Settings with an error are refused as a whole, and the error
//! lists every issue:
//!
//! ```
//! use breaker_runtime::{Settings, configure};
//!
//! let settings = Settings::new().set("shop::*", "failure_treshold", 5);
//! let settings = settings.set("shop::*", "timeout", "3 parsecs");
//! let refused = configure(settings).unwrap_err().to_string();
//! assert!(refused.contains("did you mean `failure_threshold`?"));
//! assert!(refused.contains("`parsecs` is no unit of time"));
//! ```
//!
//! `cargo run -p breaker-examples --bin settings` shows all of this at work.
