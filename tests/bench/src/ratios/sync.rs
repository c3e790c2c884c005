//! Sync calls: the bare one, ours, and those of other breakers with the most similar options.

use std::sync::Arc;
use std::time::Duration;

use breaker_bench::{Answer, Trouble, body, work};
use breaker_runtime::{CallError, CircuitBreaker, circuit_breaker};
use failsafe::CircuitBreaker as _;
use mx_core::resilience::CircuitBreaker as _;

use crate::case::{By, Case, To, Work};

/// Longer than any run.
pub(crate) const LONG: Duration = Duration::from_hours(1);
const RECLOSER: &str = "recloser, window 100";
const WORKS: [Work; 3] = [Work::Success, Work::OneInTen, Work::Open];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::sync(Work::Success, By::Bare, "bare call", work),
        Case::sync(Work::OneInTen, By::Bare, "bare call", work),
    ];
    cases.extend(ours());
    for of in WORKS {
        cases.extend([ferryman(of), mx(of), failsafe(of), recloser(of), throttle_net(of)]);
    }
    cases.extend([
        Case::sync(Work::CountWindow, By::Ours, "attribute", of_calls)
            .goal(To::Bare, 1.4)
            .goal(To::Named(RECLOSER), 0.25),
        Case::sync(Work::CountWindowOneInTen, By::Ours, "attribute", of_calls_one_in_ten)
            .goal(To::Bare, 4.0)
            .goal(To::Named(RECLOSER), 0.25),
        Case::sync(Work::TimeWindow, By::Ours, "attribute", of_seconds).goal(To::Bare, 5.0),
        Case::sync(Work::TimeWindow, By::Ours, "attribute, 1 s", of_one_second).goal(To::Bare, 6.0),
        Case::sync(Work::SlowCall, By::Ours, "attribute, 2 s", slow_call_coarse).goal(To::Bare, 8.0),
        Case::sync(Work::SlowCall, By::Ours, "attribute, 100 ms", slow_call_fine).goal(To::Bare, 14.0),
        Case::sync(Work::TimeWindowOneInTen, By::Ours, "attribute", of_seconds_one_in_ten),
    ]);
    for of in [Work::CountWindow, Work::CountWindowOneInTen] {
        cases.extend([window(of, WindowOf::Calls), recloser(of)]);
    }
    for of in [Work::TimeWindow, Work::TimeWindowOneInTen] {
        cases.extend([
            window(of, WindowOf::Seconds),
            failsafe_window(of),
            circuitbreaker_rs(of),
            sentinel(of),
        ]);
    }
    cases.extend([slow_call(), throttle()]);
    cases
}

#[derive(Clone, Copy)]
enum WindowOf {
    Calls,
    Seconds,
}

fn window(of: Work, window: WindowOf) -> Case {
    let builder = CircuitBreaker::builder(&format!("call, {of:?}")).timeout(LONG).failure_rate(0.5);
    let (name, builder) = match window {
        WindowOf::Calls => ("call, window of 100", builder.window(100)),
        WindowOf::Seconds => ("call, window of 10 s", builder.window(Duration::from_secs(10))),
    };
    let breaker = builder.build().expect("the numbers are in range");
    Case::sync(of, By::Ours, name, move |input| answer_of(breaker.call(|| work(input))))
}

fn slow_call() -> Case {
    let builder =
        CircuitBreaker::builder("call, slow call").timeout(LONG).slow_call(Duration::from_secs(2));
    let breaker = builder.build().expect("the numbers are in range");
    Case::sync(Work::SlowCall, By::Ours, "call, 2 s", move |input| {
        answer_of(breaker.call(|| work(input)))
    })
}

fn throttle() -> Case {
    let builder = CircuitBreaker::builder("throttle").throttle(2.0, Duration::from_mins(2));
    let breaker = builder.build().expect("the numbers are in range");
    Case::sync(Work::TimeWindow, By::Ours, "call, throttle", move |input| {
        answer_of(breaker.call(|| work(input)))
    })
}

/// Makes one function for each work, each with its own breaker.
macro_rules! annotated {
    ($($name:ident)*) => {$(
        #[circuit_breaker(timeout = "1h")]
        #[inline(never)]
        fn $name(input: u64) -> Answer {
            body(input)
        }
    )*};
}
annotated!(success one_in_ten open);

#[circuit_breaker(failure_rate = 0.5, window = 100, timeout = "1h")]
#[inline(never)]
fn of_calls(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = 100, timeout = "1h")]
#[inline(never)]
fn of_calls_one_in_ten(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = "10s", timeout = "1h")]
#[inline(never)]
fn of_seconds(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = "1s", timeout = "1h")]
#[inline(never)]
fn of_one_second(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(slow_call = "2s", timeout = "1h")]
#[inline(never)]
fn slow_call_coarse(input: u64) -> Answer {
    body(input)
}

/// Reads the precise clock.
#[circuit_breaker(slow_call = "100ms", timeout = "1h")]
#[inline(never)]
fn slow_call_fine(input: u64) -> Answer {
    body(input)
}

#[circuit_breaker(failure_rate = 0.5, window = "10s", timeout = "1h")]
#[inline(never)]
fn of_seconds_one_in_ten(input: u64) -> Answer {
    body(input)
}

pub(crate) fn breaker(name: &str) -> CircuitBreaker {
    CircuitBreaker::builder(name).timeout(LONG).build().expect("the numbers are in range")
}

pub(crate) fn answer_of(result: Result<u64, CallError<Trouble>>) -> Answer {
    result.map_err(|error| match error {
        CallError::Inner(error) => error,
        CallError::Breaker(_) => Trouble::Rejected,
    })
}

fn ours() -> Vec<Case> {
    let mut cases = vec![
        Case::sync(Work::Success, By::Ours, "attribute", success)
            .goal(To::Bare, 1.4)
            .goal(To::Peer, 0.45),
        Case::sync(Work::OneInTen, By::Ours, "attribute", one_in_ten)
            .goal(To::Bare, 2.2)
            .goal(To::Peer, 0.7),
        Case::sync(Work::Open, By::Ours, "attribute", open).goal(To::Bare, 5.0).goal(To::Peer, 0.25),
    ];
    for of in WORKS {
        let breaker = breaker(&format!("call, {of:?}"));
        let call = move |input| answer_of(breaker.call(|| work(input)));
        let case = Case::sync(of, By::Ours, "call, the caller's error", call);
        let is_success = of == Work::Success;
        cases.push(if is_success { case.goal(To::Bare, 1.2).goal(To::Peer, 0.4) } else { case });
    }
    let breaker = breaker("permit");
    cases.push(Case::sync(Work::Success, By::Ours, "try_acquire, success", move |input| {
        let permit = breaker.try_acquire()?;
        let answer = work(input);
        match answer {
            Ok(_) => permit.success(),
            Err(_) => permit.failure(),
        }
        answer
    }));
    cases
}

fn ferryman(of: Work) -> Case {
    let config = ferryman_core::BreakerConfig::default().with_failure_threshold(5).with_cooldown(LONG);
    let breaker = ferryman_core::Breaker::new(config).expect("the numbers are in range");
    Case::sync(of, By::Peer, "ferryman-core", move |input| {
        let Some(admission) = breaker.try_acquire() else { return Err(Trouble::Rejected) };
        let answer = work(input);
        match answer {
            Ok(_) => breaker.record_success(admission),
            Err(_) => breaker.record_failure(admission),
        }
        answer
    })
}

fn mx(of: Work) -> Case {
    let config = mx_core::resilience::CircuitBreakerConfig::new(5, LONG);
    let breaker = mx_core::resilience::AtomicCircuitBreaker::new(config);
    Case::sync(of, By::Peer, "mx-core", move |input| {
        if !breaker.allows_request() {
            return Err(Trouble::Rejected);
        }
        let answer = work(input);
        match answer {
            Ok(_) => breaker.record_success(),
            Err(_) => breaker.record_failure(),
        }
        answer
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
pub(crate) fn of_failsafe(error: failsafe::Error<Trouble>) -> Trouble {
    match error {
        failsafe::Error::Inner(error) => error,
        failsafe::Error::Rejected => Trouble::Rejected,
    }
}

fn failsafe(of: Work) -> Case {
    let policy = failsafe::failure_policy::consecutive_failures(5, failsafe::backoff::constant(LONG));
    let breaker = failsafe::Config::new().failure_policy(policy).build();
    Case::sync(of, By::Peer, "failsafe, consecutive", move |input| {
        breaker.call(|| work(input)).map_err(of_failsafe)
    })
}

fn failsafe_window(of: Work) -> Case {
    let policy = failsafe::failure_policy::success_rate_over_time_window(
        0.5,
        10,
        Duration::from_secs(10),
        failsafe::backoff::constant(LONG),
    );
    let breaker = failsafe::Config::new().failure_policy(policy).build();
    Case::sync(of, By::Peer, "failsafe, 10 s window", move |input| {
        breaker.call(|| work(input)).map_err(of_failsafe)
    })
}

fn recloser(of: Work) -> Case {
    let breaker = recloser::Recloser::custom().error_rate(0.5).closed_len(100).open_wait(LONG).build();
    Case::sync(of, By::Peer, RECLOSER, move |input| {
        breaker.call(|| work(input)).map_err(|error| match error {
            recloser::Error::Inner(error) => error,
            recloser::Error::Rejected => Trouble::Rejected,
        })
    })
}

/// A limiter of `throttle-net` that limits nothing, as its breaker is one around a limiter.
pub(crate) struct Unlimited;

impl throttle_net::Limiter for Unlimited {
    fn peek(&self, _: u32) -> throttle_net::Decision {
        throttle_net::Decision::Acquired
    }

    fn acquire_cost(&self, _: u32) -> throttle_net::Decision {
        throttle_net::Decision::Acquired
    }

    fn available(&self) -> u32 {
        u32::MAX
    }

    fn capacity(&self) -> u32 {
        u32::MAX
    }
}

fn throttle_net(of: Work) -> Case {
    use throttle_net::{CircuitBreaker, Trip};
    let builder = CircuitBreaker::builder().trip(Trip::Consecutive(5)).cooldown(LONG);
    let breaker = builder.build(Unlimited);
    Case::sync(of, By::Peer, "throttle-net", move |input| {
        let Ok(Some(permit)) = breaker.try_acquire() else { return Err(Trouble::Rejected) };
        let answer = work(input);
        match answer {
            Ok(_) => permit.success(),
            Err(_) => permit.failure(),
        }
        answer
    })
}

fn circuitbreaker_rs(of: Work) -> Case {
    use circuitbreaker_rs::{BreakerError, CircuitBreaker, DefaultPolicy};
    let breaker: CircuitBreaker<DefaultPolicy, Trouble> =
        CircuitBreaker::<DefaultPolicy, Trouble>::builder()
            .failure_threshold(0.5)
            .cooldown(LONG)
            .build();
    Case::sync(of, By::Peer, "circuitbreaker-rs", move |input| {
        breaker.call(|| work(input)).map_err(|error| match error {
            BreakerError::Operation(error) => error,
            _ => Trouble::Rejected,
        })
    })
}

/// Makes a case of sentinel, which has a breaker for each resource name.
fn sentinel(of: Work) -> Case {
    use sentinel_core::{EntryBuilder, base::TrafficType, circuitbreaker};
    let resource = format!("{of:?}");
    let rule = circuitbreaker::Rule {
        resource: resource.clone(),
        strategy: circuitbreaker::BreakerStrategy::ErrorRatio,
        threshold: 0.5,
        min_request_amount: 10,
        retry_timeout_ms: 3_600_000,
        stat_interval_ms: 10_000,
        ..Default::default()
    };
    assert!(circuitbreaker::append_rule(Arc::new(rule)), "sentinel takes the rule");
    Case::sync(of, By::Peer, "sentinel-core", move |input| {
        let builder = EntryBuilder::new(resource.clone()).with_traffic_type(TrafficType::Inbound);
        let Ok(entry) = builder.build() else { return Err(Trouble::Rejected) };
        let answer = work(input);
        if answer.is_err() {
            sentinel_core::trace_error(&entry, sentinel_core::Error::new(Trouble::Failed));
        }
        entry.exit();
        answer
    })
}
