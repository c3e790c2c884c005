//! The background task: where it runs, and when it ends.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use breaker_runtime::{CircuitBreaker, State};
use tokio::runtime::{Builder, Handle};

use crate::wait::TimeLimit;
use crate::{Dependency, SECOND, pass, settle, tasks};

#[tokio::test(start_paused = true)]
async fn ten_thousand_open_breakers_are_one_task_and_a_slow_ping_delays_no_other() {
    let payments = Dependency::default();
    let slow = breaker_runtime::CircuitBreaker::builder("slow")
        .probe(std::future::pending::<()>)
        .build()
        .expect("valid");
    let breakers: Vec<_> = (0..10_000)
        .map(|number| payments.builder(&format!("one of many {number}")).build().expect("valid"))
        .collect();
    slow.trip();
    breakers.iter().for_each(breaker_runtime::CircuitBreaker::trip);
    settle().await;
    assert_eq!(tasks(), 1);
    for second in 0..30_u32 {
        tokio::time::advance(SECOND).await;
        for _ in 0..300 {
            tokio::task::yield_now().await;
        }
        assert!(tasks() <= 1, "after {second} s");
    }
    assert!(breakers.iter().all(|breaker| breaker.state() == State::Closed));
    assert_eq!(payments.pings(), 20_000);
    assert_eq!(slow.state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn task_ends_when_the_last_open_breaker_is_reset_or_dropped() {
    let payments = Dependency::down();
    let breakers = ["reset", "dropped"].map(|name| payments.builder(name).build().expect("valid"));
    breakers.iter().for_each(breaker_runtime::CircuitBreaker::trip);
    assert_eq!(tasks(), 1);
    let [reset, dropped] = breakers;
    drop(dropped);
    reset.reset();
    settle().await;
    assert_eq!(tasks(), 0);
    reset.trip();
    pass(11 * SECOND).await;
    assert_eq!((tasks(), payments.pings()), (1, 1));
}

#[test]
fn runtime_that_ends_takes_its_task_along_and_the_next_call_in_another_one_starts_it_again() {
    let payments = Dependency::default();
    let breaker = payments.builder("moves").success_threshold(1).build().expect("valid");
    let runtime = || Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime().expect("a runtime").block_on(async {
        breaker.trip();
        settle().await;
        assert_eq!(tasks(), 1);
    });
    runtime().expect("a runtime").block_on(async {
        assert!(breaker.try_acquire().is_err());
        assert_eq!(tasks(), 1, "this call has started it");
        pass(11 * SECOND).await;
        assert_eq!((breaker.state(), payments.pings()), (State::Closed, 1));
    });
}

/// A process may have a runtime of its own for some work. Each has a task, but a breaker is pinged by
/// one of them. In real time, as two runtimes cannot share a paused one.
#[test]
fn breaker_that_two_runtimes_call_is_pinged_by_one_of_them() {
    const EVERY: Duration = Duration::from_millis(30);
    let runtimes = [(); 2].map(|()| {
        Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
    });
    let pings = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&pings);
    let ping = move || {
        seen.lock().expect("no panic").push(Handle::current().id());
        async { false }
    };
    let builder = CircuitBreaker::builder("two runtimes").probe(ping).probe_every(EVERY);
    let breaker = builder.build().expect("valid");
    let began = Instant::now();
    runtimes[1].block_on(async { breaker.trip() });
    let limit = TimeLimit::start();
    while pings.lock().expect("no panic").len() < 8 {
        limit.check("eight pings");
        for runtime in &runtimes {
            runtime.block_on(async { drop(breaker.try_acquire()) });
        }
        // Real time: paused time is that of one runtime, and here are two.
        std::thread::sleep(Duration::from_millis(1));
    }
    let pings = pings.lock().expect("no panic").clone();
    let elapsed = began.elapsed();
    assert!(EVERY * (pings.len() as u32 - 1) <= elapsed, "{} pings in {elapsed:?}", pings.len());
    // Another task takes over from one that has not run for a second, and from no other.
    let handovers = pings.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(SECOND * handovers as u32 <= elapsed, "{handovers} handovers in {elapsed:?}");
}

#[test]
fn without_a_runtime_calls_of_users_probe() {
    let (payments, clock) = (Dependency::default(), breaker_runtime::ManualClock::new());
    let breaker = payments.builder("sync").clock(clock.clone()).build().expect("valid");
    breaker.trip();
    assert!(breaker.try_acquire().is_err());
    clock.advance(10 * SECOND);
    for _ in 0..2 {
        breaker.try_acquire().expect("it probes").success();
    }
    assert_eq!((breaker.state(), payments.pings()), (State::Closed, 0));
}

/// A runtime that no thread drives must not keep a breaker open.
#[test]
fn task_that_cannot_run_leaves_the_probes_to_users() {
    let (payments, clock) = (Dependency::default(), breaker_runtime::ManualClock::new());
    let breaker = payments.builder("stuck").clock(clock.clone()).build().expect("valid");
    let idle = Builder::new_current_thread().build().expect("a runtime");
    let _inside = idle.enter();
    breaker.trip();
    clock.advance(10 * SECOND);
    let mut probes = 0;
    for _ in 0..100 {
        if let Ok(permit) = breaker.try_acquire() {
            permit.success();
            probes += 1;
        }
        clock.advance(Duration::from_millis(100));
        if breaker.state() == State::Closed {
            break;
        }
    }
    assert_eq!((breaker.state(), probes, payments.pings()), (State::Closed, 2, 0));
}

#[test]
fn thread_without_a_runtime_uses_the_one_that_the_breaker_had_before() {
    let payments = Dependency::default();
    let breaker = payments.builder("pool").success_threshold(1).build().expect("valid");
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        breaker.trip();
        breaker.reset();
        settle().await;
        assert_eq!(tasks(), 0);
        std::thread::scope(|scope| scope.spawn(|| breaker.trip()).join()).expect("no panic");
        assert_eq!(tasks(), 1);
        pass(11 * SECOND).await;
        assert_eq!((breaker.state(), payments.pings()), (State::Closed, 1));
    });
}
