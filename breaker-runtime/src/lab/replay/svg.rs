//! The time line of a replay as SVG: the calls of each breaker above, the states of each policy below.

use std::fmt::Write;
use std::time::Duration;

use crate::lab::log::{CallGroup, LoadedLog};
use crate::lab::replay::command::{Outcomes, ReplayReport};
use crate::lab::replay::incident::Incident;
use crate::lab::replay::table::clock_time;
use crate::lab::svg::{document, short, xml};
use crate::types::snapshot::State;

const WIDTH: usize = 1_000;
const LEFT: usize = 190;
const PLOT: usize = WIDTH - LEFT - 20;
const CALLS_HEIGHT: usize = 90;
const BAND_HEIGHT: usize = 24;

/// The most breakers in a picture: those with the most bad calls.
const MAX_BREAKERS: usize = 6;

/// The columns of the calls.
const COLUMNS: usize = PLOT / 2;

/// Draws the time line.
pub(crate) fn draw(log: &LoadedLog, report: &ReplayReport, slow: Option<Duration>) -> String {
    let mut shown: Vec<_> = (0..log.groups.len()).collect();
    let bad =
        |index: &usize| report.policies.first().map_or(0, |policy| policy.breakers[*index].score.bad);
    shown.sort_by_key(|index| std::cmp::Reverse(bad(index)));
    shown.truncate(MAX_BREAKERS);
    let scale = Scale { end: log.end().max(1) };
    let mut body = String::new();
    let mut top = 34;
    for index in shown {
        let group = &log.groups[index];
        // Writing to a text does not fail.
        let _ = draw_calls(&mut body, group, &scale, slow, top);
        let incidents = &report.breakers[index].weather.incidents;
        let rows = report.policies.len();
        top += 22 + CALLS_HEIGHT;
        let _ = draw_incidents(
            &mut body,
            incidents,
            &scale,
            (top - CALLS_HEIGHT, CALLS_HEIGHT + rows * (BAND_HEIGHT + 6)),
        );
        for policy in &report.policies {
            top += 6;
            let _ = draw_states(&mut body, &policy.settings, &policy.breakers[index], &scale, top);
            top += BAND_HEIGHT;
        }
        top += 24;
    }
    let times = [0, 1, 2, 3, 4].map(|quarter| scale.end / 4 * quarter);
    for (nth, time) in times.iter().enumerate() {
        let anchor = ["start", "middle", "middle", "middle", "end"][nth];
        let at =
            log.started.checked_add(Duration::from_nanos(*time)).map(clock_time).unwrap_or_default();
        let at = at.split('.').next().unwrap_or_default().replace('T', " ");
        let _ = write!(
            body,
            "<text x=\"{:.1}\" y=\"{top}\" text-anchor=\"{anchor}\" class=\"small dim\">{at}</text>",
            scale.x(*time)
        );
    }
    let height = top + 40;
    let legend = legend(top + 26);
    let title = format!(
        "<text x=\"12\" y=\"20\" class=\"title\">Replay of {} calls (open-loop)</text>",
        report.log.calls
    );
    document(WIDTH, height, &format!("{title}{body}{legend}"))
}

/// The time axis.
struct Scale {
    end: u64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a picture has fewer digits")]
    fn x(&self, time: u64) -> f64 {
        LEFT as f64 + PLOT as f64 * (time.min(self.end) as f64 / self.end as f64)
    }

    fn column(&self, time: u64) -> usize {
        let column = u128::from(time) * COLUMNS as u128 / (u128::from(self.end) + 1);
        usize::try_from(column).unwrap_or_default().min(COLUMNS - 1)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture has fewer digits")]
fn draw_calls(
    body: &mut String,
    group: &CallGroup,
    scale: &Scale,
    slow: Option<Duration>,
    top: usize,
) -> std::fmt::Result {
    let mut columns = vec![[0_u64; 3]; COLUMNS];
    for call in &group.calls {
        let kind = match call.is_bad(slow) {
            Some(false) => 0,
            Some(true) => 1,
            None => 2,
        };
        columns[scale.column(call.start)][kind] += 1;
    }
    let most = columns.iter().map(|column| column.iter().sum::<u64>()).max().unwrap_or(1).max(1);
    let base = top + 16 + CALLS_HEIGHT;
    write!(body, "<text x=\"12\" y=\"{}\">{}</text>", top + 12, xml(&group.label()))?;
    write!(
        body,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" class=\"small dim\">calls</text>",
        LEFT - 8,
        base - 40
    )?;
    for (kind, class) in ["good", "bad", "rest"].into_iter().enumerate() {
        let mut path = String::new();
        for (nth, column) in columns.iter().enumerate().filter(|(_, column)| column[kind] > 0) {
            // Bad calls stand at the bottom, where they can be compared.
            let below: u64 = [1, 0, 2]
                .into_iter()
                .take_while(|other| *other != kind)
                .map(|other| column[other])
                .sum();
            let height = |calls: u64| calls as f64 * CALLS_HEIGHT as f64 / most as f64;
            let (y, tall) = (base as f64 - height(below), height(column[kind]));
            write!(path, "M{} {y:.1}v-{tall:.1}h2v{tall:.1}z", LEFT + 2 * nth)?;
        }
        write!(body, "<path d=\"{path}\" class=\"{class}\"/>")?;
    }
    write!(body, "<path d=\"M{LEFT} {base}h{PLOT}\" class=\"axis\"/>")
}

fn draw_incidents(
    body: &mut String,
    incidents: &[Incident],
    scale: &Scale,
    (top, height): (usize, usize),
) -> std::fmt::Result {
    for Incident { start, end, .. } in incidents {
        let (from, to) = (scale.x(*start), scale.x(*end));
        let width = (to - from).max(1.0);
        write!(
            body,
            "<rect x=\"{from:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{height}\" \
             class=\"incident\"/>"
        )?;
    }
    Ok(())
}

fn draw_states(
    body: &mut String,
    policy: &str,
    outcomes: &Outcomes,
    scale: &Scale,
    top: usize,
) -> std::fmt::Result {
    write!(
        body,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"{LEFT}\" y=\"{top}\" width=\"{PLOT}\" \
         height=\"{BAND_HEIGHT}\" class=\"closed\"/>",
        LEFT - 8,
        top + 16,
        xml(&short(policy, 26))
    )?;
    let changes = &outcomes.replayed.changes;
    let ends = changes.iter().skip(1).map(|next| next.at).chain([scale.end]);
    // Periods that are narrower than a pixel share one.
    let mut drawn = (0.0, State::Closed);
    for (change, end) in changes.iter().zip(ends).filter(|(change, _)| change.to != State::Closed) {
        let (from, to) = (scale.x(change.at), scale.x(end));
        if to < drawn.0 + 0.5 && drawn.1 == change.to {
            continue;
        }
        drawn = (to, change.to);
        let class = if change.to == State::Open { "bad" } else { "wait" };
        let width = (to - from).max(0.8);
        write!(
            body,
            "<rect x=\"{from:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{BAND_HEIGHT}\" class=\"{class}\"/>"
        )?;
    }
    Ok(())
}

fn legend(top: usize) -> String {
    let parts = [
        ("good", 0, "good calls"),
        ("bad", 110, "bad calls; open"),
        ("rest", 240, "calls without a known result"),
        ("wait", 440, "half-open"),
        ("closed", 540, "closed"),
    ];
    let mut text = String::new();
    for (class, offset, name) in parts {
        let x = LEFT + offset;
        let _ = write!(
            text,
            "<rect x=\"{x}\" y=\"{}\" width=\"10\" height=\"10\" class=\"{class}\"/><text x=\"{}\" y=\"{top}\" \
             class=\"small dim\">{name}</text>",
            top - 9,
            x + 15
        );
    }
    text
}
