//! The results of a replay as a text: a table, the trips, and what limits the results.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use crate::lab::output::write_columns;
use crate::lab::replay::command::{PolicyReport, ReplayReport};
use crate::lab::replay::incident::ratio;
use crate::support::text::escaped;
use crate::time::duration::shown;

/// The most trips of a policy that are listed.
const LISTED_TRIPS: usize = 10;

/// Returns the text; `whole` prints each trip's whole report.
pub(crate) fn text(report: &ReplayReport, whole: bool) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = write_report(&mut text, report, whole);
    text
}

fn write_report(text: &mut String, report: &ReplayReport, whole: bool) -> std::fmt::Result {
    let incidents: usize = report.breakers.iter().map(|breaker| breaker.weather.incidents.len()).sum();
    writeln!(
        text,
        "{} calls of {}, {} in the log",
        report.log.calls,
        plural(report.breakers.len(), "breaker"),
        plural(incidents, "incident"),
    )?;
    text.push('\n');
    write_columns(text, &rows(report))?;
    for policy in &report.policies {
        write_trips(text, policy, whole)?;
    }
    text.push('\n');
    writeln!(text, "{}", report.method)?;
    for remark in &report.remarks {
        writeln!(text, "{remark}")?;
    }
    Ok(())
}

/// Returns a number with its noun.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Returns the columns: the names of the figures, and those of each policy.
fn rows(report: &ReplayReport) -> Vec<Vec<String>> {
    let names = [
        "policy",
        "trips",
        "  outside incidents",
        "incidents missed",
        "first bad call to trip",
        "bad calls let through",
        "good calls rejected",
        "not closed",
        "  after the incident",
    ];
    let mut columns = vec![names.map(str::to_owned).to_vec()];
    for policy in &report.policies {
        let total = &policy.total;
        let of = |part, of| format!("{part} of {of} ({:.2} %)", 100.0 * ratio(part, of));
        let length = |nanos| format!("{:.1}", shown(Duration::from_nanos(nanos)));
        let to_trip = total.median_time_to_trip().map(|time| format!("{:.1}", shown(time)));
        columns.push(vec![
            escaped(&policy.settings).to_string(),
            total.trips.to_string(),
            total.trips_outside.to_string(),
            total.missed.to_string(),
            to_trip.unwrap_or_else(|| "-".to_owned()),
            of(total.bad_let_through, total.bad),
            of(total.good_rejected, total.good),
            length(total.not_closed),
            length(total.open_after),
        ]);
    }
    columns
}

fn write_trips(text: &mut String, policy: &PolicyReport, whole: bool) -> std::fmt::Result {
    writeln!(text, "\n{}:", escaped(&policy.settings))?;
    let trips = policy.breakers.iter().flat_map(|breaker| &breaker.trips);
    let most = if whole { usize::MAX } else { LISTED_TRIPS };
    for trip in trips.take(most) {
        let (time, lasted) = (clock_time(trip.time), shown(trip.lasted));
        if whole {
            writeln!(text, "{time} {trip}")?;
        } else {
            let failed = match trip.failed_probes {
                0 => String::new(),
                probes => format!(", {}", plural(probes as usize, "failed probe")),
            };
            writeln!(text, "  {time} {}; not closed for {lasted:.1}{failed}", trip.summary())?;
        }
    }
    match policy.total.trips.saturating_sub(most as u64) {
        0 if policy.total.trips == 0 => writeln!(text, "  no trip")?,
        0 => {}
        more => writeln!(text, "  and {more} more trips")?,
    }
    if policy.total.unknown_admitted > 0 {
        writeln!(
            text,
            "  {} calls would have run that the log has as rejected: how they would have ended is not known",
            policy.total.unknown_admitted
        )?;
    }
    policy.left_out.iter().try_for_each(|left_out| writeln!(text, "  not replayed: {left_out}"))
}

/// Returns a wall-clock time to the second, in UTC.
pub(crate) fn clock_time(time: SystemTime) -> String {
    let mut text = String::new();
    match write!(text, "{}", humantime::format_rfc3339_millis(time)) {
        Ok(()) => text,
        Err(_) => "-".to_owned(),
    }
}
