//! Breakers of keys without the attribute: their listeners, their commands, the number that may be open,
//! and eviction.

mod commands;
mod errors;
mod eviction;
mod outliers;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, KeyedBreakers, KeyedBuilder, ManualClock, Mode, State, breaker, breakers,
};

const TIMEOUT: Duration = Duration::from_secs(30);

fn keyed(
    name: &str,
    clock: &ManualClock,
    options: impl Fn(KeyedBuilder) -> KeyedBuilder,
) -> KeyedBreakers {
    let builder = CircuitBreaker::builder(name).clock(clock.clone()).timeout(TIMEOUT);
    let builder = builder.failure_threshold(2).success_threshold(1).keyed();
    options(builder).build().expect("in range")
}

fn call(breakers: &KeyedBreakers, key: u32, works: bool) -> bool {
    breakers.get(&key).call(|| if works { Ok(()) } else { Err(()) }).is_ok()
}

fn states(breakers: &KeyedBreakers, keys: u32) -> String {
    let state = |key| match breakers.get(&key).state() {
        State::Closed => 'c',
        State::Open => 'o',
        State::HalfOpen => 'h',
    };
    (0..keys).map(state).collect()
}

/// Envoy, "Ejection algorithm" and `max_ejection_percent` of the outlier detection: a host is ejected if
/// at most the percentage is ejected with it, and one host always may be.
#[test]
fn open_hosts_stay_within_the_percentage() {
    for (percent, hosts, failing, expected) in [
        (10.0, 3, &[0, 1, 2][..], "occ"),
        (10.0, 10, &[3, 4], "cccoc ccccc"),
        (10.0, 20, &[0, 1, 2], "oocc cccc cccc cccc cccc"),
        (50.0, 2, &[0, 1], "oc"),
        (50.0, 3, &[2, 1, 0], "cco"),
        (50.0, 4, &[0, 1, 2, 3], "oocc"),
        (34.0, 3, &[0, 1], "occ"),
        (67.0, 3, &[0, 1, 2], "ooc"),
        (100.0, 3, &[0, 1, 2], "ooo"),
    ] {
        let clock = ManualClock::new();
        let breakers = keyed("keyed: envoy", &clock, |builder| builder.max_open_keys(percent / 100.0));
        (0..hosts).for_each(|host| assert!(call(&breakers, host, true)));
        for host in failing {
            (0..2).for_each(|_| assert!(!call(&breakers, *host, false)));
        }
        let expected: String = expected.split(' ').collect();
        assert_eq!(states(&breakers, hosts), expected, "{percent} % of {hosts}");
    }
}

/// The quota in use: each step, the command, and the states after it.
#[test]
fn key_that_is_not_closed_takes_quota_until_it_closes() {
    let clock = ManualClock::new();
    let breakers = keyed("keyed: quota", &clock, |builder| builder.max_open_keys(0.5));
    let of = |key: u32| breakers.get(&key);
    let fail = |key| {
        call(&breakers, key, false);
        call(&breakers, key, false);
    };
    (0..4).for_each(|key| assert!(call(&breakers, key, true)));
    let step = |what: &str, expected: &str| assert_eq!(states(&breakers, 4), expected, "{what}");
    fail(0);
    fail(1);
    fail(2);
    step("two of four", "oocc");
    assert_eq!(of(2).snapshot().streak, 2);
    clock.advance(TIMEOUT);
    call(&breakers, 2, false);
    step("half-open ones count", "hhcc");
    assert!(!call(&breakers, 0, false));
    step("a failed probe needs no further slot", "ohcc");
    assert!(call(&breakers, 1, true));
    call(&breakers, 2, false);
    step("a closed one has released its slot, and the next failure takes it", "ococ");
    assert_eq!(of(2).snapshot().trips, 1);
    of(0).reset();
    fail(3);
    step("so has one that was reset", "ccoo");
    of(2).force_closed();
    fail(0);
    step("and one with a changed mode", "occo");
    of(2).automatic();
    of(2).trip();
    of(1).force_open();
    step("a command needs no slot", "oooo");
    of(0).reset();
    of(3).reset();
    fail(0);
    step("but takes it", "cooc");
    of(1).automatic();
    fail(0);
    step("until it is taken back", "ococ");
    assert_eq!(of(1).snapshot().mode, Mode::Automatic);
}

#[test]
fn rate_over_quota_opens_once_a_slot_is_free() {
    let builder = CircuitBreaker::builder("keyed: rate").failure_rate(0.5).min_calls(2).window(4);
    let breakers = builder.keyed().max_open_keys(0.5).build().expect("in range");
    (0..2).for_each(|key| assert!(call(&breakers, key, true)));
    (0..2).for_each(|key| assert!(!call(&breakers, key, false)));
    assert_eq!(states(&breakers, 2), "oc");
    assert_eq!(breakers.get(&1).snapshot().failure_rate, Some(0.5));
    assert!(!call(&breakers, 1, false));
    assert!(call(&breakers, 1, true), "it may not open, and so all calls run");
    breakers.get(&0).reset();
    assert!(call(&breakers, 1, true), "two of four");
    assert_eq!(states(&breakers, 2), "co", "rates are judged at every result");
}

#[test]
fn dry_run_has_the_same_quota() {
    let clock = ManualClock::new();
    let breakers = keyed("keyed: dry run", &clock, |builder| builder.max_open_keys(0.5));
    (0..4).for_each(|key| assert!(call(&breakers, key, true)));
    breakers.template().observe();
    for _ in 0..2 {
        (0..4).for_each(|key| assert!(!call(&breakers, key, false)));
    }
    assert_eq!(states(&breakers, 4), "oocc");
    assert!((0..4).all(|key| call(&breakers, key, true)));
}

#[test]
fn listener_of_the_template_gets_events_of_all_keys() {
    let clock = ManualClock::new();
    let breakers = keyed("keyed: events", &clock, |builder| builder);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = |who: &'static str| {
        let seen = Arc::clone(&seen);
        move |event: &breaker_runtime::Event| {
            seen.lock().expect("no panic").push(format!("{who} {event}"));
        }
    };
    let heard = || std::mem::take(&mut *seen.lock().expect("no panic"));
    breakers.get("before").trip();
    assert!(heard().is_empty());
    let all = breakers.template().on_event(log("all:"));
    let one = breakers.get("eu").on_event(log("eu:"));
    let open = "closed -> open (tripped manually)";
    breakers.get("us").trip();
    assert_eq!(heard(), [format!("all: keyed: events[us]: {open}")]);
    breakers.get("eu").trip();
    assert_eq!(
        heard(),
        [format!("all: keyed: events[eu]: {open}"), format!("eu: keyed: events[eu]: {open}")]
    );
    breakers.template().trip();
    assert_eq!(heard(), [format!("all: keyed: events: {open}")], "the others are open already");
    drop(all);
    breakers.get("eu").reset();
    assert_eq!(heard(), ["eu: keyed: events[eu]: open -> closed (reset manually)"]);
    drop(one);
    breakers.get("eu").trip();
    assert!(heard().is_empty());
    assert_eq!(Arc::strong_count(&seen), 1, "a listener is dropped with its subscription");
}

#[test]
fn breaker_that_is_held_or_changed_is_not_evicted() {
    let clock = ManualClock::new();
    let breakers = keyed("keyed: held", &clock, |builder| builder.max_keys(3));
    let held = breakers.get("held");
    breakers.get("changed").reconfigure(|options| options.failure_threshold(7)).expect("in range");
    breakers.get("third").trip();
    assert_eq!(breakers.get("fourth").key().map(ToString::to_string).as_deref(), Some("fourth"));
    assert!(breakers.find("third").is_none(), "not even though it is open");
    assert!(breakers.find("held").is_some() && breakers.find("changed").is_some());
    drop(held);
    breakers.get("fourth").trip();
    breakers.get("fifth");
    assert!(breakers.find("held").is_none() && breakers.find("fourth").is_some());
    // The group may be dropped before its breakers.
    let fifth = breakers.get("fifth");
    drop(breakers);
    fifth.trip();
    assert_eq!((fifth.state(), fifth.name()), (State::Open, "keyed: held"));
}

#[test]
fn registry_lists_keys_while_their_group_lives() {
    let clock = ManualClock::new();
    let breakers_of_keys = keyed("keyed: listed", &clock, |builder| builder);
    breakers_of_keys.get(&("eu", 7)).trip();
    let listed = || breakers().filter(|breaker| breaker.name() == "keyed: listed").count();
    assert_eq!(listed(), 2);
    let found = breaker("keyed: listed[eu, 7]").expect("listed");
    assert_eq!((found.state(), found.snapshot().key.as_ref()), (State::Open, found.key()));
    assert!(format!("{found:?}").contains("Key(eu, 7)"), "{found:?}");
    assert_eq!(breakers_of_keys.iter().len(), 1);
    drop(breakers_of_keys);
    assert_eq!(listed(), 0);
}

/// The breaker of a key is made with the options that its template has at that time.
#[test]
fn key_made_after_a_change_is_timed_by_the_new_limit() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("keyed: new limit").clock(clock.clone());
    let group = builder.slow_call(Duration::from_secs(10)).keyed().build().expect("in range");
    let slow_after = |key: &str, time| {
        let breaker = group.get(key);
        let permit = breaker.try_acquire().expect("closed");
        clock.advance(time);
        permit.success();
        breaker.snapshot().totals.slow
    };
    assert_eq!(slow_after("before", Duration::from_secs(5)), 0);
    group.template().reconfigure(|options| options.slow_call(Duration::from_secs(1))).expect("in range");
    assert_eq!(slow_after("before", Duration::from_secs(5)), 1);
    assert_eq!(slow_after("after", Duration::from_secs(5)), 1);
    assert_eq!(slow_after("after", Duration::from_millis(5)), 1, "quick");
}

#[test]
fn breaker_of_a_key_is_found_by_its_printed_name() {
    let group = CircuitBreaker::builder("keyed: [found]").keyed().build().expect("in range");
    let found = |name: &str| breaker(name).map(|breaker| breaker.label());
    group.get("eu-1");
    group.get("[::1]:80");
    group.get("two\nlines");
    group.get(&7_u8);
    group.get(&-7);
    group.get(&("eu", 7));
    group.get(&true);
    for key in ["eu-1", "[::1]:80", "two\nlines", "7", "-7", "eu, 7", "true"] {
        let label = format!("keyed: [found][{}]", key.escape_debug());
        assert_eq!(found(&format!("keyed: [found][{key}]")).as_ref(), Some(&label));
        assert_eq!(found(&label).as_ref(), Some(&label), "as it is printed");
    }
    assert_eq!(found("keyed: [found]").as_deref(), Some("keyed: [found]"), "the template");
    for missing in ["keyed: [found][us-1]", "keyed: [found][8]", "keyed: [found][]", "keyed: [found"] {
        assert_eq!(found(missing), None);
    }
    assert_eq!(group.template().snapshot().keys.map(|keys| keys.keys), Some(7), "none was made");
}

#[test]
fn breakers_of_the_registry_added_up_count_each_call_once() {
    let clock = ManualClock::new();
    let breakers_of_keys = keyed("keyed: sum", &clock, |builder| builder);
    (0..5).for_each(|key| assert!(call(&breakers_of_keys, key, true)));
    let listed = || breakers().filter(|breaker| breaker.name() == "keyed: sum");
    let calls = |breaker: CircuitBreaker| breaker.snapshot().totals.success;
    assert_eq!(listed().filter(CircuitBreaker::is_template).map(calls).sum::<u64>(), 5);
    assert_eq!(listed().filter(|breaker| breaker.key().is_some()).map(calls).sum::<u64>(), 5);
    assert_eq!(listed().filter(CircuitBreaker::is_template).count(), 1);
    let template = breakers_of_keys.template().snapshot();
    assert_eq!(
        template.keys.map(|counts| (counts.keys, counts.evicted, counts.evicted_open)),
        Some((5, 0, 0))
    );
    assert_eq!(breakers_of_keys.get(&0).snapshot().keys, None);
}

#[test]
fn label_is_the_name_with_the_key_on_one_line() {
    let clock = ManualClock::new();
    let breakers = keyed("keyed: label", &clock, |builder| builder);
    let labels = |key: &str| {
        let breaker = breakers.get(key);
        assert_eq!(breaker.label(), breaker.snapshot().label());
        breaker.label()
    };
    assert_eq!(labels("eu-1"), "keyed: label[eu-1]");
    assert_eq!(labels("eu\n\u{1b}[2J"), "keyed: label[eu\\n\\u{1b}[2J]");
    assert_eq!(breakers.template().label(), "keyed: label");
    assert_eq!(breaker(&labels("eu\n1")).expect("listed").key(), breakers.get("eu\n1").key());
}

#[test]
fn key_limits_out_of_range_are_reported_with_the_other_options() {
    let builder = CircuitBreaker::builder("keyed: range").failure_threshold(0).keyed();
    let error = builder
        .max_keys(0)
        .key_idle(Duration::ZERO)
        .max_open_keys(50.0)
        .build()
        .expect_err("out of range");
    let options: Vec<_> = error.options().collect();
    assert_eq!(options, ["failure_threshold", "max_keys", "key_idle", "max_open_keys"]);
    let none_open = CircuitBreaker::builder("keyed: none open").keyed().max_open_keys(0.0).build();
    assert!(none_open.is_err());
    assert!(CircuitBreaker::builder("keyed: none").build().expect("in range").keyed().is_none());
}

#[test]
fn limits_are_read_back_as_they_were_given() {
    let breakers = keyed("keyed: limits", &ManualClock::new(), |builder| builder);
    let limits =
        |breakers: &KeyedBreakers| (breakers.max_keys(), breakers.key_idle(), breakers.max_open_keys());
    assert_eq!(limits(&breakers), (10_000, Duration::from_secs(600), None));
    assert!(breakers.is_empty());
    breakers.get("eu");
    assert!(!breakers.is_empty());
    let breakers = keyed("keyed: other limits", &ManualClock::new(), |builder| {
        builder.max_keys(7).key_idle(Duration::from_millis(1)).max_open_keys(0.25)
    });
    assert_eq!(limits(&breakers), (7, Duration::from_millis(1), Some(0.25)));
}
