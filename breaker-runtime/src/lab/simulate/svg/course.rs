//! The curves at the load of the scenario: the requests that are answered, over time.

use std::fmt::Write;

use crate::lab::chance::float;
use crate::lab::simulate::command::{PolicyCourse, SimulationReport};
use crate::lab::simulate::recovery::{Aftermath, in_nanos};
use crate::lab::simulate::scenario::MapRows;
use crate::lab::simulate::table::words;
use crate::lab::svg::{short, xml};

/// The height without the rows of the legend.
pub(crate) const HEIGHT: usize = 260;

/// The height of a row of the legend.
pub(crate) const LEGEND_ROW: usize = 18;

const LEFT: f64 = 70.0;
const TOP: f64 = 30.0;
const PLOT: f64 = 910.0;
const TALL: f64 = 170.0;

/// The colours of curves.
const CURVES: usize = 6;

/// The number of letters of the name of a settings file.
const NAME: usize = 60;

/// Draws the curves of all policies, and a legend.
pub(crate) fn draw_courses(
    body: &mut String,
    report: &SimulationReport,
    top: usize,
) -> std::fmt::Result {
    let scenario = &report.scenario;
    let workers = match scenario.map.by {
        MapRows::Workers => format!(" and {} workers", scenario.dependency.workers),
        _ => String::new(),
    };
    let plot = Plot::new(report, float(top as u64) + TOP);
    write!(
        body,
        "<text x=\"{LEFT}\" y=\"{:.1}\" class=\"head\">At {} requests per second{workers}: how many are answered, by \
         the time of their arrival</text>",
        plot.top - 10.0,
        scenario.clients.rate
    )?;
    plot.draw_frame(body, report)?;
    for (nth, policy) in report.policies.iter().enumerate().rev() {
        plot.draw_curve(body, nth, policy)?;
    }
    let mut y = plot.top + TALL + 48.0;
    for (nth, policy) in report.policies.iter().enumerate() {
        let back = match policy.aftermath {
            Aftermath::Back(_) | Aftermath::Down => "back ",
            Aftermath::Overloaded => "",
        };
        write!(
            body,
            "<path d=\"M{LEFT} {:.1}h22\" class=\"curve c{}\"/><text x=\"{:.1}\" y=\"{y:.1}\">{}: {back}{}</text>",
            y - 4.0,
            nth % CURVES,
            LEFT + 30.0,
            xml(&short(&policy.policy, NAME)),
            words(policy.aftermath, scenario)
        )?;
        y += float(LEGEND_ROW as u64);
    }
    Ok(())
}

/// The axes: time in ns to the right, requests per second upwards.
struct Plot {
    top: f64,
    begin: f64,
    span: f64,
    most: f64,
    slice: f64,
}

impl Plot {
    fn new(report: &SimulationReport, top: f64) -> Self {
        let scenario = &report.scenario;
        let before = float(in_nanos(scenario.recovery.before));
        let trouble = float(in_nanos(scenario.trigger.length()));
        let slice = float(report.slice_length);
        let seconds = slice / 1e9;
        let all = report.policies.iter().flat_map(|policy| &policy.slices);
        let most = all.map(|slice| f64::from(slice.started) / seconds).fold(1.0, f64::max);
        let step = 10_f64.powf(most.log10().floor()) / 5.0;
        let most = (most / step).ceil() * step;
        let span = before + trouble + float(in_nanos(scenario.recovery.within));
        Self { top, begin: before, span, most, slice }
    }

    fn x(&self, at: f64) -> f64 {
        LEFT + PLOT * (at / self.span).clamp(0.0, 1.0)
    }

    fn y(&self, rate: f64) -> f64 {
        self.top + TALL * (1.0 - rate / self.most)
    }

    fn draw_frame(&self, body: &mut String, report: &SimulationReport) -> std::fmt::Result {
        let bottom = self.top + TALL;
        let trouble = float(in_nanos(report.scenario.trigger.length()));
        let (from, to) = (self.x(self.begin), self.x(self.begin + trouble));
        write!(
            body,
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{TALL}\" class=\"trouble\"/><path d=\"M{LEFT} \
             {bottom:.1}h{PLOT}M{LEFT} {:.1}v{TALL}\" class=\"axis\"/>",
            self.top,
            (to - from).max(2.0),
            self.top
        )?;
        for part in [0.0, 0.5, 1.0] {
            let rate = self.most * part;
            write!(
                body,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" class=\"dim small\">{rate:.0}</text>",
                LEFT - 6.0,
                self.y(rate) + 3.5
            )?;
        }
        for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let at = self.span * part;
            write!(
                body,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" class=\"dim small\">{:.0} s</text>",
                self.x(at),
                bottom + 14.0,
                (at - self.begin) / 1e9
            )?;
        }
        let started = |course: &PolicyCourse| {
            let slices = course.slices.iter();
            self.curve(slices.map(|slice| slice.started))
        };
        let load = report.policies.first().map(started).unwrap_or_default();
        write!(
            body,
            "<text x=\"{:.1}\" y=\"{:.1}\" class=\"dim small\">the trouble</text><path d=\"{load}\" class=\"load\"/>",
            from + 4.0,
            bottom - 6.0
        )
    }

    fn draw_curve(&self, body: &mut String, nth: usize, policy: &PolicyCourse) -> std::fmt::Result {
        let curve = self.curve(policy.slices.iter().map(|slice| slice.answered));
        write!(body, "<path d=\"{curve}\" class=\"curve c{}\"/>", nth % CURVES)
    }

    /// Returns a path through counts of slices, at the middle of each.
    fn curve(&self, counts: impl Iterator<Item = u32>) -> String {
        let mut path = String::new();
        for (index, count) in counts.enumerate() {
            let at = (float(index as u64) + 0.5) * self.slice;
            if at > self.span {
                break;
            }
            let rate = f64::from(count) / (self.slice / 1e9);
            let letter = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", self.x(at), self.y(rate));
        }
        path
    }
}
