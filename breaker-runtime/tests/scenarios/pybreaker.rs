//! danielfm/pybreaker: its README ("What Does a Circuit Breaker Do?", "Excluding Exceptions",
//! "Monitoring and Management") and an issue. One success closes.

use super::harness::run;

#[test]
fn scenarios_of_pybreaker_hold() {
    run("pybreaker", TABLE);
}

const TABLE: &str = r"
source: README, What Does a Circuit Breaker Do?
given:  failure_threshold=5 timeout=60s success_threshold=1
F*4 =closed F R     | open by=FailureThreshold failure=5 kind=Open wait=60s
    five consecutive failures, and the next call is not attempted
    differs: there the fifth caller gets CircuitBreakerError instead of its own error; here its own
F*5 59999ms R 1ms S | closed by=ProbesSucceeded
    after 60 seconds the next call passes, also if it comes exactly then

source: README, Excluding Exceptions
given:  failure_threshold=5 timeout=60s success_threshold=1
F*4 I F                | open by=FailureThreshold ignored=1
    an excluded exception between failures
    differs: there it is a success and the count starts anew; here it is neither
F*5 60s I =half-open S | closed by=ProbesSucceeded ignored=1
    an excluded exception in the trial call
    differs: there it closes the circuit; here only a success closes it

source: README, Monitoring and Management: open, close
given:  failure_threshold=5 timeout=60s success_threshold=1
trip 59999ms R 1ms S   | closed events=Tripped,TimeoutElapsed,ProbesSucceeded
    opened manually it recovers as otherwise
F*5 30s trip           | open events=FailureThreshold retry=30s trips=1
    opened manually while it is open
    differs: there the time-out starts anew; here that has no effect
F*5 60s [a reset F a]S | closed events=FailureThreshold,TimeoutElapsed,Reset streak=1 late=1
    closed manually while a trial call runs
    differs: there the command waits for the call; here the call is late

given:  failure_threshold=5 timeout=60s timeout_factor=2 success_threshold=1
F*5 60s F 120s trip 59999ms R 1ms F | open by=ProbeFailed retry=120s trips=4
    opened manually when the next trial is due
    differs: there all periods are alike; here a command is no failed trial, and starts at the base again

source: README, Features: asynchronous calls, with a deadline of the caller around them
given:  failure_threshold=5 timeout=60s success_threshold=1
C*10 =closed C*4 =closed C | open by=FailureThreshold cancelled=10 failure=5
    callers give up, and no call ends
    differs: there a cancelled call is not counted, and the circuit stays closed
C*15 60s C =open 60s S C   | closed by=ProbesSucceeded cancelled=11 trips=2
    a dropped trial call opens again; once one has succeeded, the next that is dropped is the first of its row
(C*9 S)*20                 | closed cancelled=180 failure=0
    some callers give up early
C*10 F C*10 =closed C      | closed streak=2 cancelled=20
    a failure is an answer as well

given:  failure_threshold=5 timeout=60s slow_call=2s slow_call_rate=1 success_threshold=1
C:3s*5 | open by=FailureThreshold slow=5
    a caller who waits for longer than slow_call needs no row

source: issue 96, success_threshold
given:  failure_threshold=5 timeout=60s success_threshold=3 max_probes=1
F*5 60s [a R a]S =half-open S S | closed by=ProbesSucceeded rejected=1 kind=HalfOpen
    three successful trial calls close, one after the other
    differs: there a second caller waits for the lock; here it is rejected
";
