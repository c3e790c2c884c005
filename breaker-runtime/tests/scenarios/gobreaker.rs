//! sony/gobreaker: its README (Settings, Counts, Execute) and the example in its repository.

use super::harness::run;

#[test]
fn scenarios_of_gobreaker_hold() {
    run("gobreaker", TABLE);
}

const TABLE: &str = r"
source: README, ReadyToTrip: by default, more than five consecutive failures
given:  defaults
F*4 =closed F | open by=FailureThreshold retry=60s
    the default rule that opens
    differs: there it takes more than five, the sixth; here the threshold is the number that opens, five

source: README, Timeout
given:  failure_threshold=6 timeout=60s success_threshold=1
F*6 59.999999s R 1us S | closed by=ProbesSucceeded
    a call that comes exactly when the open period ends
    differs: there the expiry must be before now; here the call probes, to the microsecond

source: README, MaxRequests: 0 allows only one request
given:  failure_threshold=6 timeout=60s success_threshold=1
F*6 60s [a R*3 a]S | closed by=ProbesSucceeded rejected=3 kind=HalfOpen wait=none
    while the one request is in flight all others are rejected

source: README, MaxRequests
given:  failure_threshold=6 timeout=60s success_threshold=3
F*6 60s S S F | open by=ProbeFailed retry=60s
    two of three successes do not help after a failure

source: README, Execute
given:  failure_threshold=6 timeout=60s
P*5 =closed P | open by=FailureThreshold failure=6
    a panic is an error, and continues to unwind

source: README, Interval: 0 never clears the counts while closed
given:  failure_threshold=6 timeout=60s
F*5 24h F | open by=FailureThreshold
    consecutive failures have no age
    differs: there an Interval above 0 clears them too; here only a success or a change of state does

source: README, Counts: the results of requests sent before clearing are ignored
given:  failure_threshold=6 timeout=60s success_threshold=1
[a F*6 60s S a]F | closed by=ProbesSucceeded streak=0 late=1
    a request of the first closed state ends in the second one

source: example/http_breaker.go: three requests or more, a failure ratio of 0.6
given:  failure_rate=0.6 min_calls=3
S S F F =closed F | open by=FailureRate
    three of five are 0.6, without an error in the last digit
[a F F            | closed rate=none window=2/2/0
    two requests have failed, and a third is in flight
    differs: there Requests includes the third, and two of three open; here a call counts when it ends

source: README, Interval, with the ReadyToTrip of the example
given:  failure_rate=0.6 min_calls=3 window=10s
9s F F 2s F              | open by=FailureRate
    failures on both sides of the end of an interval
    differs: there the counts are cleared at ten seconds and one failure is left; here the window slides
[a [b [c 11s a]F b]F c]F | open by=FailureRate late=0
    requests that take longer than the interval
    differs: there each is of an interval that has passed and is ignored, so that a hanging service never
        opens; here they count when they end
";
