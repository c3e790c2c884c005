//! The results of a simulation as a text.

use std::fmt::Write;
use std::time::Duration;

use crate::lab::output::write_columns;
use crate::lab::replay::incident::ratio;
use crate::lab::replay::table::plural;
use crate::lab::simulate::command::{PolicyCourse, SimulationReport};
use crate::lab::simulate::map::{MapPoint, PolicyMap};
use crate::lab::simulate::recovery::{Aftermath, in_nanos};
use crate::lab::simulate::scenario::{MapRows, Scenario};
use crate::support::text::escaped;
use crate::time::duration::shown;

/// Returns the text.
pub(crate) fn text(report: &SimulationReport) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(text: &mut String, report: &SimulationReport) -> std::fmt::Result {
    let scenario = &report.scenario;
    writeln!(text, "{}", system(scenario))?;
    writeln!(text, "It meets {}.\n", scenario.trigger.words())?;
    write_columns(text, &rows(report))?;
    writeln!(
        text,
        "\nThe map: requests per second to the right, {} upwards.\n",
        rows_are(scenario.map.by)
    )?;
    for pair in report.policies.chunks(2) {
        write_maps(text, report, pair)?;
    }
    let soon = shown(scenario.recovery.within / SOON);
    let within = shown(scenario.recovery.within);
    writeln!(text, "  .  back within {soon} of the end of the trouble")?;
    writeln!(text, "  o  back later, within {within}")?;
    writeln!(text, "  #  not back within {within}: it does not come back by itself")?;
    writeln!(text, "  -  cannot carry the load, without any trouble\n")?;
    writeln!(text, "{}", report.method)?;
    for policy in &report.policies {
        for left_out in &policy.left_out {
            writeln!(text, "{}: not simulated: {left_out}", escaped(&policy.policy))?;
        }
    }
    Ok(())
}

/// The part of the time for a recovery that is soon: one of so many.
pub(crate) const SOON: u32 = 10;

/// Returns the system in a sentence or two.
pub(crate) fn system(scenario: &Scenario) -> String {
    let (dependency, clients) = (&scenario.dependency, &scenario.clients);
    let cache = match dependency.hit_rate {
        rate if rate > 0.0 => format!(" behind a cache with a hit rate of {:.0} %", 100.0 * rate),
        _ => String::new(),
    };
    let capacity = dependency.capacity();
    format!(
        "{} with calls of {} on average{cache} carry {capacity:.0} requests/s, and {} calls can wait.\nCallers make \
         {} requests/s, give a call up after {}, and retry {}.",
        plural(dependency.workers as usize, "worker"),
        shown(dependency.mean),
        dependency.queue,
        clients.rate,
        shown(clients.deadline),
        match clients.retries {
            0 => "never".to_owned(),
            1 => "once".to_owned(),
            retries => format!("{retries} times"),
        }
    )
}

/// Returns what the rows of the map are.
pub(crate) fn rows_are(by: MapRows) -> &'static str {
    match by {
        MapRows::Workers => "workers",
        MapRows::Length => "seconds of trouble",
        MapRows::Size => "size of the trouble",
    }
}

/// Returns what came of a system in a few words.
pub(crate) fn words(aftermath: Aftermath, scenario: &Scenario) -> String {
    match aftermath {
        Aftermath::Back(0) => "at once".to_owned(),
        Aftermath::Back(time) => format!("after {:.1}", shown(Duration::from_nanos(time))),
        Aftermath::Down => format!("not within {}", shown(scenario.recovery.within)),
        Aftermath::Overloaded => "cannot carry the load".to_owned(),
    }
}

/// Returns the columns: the names of the figures, and those of each policy.
fn rows(report: &SimulationReport) -> Vec<Vec<String>> {
    let scenario = &report.scenario;
    let names = [
        format!("at {} requests/s", scenario.clients.rate),
        "  is back".to_owned(),
        "  requests answered".to_owned(),
        "  failed".to_owned(),
        "  rejected".to_owned(),
        "  calls for each request".to_owned(),
        "  work for nothing".to_owned(),
        "points of the map".to_owned(),
        "  that come back".to_owned(),
        "    median time".to_owned(),
        "  that do not".to_owned(),
        "  that are overloaded".to_owned(),
    ];
    let mut columns = vec![names.to_vec()];
    columns.extend(report.policies.iter().map(|policy| column(policy, report)));
    columns
}

fn column(policy: &PolicyCourse, report: &SimulationReport) -> Vec<String> {
    let counts = &policy.counts;
    let percent = |part, of| format!("{:.1} %", 100.0 * ratio(part, of));
    let after = after_trigger(policy, report);
    let all = after.iter().sum();
    let map = &policy.map;
    let times = map.times();
    let median =
        times.get(times.len() / 2).map(|time| format!("{:.1}", shown(Duration::from_nanos(*time))));
    vec![
        escaped(&policy.policy).to_string(),
        words(policy.aftermath, &report.scenario),
        percent(after[0], all),
        percent(after[1], all),
        percent(after[2], all),
        format!("{:.2}", ratio(counts.calls, counts.requests)),
        percent(counts.wasted, counts.wasted + counts.answered - counts.hits),
        map.points.iter().map(Vec::len).sum::<usize>().to_string(),
        map.number(|aftermath| matches!(aftermath, Aftermath::Back(_))).to_string(),
        median.unwrap_or_else(|| "-".to_owned()),
        map.number(|aftermath| aftermath == Aftermath::Down).to_string(),
        map.number(|aftermath| aftermath == Aftermath::Overloaded).to_string(),
    ]
}

/// Returns the requests from the begin of the trouble to the end of the time for a recovery that were
/// answered, failed and were rejected.
fn after_trigger(policy: &PolicyCourse, report: &SimulationReport) -> [u64; 3] {
    let (scenario, length) = (&report.scenario, report.slice_length.max(1));
    let begin = in_nanos(scenario.recovery.before);
    let end = begin + in_nanos(scenario.trigger.length()) + in_nanos(scenario.recovery.within);
    let index = |at: u64| usize::try_from(at.div_ceil(length)).unwrap_or(usize::MAX);
    let mut sum = [0; 3];
    for slice in policy.slices.iter().take(index(end)).skip(index(begin)) {
        let counts = [slice.answered, slice.failed, slice.rejected];
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u64::from(count));
    }
    sum
}

/// Writes maps side by side.
fn write_maps(
    text: &mut String,
    report: &SimulationReport,
    policies: &[PolicyCourse],
) -> std::fmt::Result {
    let width = report.rates.len().max(20);
    let mut lines = vec![String::new(); report.values.len() + 2];
    for policy in policies {
        let name: String = escaped(&policy.policy).to_string().chars().take(width).collect();
        write!(lines[0], "         {name:width$}")?;
        for (line, (value, glyphs)) in lines[1..].iter_mut().zip(glyph_rows(report, &policy.map)) {
            write!(line, "{value:>7}  {glyphs:width$}")?;
        }
        let (first, last) = (report.rates.first().copied(), report.rates.last().copied());
        let (first, last) = (first.unwrap_or_default().to_string(), last.unwrap_or_default());
        let rest = report.rates.len().saturating_sub(first.chars().count() + 1);
        let axis = format!("{first} {last:>rest$}");
        if let Some(line) = lines.last_mut() {
            write!(line, "         {axis:width$}")?;
        }
    }
    for line in lines {
        writeln!(text, "{}", line.trim_end())?;
    }
    text.push('\n');
    Ok(())
}

/// Returns the rows from the top, each with its value.
fn glyph_rows<'r>(
    report: &'r SimulationReport,
    map: &'r PolicyMap,
) -> impl Iterator<Item = (f64, String)> + 'r {
    let soon = in_nanos(report.scenario.recovery.within) / u64::from(SOON);
    let glyph = move |point: &MapPoint| match point.aftermath {
        Aftermath::Back(time) if time <= soon => '.',
        Aftermath::Back(_) => 'o',
        Aftermath::Down => '#',
        Aftermath::Overloaded => '-',
    };
    let rows = report.values.iter().zip(&map.points).rev();
    rows.map(move |(value, points)| (*value, points.iter().map(glyph).collect()))
}
