//! Sentences about a policy: what it does, and what it can never do.

use std::time::Duration;

use crate::config::{Config, Window};
use crate::time::clock::duration;
use crate::time::duration::shown;

/// Returns what the options do, a sentence each.
pub(crate) fn does(config: &Config) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(failures) = config.failure_threshold() {
        sentences.push(match failures {
            1 => "It opens at the first failure.".to_owned(),
            _ => format!(
                "It opens after {failures} failures in a row; a success in between begins a new count."
            ),
        });
    }
    if let Some(rate) = config.failure_rate() {
        sentences.push(format!(
            "It opens when {} or more of {} have failed, once there are {} of them.",
            percent(rate),
            calls_of(config.window()),
            config.min_calls()
        ));
    }
    if let (Some(limit), Some(rate)) = (config.slow_call(), config.slow_call_rate()) {
        sentences.push(format!(
            "A call that takes longer than {} is slow. It opens when {} or more of {} were slow, once there are {} \
             of them.",
            shown(limit),
            percent(rate),
            calls_of(config.window()),
            config.min_calls()
        ));
    }
    if let Some(throttle) = config.throttle() {
        sentences.push(format!(
            "While calls fail it rejects a share of them at random: it admits about {} calls for each success of the \
             last {}. That is no trip.",
            throttle.k(),
            shown(throttle.window())
        ));
    }
    if let Some(limit) = config.max_concurrent() {
        sentences
            .push(format!("At most {limit} calls run at once; others are rejected, in every state."));
    }
    if let Some(limit) = config.call_timeout() {
        sentences.push(format!("A call ends as a failure after {}.", shown(limit)));
    }
    if let Some(dropped) = config.abandoned_threshold() {
        sentences.push(format!(
            "When callers drop {dropped} calls in a row before they end, each further one is a failure."
        ));
    }
    sentences.push(open_period(config));
    sentences.push(recovery(config));
    sentences
}

fn open_period(config: &Config) -> String {
    let jitter = match config.timeout_jitter() {
        jitter if jitter > 0.0 => format!(", {} more or less at random", percent(jitter)),
        _ => String::new(),
    };
    let growth = match config.timeout_factor() {
        factor if factor > 1.0 => {
            let most =
                config.max_timeout().map_or(String::new(), |most| format!(", up to {}", shown(most)));
            format!(" Each failed probe makes the period {factor} times as long{most}.")
        }
        _ => String::new(),
    };
    format!("While open it rejects every call, for {}{jitter}.{growth}", shown(config.timeout()))
}

fn recovery(config: &Config) -> String {
    let probes = match config.max_probes() {
        1 => "1 call runs as a probe".to_owned(),
        probes => format!("calls run as probes, at most {probes} at once"),
    };
    let closes = match config.success_threshold() {
        1 => "1 success closes".to_owned(),
        successes => format!("{successes} successes close"),
    };
    let opens = match config.probe_failure_threshold() {
        1 => "a failure opens".to_owned(),
        failures => format!("{failures} failures open"),
    };
    let ramp = config.ramp().map_or(String::new(), |ramp| {
        format!(" After that it admits a growing share of the calls, all of them after {}.", shown(ramp))
    });
    format!(
        "Then {probes}: {closes} it, and {opens} it for another period. A probe that has not ended after {} is given \
         up.{ramp}",
        shown(config.probe_timeout())
    )
}

/// Returns what the policy can never do, a sentence each.
pub(crate) fn cannot(config: &Config, traffic: &[f64]) -> Vec<String> {
    let mut sentences = Vec::new();
    if let (Window::Span(span), true) = (config.window(), has_rate(config)) {
        let least = f64::from(config.min_calls()) / span.as_secs_f64();
        let rare = traffic.iter().any(|rate| *rate < least);
        sentences.push(format!(
            "Open by a rate below {least:.3} calls per second: {} has fewer than {} calls then.{}",
            shown(span),
            config.min_calls(),
            if rare { " Some of the traffic above is below that." } else { "" }
        ));
    }
    match (config.failure_threshold(), config.failure_rate()) {
        (Some(failures), None) if failures > 1 => sentences.push(streak_limits(failures)),
        (None, Some(rate)) => sentences.push(format!(
            "Open while less than {} of the calls fail, for however long.",
            percent(rate)
        )),
        _ => {}
    }
    if config.slow_call().is_none() {
        sentences.push(
            "Open because calls are slow: one that succeeds in the end is a success (`slow_call`)."
                .to_owned(),
        );
    }
    if config.call_timeout().is_none() {
        sentences.push(
            "Notice a call that hangs before it ends, or before its caller gives up (`call_timeout`)."
                .to_owned(),
        );
    }
    let longest = longest_period(config).map(|longest| shown(longest).to_string());
    sentences.push(format!(
        "Close sooner than {} after it opened, also if the dependency is back at once; between two probes pass up \
         to {}.",
        shown(shortest_period(config)),
        longest.as_deref().unwrap_or("any length of time")
    ));
    if config.throttle().is_none() && config.max_concurrent().is_none() {
        sentences.push(
            "Reject a part of the calls while closed: up to the trip all of them run (`throttle`, `max_concurrent`)."
                .to_owned(),
        );
    }
    sentences
        .push("Close without calls: only a call that asks to run becomes a probe (`probe`).".to_owned());
    sentences
}

/// Returns how many calls a streak takes where only a share of them fails.
fn streak_limits(failures: u32) -> String {
    let calls = |share: f64| {
        // The mean number of trials up to the first run of so many failures.
        let needed = (share.powi(-i32::try_from(failures).unwrap_or(i32::MAX)) - 1.0) / (1.0 - share);
        if needed < 1e6 { format!("{needed:.0}") } else { format!("{needed:.0e}") }
    };
    format!(
        "Count failures among successes: with half of the calls failing it takes {} calls on average to see \
         {failures} failures in a row, with a fifth {}, and with a tenth {}.",
        calls(0.5),
        calls(0.2),
        calls(0.1)
    )
}

fn shortest_period(config: &Config) -> Duration {
    let policy = config.policy();
    duration(policy.growth.jittered(policy.open_for, 0.0))
}

/// Returns the longest open period, or `None` if it has no limit.
fn longest_period(config: &Config) -> Option<Duration> {
    if config.timeout_factor() > 1.0 {
        return config.max_timeout();
    }
    let policy = config.policy();
    Some(duration(policy.growth.jittered(policy.open_for, 1.0)))
}

fn has_rate(config: &Config) -> bool {
    config.failure_rate().is_some() || config.slow_call().is_some()
}

fn calls_of(window: Window) -> String {
    match window {
        Window::Calls(calls) => format!("the last {calls} calls"),
        Window::Span(span) => format!("the calls of the last {}", shown(span)),
    }
}

fn percent(share: f64) -> String {
    let percent = (share * 1000.0).round() / 10.0;
    format!("{percent} %")
}
