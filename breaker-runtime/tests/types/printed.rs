//! Names and keys come from users and from the network: in print they stay on one line.

use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex};

use breaker_runtime::{CircuitBreaker, Settings, breaker, configure};

const FORGED: &str = "shop\n\u{1b}[2K12:00 INFO all is well\u{202e}";
const ESCAPED: &str = "shop\\n\\u{1b}[2K12:00 INFO all is well\\u{202e}";

#[track_caller]
fn assert_escaped(printed: impl Display + Debug) {
    for text in [printed.to_string(), format!("{printed:?}")] {
        assert_plain(&text);
    }
    assert!(printed.to_string().contains(ESCAPED), "{printed}");
}

#[track_caller]
fn assert_plain(text: &str) {
    assert!(
        !text.contains(|character: char| character.is_control() || character == '\u{202e}'),
        "{text:?}"
    );
}

#[test]
fn control_characters_in_a_name_are_escaped_wherever_it_is_printed() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let breaker = CircuitBreaker::builder(FORGED).build().expect("a breaker");
    let log = Arc::clone(&events);
    breaker.on_event(move |event| log.lock().unwrap().push(event.clone())).detach();
    breaker.trip();
    let event = events.lock().unwrap().pop().expect("an event");
    assert_escaped(event);
    let rejection = breaker.try_acquire().expect_err("it is open");
    assert_escaped(rejection.clone());
    assert_escaped(std::io::Error::from(rejection));
    assert_plain(&format!("{breaker:?} {:?}", breaker.snapshot()));
    breaker.force_open();
    assert_escaped(breaker.try_acquire().expect_err("it is forced open"));
    assert_escaped(CircuitBreaker::builder(FORGED).timeout_factor(0.5).build().expect_err("bad"));
    assert_escaped(breaker.reconfigure(|options| options.timeout_factor(0.5)).expect_err("bad"));
}

#[test]
fn control_characters_in_a_key_are_escaped_wherever_it_is_printed() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let hosts = CircuitBreaker::builder("forged keys").keyed().build().expect("breakers");
    let log = Arc::clone(&events);
    hosts.template().on_event(move |event| log.lock().unwrap().push(event.clone())).detach();
    for key in [hosts.get(FORGED), hosts.get(&(FORGED, 7))] {
        key.trip();
        assert_escaped(key.key().expect("a key"));
        assert_escaped(events.lock().unwrap().pop().expect("an event"));
        assert_plain(&format!("{key:?} {:?}", key.snapshot()));
    }
    for name in [format!("forged keys[{FORGED}]"), format!("forged keys[{ESCAPED}]")] {
        assert!(breaker(&name).is_some(), "found as it is and as it is printed: {name:?}");
    }
}

#[test]
fn control_characters_in_settings_are_escaped_in_the_report() {
    // No other test has this name.
    let name = format!("in settings: {FORGED}");
    let report = configure(Settings::new().set(&name, "timeout", "1s")).expect("good settings");
    assert_escaped(report);
    let wrong = [
        Settings::new().set(&name, "timeout", "soon"),
        Settings::new().set("*", FORGED, "1s"),
        Settings::new().set("*", "timeout", FORGED),
        Settings::new().set("*", "throttle.\n", 1),
        Settings::new().set(&name, "max_wait", "1s").set("\n*", "timeout", "1s"),
    ];
    let _breaker = CircuitBreaker::builder(&name).build().expect("a breaker");
    for settings in wrong {
        let error = settings.check().expect_err("bad settings");
        assert_plain(&format!("{error:?}"));
        for issue in error.issues() {
            assert_plain(&issue.to_string());
        }
    }
}
