//! The memory of a breaker: a fixed amount, whatever calls it has. Once it has its window no call
//! allocates, under any policy.

mod counting;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use breaker_tests::wait::wait_until;
use resilience::{CallError, CircuitBreaker, CircuitBreakerBuilder, ErrorKind, ManualClock, State};

use counting::{allocates_nothing, allocations, bytes};

const LIMIT: Duration = Duration::from_secs(2);
const SPAN: Duration = Duration::from_secs(10);

/// The number of breakers that are weighed together.
const MANY: i64 = 64;

/// Takes a lock: the list of all breakers grows for the test that builds one, and would count for that
/// test.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most that the record of results and trips takes, for the reports of trips.
const MOST_BYTES_OF_A_RECORD: i64 = 5120;
/// The most that the record for the findings takes, since a snapshot was first read, with the options
/// that are no part of a policy below.
const MOST_BYTES_OF_FINDINGS: i64 = 704;
/// The histogram of the durations of timed calls, if another crate of the build has the feature
/// `latency`.
const BYTES_OF_A_HISTOGRAM: i64 = 8 * 1_024;

struct Policy {
    name: &'static str,
    options: fn(CircuitBreakerBuilder) -> CircuitBreakerBuilder,
    /// The most bytes of a breaker in use, with its windows and the history of its changes.
    most_bytes: i64,
}

/// Each policy has a failure threshold that no test reaches.
const POLICIES: [Policy; 8] = [
    Policy { name: "plain", options: |builder| builder, most_bytes: 928 },
    Policy { name: "100 calls", options: |builder| builder.failure_rate(1.0), most_bytes: 1184 },
    Policy {
        name: "10000 calls",
        options: |builder| builder.failure_rate(1.0).window(10_000),
        // Two bits for each call.
        most_bytes: 1184 + 2 * 10_000 / 8,
    },
    Policy { name: "span", options: |builder| builder.failure_rate(1.0).window(SPAN), most_bytes: 1536 },
    Policy { name: "slow calls", options: |builder| builder.slow_call(LIMIT), most_bytes: 1184 },
    Policy { name: "throttle", options: |builder| builder.throttle(2.0, SPAN), most_bytes: 1408 },
    Policy { name: "ramp", options: |builder| builder.ramp(SPAN), most_bytes: 928 },
    Policy {
        name: "all",
        options: |builder| {
            let builder = builder.failure_rate(1.0).window(SPAN).slow_call(LIMIT).ramp(SPAN);
            builder.throttle(2.0, SPAN).timeout_factor(2.0).timeout_jitter(0.1).honour_retry_after(true)
        },
        most_bytes: 1792,
    },
];

impl Policy {
    fn breaker(&self, test: &str, clock: &ManualClock) -> CircuitBreaker {
        let builder = CircuitBreaker::builder(format!("memory: {test}: {}", self.name))
            .clock(clock.clone())
            // A throttle then rejects only if the probability is 1.
            .random(|| 0.999)
            .failure_threshold(1_000_000)
            .success_threshold(1);
        (self.options)(builder).build().expect("the numbers are in range")
    }
}

fn succeed(breaker: &CircuitBreaker) {
    assert_eq!(breaker.call(|| Ok::<_, &str>(7)), Ok(7));
}

fn fail(breaker: &CircuitBreaker) {
    assert_eq!(breaker.call(|| Err::<u32, _>("down")), Err(CallError::Inner("down")));
}

fn take(breaker: &CircuitBreaker, clock: &ManualClock, time: Duration) {
    let permit = breaker.try_acquire().expect("admitted");
    clock.advance(time);
    permit.success();
}

fn reject(breaker: &CircuitBreaker, kind: ErrorKind) {
    assert_eq!(breaker.try_acquire().map(drop).expect_err("rejected").kind(), kind);
}

/// Opens the breaker, and lets a probe close it.
fn recover(breaker: &CircuitBreaker, clock: &ManualClock) {
    breaker.trip();
    clock.advance(Duration::from_mins(2));
    succeed(breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn no_call_allocates_once_the_window_is_there() {
    let _alone = alone();
    for policy in &POLICIES {
        let clock = ManualClock::new();
        let breaker = &policy.breaker("steady", &clock);
        succeed(breaker);
        fail(breaker);
        // The part of the state that only drops and changes of state need is made by the first of them.
        drop(breaker.try_acquire().expect("closed"));
        for _ in 0..3 {
            allocates_nothing(|| succeed(breaker));
            allocates_nothing(|| take(breaker, &clock, LIMIT));
            allocates_nothing(|| take(breaker, &clock, LIMIT + LIMIT));
            allocates_nothing(|| {
                fail(breaker);
                (0..3).for_each(|_| succeed(breaker));
            });
            allocates_nothing(|| breaker.try_acquire().expect("closed").ignore());
            allocates_nothing(|| drop(breaker.try_acquire().expect("closed")));
            // From bucket to bucket, and past a whole span.
            allocates_nothing(|| {
                clock.advance(SPAN / 4);
                succeed(breaker);
                fail(breaker);
            });
            allocates_nothing(|| {
                clock.advance(2 * SPAN);
                fail(breaker);
                succeed(breaker);
            });
        }
        assert_eq!(breaker.state(), State::Closed, "{}", policy.name);
    }
}

#[test]
fn no_rejection_allocates() {
    let _alone = alone();
    for policy in &POLICIES {
        let clock = ManualClock::new();
        let breaker = &policy.breaker("rejection", &clock);
        // Also without a window.
        breaker.trip();
        allocates_nothing(|| reject(breaker, ErrorKind::Open));
        clock.advance(Duration::from_mins(2));
        succeed(breaker);
        clock.advance(SPAN);
        fail(breaker);
        breaker.trip();
        allocates_nothing(|| reject(breaker, ErrorKind::Open));
        breaker.force_open();
        allocates_nothing(|| reject(breaker, ErrorKind::ForcedOpen));
    }
}

/// A breaker that opens and closes for the second time does not allocate either: its history has a fixed
/// size.
#[test]
fn no_change_of_state_allocates_again() {
    let _alone = alone();
    for policy in &POLICIES {
        let clock = ManualClock::new();
        let breaker = &policy.breaker("changes", &clock);
        fail(breaker);
        recover(breaker, &clock);
        allocates_nothing(|| recover(breaker, &clock));
    }
}

#[test]
fn rejection_by_a_ramp_or_a_throttle_does_not_allocate() {
    let _alone = alone();
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("memory: thinned out").clock(clock.clone()).random(|| 0.0);
    let breaker = builder.throttle(2.0, SPAN).ramp(SPAN).success_threshold(1).build().expect("in range");
    recover(&breaker, &clock);
    succeed(&breaker);
    allocates_nothing(|| reject(&breaker, ErrorKind::Recovering));
    clock.advance(SPAN);
    fail(&breaker);
    allocates_nothing(|| reject(&breaker, ErrorKind::Throttled));
}

fn use_in_every_way(breaker: &CircuitBreaker) {
    for fails in [true, false, true] {
        breaker.trip();
        wait_until("the open period is over", || breaker.state() != State::Open);
        for _ in 0..100 {
            // Some calls are rejected.
            let _ = breaker.call(|| if fails { Err("down") } else { Ok(7) });
        }
        breaker.reset();
        breaker.snapshot();
    }
}

/// Includes the entry in the registry, but not the name, which stays there from breakers that were
/// dropped.
#[test]
fn breaker_stays_within_its_bytes() {
    let _alone = alone();
    let make = |policy: &Policy| {
        let builder = (policy.options)(CircuitBreaker::builder("memory: bytes"));
        let builder = builder.failure_threshold(1_000_000).success_threshold(1);
        // A probe that is lost is not timed: all breakers have a histogram, or none.
        let builder = builder.timeout(Duration::from_micros(1)).probe_timeout(Duration::from_mins(1));
        builder.build().expect("in range")
    };
    drop((0..2 * MANY).map(|_| make(&POLICIES[0])).collect::<Vec<_>>());
    println!("{:>12}  built  in use", "bytes");
    for policy in &POLICIES {
        let before = bytes();
        let breakers: Vec<_> = (0..MANY).map(|_| make(policy)).collect();
        let built = (bytes() - before) / MANY;
        breakers.iter().for_each(use_in_every_way);
        let used = (bytes() - before) / MANY;
        println!("{:>12}  {built:>5}  {used:>6}", policy.name);
        assert!(built <= 272, "{}: {built} bytes before its first call", policy.name);
        let most = policy.most_bytes + MOST_BYTES_OF_A_RECORD + MOST_BYTES_OF_FINDINGS;
        // No policy is allowed that many bytes of its own.
        let used = if used > BYTES_OF_A_HISTOGRAM { used - BYTES_OF_A_HISTOGRAM } else { used };
        assert!(used <= most, "{}: {used} bytes in use, {most} expected at most", policy.name);
    }
}

#[test]
fn record_of_results_and_trips_takes_at_most_5_kib() {
    let _alone = alone();
    let builder = CircuitBreaker::builder("memory: record").clock(ManualClock::new());
    let breaker = builder.failure_threshold(64).build().expect("in range");
    breaker.trip();
    breaker.reset();
    let before = bytes();
    breaker.trip();
    breaker.reset();
    assert_eq!(bytes(), before, "only the first trip allocates");
    for policy in POLICIES.iter().filter(|policy| ["plain", "span"].contains(&policy.name)) {
        let clock = ManualClock::new();
        let breaker = policy.breaker("record", &clock);
        // The history of changes and the window are not of the record.
        breaker.force_open();
        breaker.automatic();
        succeed(&breaker);
        let unused = bytes();
        succeed(&breaker);
        assert_eq!(bytes(), unused, "a success needs no record");
        let fail_70_times = || {
            for _ in 0..70 {
                succeed(&breaker);
                clock.advance(SPAN / 5);
                fail(&breaker);
            }
        };
        for _ in 0..9 {
            fail_70_times();
            breaker.trip();
            breaker.reset();
        }
        fail_70_times();
        let record = bytes() - unused;
        println!("{record} bytes for the record: {}", policy.name);
        assert_eq!(breaker.trips().len(), 8);
        assert!((2048..=MOST_BYTES_OF_A_RECORD).contains(&record), "{record} bytes for the record");
    }
}

/// Breakers that were dropped leave nothing behind: no entry in the registry and no name.
#[test]
fn hundred_thousand_breakers_leave_no_memory_behind() {
    const ROUND: usize = 10_000;
    let _alone = alone();
    let builder = || CircuitBreaker::builder("memory: many");
    let all_at_once =
        || drop((0..ROUND).map(|_| builder().build().expect("in range")).collect::<Vec<_>>());
    all_at_once();
    let before = bytes();
    (0..10).for_each(|_| all_at_once());
    (0..10 * ROUND).for_each(|_| drop(builder().build().expect("in range")));
    assert!((bytes() - before).abs() < 4096, "{} bytes are left", bytes() - before);
    let breaker = builder().build().expect("in range");
    assert_eq!(breaker.name(), "memory: many", "the name is free again, and so are its numbers");
    assert_eq!(builder().build().expect("in range").name(), "memory: many#2");
}

/// A look-up that listed all breakers would allocate the list.
#[test]
fn look_up_by_name_does_not_list_the_others() {
    let _alone = alone();
    let names: Vec<_> = (0..1_000).map(|number| format!("memory: named {number}")).collect();
    let build = |name: &String| CircuitBreaker::builder(name).build().expect("in range");
    let all: Vec<_> = names.iter().map(build).collect();
    for name in &names {
        let mut found = None;
        allocates_nothing(|| found = resilience::breaker(name));
        assert_eq!(found.map(|breaker| breaker.name()), Some(&**name));
    }
    drop(all);
    assert!(names.iter().all(|name| resilience::breaker(name).is_none()), "gone with its last handle");
}

#[resilience::circuit_breaker(key = tenant, max_keys = 5_000, crate = resilience)]
fn of_tenant(tenant: &str) -> Result<usize, resilience::BreakerError> {
    Ok(tenant.len())
}

/// Hystrix 1737: 5,000 keys took 1.5 GB, without a bound.
#[test]
fn keys_stay_within_their_bytes() {
    const KEYS: i64 = 5_000;
    let _alone = alone();
    let call = |key: i64| assert!(of_tenant(&format!("shard-{key:05}.example.com")).is_ok());
    call(0);
    let before = bytes();
    (1..KEYS).for_each(call);
    let each = (bytes() - before) / KEYS;
    println!("{each} bytes for each key");
    assert!(each <= 184, "{each} bytes for each key");
    assert_eq!(resilience::keyed_breakers_of(of_tenant).len(), 5_000);
    // Other keys replace idle ones and leave nothing behind, in particular no names.
    (KEYS..2 * KEYS).for_each(call);
    let full = bytes();
    (2 * KEYS..10 * KEYS).for_each(call);
    assert!(bytes() - full <= 64 * 1024, "{} bytes are left", bytes() - full);
    assert_eq!(resilience::keyed_breakers_of(of_tenant).len(), 5_000);
    let key = format!("shard-{:05}.example.com", 10 * KEYS - 1);
    allocates_nothing(|| assert!(of_tenant(&key).is_ok()));
}

/// A long key is kept as its first bytes, its length and a hash: 1,000 whole keys of 100 kB would take
/// 100 MB.
#[test]
fn long_keys_stay_within_their_bytes() {
    const KEYS: i64 = 1_000;
    let _alone = alone();
    let breakers = CircuitBreaker::builder("memory: long keys").keyed().build().expect("in range");
    let mut key = "k".repeat(100_000);
    let mut call = |number: i64| {
        // The first bytes are equal, and so are the lengths.
        key.replace_range(99_990.., &format!("{number:010}"));
        let breaker = breakers.get(key.as_str());
        succeed(&breaker);
        assert!(breaker.label().len() < 1_000, "it is printed short");
    };
    call(0);
    let before = bytes();
    (1..=KEYS).for_each(&mut call);
    let each = (bytes() - before) / KEYS;
    println!("{each} bytes for each key of 100 kB");
    assert!(each <= 184 + 128, "{each} bytes for each key of 100 kB");
    assert_eq!(breakers.len(), 1_001, "unequal keys have breakers of their own");
    (1..=KEYS).for_each(&mut call);
    assert_eq!(breakers.len(), 1_001, "and are found again");
}

/// Returns the bytes that the thread of these calls allocates.
fn allocated_by_many_calls(breaker: &CircuitBreaker) -> u64 {
    let before = allocations();
    (0..10_000).for_each(|_| succeed(breaker));
    fail(breaker);
    allocations() - before
}

/// Striped counters are allocated only if several threads call at the same time.
#[test]
fn breaker_of_one_thread_has_no_striped_counters() {
    let _alone = alone();
    let breaker = POLICIES[0].breaker("threads", &ManualClock::new());
    succeed(&breaker);
    // The first failure allocates the record of results.
    fail(&breaker);
    assert_eq!(allocated_by_many_calls(&breaker), 0);
    let by_another = || {
        // A thread takes its number at its first call of a breaker.
        fail(&breaker);
        allocated_by_many_calls(&breaker)
    };
    let by_another = thread::scope(|scope| scope.spawn(by_another).join().expect("no panic"));
    assert!(by_another > 0, "without striped counters this test could not fail");
}
