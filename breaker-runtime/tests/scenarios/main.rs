//! Published scenarios of other breakers, as tables: their documented behaviour, run against this one.
//! Where the contract of this crate is another, the row says how they differ, and asserts the contract.
//!
//! A row is `when | then`, and below it what it shows and, after `differs:`, what the other breaker does
//! instead. `source:` and `given:` hold for all rows that follow.
//!
//! *Given*: the builder's options, as in `failure_rate=0.5 window=10s`; `throttle=2/120s` is `k` and its
//! span. Other options are as in [`Config::DEFAULT`](breaker_runtime::Config::DEFAULT).
//!
//! *When*: steps, separated by spaces, on a clock that only they move.
//!
//! | step | what happens |
//! |---|---|
//! | `S` `F` `I` `P` `C` | a call that runs, and its end: success, failure, ignored, panic, cancelled |
//! | `S:2.5s` | the same, and it takes that long |
//! | `R` | a call that must be rejected |
//! | `[a` ... `a]S` | a call that begins here and ends there |
//! | `30s` | time passes: `us`, `ms`, `s`, `m`, `h` |
//! | `trip` `reset` `force-open` `force-closed` `observe` `automatic` | a command |
//! | `=open` | the state must be this one |
//! | `%0.25` | from here on the random source returns this number; just below 1 before |
//! | `F*5`, `(S F)*5` | five times |
//!
//! *Then*: the state, and further figures: of the snapshot (`window=` calls, failures and slow calls;
//! `retry=` its `retry_after`), of its totals, of the last rejection (`kind=`, and `wait=` its
//! `retry_after`), and of the events (`by=` the reason of the last one, `events=` the reasons of all;
//! without either there must be none). `refused=` is the option that the builder refuses. Rules for all
//! runs are checked after each.

mod harness;

mod envoy;
mod gobreaker;
mod hystrix;
mod opossum;
mod polly;
mod pybreaker;
mod resilience4j;
mod sre_book;
