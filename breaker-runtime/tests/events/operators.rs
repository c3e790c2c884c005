//! Commands that name their operator, and modes that expire.

use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, Event, ManualClock, Mode, ModeOverride, Operator, Permit, Reason, State,
    end_expired_overrides,
};

use crate::listeners::{Log, breaker};

const MINUTE: Duration = Duration::from_secs(60);

fn on_call() -> Operator {
    Operator::new("ada").reason("index rebuild")
}

fn operators(log: &Log) -> Vec<(Reason, Option<String>)> {
    let operator = |event: &Event| event.operator.as_ref().map(ToString::to_string);
    log.events().iter().map(|event| (event.reason, operator(event))).collect()
}

#[test]
fn command_names_its_operator_in_the_event_and_the_trip_report() {
    let (breaker, _) = breaker("named");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.trip_by(Operator::new("ada\n").reason("down\u{1b}[31m"));
    breaker.reset_by(on_call());
    breaker.trip();
    let ada = "ada\\n: down\\u{1b}[31m";
    assert_eq!(
        operators(&log),
        [
            (Reason::Tripped, Some(ada.to_owned())),
            (Reason::Reset, Some("ada: index rebuild".to_owned())),
            (Reason::Tripped, None)
        ]
    );
    assert_eq!(
        log.events()[0].to_string(),
        format!("named: closed -> open (tripped manually) by {ada}")
    );
    let trips = breaker.trips();
    assert_eq!(trips[0].summary().to_string(), format!("named opened: tripped manually by {ada}"));
    let text = trips[0].to_string();
    assert!(text.contains("ended after 0 s: reset manually by ada: index rebuild"), "{text}");
    assert_eq!((trips[1].operator.as_ref(), trips[1].ended_by.as_ref()), (None, None));
}

#[cfg(feature = "serde")]
#[test]
fn operator_is_in_the_json_of_the_event() {
    let (breaker, _) = breaker("written");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.set_mode_by(Mode::ForcedOpen, on_call().expires_after(MINUTE));
    breaker.automatic();
    let json = |index: usize| serde_json::to_value(&log.events()[index]).unwrap();
    let operator = serde_json::json!(
        { "author": "ada", "reason": "index rebuild", "expires_after": 60.0 }
    );
    assert_eq!(json(0)["operator"], operator);
    assert_eq!(json(1).get("operator"), None);
}

#[test]
fn forced_open_mode_expires_with_the_first_call_after_its_end() {
    let (breaker, clock) = breaker("expires");
    let log = Log::default();
    let _subscription = log.listen_to(&breaker);
    breaker.set_mode_by(Mode::ForcedOpen, on_call().expires_after(MINUTE));
    clock.advance(MINUTE.saturating_sub(Duration::from_micros(1)));
    assert!(breaker.try_acquire().is_err());
    clock.advance(Duration::from_micros(1));
    breaker.try_acquire().expect("the mode has expired").failure();
    assert_eq!(breaker.snapshot().streak, 1);
    assert_eq!(
        operators(&log),
        [
            (Reason::ModeChanged, Some("ada, for 60 s: index rebuild".to_owned())),
            (Reason::OverrideExpired, None)
        ]
    );
    let last = &log.events()[1];
    assert_eq!((last.from, last.to, last.mode), (State::Open, State::Closed, Mode::Automatic));
}

#[test]
fn forced_closed_mode_expires_with_the_first_call_or_read_after_its_end() {
    let looks: [fn(&CircuitBreaker); 6] = [
        |breaker| breaker.try_acquire().expect("forced closed").success(),
        |breaker| breaker.try_acquire().expect("forced closed").failure(),
        |breaker| assert_eq!(breaker.state(), State::Closed),
        |breaker| assert_eq!(breaker.snapshot().mode, Mode::Automatic),
        |breaker| assert_eq!(breaker.mode_override(), None),
        |_| assert!(end_expired_overrides() > 0),
    ];
    for look in looks {
        let (breaker, clock) = breaker("ends");
        let log = Log::default();
        let _subscription = log.listen_to(&breaker);
        breaker.set_mode_by(Mode::ForcedClosed, on_call().expires_after(MINUTE));
        clock.advance(MINUTE);
        look(&breaker);
        assert_eq!(operators(&log)[1..], [(Reason::OverrideExpired, None)]);
        let failed = |_| breaker.try_acquire().map(Permit::failure).is_ok();
        assert!((0..100).any(|call| !failed(call)), "the breaker decides again");
    }
}

#[test]
fn mode_in_force_says_who_has_set_it_and_until_when() {
    let (breaker, clock) = breaker("in force");
    assert_eq!(breaker.mode_override(), None);
    breaker.observe();
    let ModeOverride { mode, operator, until, .. } = breaker.mode_override().expect("a dry run");
    assert_eq!((mode, operator, until), (Mode::Observe, None, None));
    breaker.set_mode_by(Mode::ForcedOpen, on_call().expires_after(MINUTE));
    let first = breaker.mode_override().expect("forced open");
    assert_eq!(first.until, Some(first.since + MINUTE));

    // A reset leaves the mode; the same mode again replaces its operator and its end.
    breaker.reset_by(Operator::new("bob"));
    assert_eq!(breaker.mode_override(), Some(first));
    clock.advance(MINUTE / 2);
    breaker.set_mode_by(Mode::ForcedOpen, Operator::new("bob").expires_after(MINUTE));
    clock.advance(MINUTE / 2);
    let second = breaker.mode_override().expect("the later end");
    assert_eq!(second.operator.expect("named").author, "bob");
    clock.advance(MINUTE / 2);
    assert_eq!((breaker.mode_override(), breaker.state()), (None, State::Closed));

    // A command without an operator makes no event for the mode that is in force.
    breaker.set_mode_by(Mode::ForcedOpen, on_call().expires_after(MINUTE));
    breaker.force_open();
    assert!(breaker.mode_override().is_some_and(|set| set.until.is_some()));
    breaker.set_mode_by(Mode::ForcedOpen, on_call());
    clock.advance(MINUTE * 1_000);
    assert!(breaker.mode_override().is_some_and(|set| set.until.is_none()));
}

#[test]
fn mode_of_a_template_expires_for_earlier_and_later_keys_at_once() {
    let clock = ManualClock::new();
    let hosts = CircuitBreaker::builder("operators: hosts").clock(clock.clone()).keyed();
    let hosts = hosts.build().expect("valid options");
    let early = hosts.get("early");
    let log = Log::default();
    let _subscription = log.listen_to(hosts.template());
    hosts.template().set_mode_by(Mode::ForcedOpen, on_call().expires_after(MINUTE));
    clock.advance(MINUTE / 2);
    let late = hosts.get("late");
    for breaker in [&early, &late, hosts.template()] {
        let set = breaker.mode_override().expect("forced open");
        assert_eq!(set.operator.expect("named").author, "ada", "{breaker:?}");
        assert!(breaker.try_acquire().is_err());
    }
    // A key with a mode of its own keeps it.
    early.set_mode_by(Mode::ForcedOpen, Operator::new("bob").expires_after(MINUTE));
    clock.advance(MINUTE / 2);
    assert!(late.try_acquire().is_ok() && early.try_acquire().is_err());
    assert!(hosts.get("new").try_acquire().is_ok());
    let by_ada = log.events().iter().filter(|event| event.operator.is_some()).count();
    assert_eq!(by_ada, 5, "template, early, late, early again, new");
}
