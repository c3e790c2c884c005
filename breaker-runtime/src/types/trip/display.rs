//! The texts of a [`TripReport`]: one line, and at most ten.

use std::collections::BTreeMap;
use std::fmt;

use crate::support::text::escaped;
use crate::time::duration::shown;
use crate::types::operator::Operator;
use crate::types::snapshot::{Mode, counted};
use crate::types::trip::{
    CallResult, OptionOrigin, RecordedCall, SuccessSlice, TripCondition, TripReport,
};

/// The number of causes that the line lists.
const LISTED_CAUSES: usize = 3;

/// The number of calls that the text lists.
const LISTED_CALLS: usize = 4;

impl TripReport {
    /// Returns the report as one line for a log: `payments opened: 5 failures in a row
    /// (failure_threshold = 5); last cause: shop::Timeout`. With failures of different causes the three
    /// most frequent follow: `; causes: 3 x Timeout, 2 x Status(5xx)`.
    pub fn summary(&self) -> impl fmt::Display + '_ {
        Summary(self)
    }

    /// Returns the slices of the successes before a call, of this index in [`calls`](Self::calls).
    pub fn slices_before(&self, index: usize) -> impl Iterator<Item = &SuccessSlice> {
        self.slices.iter().filter(move |slice| slice.before_call == index)
    }

    fn write_label(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", escaped(self.breaker))?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "[{key}]"))
    }

    fn write_condition(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " opened: {}", self.condition)?;
        write_operator(f, self.operator.as_deref())
    }

    /// Returns the causes of failures with their numbers, the most frequent first.
    fn causes(&self) -> Vec<(String, u64)> {
        let mut numbers = BTreeMap::<_, u64>::new();
        for call in self.calls.iter().filter(|call| call.result == CallResult::Failure) {
            *numbers.entry(call.cause_text()).or_default() += 1;
        }
        let mut causes: Vec<_> = numbers.into_iter().collect();
        causes.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
        causes
    }

    fn write_calls(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown_calls = self.calls.len().min(LISTED_CALLS);
        for (index, call) in self.calls.iter().enumerate().skip(self.calls.len() - shown_calls) {
            write!(f, "\n  {:.1} before: ", shown(self.at.saturating_sub(call.at)))?;
            call.write(f)?;
            self.write_slices(f, index)?;
        }
        Ok(())
    }

    /// Writes that calls before the trip are not on record, or with them successes between them.
    fn write_gap(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.earlier_calls {
            _ if self.complete || self.condition == TripCondition::Command => Ok(()),
            0 => f.write_str("\n  not complete: a replay may open at another call"),
            earlier => write!(f, "\n  not complete: without {}", counted(earlier, "earlier result")),
        }
    }

    /// Writes the slices with successes before a call.
    fn write_slices(&self, f: &mut fmt::Formatter<'_>, index: usize) -> fmt::Result {
        match self.slices_before(index).count() {
            0 => Ok(()),
            number => {
                let successes: u64 = self.slices_before(index).map(|slice| slice.successes).sum();
                write!(f, ", {successes} in {}", counted(number as u64, "earlier slice"))
            }
        }
    }

    fn write_options(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.options.iter().filter(|option| option.origin != OptionOrigin::Default);
        for (index, option) in set.enumerate() {
            let separator = if index == 0 { "\n  options: " } else { ", " };
            write!(f, "{separator}{} = {} ({})", option.name, option.value, option.origin)?;
        }
        Ok(())
    }

    fn write_answers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = &self.answers;
        write!(
            f,
            "\n  callers got: {}, {}, {}",
            counted(answers.rejected, "rejection"),
            counted(answers.fallback, "fallback"),
            counted(answers.last_good, "last good answer")
        )?;
        if self.mode == Mode::Observe {
            write!(f, "; {} ran in a dry run", counted(answers.would_reject, "call"))?;
        }
        Ok(())
    }

    fn write_end(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasted = shown(self.lasted);
        match self.end {
            Some(reason) => {
                write!(f, "\n  ended after {lasted:.1}: {reason}")?;
                write_operator(f, self.ended_by.as_deref())?;
            }
            None => write!(f, "\n  has lasted {lasted:.1}")?,
        }
        match self.failed_probes {
            0 => Ok(()),
            failed => write!(f, "; failed probes: {failed}"),
        }
    }
}

fn write_operator(f: &mut fmt::Formatter<'_>, operator: Option<&Operator>) -> fmt::Result {
    operator.map_or(Ok(()), |operator| write!(f, " by {operator}"))
}

struct Summary<'r>(&'r TripReport);

fn write_causes(f: &mut fmt::Formatter<'_>, title: &str, causes: &[(String, u64)]) -> fmt::Result {
    for (index, (cause, number)) in causes.iter().enumerate() {
        let separator = if index == 0 { title } else { ", " };
        write!(f, "{separator}{number} x {cause}")?;
    }
    Ok(())
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(report) = self;
        report.write_label(f)?;
        report.write_condition(f)?;
        let is_order = matches!(report.condition, TripCondition::Command | TripCondition::Fleet);
        let Some(call) = report.calls.last().filter(|_| !is_order) else { return Ok(()) };
        write!(f, "; last cause: {}", call.cause_text())?;
        let causes = report.causes();
        if causes.len() < 2 {
            return Ok(());
        }
        write_causes(f, "; causes: ", &causes[..causes.len().min(LISTED_CAUSES)])?;
        match causes.len().saturating_sub(LISTED_CAUSES) {
            0 => Ok(()),
            others => write!(f, ", {others} more"),
        }
    }
}

/// A text of at most ten lines: the condition, the causes, the last four calls, the options that are
/// set, what callers got, and how it ended.
impl fmt::Display for TripReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_label(f)?;
        self.write_condition(f)?;
        if self.mode != Mode::Automatic {
            write!(f, " ({})", self.mode)?;
        }
        write_causes(f, "\n  failures by cause: ", &self.causes())?;
        self.write_calls(f)?;
        self.write_gap(f)?;
        self.write_options(f)?;
        self.write_answers(f)?;
        self.write_end(f)
    }
}

impl RecordedCall {
    /// Returns the cause, or the class if the function classifies its outputs, or both.
    fn cause_text(&self) -> String {
        match (self.class, self.cause) {
            (Some(class), Some(cause)) => format!("{class} ({})", escaped(cause)),
            (Some(class), None) => class.to_string(),
            (None, Some(cause)) => escaped(cause).to_string(),
            (None, None) => "unknown".to_owned(),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slow = if self.slow { "slow " } else { "" };
        write!(f, "{slow}{}", self.result)?;
        if self.class.is_some() || self.cause.is_some() {
            write!(f, ", {}", self.cause_text())?;
        }
        if let Some(took) = self.took {
            write!(f, ", took {:.1}", shown(took))?;
        }
        match self.successes_before {
            0 => Ok(()),
            1 => f.write_str(", after 1 success"),
            successes => write!(f, ", after {successes} successes"),
        }
    }
}

/// The figures and the option that they met: `5 failures in a row (failure_threshold = 5)`.
impl fmt::Display for TripCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailureThreshold { failures: 1, threshold } => {
                write!(f, "1 failure (failure_threshold = {threshold})")
            }
            Self::FailureThreshold { failures, threshold } => {
                write!(f, "{failures} failures in a row (failure_threshold = {threshold})")
            }
            Self::FailureRate { failures, calls, rate } => {
                write!(f, "{failures} of {calls} calls in the window failed (failure_rate = {rate})")
            }
            Self::SlowCallRate { slow, calls, rate } => {
                write!(f, "{slow} of {calls} calls in the window were slow (slow_call_rate = {rate})")
            }
            Self::Outlier { rate, mean, stdev, keys, deviations } => {
                let [rate, mean, stdev] = [rate, mean, stdev].map(|share| share * 100.0);
                write!(
                    f,
                    "{rate:.1} % succeeded, an outlier among {keys} keys with a mean of {mean:.1} % and a \
                     standard deviation of {stdev:.1} % (outlier.stdev = {deviations})"
                )
            }
            Self::Command => f.write_str("tripped manually"),
            Self::Fleet => f.write_str("opened by the fleet"),
        }
    }
}

/// One word: "success", "failure", "ignored", "cancelled" or "late".
impl fmt::Display for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Ignored => "ignored",
            Self::Cancelled => "cancelled",
            Self::Late => "late",
        })
    }
}

/// One word: "default", "code", "settings" or "reconfigure".
impl fmt::Display for OptionOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::Code => "code",
            Self::Settings => "settings",
            Self::Reconfigure => "reconfigure",
        })
    }
}
