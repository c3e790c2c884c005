//! The map of a policy.

use std::fmt::Write;

use crate::lab::chance::float;
use crate::lab::replay::table::plural;
use crate::lab::simulate::command::{PolicyCourse, SimulationReport};
use crate::lab::simulate::recovery::{Aftermath, in_nanos};
use crate::lab::simulate::scenario::{MapRows, rounded};
use crate::lab::simulate::table::{SOON, rows_are};
use crate::lab::svg::{short, xml};

/// The height of a map with its title and axis.
pub(crate) const HEIGHT: usize = 330;

const LEFT: f64 = 70.0;
const TOP: f64 = 26.0;
const WIDTH: f64 = 410.0;
const ROWS_HEIGHT: f64 = 250.0;

/// The number of letters of the name of a settings file.
const NAME: usize = 36;

/// A map in the picture: the sizes of its points, and where it begins.
struct MapFrame<'r> {
    report: &'r SimulationReport,
    left: f64,
    top: f64,
    across: f64,
    down: f64,
}

impl MapFrame<'_> {
    /// Returns the middle of the column at a rate, also between columns.
    fn x(&self, rate: f64) -> f64 {
        let rates = &self.report.rates;
        self.left + self.across * (place_of(rate, rates) + 0.5)
    }

    /// Returns the middle of the row with a value, also between rows.
    fn y(&self, value: f64) -> f64 {
        self.top + ROWS_HEIGHT - self.down * (place_of(value, &self.report.values) + 0.5)
    }
}

/// Returns the index of a value among values of even steps, with a fraction between two of them.
fn place_of(value: f64, values: &[f64]) -> f64 {
    match values {
        [first, .., last] => (value - first) / (last - first) * float(values.len() as u64 - 1),
        _ => 0.0,
    }
}

/// Draws the map of a policy; `left` and `top` are those of its room.
pub(crate) fn draw_map(
    body: &mut String,
    report: &SimulationReport,
    policy: &PolicyCourse,
    (left, top): (usize, usize),
) -> std::fmt::Result {
    let frame = MapFrame {
        report,
        left: float(left as u64) + LEFT,
        top: float(top as u64) + TOP,
        across: WIDTH / float(report.rates.len().max(1) as u64),
        down: ROWS_HEIGHT / float(report.values.len().max(1) as u64),
    };
    let down = policy.map.number(|aftermath| aftermath == Aftermath::Down);
    write!(
        body,
        "<text x=\"{:.1}\" y=\"{:.1}\" class=\"head\">{}</text><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" \
         class=\"dim\">{} not back</text>",
        frame.left,
        frame.top - 8.0,
        xml(&short(&policy.policy, NAME)),
        frame.left + WIDTH,
        frame.top - 8.0,
        plural(down, "point"),
    )?;
    draw_points(body, &frame, policy)?;
    draw_axes(body, &frame)?;
    draw_marks(body, &frame)
}

fn draw_points(body: &mut String, frame: &MapFrame<'_>, policy: &PolicyCourse) -> std::fmt::Result {
    let within = in_nanos(frame.report.scenario.recovery.within);
    for (row, points) in policy.map.points.iter().enumerate() {
        for (column, point) in points.iter().enumerate() {
            let class = match point.aftermath {
                Aftermath::Back(time) if time <= within / u64::from(SOON) => "good",
                Aftermath::Back(time) if time <= within / 2 => "soon",
                Aftermath::Back(_) => "wait",
                Aftermath::Down => "bad",
                Aftermath::Overloaded => "none",
            };
            write!(
                body,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" class=\"{class}\"/>",
                frame.left + frame.across * float(column as u64),
                frame.top + ROWS_HEIGHT - frame.down * float(row as u64 + 1),
                frame.across - 1.0,
                frame.down - 1.0
            )?;
        }
    }
    Ok(())
}

fn draw_axes(body: &mut String, frame: &MapFrame<'_>) -> std::fmt::Result {
    let report = frame.report;
    let (bottom, middle) = (frame.top + ROWS_HEIGHT, frame.left + WIDTH / 2.0);
    for rate in ticks(&report.rates).into_iter().map(rounded) {
        let (x, y) = (frame.x(rate), bottom + 14.0);
        write!(
            body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" class=\"dim small\">{rate}</text>"
        )?;
    }
    let by = report.scenario.map.by;
    for value in ticks(&report.values) {
        let (x, y) = (frame.left - 6.0, frame.y(value) + 3.5);
        write!(
            body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\" class=\"dim small\">{}</text>",
            if by == MapRows::Workers { value } else { rounded(value) }
        )?;
    }
    let (x, y) = (frame.left - 44.0, frame.top + ROWS_HEIGHT / 2.0);
    write!(
        body,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" class=\"dim\">requests per second</text><text \
         x=\"{x:.1}\" y=\"{y:.1}\" transform=\"rotate(-90 {x:.1} {y:.1})\" text-anchor=\"middle\" \
         class=\"dim\">{}</text>",
        bottom + 30.0,
        rows_are(by)
    )
}

/// Returns about five of the values, the first and the last among them.
fn ticks(values: &[f64]) -> Vec<f64> {
    let last = values.len().saturating_sub(1);
    let mut ticks: Vec<_> =
        (0..=4).filter_map(|nth| values.get((last * nth + 2) / 4).copied()).collect();
    ticks.dedup();
    ticks
}

/// Draws where the load is the capacity, and the scenario itself.
fn draw_marks(body: &mut String, frame: &MapFrame<'_>) -> std::fmt::Result {
    let scenario = &frame.report.scenario;
    let (from, to) = (frame.left, frame.left + WIDTH);
    let mut path = String::new();
    for value in &frame.report.values {
        let (x, y) =
            (frame.x(scenario.at(scenario.clients.rate, *value).dependency.capacity()), frame.y(*value));
        if (from..=to).contains(&x) {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            write!(path, "{letter}{x:.1} {y:.1}")?;
        }
    }
    if !path.is_empty() {
        write!(body, "<path d=\"{path}\" class=\"edge\"/>")?;
    }
    let value = match scenario.map.by {
        MapRows::Workers => scenario.dependency.workers.into(),
        MapRows::Length => scenario.trigger.length.as_secs_f64(),
        MapRows::Size => scenario.trigger.size(),
    };
    let (x, y) = (frame.x(scenario.clients.rate), frame.y(value));
    if (from..=to).contains(&x) && (frame.top..=frame.top + ROWS_HEIGHT).contains(&y) {
        write!(body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" class=\"mark\"/>")?;
    }
    Ok(())
}
