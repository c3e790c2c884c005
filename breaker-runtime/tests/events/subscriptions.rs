//! The life of a subscription: when its listener is called, and when it is dropped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use breaker_runtime::{Event, Subscription};

use crate::listeners::{Log, breaker};
use crate::wait::{TimeLimit, receive, wait_until};

/// Gascity PR 4839: a listener was called after it was unregistered.
#[test]
fn unsubscribing_is_final() {
    let (breaker, _) = breaker("left");
    let over = AtomicBool::new(false);
    let ran_on = Arc::new(AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let limit = TimeLimit::start();
            while !over.load(Ordering::SeqCst) {
                limit.check("all listeners are done");
                breaker.trip();
                breaker.reset();
            }
        });
        for _ in 0..500 {
            let [gone, heard] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
            let subscription = breaker.on_event({
                let (gone, heard, ran_on) = (Arc::clone(&gone), Arc::clone(&heard), Arc::clone(&ran_on));
                move |_| {
                    heard.store(true, Ordering::SeqCst);
                    thread::yield_now();
                    ran_on.fetch_or(gone.load(Ordering::SeqCst), Ordering::SeqCst);
                }
            });
            wait_until("the listener gets an event", || heard.load(Ordering::SeqCst));
            drop(subscription);
            gone.store(true, Ordering::SeqCst);
        }
        over.store(true, Ordering::SeqCst);
    });
    assert!(!ran_on.load(Ordering::SeqCst), "a listener ran after its subscription was dropped");
}

#[test]
fn unsubscribing_waits_for_a_listener_that_runs() {
    let (breaker, _) = breaker("awaited");
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let ended = Arc::new(AtomicBool::new(false));
    let subscription = breaker.on_event({
        let ended = Arc::clone(&ended);
        move |_| {
            entered.send(()).unwrap();
            released.lock().unwrap().recv().unwrap();
            ended.store(true, Ordering::SeqCst);
        }
    });
    thread::scope(|scope| {
        scope.spawn(|| breaker.trip());
        receive("the listener runs", &has_entered);
        let (leaving, is_leaving) = mpsc::channel();
        let ended = &ended;
        scope.spawn(move || {
            leaving.send(()).unwrap();
            drop(subscription);
            assert!(ended.load(Ordering::SeqCst), "the drop returned while the listener ran");
        });
        receive("the thread drops the subscription", &is_leaving);
        for _ in 0..1_000 {
            thread::yield_now();
        }
        release.send(()).unwrap();
    });
}

#[test]
fn listener_may_drop_its_own_subscription() {
    let (breaker, _) = breaker("once");
    let own = Arc::new(Mutex::new(None::<Subscription>));
    let calls = Arc::new(AtomicU64::new(0));
    let subscription = breaker.on_event({
        let (own, calls) = (Arc::clone(&own), Arc::clone(&calls));
        move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            let own = own.lock().unwrap().take();
            drop(own);
        }
    });
    *own.lock().unwrap() = Some(subscription);
    breaker.trip();
    breaker.reset();
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn dropped_subscription_drops_the_listener() {
    let (breaker, _) = breaker("let go");
    let held = Arc::new(());
    let subscription = breaker.on_event({
        let held = Arc::clone(&held);
        move |_| assert_eq!(*held, ())
    });
    breaker.trip();
    drop(subscription);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn detached_listener_lives_as_long_as_the_breaker() {
    let (breaker, _) = breaker("detached");
    let calls = Arc::new(AtomicU64::new(0));
    let in_listener = Arc::clone(&calls);
    breaker.on_event(move |_| _ = in_listener.fetch_add(1, Ordering::Relaxed)).detach();
    breaker.trip();
    breaker.reset();
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    drop(breaker);
    assert_eq!(Arc::strong_count(&calls), 1, "the listener keeps the breaker, or itself, alive");
}

#[test]
fn listener_gets_only_changes_after_it_subscribed() {
    let (breaker, _) = breaker("subscribes");
    let late = Log::default();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let subscribe = {
        let (breaker, late, kept) = (breaker.clone(), late.clone(), Arc::clone(&kept));
        move |event: &Event| {
            if event.sequence == 1 {
                // This event is queued while the other is reported: it comes before the subscription.
                breaker.reset();
                kept.lock().unwrap().push(late.listen_to(&breaker));
            }
        }
    };
    let subscription = breaker.on_event(subscribe);
    breaker.trip();
    breaker.trip();
    assert_eq!(late.sequences(), [3]);
    kept.lock().unwrap().clear();
    drop(subscription);
}
