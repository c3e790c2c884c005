//! The sentence that says why a breaker opened.

use std::collections::BTreeMap;

use crate::types::trip::{CallResult, RecordedCall, TripCondition, TripReport};

/// The number of different causes in the sentence.
const CAUSES: usize = 3;

/// Returns one sentence: `5 failures in a row: 4 × ConnectTimeout, 1 × panic`.
pub(super) fn sentence(report: &TripReport) -> String {
    let condition = match report.condition {
        TripCondition::FailureThreshold { failures: 1, .. } => "1 failure".to_owned(),
        TripCondition::FailureThreshold { failures, .. } => format!("{failures} failures in a row"),
        TripCondition::FailureRate { failures, calls, rate } => {
            format!("{failures} of {calls} calls failed, the limit is {} %", percent(rate))
        }
        TripCondition::SlowCallRate { slow, calls, rate } => {
            format!("{slow} of {calls} calls were slow, the limit is {} %", percent(rate))
        }
        TripCondition::Outlier { rate, mean, keys, .. } => {
            let (rate, mean) = (percent(rate), percent(mean));
            format!("{rate} % succeeded, the mean of {keys} keys is {mean} %")
        }
        TripCondition::Command => return "tripped by an operator".to_owned(),
        TripCondition::Fleet => return "opened by the fleet".to_owned(),
    };
    let is_slow = matches!(report.condition, TripCondition::SlowCallRate { .. });
    let counted = |call: &&RecordedCall| {
        if is_slow { call.slow } else { call.result == CallResult::Failure }
    };
    let mut numbers = BTreeMap::<String, u64>::new();
    for call in report.calls.iter().filter(counted) {
        if let Some(cause) = cause(call) {
            *numbers.entry(cause).or_default() += 1;
        }
    }
    let mut causes: Vec<_> = numbers.into_iter().collect();
    causes.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let others = causes.len().saturating_sub(CAUSES);
    let is_one = matches!(causes.as_slice(), [(_, 1)]);
    let text = |(cause, number): &(String, u64)| {
        if is_one { cause.clone() } else { format!("{number} × {cause}") }
    };
    let mut shown: Vec<_> = causes.iter().take(CAUSES).map(text).collect();
    if others > 0 {
        shown.push(format!("{others} more"));
    }
    if shown.is_empty() { condition } else { format!("{condition}: {}", shown.join(", ")) }
}

/// Returns the cause of a call without the path of its type, its class, or both.
fn cause(call: &RecordedCall) -> Option<String> {
    let short = |cause: &'static str| match cause.split_once('<') {
        // The path of a generic type: its parameters have paths as well.
        Some((path, _)) if path.contains("::") => path.rsplit("::").next().unwrap_or(path),
        // A text of the user's, such as `latency < 2 s`.
        Some(_) => cause,
        None => cause.rsplit("::").next().unwrap_or(cause),
    };
    match (call.class, call.cause) {
        (Some(class), Some(cause)) => Some(format!("{class} ({})", short(cause))),
        (Some(class), None) => Some(class.to_string()),
        (None, Some(cause)) => Some(short(cause).to_owned()),
        (None, None) => None,
    }
}

fn percent(share: f64) -> f64 {
    (share * 1e3).round() / 10.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::cause;
    use crate::types::class::Class;
    use crate::types::trip::{CallResult, RecordedCall};

    #[test]
    fn type_is_named_without_its_path_and_a_text_of_the_user_in_full() {
        let shown = |class, text| {
            let call = RecordedCall {
                successes_before: 0,
                at: Duration::ZERO,
                took: None,
                result: CallResult::Failure,
                slow: false,
                class,
                cause: Some(text),
            };
            cause(&call).expect("a cause")
        };
        assert_eq!(shown(None, "shop::errors::Refused"), "Refused");
        assert_eq!(shown(None, "shop::Failed<shop::Timeout>"), "Failed");
        assert_eq!(shown(None, "Status(5xx)"), "Status(5xx)");
        assert_eq!(shown(None, "rate < 2 a second"), "rate < 2 a second");
        assert_eq!(shown(Some(Class::ServerError), "Status(5xx)"), "server error (Status(5xx))");
    }
}
