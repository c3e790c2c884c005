//! Explanations agree with what the breaker does.

use std::time::Duration;

use crate::config::{Config, Window};
use crate::lab::explain::explain;
use crate::lab::explain::opening::{Trouble, time_to_open};

fn rate(window: Window) -> Config {
    let mut config = Config::DEFAULT;
    config.failure_rate = Some(0.5);
    config.window = Some(window);
    config
}

#[test]
fn time_to_open_is_that_of_the_breaker_itself() {
    let mut streak = Config::DEFAULT;
    streak.failure_threshold = Some(5);
    let all = Trouble::Failing(1.0);
    // The fifth failure, 100 ms apart.
    assert_eq!(time_to_open(&streak, 10.0, all).map(|time| time.as_millis()), Some(400));
    // Half of the 100 calls in the window.
    let window = rate(Window::Calls(100));
    assert_eq!(time_to_open(&window, 10.0, all).map(|time| time.as_millis()), Some(4_900));
    // With fewer calls than `min_calls` in each window it never opens.
    let span = rate(Window::Span(Duration::from_secs(10)));
    assert_eq!(time_to_open(&span, 1.0, all), None);
    assert!(time_to_open(&span, 10.0, all).is_some_and(|time| time < Duration::from_secs(7)));
    assert_eq!(time_to_open(&window, 10.0, Trouble::Failing(0.2)), None);
    let mut slow = Config::DEFAULT;
    slow.slow_call = Some(Duration::from_secs(1));
    assert!(time_to_open(&slow, 10.0, Trouble::Slow(1.0)).is_some());
}

#[test]
fn explanation_names_what_the_policy_does_and_cannot_do() {
    let text = explain("a policy", &rate(Window::Span(Duration::from_secs(10))), &[1.0, 10.0]);
    for part in [
        "It opens when 50 % or more of the calls of the last 10 s have failed, once there are 20 of them.",
        "While open it rejects every call, for 60 s.",
        "2 successes close it, and a failure opens it for another period.",
        "not soon",
        "Open by a rate below 2.000 calls per second",
        "Some of the traffic above is below that.",
        "Open while less than 50 % of the calls fail",
        "Open because calls are slow",
        "Close sooner than 60 s after it opened",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = explain("a policy", &Config::DEFAULT, &[10.0]);
    assert!(text.contains("with half of the calls failing it takes 62 calls on average"), "{text}");
}
