//! Polly: the page "Circuit breaker resilience strategy" of the documentation of version 8
//! (docs/strategies/circuit-breaker.md), the API of `CircuitBreaker` and `AdvancedCircuitBreaker` of
//! version 7, and issues. One success closes.

use super::harness::run;

#[test]
fn scenarios_of_polly_hold() {
    run("Polly", TABLE);
}

const TABLE: &str = r#"
source: v8 documentation, Diagrams, "Simple" and "Complex"
given:  failure_rate=0.5 window=2s min_calls=2 timeout=1s success_threshold=1
S S F        | closed rate=1/3 window=3/1/0
    the happy path: a ratio of 0.33 at the third call
S F R        | open by=FailureRate kind=Open wait=1s
    the unhappy path: the ratio meets 0.5 at the second call, and the third is rejected
F F R 1s S   | closed events=FailureRate,TimeoutElapsed,ProbesSucceeded
    the probe succeeds
F F R 1s F R | open by=ProbeFailed retry=1s trips=2 rejected=2
    the probe fails, and the break starts over
F S          | open by=FailureRate
    the call that completes the minimum throughput succeeds
    differs: there only a failure is a reason to judge (AdvancedCircuitBehavior); here every result is a reason

source: v8 documentation, Usage, optionsComplex
given:  failure_rate=0.5 window=10s min_calls=8 timeout=30s
F*4 5s F*3 5s F | closed rate=none window=4/4/0
    the sampling duration slides: what was sampled ten seconds ago no longer counts towards the eight

source: v7 CircuitBreakerEngine: an exception that the policy does not handle is rethrown and not counted
given:  failure_threshold=2 timeout=60s success_threshold=1
F I =closed F | open by=FailureThreshold ignored=1
    it does not interrupt the consecutive failures either

source: issues 311 and 717, an unhandled exception while half-open
given:  failure_threshold=2 timeout=60s success_threshold=1
F F 60s I S | closed by=ProbesSucceeded ignored=1
    the next action after it
    differs: there it has used up the one trial of this break duration, and the next action is rejected;
        here the slot is free

source: pull request 223, one trial for each duration of break
given:  failure_threshold=2 timeout=60s success_threshold=1
F F 60s [a R 59999ms R 1ms S | closed by=ProbesSucceeded rejected=2 kind=HalfOpen
    a trial that has not returned in that time frees its slot for another

source: issues 218 and 219, results that arrive while open
given:  failure_threshold=2 timeout=60s success_threshold=1
[a [b F F 30s a]F b]S | open events=FailureThreshold retry=30s late=2
    they neither lengthen the break nor report it again, and a success does not end it

source: v8 documentation, Usage, ManualControl; v7 Isolate and Reset
given:  failure_threshold=2 timeout=60s success_threshold=1
F force-open 24h R automatic F | closed events=ModeChanged,ModeChanged kind=ForcedOpen wait=none streak=1
    isolated until it is closed manually, without the earlier failures
force-open reset R             | open mode=forced-open events=ModeChanged,Reset kind=ForcedOpen
    a reset while isolated
    differs: there it ends the isolation; here the mode stays until it is automatic again
F F reset F                    | closed events=FailureThreshold,Reset streak=1
    closed manually, it forgets the earlier failures
F F 90s                        | half-open by=FailureThreshold retry=none in-state=30s
    the break has been over for half a minute, without a call
    differs: v7 becomes half-open when its state is read, v8 says Open until the next action; here a read
        changes nothing and returns half-open
"#;
