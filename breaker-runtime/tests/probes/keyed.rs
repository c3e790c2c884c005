//! Pings of keyed breakers.

use std::sync::{Arc, Mutex};

use breaker_runtime::{CircuitBreaker, Key, State};

use crate::{SECOND, pass, settle, tasks};

#[tokio::test(start_paused = true)]
async fn ping_gets_the_key_that_is_open_and_no_other_key_is_pinged() {
    let pinged = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&pinged);
    let ping = move |key: Key| {
        let log = Arc::clone(&log);
        async move { log.lock().unwrap().push(key.to_string()) }
    };
    let builder = CircuitBreaker::builder("hosts").timeout(10 * SECOND).probe_key(ping);
    let hosts = builder.success_threshold(1).keyed().build().expect("valid");
    hosts.get("eu").trip();
    hosts.get("us").try_acquire().expect("closed").success();
    pass(11 * SECOND).await;
    assert_eq!(*pinged.lock().unwrap(), ["eu"]);
    assert_eq!((hosts.get("eu").state(), tasks()), (State::Closed, 0));
    assert_eq!(hosts.template().snapshot().totals.pings, 1);
}

/// Gone hosts must not be pinged for ever.
#[tokio::test(start_paused = true)]
async fn key_that_is_not_called_for_key_idle_is_pinged_no_longer_and_is_removed() {
    let builder = CircuitBreaker::builder("gone hosts").timeout(10 * SECOND);
    let hosts = builder.probe_key(|_| async { false }).keyed().key_idle(60 * SECOND).build();
    let hosts = hosts.expect("valid");
    for host in ["gone", "called"] {
        hosts.get(host).trip();
    }
    for _ in 0..20 {
        assert!(hosts.get("called").try_acquire().is_err());
        pass(10 * SECOND).await;
        let _ = hosts.len();
    }
    assert_eq!(hosts.len(), 1, "only the one that is called");
    let pings = hosts.template().snapshot().totals.failed_pings;
    assert!((20..=30).contains(&pings), "7 of the one, 20 of the other: {pings}");
    hosts.remove("called");
    settle().await;
    assert_eq!(tasks(), 0);
}

#[test]
fn ping_of_a_key_without_keys_is_refused() {
    let builder = CircuitBreaker::builder("no keys").probe_key(|_| async { true });
    let error = builder.build().expect_err("it would never run").to_string();
    assert!(error.contains("probe_key") && error.contains("keyed"), "{error}");
}
