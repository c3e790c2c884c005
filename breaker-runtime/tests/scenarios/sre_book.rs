//! Google, "Site Reliability Engineering", chapter 21, "Handling Overload", in its section "Client-Side
//! Throttling": a request is rejected with the probability of equation 21-1,
//! `max(0, (requests - K * accepts) / (requests + 1))`.

use super::harness::run;

#[test]
fn scenarios_of_the_sre_book_hold() {
    run("the SRE book", TABLE);
}

const TABLE: &str = r#"
source: chapter 21, equation 21-1, with the K of 2 and the history of two minutes that it gives
given:  throttle=2/120s
%0 S*10                | closed throttle=0
    as long as everything is accepted nothing is rejected
S*5 F*5 %0 S           | closed throttle=0 success=6
    up to K times as many requests as accepts: still nothing
S*5 F*6 %0.083 R       | closed throttle=2/13 kind=Throttled wait=none
    the eleventh request makes it 1/12, and the one rejected here is a request as well
S*5 F*6 %0.084 S       | closed throttle=0 success=6
    a draw above 1/12 lets it run, and its success makes up for it
F*9 %0.9 F             | closed throttle=10/11 failure=10
    a draw equal to the probability, 9/10, runs
F*99 %0.98 R %0.9901 S | closed throttle=99/102 trips=0
    it never becomes 1: some requests detect that the service is back

source: chapter 21, "Client-Side Throttling", requests: all attempts, also those rejected locally
given:  throttle=2/120s
F*3 %0 R*6 %0.9 S*5 | closed throttle=4/15
    six rejections of its own raise it from 3/4 to 9/10, and five successes lower it
[a [b [c F          | closed throttle=1/2
    three requests have been sent and not answered
    differs: there they are requests already, and it would be 4/5; here a call counts when it ends

source: chapter 21, "Client-Side Throttling", accepts: the requests that the backend accepted
given:  throttle=2/120s
F I*10 | closed throttle=1/2 ignored=10
    answers without information about its load
    differs: there an answer has been accepted, whatever it says; here an ignored call is neither request
        nor accept

source: chapter 21, "Client-Side Throttling": the history
given:  throttle=2/120s
F*9 108s               | closed throttle=9/10
    nine tenths of it later all counts
F*9 120s %0 S          | closed throttle=0 success=1
    two minutes later nothing does
S*9 60s F*9 %0 S 60s R | closed throttle=9/12 kind=Throttled
    accepts are forgotten as requests are: ten of 19 keep the rate below, and a minute later it is one of ten

source: chapter 21, "Client-Side Throttling": the multiplier K
given:  throttle=1.1/120s
S*10 F =closed F | closed throttle=1/13
    with 1.1 one request in ten may fail, and not a second one
given:  throttle=3/120s
S*5 F*10 | closed throttle=0
    with 3 two in three

source: chapter 21, "Client-Side Throttling": some requests always go on to the backend
given:  throttle=2/120s failure_threshold=3 timeout=60s
F*3 R | open by=FailureThreshold throttle=none kind=Open wait=60s
    a service that is down rather than overloaded
    differs: there nothing rejects every request; here a threshold beside the throttle does
"#;
