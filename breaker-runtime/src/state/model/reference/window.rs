//! The requests of a closed state, and their counts.

use crate::state::model::reference::{Last, Micros};

/// A call that has ended, or that the throttle has rejected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// The time since the origin of the breaker's clock.
    pub(super) at: Micros,
    pub(super) failed: bool,
    pub(super) slow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
}

impl Counts {
    pub(super) fn of(requests: &[Request], last: Last, now: Micros) -> Self {
        let window = in_window(requests, last, now);
        Self {
            calls: window.len() as u64,
            failures: window.iter().filter(|request| request.failed).count() as u64,
            slow: window.iter().filter(|request| request.slow).count() as u64,
        }
    }

    pub(super) fn failure_rate(&self) -> f64 {
        self.failures as f64 / self.calls as f64
    }

    pub(super) fn slow_rate(&self) -> f64 {
        self.slow as f64 / self.calls as f64
    }

    /// Returns the probability with which a throttle rejects.
    pub(super) fn rejection(&self, k: f64) -> f64 {
        let accepts = self.calls - self.failures;
        let probability = (self.calls as f64 - k * accepts as f64) / (self.calls as f64 + 1.0);
        probability.max(0.0)
    }
}

/// Returns the requests in the window, the oldest first.
fn in_window(requests: &[Request], last: Last, now: Micros) -> Vec<Request> {
    match last {
        Last::Calls(calls) => requests[requests.len().saturating_sub(calls)..].to_vec(),
        Last::Span(span) => {
            let is_in = |at| bucket(now, span) - bucket(at, span) <= 9;
            requests.iter().copied().filter(|request| is_in(request.at)).collect()
        }
    }
}

/// Returns the requests that stay when a window changes its shape: none of a new window, or of another
/// kind.
pub(super) fn reshaped(
    requests: &[Request],
    from: Option<Last>,
    to: Option<Last>,
    now: Micros,
) -> Vec<Request> {
    let (Some(from), Some(to)) = (from, to) else { return Vec::new() };
    let mut kept = in_window(requests, from, now);
    match (from, to) {
        _ if from == to => {}
        (Last::Calls(_), Last::Calls(_)) => {}
        (Last::Span(old), Last::Span(_)) => {
            for request in &mut kept {
                request.at = (bucket(request.at, old) * old).div_ceil(10);
            }
        }
        (Last::Calls(_), Last::Span(_)) | (Last::Span(_), Last::Calls(_)) => kept.clear(),
    }
    in_window(&kept, to, now)
}

fn bucket(at: Micros, span: Micros) -> u64 {
    at * 10 / span
}

/// Returns when the window slides: the current bucket ends, the oldest request leaves, or all of them
/// have left.
pub(super) fn edges(requests: &[Request], span: Micros, now: Micros) -> Vec<Micros> {
    let start = |bucket: u64| (bucket * span).div_ceil(10);
    let current = bucket(now, span);
    let in_window = requests.iter().map(|request| bucket(request.at, span) + 10);
    let oldest_goes = in_window.filter(|end| *end > current).min();
    [Some(current + 1), oldest_goes, Some(current + 10)].into_iter().flatten().map(start).collect()
}
