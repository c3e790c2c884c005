//! How the crate is built: rooms, five walks through the code, a glossary, and how to change it. For
//! contributors; users need none of it.
//!
//! - [Where is ..?](#where-is-)
//! - [The rooms](#the-rooms)
//! - [Five walks](#five-walks): a [closed call](#a-closed-call), a [rejected call](#a-rejected-call), a
//!   [trip](#a-trip), an [async call with all layers](#an-async-call-with-all-layers), a
//!   [settings reload](#a-settings-reload)
//! - [Add an option](#add-an-option)
//! - [Read the tests](#read-the-tests)
//! - [Glossary](#glossary)
//!
//! Files without a further path are below `breaker-runtime/src`. A test keeps the files and names of
//! this page in step with the code.
//!
//! # Where is ..?
//!
//! | question | answer |
//! |---|---|
//! | Where is a trip decided? | `state/transition.rs`; it opens with the path of a trip |
//! | Where does a probe lose its slot? | `state/probe_slots.rs`: a slot is a lease, and ends by the clock |
//! | What does a panic in the body do? | it drops `FailOnUnwind` in `breaker/permit.rs`, or `FailOnPanic` there in a future, which counts a failure |
//! | Where do settings from a file reach a breaker? | `configure` in `registry/configure.rs`, then `breaker/reconfigure/desired.rs` |
//! | What does a keyed call touch? | `HashTable` in `keyed/table.rs`, which is read without a lock, by `KeyedGroup` in `keyed/group.rs` |
//! | How does a cancelled waiter leave the queue? | by the drop of `QueuedCall` in `breaker/queue.rs` |
//! | What does the attribute print? | the texts in `breaker-macros/src/expand/printed`; [see it](#see-an-expansion) |
//! | Which room may not import `registry`? | each one above it in the table below, from `sync.rs` to `breaker` |
//! | What is needed for a new option? | [one row in each crate](#add-an-option) |
//! | How is a loom model shown to work? | it must find the bug that its seed in `breaker-runtime/seeds` plants; `.ci/loom` |
//!
//! # The rooms
//!
//! A room is a folder, or a file beside `lib.rs`. The table begins with the lowest room, and a room
//! imports only lower ones, which are the rows before it: code can be understood from the first row on,
//! and a change in a higher room cannot break a lower one.
//! `cargo test -p breaker-tests-conventions --test structure` fails on the first import in the other
//! direction.
//!
//! | room | contents | invariants |
//! |---|---|---|
//! | `sync.rs` | atomics of std, or of loom | no logic |
//! | `support` | panics that are contained, escaped text, warnings | a name cannot forge a line of a log |
//! | `time` | `Ticks`, [`Clock`](crate::Clock), the coarse clock, timers | a clock of the user's may jump or panic |
//! | `types` | errors, outcomes, events, snapshots, keys | plain values |
//! | `state` | the state machine: rules, atomics, windows, counters, semaphore | explored by loom; no user code under a lock |
//! | `config` | the table of options, with ranges and checks | each range and default stands once |
//! | `keyed` | a bounded map from keys to members | a hit takes no lock; a member in use is not evicted |
//! | `breaker` | one breaker: admission, permits, futures, events | each exit of a call settles its permit once |
//! | `registry` | all breakers: names, builder, settings, isolation of tests | a listing runs no user code under a lock |
//! | `layers` | `retry` and `last_good` | a layer that is not used costs nothing |
//! | `stream` | streams that hold their permit | the time of a slow reader is no failure |
//! | `integrations` | `classify`, `axum`, `tonic`, `http`, `reqwest`, `reqwest_middleware`, `tower` | behind features |
//! | `fleet` | breakers that processes share: the protocol of a group and its members | the protocol is pure; a call never waits for the store |
//! | `observe` | health, the distance to a trip, metrics, latency and the dashboard, for operators | only reads; costs a call nothing |
//! | `lab` | recordings of calls, and what policies decide on them and in simulated systems | the decisions are those of the state machine itself |
//! | `macro_support` | functions that the attribute calls | ordinary functions, so that the expansion stays small |
//! | `guide` | these pages | its code is tested |
//!
//! The central types, from a user's handle down to the atomics:
//!
//! | type | is |
//! |---|---|
//! | `CircuitBreaker` | a handle that is cheap to clone |
//! | `StaticBreaker`, `CallSite` | the `static` in an annotated function, and one call's borrow of it |
//! | `Inner` | one breaker: what a call touches while closed, and a pointer to the rest |
//! | `Cold`, `ColdRest` | that rest: options, semaphore, counters, name; and listeners, records, role |
//! | `ColdSource` | what a `Cold` is made from when a call first needs it; the keys of a group share one |
//! | `Permit` | the right to run one call; settles it once |
//! | `AtomicState`, `ColdState` | the state machine's atomics and loops, and what a plain success leaves alone |
//! | `StateWord`, `CallToken` | the 64 bits of the state, and the part of them that a call carries |
//! | `Streak` | the failures in a row, and the success count at the last of them |
//! | `Policy` | the numbers that the rules need |
//! | `Env` | clock, random numbers and thread, as the state machine asks for them |
//! | `Semaphore`, `ConcurrencyPermit` | the concurrency limit with its queue, and a permit of it |
//! | `EventLog` | changes of state in order, with their delivery |
//! | `KeyedGroup` | the breakers of all keys |
//!
//! A decision is separate from its storage, from the clock and from its effects, so that each can be
//! tested on its own: the rules are pure functions, loom explores the storage, and listeners run after
//! publication, without a lock.
//!
//! # Five walks
//!
//! ## A closed call
//!
//! `call` in `breaker/calls.rs`; the attribute starts in `macro_support/run.rs` and goes the same way.
//!
//! 1. `acquire_plainly` in `breaker/admission.rs` asks `AtomicState` in `state/cell/mod.rs` for a
//!    `CallToken`: one load of the `StateWord`, which is closed and has no flag.
//! 2. `Permit` in `breaker/permit.rs` holds the token, and `FailOnUnwind` around it counts a panic.
//! 3. The body runs. Its output becomes an [`Outcome`](crate::Outcome).
//! 4. `succeed` in `breaker/settle.rs` settles the permit: one more load shows that the word is
//!    unchanged, and this thread's counter (`ThreadSlot` in `state/counters/striped.rs`) is increased.
//!    No lock, no allocation, no clock. The counter ends a streak as well: `Streak` in
//!    `state/streak.rs` compares the sum of the counters at a failure with that at the one before.
//!
//! ## A rejected call
//!
//! 1. Every word that is not closed has the flag for slow admission. The call goes to `admit_slowly` in
//!    `breaker/admission.rs`.
//! 2. Long before the end of the open period, `reject_early` in `state/cell/admit.rs` rejects by the
//!    coarse clock alone.
//! 3. Near the end, `state/transition.rs` decides with the precise clock. The first call after the end
//!    makes the breaker half-open. `state/probe_slots.rs` has a slot for it, or the call is rejected.
//! 4. Only an admitted call asks for a concurrency permit: `try_admit` in `breaker/admission.rs`. If
//!    none is free, it gives back what it took of the state machine.
//! 5. The rejection is counted, and returns from the runtime in two registers: the breaker, and kind
//!    and time in one word. Where the caller's own error is made, `Rejected` in `breaker/rejected.rs`
//!    becomes a [`BreakerError`](crate::BreakerError), which holds the name, the time until the next
//!    probe, and a reference to the key.
//!
//! ## A trip
//!
//! 1. A permit settles with a failure: `settle` in `breaker/settle.rs`.
//! 2. `settle` in `state/cell/settle.rs` reads the streak, the word and the success count. With rates it
//!    takes the lock of the windows (`state/window_guard.rs`) and records the result in `state/window`.
//! 3. `state/transition.rs` decides: streak, rates, slow calls, probes.
//! 4. The open period is written to `state/open_history.rs`, and then the new word is stored by
//!    compare-and-swap. A result that loses the race starts again with the new word, or is late.
//! 5. The result is recorded in `breaker/recorder`, as is every result that is not a plain success.
//! 6. The change is appended to `EventLog` in `breaker/events.rs`, which gives it to the recorder as a
//!    trip, and delivered to listeners in order, without a lock.
//!
//! ## An async call with all layers
//!
//! `breaker-macros/src/expand/layered.rs` prints the order; each step is a function of `macro_support`.
//!
//! 1. The key is evaluated (`macro_support/keys.rs`). `KeyedGroup` in `keyed/group.rs` finds its
//!    breaker, or makes one after the template (`keyed/insert.rs`).
//! 2. `layers/retry` begins the attempts and notes the call in its budget (`state/retry_budget.rs`).
//! 3. Each attempt is admitted as above. Without a free permit it becomes a `QueuedCall` in
//!    `breaker/queue.rs`; `Acquire` in `breaker/acquire.rs` is woken in the order of arrival, and asks
//!    the breaker once more.
//! 4. The body is polled under its deadline (`breaker/future/with_deadline.rs`). The timer exists only
//!    once the body has to wait.
//! 5. The output is judged, the permit settles, and the retry layer decides: a pause (`time/timer`), or
//!    the end.
//! 6. A success goes to `layers/last_good`, which stores it in the slot of its key
//!    (`state/answer_slot.rs`). A failure or rejection asks for an answer there, and then the fallback
//!    runs.
//!
//! Dropped anywhere, the future gives back what it holds: its entry in the queue, its permit, its probe
//! slot.
//!
//! ## A settings reload
//!
//! 1. [`configure`](crate::configure) parses each entry once into typed values
//!    (`registry/settings/entry.rs`), by the rows of `config/table/`, and collects every issue. With
//!    an issue nothing changes.
//! 2. The parsed settings become active (`registry/settings/active.rs`), also for breakers that are
//!    built later.
//! 3. For each breaker, the matching entries are merged over the options of its code, the most specific
//!    last (`registry/settings/merge.rs`).
//! 4. `breaker/reconfigure.rs` replaces the options under the lock of the windows.
//!    `state/cell/control.rs` adapts word, windows and periods without losing state; the limit of the
//!    semaphore follows.
//! 5. Keyed breakers inherit from their template.
//!
//! # See an expansion
//!
//! ```sh
//! export RUSTC_BOOTSTRAP=1
//! cargo rustc --profile check -p breaker-examples --bin pybreaker_style -- -Zunpretty=expanded
//! ```
//!
//! The tests of `breaker-macros` hold the texts of three expansions, in
//! `breaker-macros/src/expand/printed`; `EXPANSION=overwrite cargo test -p breaker-macros` writes them
//! anew.
//!
//! A plain sync function becomes: the `static` of its breaker (one macro of the runtime), a closure with
//! the body, and one call that admits, runs and settles. An `async fn` passes its body's future to a
//! future of the runtime. Every path in the expansion is absolute, `::breaker_runtime::__private::..`,
//! which is the room `macro_support`.
//!
//! # Add an option
//!
//! 1. A row in `config/table/`: name, type, default, range, requirements,
//!    whether `off` applies. Field, getter, setters, checks and the key in settings are generated.
//! 2. A row in `breaker-macros/src/options/policy.rs`, which makes field, reader and setter. A test
//!    compares the two tables. For keyed breakers and for `retry` the rows are in `config/keyed.rs` and
//!    `config/retry.rs`, and in `breaker-macros/src/options/keys.rs` and
//!    `breaker-macros/src/options/retry.rs`.
//! 3. Its use: a rule in `state/transition.rs`, or a layer. The failing tests come first.
//! 4. Its docs: a row and a section in `breaker-runtime/src/circuit_breaker.md`, advice in the guide, a
//!    line in `CHANGELOG.md`. A test compares the tables of the docs with the code.
//!
//! # Read the tests
//!
//! Three small languages describe behaviour: tables of scenarios, scripted scenes, and twins that
//! compare a sync with an async function. `tests/README.md` has an example of each.
//! Beside them there are a naive model in `state/model`, which random runs are compared with, and loom
//! models in `state/races`, each with a seeded bug that it must find.
//!
//! # Glossary
//!
//! | word | meaning | as in |
//! |---|---|---|
//! | closed, open, half-open, trip | states of a breaker, and their change | Nygard, *Release It!* |
//! | probe | a call that tests an open dependency | Envoy and Kubernetes health probes |
//! | outcome | success, failure, ignored or cancelled | resilience4j's `recordException`, `ignoreException` |
//! | streak | failures in a row | failsafe's `consecutive_failures` |
//! | window | the results that the rates cover | resilience4j's `slidingWindow` |
//! | open period | time until an open breaker probes | gobreaker's `Timeout` |
//! | generation | number of changes of state, which marks late results | gobreaker's `generation` |
//! | late | of a result: its generation is over | gobreaker drops them by `generation` |
//! | word | the 64 bits of kind, generation and deadline | governor's state in one `AtomicU64` |
//! | token | the part of the word that an admitted call carries | Kleppmann's fencing token |
//! | transition | the step from one word to the next, a pure function | recloser's `transition_state` |
//! | environment (`Env`) | clock, random numbers and thread behind a trait | RocksDB's `Env` |
//! | permit | the right to run one call, settled once | resilience4j's `acquirePermission` |
//! | frame | all breakers at one moment, as the dashboard sends them | a frame of video |
//! | slot, lease | the right to be a probe, until a deadline | Gray and Cheriton, *Leases*, 1989 |
//! | ping | a probe in the background, which is no call | Envoy's active health checking |
//! | bulkhead | limit of concurrent calls | Nygard, *Release It!*; Polly |
//! | concurrency permit, queue, waiter | the bulkhead's parts | tokio's `Semaphore` |
//! | deadline | latest end of a call | gRPC |
//! | attempt | one run of the body, of several with `retry` | gRPC's retry design (A6) |
//! | disposition | whether an attempt is final, retried, or replaced | signal disposition in POSIX |
//! | budget | retries as a share of the calls | Finagle's `RetryBudget` |
//! | back-off, jitter | growing, random pauses | Brooker, AWS Architecture Blog, 2015 |
//! | ramp | growing share of the calls after recovery | Envoy's slow start |
//! | throttle | random rejections by success rate | Google, *Site Reliability Engineering* |
//! | last good answer | the last success, kept for outages | `stale-if-error`, RFC 5861 |
//! | key, group, member, template | a breaker for each key, their set, one of them, the model of all | Kafka's groups and members |
//! | outlier, spread, interval | a key that fails more than its siblings, their mean and deviation, the time in which calls are counted | Envoy's outlier detection |
//! | quota | share of a group that may be open | Envoy's `max_ejection_percent` |
//! | eviction | removal of a member to make room | moka |
//! | trip report | why a breaker opened, and what followed | incident report |
//! | recorder | the last results that are not plain successes | Java Flight Recorder |
//! | incarnation, epoch | a life of the store's state of a group, and a phase in it | Kafka's leader epoch; Helland's incarnation numbers |
//! | quorum | the distinct processes that must see failures | Gifford, *Weighted Voting*, 1979 |
//! | event log | changes of state in order, with their delivery | Kafka's log |
//! | listener, subscription | callback for events, and its guard | resilience4j's `EventPublisher` |
//! | thread slot, striped counter | a counter for each thread | `LongAdder` in `java.util.concurrent` |
//! | coarse clock | a cheap clock of low resolution | `CLOCK_MONOTONIC_COARSE` in Linux |
//! | tick | a microsecond since the process started | tokio's timer wheel |
//! | registry | all breakers of the process by name | Polly's `ResiliencePipelineRegistry` |
//! | scope, shadow | isolation of a test, and its copy of a breaker | `tracing`'s scoped dispatcher |
//! | command | a manual change of state | command pattern, Gamma et al. |
//! | dry run | decides and reports, and rejects no call | Istio's dry-run policies |
//! | active settings | those that apply at present | active configuration in Envoy's xDS |
//! | classifier, class | judges whether an output is a failure | tower-http's `classify` |
