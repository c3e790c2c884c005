//! Futures that wait for a permit on executors in other threads, and under stress.

#![cfg(feature = "tokio")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use breaker_runtime::ErrorKind;
use futures::executor::block_on;
use futures::poll;
use tokio::time::timeout;

use crate::futures::{LONG, SECOND, call, counts, kind, limited_to};
use crate::wait::wait_until;

#[test]
fn futures_wait_on_any_executor() {
    let breaker = limited_to(1).max_wait(Duration::from_millis(20)).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    let began = Instant::now();
    assert_eq!(kind(block_on(call(&breaker, 7))), Some(ErrorKind::Full));
    assert!(began.elapsed() >= Duration::from_millis(20));
    breaker.reconfigure(|options| options.max_wait(LONG)).expect("in range");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(call(&breaker, 7)));
        wait_until("the future waits in the queue", || counts(&breaker).1 > 0);
        running.success();
        assert_eq!(waiting.join().expect("no panic"), Ok(7));
    });
}

#[test]
fn threads_and_futures_share_one_queue() {
    let breaker = limited_to(1).build().expect("in range");
    let running = breaker.try_acquire().expect("closed");
    let order = std::sync::Mutex::new(Vec::new());
    let enter = |number| {
        order.lock().expect("no panic").push(number);
        Ok::<_, ()>(())
    };
    thread::scope(|scope| {
        for number in 0..6 {
            let (breaker, enter) = (&breaker, &enter);
            scope.spawn(move || {
                if number % 2 == 0 {
                    breaker.call(|| enter(number))
                } else {
                    block_on(breaker.call_async(|| async { enter(number) }))
                }
            });
            wait_until("the call waits in the queue", || counts(breaker).1 > number);
        }
        running.success();
    });
    assert_eq!(*order.lock().expect("no panic"), [0, 1, 2, 3, 4, 5]);
}

/// A check and then an increment admitted 1600 of 1600.
#[tokio::test(flavor = "current_thread")]
async fn tasks_that_run_at_the_same_time_stay_within_the_limit() {
    for limit in [1, 3] {
        let breaker = limited_to(limit).build().expect("in range");
        let running = Arc::new(AtomicU32::new(0));
        let tasks = (0..1_600).map(|_| {
            let (breaker, running) = (breaker.clone(), Arc::clone(&running));
            tokio::spawn(async move {
                breaker
                    .call_async(|| async {
                        assert!(running.fetch_add(1, Ordering::SeqCst) < limit);
                        tokio::task::yield_now().await;
                        running.fetch_sub(1, Ordering::SeqCst);
                        Ok::<_, ()>(())
                    })
                    .await
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            assert_eq!(task.await.expect("no panic"), Ok(()));
        }
        assert_eq!(counts(&breaker), (0, 0));
    }
}

/// Each thread has its own executor, and its calls run, wait, are dropped and panic at random, while the
/// limit changes.
#[test]
fn permits_and_waiters_survive_stress() {
    const THREADS: u64 = 8;
    let breaker = limited_to(2).max_wait(Duration::from_micros(200)).build().expect("in range");
    let (running, most_allowed, rounds) = (AtomicU32::new(0), 4, AtomicU64::new(0));
    let end = Instant::now() + 2 * SECOND;
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            let (breaker, running, rounds) = (&breaker, &running, &rounds);
            scope.spawn(move || {
                let mut random = seed;
                let body = async |turns: u64| {
                    let inside = Inside::new(running, most_allowed);
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                    drop(inside);
                    Ok::<_, ()>(())
                };
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build()
                    .expect("a runtime");
                while Instant::now() < end {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let choice = random >> 33;
                    match choice % 8 {
                        0 => drop(breaker.call(|| block_on(body(0)))),
                        1 => drop(breaker.try_acquire()),
                        2 => {
                            let give_up = Duration::from_micros(choice % 150);
                            let call = breaker.call_async(|| body(3));
                            drop(runtime.block_on(async { timeout(give_up, call).await }));
                        }
                        3 if choice % 5 == 0 => {
                            let limit = 1 + (choice / 64) as u32 % most_allowed;
                            breaker
                                .reconfigure(|options| options.max_concurrent(limit))
                                .expect("in range");
                        }
                        4 => block_on(async {
                            let mut call = Box::pin(breaker.call_async(|| body(1)));
                            for _ in 0..choice % 3 {
                                if poll!(&mut call).is_ready() {
                                    break;
                                }
                            }
                        }),
                        _ => drop(block_on(breaker.call_async(|| body(choice % 3)))),
                    }
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((counts(&breaker), running.load(Ordering::SeqCst)), ((0, 0), 0));
    assert!(rounds.load(Ordering::Relaxed) > 1_000);
    let limit = breaker.config().max_concurrent().expect("it has one");
    let all = [(); 5].map(|()| breaker.try_acquire());
    assert_eq!(all.iter().filter(|permit| permit.is_ok()).count(), limit as usize);
}

struct Inside<'c>(&'c AtomicU32);

impl<'c> Inside<'c> {
    fn new(running: &'c AtomicU32, most: u32) -> Self {
        assert!(running.fetch_add(1, Ordering::SeqCst) < most);
        Self(running)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
