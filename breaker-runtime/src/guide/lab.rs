//! The lab: `breaker-lab` tries policies on recorded calls or a simulated system, before they decide
//! anything.
//!
//! ```text
//! cargo install breaker-runtime --features lab
//! breaker-lab replay calls.jsonl --settings today.toml --settings stricter.toml --svg line.svg
//! ```
//!
//! # The log
//!
//! - A recording of this crate: JSON lines, described in [`lab::recording`](crate::lab::recording). All
//!   files of a rotated recording are given together, in any order.
//! - An access log of nginx, in the format `combined` with `$request_time` at the end, or of Envoy, in
//!   its default format. A status from 500 on is a failure; a call that the client gave up is cancelled.
//!
//! A line that cannot be read is an error with its number; `--skip-damaged` counts such lines and goes
//! on. A last line that is cut off is left out. A call takes 24 bytes of memory, and `--max-calls`
//! limits them.
//!
//! # Replay
//!
//! `replay` drives a real breaker with a clock of its own through the calls of each breaker and key. For
//! each settings file, which is read as [`Settings`](crate::Settings) are, it prints:
//!
//! | figure | meaning |
//! |---|---|
//! | trips | the trips, with the condition of each; `--reports` prints the whole [`TripReport`](crate::TripReport) |
//! | outside incidents | the open periods that began while the dependency worked as usual |
//! | incidents missed | the incidents in which the breaker did not open |
//! | first bad call to trip | the median over the incidents, from the end of the first bad call |
//! | bad calls let through | the calls that failed, or took longer than `--slow`, and ran |
//! | good calls rejected | the calls that succeeded in the log, and were rejected here |
//! | not closed | the time from trips until the breaker closed |
//! | after the incident | the part of that after the last bad call |
//!
//! `--json` prints the same with all reports, and `--svg` draws a time line: the calls, the incidents,
//! and below them the states under each policy.
//!
//! An incident is found in the log alone: it begins with a block of 10 to 50 calls that has three times
//! the usual share of bad calls, and a tenth of its calls more than usual, and ends with the last bad
//! call before the share is usual again.
//!
//! # Explain
//!
//! ```text
//! breaker-lab explain policy.toml --traffic 0.5,20
//! breaker-lab explain calls.jsonl --settings policy.toml
//! ```
//!
//! `explain` says in sentences what each policy of a settings file does, how long it takes to open at a
//! given traffic, or at that of a log, when all calls fail, half of them or a fifth, and what it can
//! never do. The times are medians of five runs of the breaker itself, after a window of good calls.
//!
//! # Tune
//!
//! ```text
//! breaker-lab tune calls.jsonl --slow 2s --out tuned.toml
//! ```
//!
//! `tune` tries failures in a row, and rates of failures over windows of calls and of time (with
//! `--slow` of slow calls as well), with open periods from 1 s to 60 s and 1 to 3 successful probes. It
//! refines the best of them, where a rate may open beside a number of failures in a row, and beside
//! another rate of slow calls. It prints those that no other one beats: none lets fewer failing calls
//! through and rejects fewer good calls. The recommended one has the smallest sum of both, and is in the
//! settings. Keys of one breaker get one policy.
//!
//! A policy is left out if it opens in the log outside of an incident, or if chance alone could be
//! expected to open it more than once in 50 years at the usual share of bad calls, with an allowance for
//! what the log did not show. Where the log has no incident, the quickest policy that is left is
//! printed. `--json` has the whole front with all figures, the limits of the log, and the settings.
//!
//! # Simulate
//!
//! ```text
//! breaker-lab simulate
//! breaker-lab simulate --settings today.toml --settings stricter.toml --svg map.svg
//! breaker-lab simulate --example > system.toml
//! breaker-lab simulate system.toml --trigger crash --by length
//! ```
//!
//! A log has no feedback, and a system has: callers retry, and a dependency still works on calls that
//! their callers have given up. It can then stay down after the cause of the trouble has gone, which is
//! called a metastable failure ([Bronson et al., HotOS 2021](https://doi.org/10.1145/3458336.3465286);
//! [Huang et al., OSDI 2022](https://www.usenix.org/conference/osdi22/presentation/huang-lexiang)).
//! `simulate` needs no log. It runs a model on a virtual clock:
//!
//! - The **dependency** has a queue with a bound before its workers, first come first served. A worker
//!   takes a constant, an exponential or a lognormal time. Calls that were given up stay in the queue
//!   and with the workers; with `drops_abandoned` they leave the queue. A cache before it may answer a
//!   share of the requests, and is filled by answers that come in time alone.
//! - The **callers** send requests at a rate, whether or not earlier ones are answered. A call that
//!   takes longer than the deadline fails, as does one that is refused; a failed one is retried after a
//!   pause. A rejection by the breaker is not retried. Each of `processes` has a breaker of its own.
//! - The **trouble** is a brown-out, a crash that loses what is under way, a cache that is emptied, or a
//!   surge of requests.
//!
//! The system is back when so many seconds in a row have a healthy share of answered requests; answers
//! of a fallback do not count. The map shows when it is, at each load (to the right) and number of
//! workers (upwards), or with `--by` for each length or size of the trouble: without a policy, and with
//! that of each settings file. Each point is the middle one of three runs. The table has what happens at
//! the load of the scenario: "work for nothing" is the share of the calls on which a worker ended after
//! its caller had given up. The SVG adds the answers over time, and `--json` has all numbers, with
//! times in ns.
//!
//! `--example` prints a scenario with a comment on each number; the main ones have flags as well. The
//! same seed gives the same output, on any number of cores.
//!
//! It is a model: it shows which policies break a vicious circle, and not the numbers of your system.
//! Settings files are read as for `replay`; a file with several entries needs `--breaker`. `max_wait`,
//! `honour_retry_after`, `shared`, `probe_every` and modes are not simulated, and the output says so.
//!
//! # Shadow
//!
//! A shadow tries a policy on live traffic, where `replay` tries it on a log. It is a section of the
//! settings, of the options that differ; the feature `shadow` reads it:
//!
//! ```toml
//! ["shop::payments"]
//! failure_rate = 0.5
//! shadow = { failure_rate = 0.3, window = "10s" }
//! ```
//!
//! The breaker goes on by its own policy. The shadow is the same state machine with the breaker's
//! options and those of the section over them: it is asked about each call, gets each result, and keeps
//! a state of its own. [`Snapshot::shadow`](crate::Snapshot::shadow), the
//! [metrics](crate::guide::metrics) `breaker_shadow_*`, the page of the breaker on the
//! [dashboard](crate::guide::dashboard), and with the feature `tracing` the event
//! `breaker.shadow_opened` say where the two differ:
//!
//! | figure | meaning |
//! |---|---|
//! | `rejected` | calls that ran, and that the shadow would have rejected; by how they ended, good calls lost and failures spared |
//! | `admitted` | calls that the breaker rejected by its policy, and that the shadow would have let through |
//! | `differing_trips` | trips of one of the two while the other one was closed |
//!
//! In code it is an option of the [builder](crate::CircuitBreakerBuilder::shadow) and of
//! [`reconfigure`](crate::CircuitBreaker::reconfigure). The attribute does not take it: write the
//! section for the function's name. Sections of several entries are merged option by option, `"off"`
//! removes the shadow, and each key has its own. When the file is read again, the figures go on unless
//! the shadow's policy has changed.
//!
//! What it cannot show:
//!
//! - **It is open-loop**, as a replay is: a call that it would have rejected has run, and has loaded the
//!   dependency.
//! - While the breaker is open there are no results. The shadow of a policy that opens later learns
//!   nothing from these calls; make the breaker a [dry run](crate::CircuitBreaker::observe) to see them.
//! - Options that change the calls themselves, such as `call_timeout`, `max_concurrent` or `retry`, are
//!   refused in a section, and so are those of a fleet and of groups of keys. Pings are not calls.
//! - Calls that begin within 8 microseconds count for each other, where a decision lies between them.
//!
//! Not for every breaker for good: each call of one with a shadow takes a lock twice and reads the clock
//! twice more, about 2,300 instructions in all, and threads wait for each other there. Take it away when
//! you know.
//!
//! # What a replay cannot show
//!
//! - **It is open-loop.** Each call ends as it did in the log. A rejected call takes no load from the
//!   dependency, so that a recovery sooner than recorded is not seen, and callers do not retry.
//! - A call that was rejected in the log has no known result. If the policy admits it, it counts as
//!   ignored, and the output says how many there were. Record under a policy that opens late, or under
//!   [`observe`](crate::CircuitBreaker::observe), to see what a policy that opens later would meet.
//! - Options that the settings do not set have their defaults, not those of your code.
//! - Some options are not replayed, as a log does not have what they decide by. The output names those
//!   that a settings file sets:
//!   - `honour_retry_after`: a line has no `Retry-After`;
//!   - `max_wait`: a line has the start of the call that ran, not that of its wait, so that a call over
//!     the limit is rejected at once;
//!   - `shared`: a log is that of one process, and the others decide as well;
//!   - `probe` and `probe_every`: pings are no calls, and the log does not have those of other open
//!     periods; calls probe in place of them;
//!   - `total_timeout`: lines do not say which attempts are one call; each attempt is a call here;
//!   - modes: the breaker decides by itself;
//!   - `shadow`: a replay is of one policy.
//! - Keys that depend on each other are replayed together, by the group of a live function: where
//!   `outlier` or `max_open_keys` is set, where there are more keys than `max_keys`, and where a key was
//!   not called for half of `key_idle`, so that it may have been evicted. That takes one core for each
//!   breaker. Other keys are replayed each by itself, on all cores, and draw random numbers each from
//!   their own generator.
//! - A window of time moves on by tenths of its span, counted from the start of the log. A live breaker
//!   counts from its own start, so that a trip may come up to a tenth of the window earlier or later.
//! - Windows, probes, ramp, throttle and jitter are those of the breaker itself: the replay of a
//!   recording that began with the breaker makes the same decisions. A recorder that rounds times may
//!   move a call to the other side of a limit. Jitter and throttle draw from a generator with the seed
//!   `--seed`.
