//! Plain values: parsed from the words that they print as, in maps, and through serde.

use std::collections::{BTreeSet, HashSet};

use breaker_runtime::{
    BreakerKey, CircuitBreaker, ErrorKind, Key, KeyRef, Mode, Outcome, Reason, State, Totals,
};

fn key(of: &impl BreakerKey) -> Key {
    let all = CircuitBreaker::builder("values: keys").keyed().build().expect("in range");
    all.get(of).key().expect("a key").clone()
}

#[test]
fn state_and_mode_are_parsed_from_what_they_print() {
    for state in [State::Closed, State::Open, State::HalfOpen] {
        assert_eq!(state.to_string().parse(), Ok(state));
    }
    for mode in [Mode::Automatic, Mode::ForcedOpen, Mode::ForcedClosed, Mode::Observe] {
        assert_eq!(mode.to_string().parse(), Ok(mode));
        assert_eq!(mode.to_string().replace(' ', "-").parse(), Ok(mode));
    }
    assert_eq!(
        "Open\n".parse::<State>().expect_err("unknown").to_string(),
        "`Open\\n` is unknown; write closed, open or half-open"
    );
    assert_eq!(
        "forced".parse::<Mode>().expect_err("unknown").to_string(),
        "`forced` is unknown; write automatic, forced-open, forced-closed or observe"
    );
}

#[test]
fn reasons_kinds_and_outcomes_print_as_words() {
    assert_eq!(Reason::SlowCallRate.to_string(), "too many slow calls in the window");
    assert_eq!(format!("{:>11}", ErrorKind::TimedOut), "  timed out");
    assert_eq!(Outcome::Ignored.to_string(), "ignored");
}

#[test]
fn equal_keys_are_one_entry_of_a_map_and_different_ones_are_ordered() {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Region(u8);
    impl BreakerKey for Region {
        fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
            look(KeyRef::value(self))
        }
    }
    let long = "x".repeat(300);
    let [longer, later] = ["x".repeat(301), "y".repeat(300)];
    let keys = [
        key(&None::<u8>),
        key(&-7),
        key(&7),
        key(&10),
        key(&"a"),
        key(&"a text of more than 22 bytes"),
        key(&"b"),
        key(&long),
        key(&longer),
        key(&later),
        key(&("a", 7)),
        key(&("a", 8)),
        key(&Region(1)),
        key(&Region(2)),
    ];
    assert!(keys.is_sorted_by(|one, two| one < two), "{keys:?}");
    let again = [
        key(&7_u8),
        key(&"b".to_owned()),
        key(&long),
        key(&(String::from("a"), 7_i64)),
        key(&Region(2)),
    ];
    let both = || keys.iter().chain(&again).cloned();
    assert_eq!(both().collect::<HashSet<_>>().len(), keys.len());
    assert_eq!(both().collect::<BTreeSet<_>>().len(), keys.len());
}

#[test]
fn totals_of_several_breakers_are_summed() {
    let breakers: Vec<_> = ["values: one", "values: two"]
        .map(|name| CircuitBreaker::builder(name).build().expect("in range"))
        .into();
    for breaker in &breakers {
        breaker.call(|| Ok::<_, ()>(())).expect("it runs");
    }
    let sum: Totals = breakers.iter().map(|breaker| breaker.snapshot().totals).sum();
    assert_eq!(sum.success, 2);
}

#[cfg(feature = "serde")]
#[test]
fn events_reasons_and_kinds_are_serialised() {
    use std::sync::{Arc, Mutex};

    use breaker_runtime::ManualClock;

    let clock = ManualClock::new();
    clock.advance(std::time::Duration::from_millis(1_500));
    let breaker = CircuitBreaker::builder("values: serde").clock(clock).build().expect("in range");
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let _subscription =
        breaker.on_event(move |event| seen.lock().expect("no panic").push(event.clone()));
    breaker.trip();
    let mut event =
        serde_json::to_value(&events.lock().expect("no panic")[0]).expect("it is plain data");
    let report = event.as_object_mut().and_then(|event| event.remove("trip")).expect("it is a trip");
    assert_eq!(report["condition"], serde_json::json!({ "kind": "command" }));
    assert_eq!(report["time"], serde_json::json!(1.5));
    let option = serde_json::json!({ "name": "timeout", "value": "60 s", "origin": "default" });
    assert!(report["options"].as_array().is_some_and(|options| options.contains(&option)), "{report}");
    assert_eq!(
        event,
        serde_json::json!({
            "breaker": "values: serde", "sequence": 1, "dropped": 0, "from": "closed", "to": "open",
            "mode": "automatic", "reason": "tripped", "at": 1.5, "time": 1.5,
        })
    );
    for reason in [Reason::FailureRate, Reason::ModeChanged] {
        let text = serde_json::to_string(&reason).expect("a word");
        assert_eq!(serde_json::from_str::<Reason>(&text).expect("the same"), reason);
    }
    assert_eq!(serde_json::to_string(&ErrorKind::HalfOpen).expect("a word"), r#""half-open""#);
    assert_eq!(serde_json::to_string(&Outcome::Ignored).expect("a word"), r#""ignored""#);
    assert_eq!(serde_json::from_str::<Outcome>(r#""failure""#).expect("a word"), Outcome::Failure);
    let distance = breaker.trip_distance();
    assert_eq!(serde_json::to_value(distance).expect("plain data"), serde_json::Value::Null);
    breaker.reset();
    let distance = serde_json::to_value(breaker.trip_distance()).expect("plain data");
    assert_eq!(distance["rule"], "failure-threshold");
}
