//! Probes in flight, the growth of the open period and the ramp, across a change of options.

use breaker_runtime::State;

use super::{SECOND, breaker, fail, succeed};

#[test]
fn growth_of_the_open_period_outlasts_a_change() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 10).timeout_factor(2.0));
    breaker.trip();
    clock.advance(SECOND * 10);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 20));
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 20));
    clock.advance(SECOND * 20);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 4), "after two failed probes");
}

#[test]
fn probes_in_flight_and_probe_successes_outlast_a_change() {
    let (breaker, clock) = breaker(|builder| builder.success_threshold(5).timeout(SECOND));
    breaker.trip();
    clock.advance(SECOND);
    succeed(&breaker);
    let (first, second) = (breaker.try_acquire(), breaker.try_acquire());
    breaker.reconfigure(|options| options.success_threshold(3).max_probes(1)).expect("in range");
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::HalfOpen, 2));
    assert!(breaker.try_acquire().is_err());
    first.expect("it runs").success();
    second.expect("it runs").success();
    assert_eq!(breaker.state(), State::Closed);
}

/// Only the first slots were checked, although those behind them still held probes.
#[test]
fn lowered_max_probes_holds_for_probes_in_flight() {
    let (breaker, clock) = breaker(|builder| builder.failure_threshold(1).max_probes(3).timeout(SECOND));
    fail(&breaker);
    clock.advance(SECOND);
    let [first, second, third] = [(); 3].map(|()| breaker.try_acquire().expect("three slots are free"));
    breaker.reconfigure(|options| options.max_probes(1)).expect("in range");
    drop((first, second));
    assert!(breaker.try_acquire().is_err(), "one is in flight");
    assert_eq!(breaker.snapshot().in_flight, 1);
    drop(third);
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn lowered_max_probes_leaves_the_remaining_slots() {
    let (breaker, clock) = breaker(|builder| builder.max_probes(9).success_threshold(9).timeout(SECOND));
    breaker.trip();
    clock.advance(SECOND);
    let mut probes: Vec<_> =
        (0..9).map(|_| breaker.try_acquire().expect("nine slots are free")).collect();
    breaker.reconfigure(|options| options.max_probes(6)).expect("in range");
    // The probe in each third slot stays in flight.
    let mut index = 0;
    probes.retain(|_| {
        index += 1;
        index % 3 == 0
    });
    probes.extend((0..9).filter_map(|_| breaker.try_acquire().ok()));
    assert_eq!((probes.len(), breaker.snapshot().in_flight), (6, 6));
}

#[test]
fn lost_probe_stays_lost_when_probe_timeout_is_lengthened() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 10).probe_timeout(SECOND * 20));
    breaker.trip();
    clock.advance(SECOND * 10);
    let lost = breaker.try_acquire().expect("a probe");
    clock.advance(SECOND * 21);
    breaker.reconfigure(|options| options.probe_timeout(SECOND * 60)).expect("in range");
    assert_eq!(breaker.snapshot().in_flight, 0);
    lost.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.totals.late, snapshot.totals.success), (1, 0));
}

#[test]
fn probe_in_flight_has_the_lengthened_probe_timeout() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 10).probe_timeout(SECOND * 20));
    breaker.trip();
    clock.advance(SECOND * 10);
    let probe = breaker.try_acquire().expect("a probe");
    clock.advance(SECOND * 19);
    breaker.reconfigure(|options| options.probe_timeout(SECOND * 60)).expect("in range");
    clock.advance(SECOND * 30);
    assert_eq!(breaker.snapshot().in_flight, 1);
    probe.success();
    assert_eq!(breaker.snapshot().totals.success, 1);
}

/// Calls that had run at full load were ramped again.
#[test]
fn ramp_that_is_over_stays_over_when_it_is_lengthened() {
    let (breaker, clock) = breaker(|builder| {
        builder.success_threshold(1).timeout(SECOND).ramp(SECOND * 10).slow_call(SECOND * 30)
    });
    breaker.trip();
    clock.advance(SECOND);
    succeed(&breaker);
    clock.advance(SECOND * 10);
    breaker.reconfigure(|options| options.ramp(SECOND * 100)).expect("in range");
    (0..20).for_each(|_| succeed(&breaker));
}
