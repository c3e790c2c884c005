//! Envoy: outlier detection (`intro/arch_overview/upstream/outlier`, and the API reference of
//! `config.cluster.v3.OutlierDetection`) as far as it concerns one host, slow start mode, and issues.

use super::harness::run;

#[test]
fn scenarios_of_envoy_hold() {
    run("Envoy", TABLE);
}

const TABLE: &str = r#"
source: Outlier detection, "Consecutive 5xx"
given:  failure_threshold=5 timeout=30s
F*4 S F*4 =closed F | open by=FailureThreshold retry=30s
    five consecutive errors eject; a success between them restarts the count

source: Outlier detection, "Ejection algorithm": base_ejection_time, times the consecutive ejections
given:  failure_threshold=5 timeout=30s timeout_factor=2 max_timeout=300s success_threshold=1
F*5 30s F                                      | open by=ProbeFailed retry=60s
    the second ejection lasts twice as long
    differs: there the host is back in full service, and five more errors are needed; here one failed probe
F*5 30s F 60s F                                | open by=ProbeFailed retry=120s
    the third one
    differs: there three times as long, 90 s; here twice the previous one
F*5 30s F 60s F 120s F 240s F 299999ms R 1ms F | open by=ProbeFailed retry=300s trips=6
    max_ejection_time ends the growth, and at exactly that time there is another try
F*5 30s F 60s S F*5                            | open by=FailureThreshold retry=30s
    ejected again soon after it was healthy
    differs: there the multiplier goes down by one at each healthy interval; here a close resets it

source: issue 1491, consecutive_5xx not reset after an ejection
given:  failure_threshold=5 timeout=30s success_threshold=1
F*5 30s S F*4 | closed by=ProbesSucceeded streak=4
    back in service, the count starts at zero

source: OutlierDetection, max_ejection_time_jitter
given:  failure_threshold=5 timeout=30s timeout_jitter=0.1
%0 F*5 | open by=FailureThreshold retry=27s
    the lowest draw
    differs: there jitter is a time that is added; here it is a share in both directions
given:  failure_threshold=5 timeout=30s timeout_jitter=0.1 max_timeout=31s
%0.75 F*5 | open by=FailureThreshold retry=31s
    the longest period limits the jitter too: 31.5 s are too long

source: OutlierDetection, enforcing_consecutive_5xx=0: detected and not ejected
given:  failure_threshold=5 timeout=30s success_threshold=1
observe F*5 S*3 30s S | closed mode=observe by=ProbesSucceeded trips=1 would-reject=3
    a dry run opens and recovers like an enforcing breaker

source: OutlierDetection, failure_percentage_threshold=85 and failure_percentage_request_volume=50
given:  failure_rate=0.85 window=10s min_calls=50
S*9 F*50 =closed F | open by=FailureRate failure=51
    greater or equal: 51 of 60 are 85 percent, 50 of 59 were less
    differs: there the percentage is taken when an interval of ten seconds ends; here at every result

source: Outlier detection, "Detection types": several are active together
given:  failure_threshold=5 failure_rate=0.8 window=10s min_calls=50
(S F*4)*9 S F*3 =closed F | open by=FailureRate
    never five consecutive errors, but 40 of 50
S*4 F*5                   | open by=FailureThreshold rate=none
    five consecutive errors, long before there are 50 calls

source: Slow start mode
given:  failure_threshold=5 timeout=30s success_threshold=1 ramp=10s
F*5 30s S S R*3 5s R S R S 5s S*4 | closed by=ProbesSucceeded kind=Recovering rejected=5
    the load grows over the window: first one call, every other one in the middle, all at the end
    differs: there a weight of at least ten percent is scaled; here the first call runs, and then a share
        that starts at zero

source: issue 25487, rejections of Envoy's own circuit breakers ejected the host
given:  failure_threshold=5 timeout=30s success_threshold=1 ramp=10s
F*5 30s S F R*9 10s F | closed by=ProbesSucceeded streak=2
    a rejection here is no error of the service
"#;
