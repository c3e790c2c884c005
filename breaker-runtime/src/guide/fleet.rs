//! A fleet that trips and recovers as one: breakers with a state that processes share through Redis.
//!
//! ```no_run
//! # #[cfg(feature = "redis")] {
//! use breaker_runtime::fleet::{self, FleetOptions};
//! use breaker_runtime::{BreakerError, circuit_breaker};
//!
//! #[circuit_breaker(shared, quorum = 3, timeout = "30s")]
//! async fn pay(order: u32) -> Result<u32, BreakerError> {
//!     Ok(order)
//! }
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! // At the start of the process, inside the tokio runtime.
//! let fleet = fleet::connect("redis://cache.internal", FleetOptions::new())?;
//! # let _ = (fleet, pay(1).await);
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! # What it does
//!
//! Each process keeps a complete breaker of its own, and a background task of the process exchanges what
//! the breakers have seen with Redis, every 100 to 250 ms and at once after a change of state.
//!
//! - **The fleet opens** once a [quorum](#quorum) of processes sees the dependency fail. Every process
//!   is open within half a second, those that have not called it yet as well.
//! - **One process probes.** When the open period is over, a process with a call to run asks for the
//!   lease; the others go on rejecting. A process that stops with the lease loses it at its deadline,
//!   and finds that out before its next call. A process without calls asks for no lease.
//! - **The fleet closes** when the probes of that process succeed, and opens again when one fails.
//! - **A process never waits for the fleet.** Its own breaker opens by its own results at once, whatever
//!   the others say. No call touches the network, and what `shared` adds to a successful call of a
//!   closed breaker is nothing.
//!
//! # When to share
//!
//! Share the breaker of a dependency that is the same for all processes, fails for all of them at once,
//! and that would suffer if each process probed it: a payment provider, a search cluster, a partner's
//! API. With 50 processes it gets one probe instead of 50, and a process that makes one call a minute
//! does not need five minutes of failures.
//!
//! Do not share it
//!
//! - if the processes reach different copies of the dependency: a replica in their zone, a sidecar, a
//!   disk. One bad copy would close the others;
//! - if the breaker protects the process rather than the dependency, as one with a
//!   [`max_concurrent`](crate::circuit_breaker#max_concurrent) alone does;
//! - in a fleet of one: it adds nothing;
//! - if each process calls seldom and recovery must not wait: the process with the lease needs a call of
//!   its own to probe with.
//!
//! A simulation with the code that decides in a real fleet shows the size: a dependency is down for
//! 30 s, and each process makes five calls a second, or one in five seconds. Breakers open after five
//! failures in a row, for 5 s; a local one has no jitter.
//!
//! | processes | calls of each | breakers | all open after | wasted | probes | all closed after | requests | at most |
//! |--:|--:|---|--:|--:|--:|--:|--:|--:|
//! | 10 | 5 /s | local | 1.2 s | 100 | 60 | 2.1 s | 0 /s | 0 /s |
//! | 10 | 5 /s | shared | 0.2 s | 14 | 6 | 1.0 s | 34 /s | 50 /s |
//! | 100 | 5 /s | local | 1.2 s | 1000 | 600 | 2.3 s | 0 /s | 0 /s |
//! | 100 | 5 /s | shared | 0.1 s | 34 | 6 | 0.9 s | 346 /s | 507 /s |
//! | 1000 | 5 /s | local | 1.3 s | 10000 | 6000 | 2.4 s | 0 /s | 0 /s |
//! | 1000 | 5 /s | shared | 0.0 s | 121 | 6 | 0.9 s | 3456 /s | 5074 /s |
//! | 10000 | 5 /s | local | 1.4 s | 100000 | 60000 | 2.6 s | 0 /s | 0 /s |
//! | 10000 | 5 /s | shared | 0.1 s | 246 | 6 | 0.9 s | 34645 /s | 50946 /s |
//! | 10 | 0.2 /s | local | 27.6 s | 52 | 12 | 7.0 s | 0 /s | 0 /s |
//! | 10 | 0.2 /s | shared | 2.7 s | 7 | 3 | 2.8 s | 10 /s | 23 /s |
//! | 100 | 0.2 /s | local | never | 556 | 156 | 11.1 s | 0 /s | 0 /s |
//! | 100 | 0.2 /s | shared | 0.2 s | 8 | 4 | 7.1 s | 102 /s | 198 /s |
//!
//! Sharing gains most with many processes that each call seldom: alone, they have not all opened when
//! the outage ends. It costs a few operations of Redis per second and process, so that thousands of busy
//! processes in one group need a Redis of their own. In a source checkout, `.ci/fleet-simulation` prints
//! the whole table, from 1 process to 10,000, and draws it.
//!
//! In a source checkout, `cargo run --release -p breaker-examples --bin shop -- --fleet 5` plays it with
//! five real processes and a Redis server that it starts for itself:
//!
//! ```text
//!                                          each for itself    as a fleet
//! payments hangs
//!   until its breakers are open everywhere          1.73 s        862 ms
//!   calls wasted on it while it was down                55            23
//! probes of payments before Redis is killed              9             2
//! all have recovered
//!   until all breakers are closed everywhere        1.74 s        2.07 s
//!   probes of payments                                   5             1
//! Redis is back: until the fleet agrees again                     911 ms
//! payments is forced open: until it is everywhere                  13 ms
//! ```
//!
//! # Quorum
//!
//! A trip of the fleet needs both: evidence, and a quorum of processes. Evidence is what the options of
//! the breaker say, over the calls of all processes together: `failure_threshold` failures without a
//! success anywhere, `failure_rate` in the `window`, or
//! [`fleet_failures`](crate::circuit_breaker#fleet_failures) failures in the `window`. A process counts
//! for the quorum while its own breaker is open by its own decision and its open period lasts, while a
//! probe of that breaker is under way, or if its own last calls have failed no longer ago than an open
//! period. A quorum of breakers that are open by themselves is evidence enough.
//!
//! [`quorum`](crate::circuit_breaker#quorum) is 2 processes unless given. A bad process alone, with a
//! broken network or an expired certificate, therefore opens its own breaker and no other.
//! `quorum = "10%"` is a tenth of the processes that are alive, and two at least. A process is alive for
//! three seconds after its last report, also if it has crashed: one that fails and restarts in a loop,
//! within that time, counts as two. One that ends in order leaves at once.
//!
//! The quorum is not lowered because few are alive: a fleet of one never opens as a fleet, as its own
//! breaker does all, and one of two needs both. `quorum = 1` is allowed, and one bad process then opens
//! the breakers of all.
//!
//! # Processes with different settings
//!
//! While a new version is rolled out, or settings differ, processes of one group may have different
//! options. Each report is judged by the options of the process that sends it, so the most sensitive one
//! decides when the fleet opens. The open period is that of the process that opened the fleet, or with
//! the probe failed. [`FleetStatus`](crate::fleet::FleetStatus) shows a group with mixed settings, and
//! an [event](crate::fleet::FleetEvent) reports it.
//!
//! # When Redis is down
//!
//! Nothing that a caller notices. After one second without an answer each breaker decides by itself, as
//! if it were not shared: an open period that the fleet began ends at its time, and each process probes
//! on its own. The same holds if Redis is slow, restarts empty, fails over and loses writes, or answers
//! errors. There is one line in the log when it is lost and one when it is back, reconnects are
//! jittered, and what could not be reported is counted in
//! [`FleetStatus::dropped`](crate::fleet::FleetStatus::dropped). Within two seconds after it is back the
//! fleet agrees again. A process that joins writes nothing until it has a call to report, and every key
//! in Redis expires.
//!
//! What Redis has lost it learns again from the processes, each of which reports the last order that it
//! has carried out. A quorum of processes that are still open by an order of the fleet opens it again,
//! for the rest of the open period, and one of them probes: also where probes hang, so that none of them
//! has a result of its own. If one process knows that the order has ended, by a result that the fleet
//! had or by a probe of its own, the others close instead. A process speaks for an order until its open
//! period is over and a lease longer, or for as long as a probe of its own is under way: one that was
//! away for longer does not open a fleet which has recovered meanwhile.
//!
//! Each change of phase has a number, its epoch, and nothing of an older epoch is ever applied. An epoch
//! does not return, not even from a backup, as a new one is at least the server's time in milliseconds.
//! That assumes that a server which has lost what it held takes 10 ms at least until it answers again,
//! and that its clock has not been set back meanwhile.
//!
//! # Rights in Redis
//!
//! A user of Redis needs `~{breaker:* &breaker:* +@read +@write +@scripting +@pubsub +@connection
//! +time`. Without the channel, `&breaker:*`, changes arrive with the next exchange, a quarter of a
//! second later. Over TLS, [`FleetOptions`](crate::fleet::FleetOptions) takes the certificates of
//! authorities and one that the process shows to the server.
//!
//! # A cluster
//!
//! The address is that of any node of a Redis Cluster, or better a name that stands for several. The
//! keys of a group are in one slot, so that a node decides for it alone; the groups of a process can be
//! on different nodes, each of which gets its part of an exchange at the same time. Nodes are found
//! through the answers of others (`MOVED`, `ASK`), with the same user, password and certificates; no
//! right beyond those for a single server is needed. One subscription sees the changes of all nodes.
//!
//! When a node dies, its groups decide locally until a replica has replaced it, and for a moment while a
//! slot moves. While a node hangs, the exchanges of processes with groups on it take as long as the
//! [deadline](crate::fleet::FleetOptions::deadline), also for their other groups. A process that starts
//! while the node of its address is down finds no other, unless the address is a name for several.
//!
//! # Commands
//!
//! An operator can force the breakers of the whole fleet:
//!
//! ```no_run
//! # #[cfg(feature = "redis")] {
//! # use std::time::Duration;
//! # use breaker_runtime::Operator;
//! # use breaker_runtime::fleet::{Fleet, FleetError};
//! # async fn command(fleet: Fleet) -> Result<(), FleetError> {
//! let half_an_hour = Duration::from_secs(1800);
//! let ada = Operator::new("ada").reason("provider maintenance").expires_after(half_an_hour);
//! fleet.force_open("payments", ada).await?;
//! fleet.automatic("payments", Operator::new("ada")).await?;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! A command is in force in every process within half a second, also in one that starts later. It ends
//! by itself: after one hour unless the operator says otherwise, and after a week at most. Author,
//! reason and end are in the [`Event`](crate::Event) of each breaker. A mode that a process sets for
//! itself, by [`force_open`](crate::CircuitBreaker::force_open), is that of the process alone, and stays
//! until the next command for the fleet.
//!
//! # Names and keys
//!
//! `shared` alone takes the name of the breaker for the group, `shared = "payments"` another one. All
//! breakers of one process in the same group are one member, with the options of the first of them: two
//! bad breakers of one process are no quorum. With [`key`](crate::circuit_breaker#key) each key is a
//! group of its own, `payments[eu-1]`.
//!
//! # Numbers
//!
//! - The lease of a process is its [`probe_timeout`](crate::circuit_breaker#probe_timeout), and at least
//!   two calls and a second where there is a [`call_timeout`](crate::circuit_breaker#call_timeout).
//!   After leases without a call it grows, up to an hour: a process with few calls could not probe
//!   otherwise.
//! - A [`window`](crate::circuit_breaker#window) of calls counts as one of 10 s for the fleet. Slow
//!   calls count only in the process itself, and a breaker that they open votes for the quorum.
//! - A breaker in another mode than automatic reports no calls, does not vote, and asks for no lease.
//! - Listeners of the breakers run in the background task when the fleet changes their state: they
//!   should be quick.
