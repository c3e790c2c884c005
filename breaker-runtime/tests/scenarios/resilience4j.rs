//! resilience4j: the page on circuit breakers of its documentation
//! (resilience4j.readme.io/docs/circuitbreaker), its Javadoc (of `CircuitBreakerConfig.Builder` unless
//! another class is named), and an issue. A percentage there is a share here, and
//! `permittedNumberOfCallsInHalfOpenState` is `success_threshold`, with as many probes.

use super::harness::run;

#[test]
fn scenarios_of_resilience4j_hold() {
    run("resilience4j", TABLE);
}

const TABLE: &str = r#"
source: documentation, "Failure rate and slow call rate thresholds"
given:  failure_rate=0.5 window=10 min_calls=10 timeout=60s
F*9     | closed rate=none window=9/9/0
    nine of the ten required calls are no rate, though all have failed
F*5 S*5 | open by=FailureRate retry=60s
    a rate equal to the threshold opens, at a success as at a failure

given:  slow_call=2s slow_call_rate=0.5 window=10 min_calls=10
S:2s*10        | closed slow-rate=0 slow=0
    a call that takes exactly the duration is not slow: it must be greater
S:2001ms*5 S*5 | open by=SlowCallRate slow=5
    successes open as well, if enough of them are slow

given:  slow_call=2s window=5
S:3s*4 S S:3s*4 =closed S:3s | open by=SlowCallRate slow=9
    by default each call of the window must be slow

given:  failure_rate=0.5 slow_call=2s slow_call_rate=0.5 window=10 min_calls=10
S:3s*2 F:3s*2 F*2 S*4 | closed rate=0.4 slow-rate=0.4 window=10/4/4
    a slow failure is in both rates, and the two are never added up
F:3s*5 S*5            | open events=FailureRate
    both thresholds met by the same call
    differs: there an event for each of the two is published; here one change of state has one reason,
        the failures first

source: documentation, "Count-based sliding window"
given:  failure_rate=0.5 window=10 min_calls=10
S*10 F*4 S*6 F*4 =closed F | open by=FailureRate failure=9
    a result leaves with the tenth after it: eight failures in 24 calls were no rate

source: documentation, "Time-based sliding window"
given:  failure_rate=0.5 window=10s min_calls=3
F F 9s F                | open by=FailureRate
    what is nine tenths of the window old is in it
F F 10s F               | closed rate=none window=1/1/0
    what is as old as the window is out
S*9 5s F*4 =closed 5s S | open by=FailureRate failure=4
    four failures of 13 become four of five when the older successes are out, and a success finds out
S*9 5s S 5s F =closed F | open by=FailureRate success=10
    successes have an age as well: nine of the ten are out, and two of three have failed

source: documentation, "Create and configure a CircuitBreaker", ignoreExceptions
given:  failure_rate=0.5 window=10 min_calls=10
I*20 F*9 =closed F | open by=FailureRate ignored=20
    an ignored call is neither success nor failure, nor one of the required ten

source: Javadoc, slidingWindow(slidingWindowSize, minimumNumberOfCalls, slidingWindowType)
given:  failure_rate=0.5 window=4 min_calls=10
- | refused=min_calls
    more required calls than a window of calls can hold
    differs: there the smaller number is used silently; here the builder refuses a number
        that could never be reached

source: documentation, "Failure rate and slow call rate thresholds": the window limits no concurrency
given:  failure_rate=1.0 window=2
[a [b [c [d a]F b]S c]F d]S | closed window=2/1/0 rate=0.5
    a window of two admits four, and holds the two that ended last

source: documentation, "Failure rate and slow call rate thresholds": the calls permitted while half-open
given:  failure_rate=0.5 window=4 timeout=60s success_threshold=3
F*4 61s [a [b [c R a]S b]S c]S | closed events=FailureRate,TimeoutElapsed,ProbesSucceeded kind=HalfOpen
    three calls are permitted, a fourth is rejected until they have ended
F*4 61s [a [b [c R a]S [d R    | half-open by=TimeoutElapsed in-flight=3
    a permitted call ends before the others
    differs: there three run in the whole half-open state; here max_probes caps those in flight, and the
        slot is free again
F*4 61s S F                    | open by=ProbeFailed retry=60s trips=2
    one of three permitted calls fails
    differs: there the rate of all three, 33 percent, would close it; here any failed probe opens,
        unless probe_failure_threshold says otherwise
F*4 59999ms R 1ms S            | half-open by=TimeoutElapsed
    a call that comes exactly when the wait ends
    differs: there the wait must have been exceeded (OpenState, isAfter); here the call probes
[x F*4 61s S x]F               | half-open by=TimeoutElapsed late=1
    a call of the closed state fails while half-open
    differs: there it counts as one of the three; here it is late and changes nothing

given:  failure_rate=0.5 window=4 timeout=60s success_threshold=6 probe_failure_threshold=5 max_probes=10
F*4 61s F*4 S*5 =half-open S | closed by=ProbesSucceeded failure=8
    of ten permitted calls four fail: 40 percent close it
F*4 61s S*5 F*4 =half-open F | open by=ProbeFailed retry=60s trips=2
    five of ten fail: a rate equal to the threshold opens
F*4 61s F*4 =half-open F     | open by=ProbeFailed retry=60s
    five fail first
    differs: there the other five run as well; here the result is known, and the breaker opens
F*4 61s F*4 S:1ms F 60s F*4 S*5 =half-open S | closed by=ProbesSucceeded trips=2
    each half-open period starts at zero

source: issue 544, stuck half-open after ignored exceptions
given:  failure_rate=0.5 window=4 timeout=60s success_threshold=3
F*4 61s I*10 =half-open S*3 | closed by=ProbesSucceeded ignored=10
    an ignored call releases its permission

source: Javadoc, slowCallRateThreshold, in the half-open state
given:  slow_call=2s window=4 timeout=60s success_threshold=3
S:3s*4 61s S:3s | open by=ProbeFailed slow=5 failure=0
    one of three permitted calls is slow
    differs: there the slow rate of all three would close it; here a slow probe opens like a failed one

source: Javadoc, maxWaitDurationInHalfOpenState
given:  failure_rate=1.0 window=2 timeout=60s success_threshold=1 probe_timeout=10s
F F 60s [a 9999ms R 1ms S a]F | closed by=ProbesSucceeded late=1
    a permitted call hangs
    differs: there the breaker opens again after that time; here the hanging call loses its slot to the
        next one

source: Javadoc, CircuitBreaker.reset
given:  failure_rate=0.5 window=10 min_calls=5
S*7 F*3 reset F*2 S*2 =closed F | open events=Reset,FailureRate failure=6
    closed from the start: of the ten calls before, good or bad, none is in the window

source: Javadoc, CircuitBreaker.State, DISABLED and METRICS_ONLY
given:  failure_rate=0.5 window=4 timeout=60s
force-closed F*50 S | closed mode=forced-closed by=ModeChanged window=none failure=50
    disabled, it always allows access
    differs: there nothing is recorded; here nothing is judged, and the totals continue
observe F*4 S       | open mode=observe events=ModeChanged,FailureRate would-reject=1 success=1 retry=60s
    metrics only: it never rejects
    differs: there the state stays METRICS_ONLY and the exceeded rate is published once; here the state
        is the one that enforcing would give
"#;
