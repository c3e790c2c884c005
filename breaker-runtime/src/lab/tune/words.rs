//! The result of a search in words: the front, and what the log cannot show.

use std::fmt::Write;
use std::time::Duration;

use crate::lab::log::LoadedLog;
use crate::lab::recording::CallOutcome;
use crate::lab::replay::command::OPEN_LOOP;
use crate::lab::replay::incident::ratio;
use crate::lab::replay::table::plural;
use crate::lab::tune::command::{TunedBreaker, options};
use crate::lab::tune::search::Tried;
use crate::support::text::escaped;
use crate::time::duration::shown;

/// The most policies of a front that are printed.
const LISTED: usize = 8;

/// The number of incidents from which their lengths say something.
const FEW: usize = 5;

/// The time from which a log shows the traffic of all hours and days: a week.
const WEEK: u64 = 7 * 86_400 * 1_000_000_000;

/// Returns the whole text; `limits` are those of the log.
pub(crate) fn text(tuned: &[TunedBreaker], limits: &[String]) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    for breaker in tuned {
        let _ = write_breaker(&mut text, breaker);
    }
    let _ = writeln!(text, "What the log cannot show:");
    for limit in limits {
        let _ = writeln!(text, "- {limit}");
    }
    text
}

fn write_breaker(text: &mut String, breaker: &TunedBreaker) -> std::fmt::Result {
    let TunedBreaker { name, keys, calls, incidents, tuned } = breaker;
    write!(text, "{}: {calls} calls", escaped(name))?;
    if *keys > 0 {
        write!(text, " of {keys} keys, each with a breaker of its own")?;
    }
    writeln!(text, ", {}, {} policies replayed", plural(*incidents, "incident"), tuned.replays)?;
    if tuned.too_nervous > 0 {
        writeln!(
            text,
            "Left out: {} conditions that chance alone could meet, with up to {:.2} % of the calls failing on usual \
             days.",
            tuned.too_nervous,
            100.0 * tuned.usual.bad
        )?;
    }
    if tuned.front.is_empty() {
        return writeln!(
            text,
            "No policy opens in the incidents alone: look at the usual failures first.\n"
        );
    }
    if *incidents == 0 {
        writeln!(
            text,
            "No incident: the policy below is the quickest one that chance alone does not meet."
        )?;
    }
    text.push('\n');
    for (number, tried) in listed(&tuned.front, tuned.best) {
        write_policy(text, number, tried, number == tuned.best)?;
    }
    text.push('\n');
    Ok(())
}

/// Returns policies from all of the front, the best one among them, with their numbers.
fn listed(front: &[Tried], best: usize) -> Vec<(usize, &Tried)> {
    let step = front.len().div_ceil(LISTED).max(1);
    front.iter().enumerate().filter(|(index, _)| index % step == 0 || *index == best).collect()
}

fn write_policy(text: &mut String, number: usize, tried: &Tried, is_best: bool) -> std::fmt::Result {
    let options = options(&tried.candidate.config());
    let score = &tried.score;
    let mark = if is_best { " (recommended: the smallest sum of both)" } else { "" };
    writeln!(text, "{}. {}{mark}", number + 1, options.trim_end().replace('\n', ", "))?;
    write!(
        text,
        "   It lets {} of {} failing calls through ({:.2} %), and rejects {} of {} good calls ({:.3} %).",
        score.bad_let_through,
        score.bad,
        100.0 * ratio(score.bad_let_through, score.bad),
        score.good_rejected,
        score.good,
        100.0 * ratio(score.good_rejected, score.good)
    )?;
    if let Some(time) = score.median_time_to_trip() {
        write!(
            text,
            " It opens {:.1} after the first failing call, and is open for {:.1} in all after the incidents.",
            shown(time),
            shown(Duration::from_nanos(score.open_after))
        )?;
    }
    if score.missed > 0 {
        write!(text, " It stays closed in {} of the incidents.", score.missed)?;
    }
    text.push('\n');
    Ok(())
}

/// Returns what the log cannot show, a sentence or two each.
pub(crate) fn limits(
    log: &LoadedLog,
    tuned: &[TunedBreaker],
    slow: Option<Duration>,
    remarks: &[String],
) -> Vec<String> {
    let mut limits = vec![OPEN_LOOP.to_owned()];
    let incidents: usize = tuned.iter().map(|breaker| breaker.incidents).sum();
    limits.push(match incidents {
        0 => "It has no incident: how a policy acts in one is not known.".to_owned(),
        1 => "The policies fit its 1 incident. The next one may be of another kind.".to_owned(),
        _ => format!("The policies fit its {incidents} incidents. The next one may be of another kind."),
    });
    if (1..FEW).contains(&incidents) {
        limits.push(
            "With so few of them an open period fits their length by chance: a shorter one is safer than it looks."
                .to_owned(),
        );
    }
    let span = log.end();
    if span < WEEK {
        let length = shown(Duration::from_secs(span / 1_000_000_000));
        limits.push(format!(
            "It is {length} long, less than a week: other hours and days may have other traffic."
        ));
    }
    if slow.is_none() {
        limits.push(
            "Slow calls that succeed count as good: give `--slow` to count them as bad.".to_owned(),
        );
    }
    let calls = || log.groups.iter().flat_map(|group| &group.calls);
    let unknown = |outcome| matches!(outcome, CallOutcome::Rejected | CallOutcome::Full);
    let rejected = calls().filter(|call| unknown(call.outcome)).count();
    if rejected > 0 {
        limits.push(format!(
            "{rejected} calls were rejected when it was recorded: how they would have ended is not known."
        ));
    }
    limits.extend_from_slice(remarks);
    limits
}
