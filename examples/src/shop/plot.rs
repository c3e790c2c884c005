//! Every request of both runs, by the time of its answer and how long that took, with the states of the
//! breakers, as an SVG for light pages and one for dark pages.

use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use breaker_runtime::State;

use super::calls;
use super::load::Outcome;
use super::script::Phase;
use super::story::{Run, Story};
use super::svg::{Anchor, Svg};
use super::theme::{DARK, LIGHT};

const WIDTH: f64 = 1000.0;

/// The sides of the panels.
const LEFT: f64 = 130.0;
const RIGHT: f64 = 984.0;

/// The top of the first panel's caption; above it are the title and the legend.
const FIRST_PANEL: f64 = 84.0;

const CAPTION: f64 = 26.0;
/// The height of the strip with the names of the outages.
const STRIP: f64 = 20.0;
const PANEL: f64 = 210.0;
const GAP: f64 = 26.0;
/// The height of a breaker's lane, and the space above the first one.
const LANE: f64 = 24.0;
const ABOVE_LANES: f64 = 12.0;
const AXIS: f64 = 46.0;

const TITLE: &str = "Answers of the shop while its dependencies fail";

/// The outcomes, each with its class, its label in the legend, and the width of that.
const OUTCOMES: [(Outcome, &str, &str, f64); 3] = [
    (Outcome::Success, "success", "answered in full", 165.0),
    (Outcome::Degraded, "degraded", "answered in place of a dependency", 280.0),
    (Outcome::Failed, "failed", "failed", 80.0),
];

/// The states, each with its class and the height of its bar.
const STATES: [(State, &str, f64); 3] =
    [(State::Closed, "closed", 3.0), (State::HalfOpen, "half-open", 9.0), (State::Open, "open", 16.0)];

impl Story {
    /// Writes the plot for light pages to this path, and the one for dark pages beside it; returns the
    /// paths of both. Creates the folder if needed.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn plot(&self, path: &Path) -> io::Result<[PathBuf; 2]> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let dark = dark_path(path);
        fs::write(path, self.draw(&LIGHT.style()))?;
        fs::write(&dark, self.draw(&DARK.style()))?;
        Ok([path.to_owned(), dark])
    }

    fn draw(&self, style: &str) -> String {
        let scale = Scale::of(self);
        let mut svg = Svg::default();
        let lanes = ABOVE_LANES + LANE * 3.0;
        let panel = CAPTION + STRIP + PANEL;
        let height = FIRST_PANEL + 2.0 * panel + GAP + lanes + AXIS;
        svg.rectangle("page", 0.0, 0.0, WIDTH, height);
        draw_head(&mut svg);
        let second = FIRST_PANEL + panel + GAP;
        draw_run(&mut svg, &scale, FIRST_PANEL, "Without breakers", &self.without, 0.0);
        draw_run(&mut svg, &scale, second, "With breakers", &self.with, lanes);
        draw_lanes(&mut svg, &scale, second + panel, &self.with);
        draw_time_axis(&mut svg, &scale, second + panel + lanes);
        svg.finish(WIDTH, height, TITLE, style)
    }
}

/// Returns the path of the plot for dark pages: `plot-dark.svg` for `plot.svg`.
fn dark_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().map_or_else(OsString::new, OsString::from);
    name.push("-dark");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// The two scales, which both panels share.
struct Scale {
    end: f64,
    latencies: Range<f64>,
}

impl Scale {
    fn of(story: &Story) -> Self {
        let samples = || story.without.samples.iter().chain(&story.with.samples);
        let answered = samples().map(|sample| (sample.came + sample.latency).as_secs_f64());
        let latencies = || samples().map(|sample| sample.latency.as_secs_f64());
        let shortest = latencies().fold(1.0, f64::min).max(1e-4);
        let longest = latencies().fold(shortest, f64::max);
        Self {
            end: answered.fold(story.script.length().as_secs_f64(), f64::max),
            latencies: round_down(shortest)..longest * 1.3,
        }
    }

    fn x(&self, time: Duration) -> f64 {
        LEFT + (RIGHT - LEFT) * (time.as_secs_f64() / self.end).min(1.0)
    }

    /// Returns the distance from the upper edge of the panel.
    fn y(&self, latency: f64) -> f64 {
        let (low, high) = (self.latencies.start.log10(), self.latencies.end.log10());
        PANEL * (1.0 - ((latency.max(self.latencies.start).log10() - low) / (high - low)).min(1.0))
    }
}

/// Returns the next smaller number with the digit 1, 2 or 5.
fn round_down(number: f64) -> f64 {
    let decade = 10_f64.powf(number.log10().floor());
    let steps = [5.0, 2.0].map(|step| step * decade);
    steps.into_iter().find(|step| *step <= number).unwrap_or(decade)
}

fn draw_head(svg: &mut Svg) {
    svg.text("title", Anchor::Start, LEFT, 28.0, TITLE);
    let mut x = LEFT + 6.0;
    for (outcome, class, label, width) in OUTCOMES {
        svg.path(class, &mark(outcome, x, 54.0));
        svg.text("", Anchor::Start, x + 12.0, 58.5, label);
        x += width;
    }
}

/// Draws the outages, the grid and the answers of a run. `below` is the height under the panel that
/// belongs to it.
fn draw_run(svg: &mut Svg, scale: &Scale, top: f64, caption: &str, run: &Run, below: f64) {
    svg.text("caption", Anchor::Start, LEFT, top + 15.0, caption);
    let strip = top + CAPTION;
    let panel = strip + STRIP;
    draw_outages(svg, scale, strip, STRIP + PANEL + below, run);
    draw_latency_axis(svg, scale, panel);
    for (outcome, class, ..) in OUTCOMES {
        let mut marks = String::new();
        for sample in run.samples.iter().filter(|sample| sample.outcome == outcome) {
            let x = scale.x(sample.came + sample.latency);
            marks.push_str(&mark(outcome, x, panel + scale.y(sample.latency.as_secs_f64())));
        }
        if !marks.is_empty() {
            svg.path(class, &marks);
        }
    }
}

/// Returns the commands that draw one answer: a dot, or a cross for a failure.
fn mark(outcome: Outcome, x: f64, y: f64) -> String {
    match outcome {
        Outcome::Failed => format!("M{:.1} {:.1}l5 5m0-5l-5 5", x - 2.5, y - 2.5),
        // The ends of a line without length are round or square.
        Outcome::Success | Outcome::Degraded => format!("M{x:.1} {y:.1}h0"),
    }
}

fn draw_outages(svg: &mut Svg, scale: &Scale, top: f64, height: f64, run: &Run) {
    for record in &run.phases {
        let (class, label) = match record.phase {
            Phase::Normal => (None, "flaky catalogue"),
            Phase::Outage => (Some("outage"), "payments hangs, recommendations errors"),
            Phase::WiderOutage => (Some("wider"), "and the catalogue refuses"),
            Phase::Recovered => (None, "all healthy"),
        };
        let (begin, end) = (scale.x(record.span.start), scale.x(record.span.end));
        if let Some(class) = class {
            svg.rectangle(class, begin, top, end - begin, height);
            svg.path("edge", &format!("M{begin:.1} {top:.1}v{height:.1}M{end:.1} {top:.1}v{height:.1}"));
        }
        svg.text("strip", Anchor::Middle, f64::midpoint(begin, end), top + 14.0, label);
    }
}

fn draw_latency_axis(svg: &mut Svg, scale: &Scale, panel: f64) {
    let mut latency = 10_f64.powf((scale.latencies.start * 0.999).log10().ceil());
    while latency <= scale.latencies.end {
        let y = panel + scale.y(latency);
        svg.path("grid", &format!("M{LEFT:.1} {y:.1}H{RIGHT:.1}"));
        let label = if latency < 0.9995 {
            format!("{} ms", (latency * 1e4).round() / 10.0)
        } else {
            format!("{} s", latency.round())
        };
        svg.text("small", Anchor::End, LEFT - 8.0, y + 4.0, &label);
        latency *= 10.0;
    }
}

/// Draws the states of each breaker over time.
fn draw_lanes(svg: &mut Svg, scale: &Scale, top: f64, run: &Run) {
    let mut middle = top + ABOVE_LANES - LANE / 2.0;
    for breaker in calls::breakers() {
        middle += LANE;
        svg.text("small", Anchor::End, LEFT - 8.0, middle + 4.0, breaker.name());
        let of_this = run.changes.iter().filter(|change| change.event.breaker == breaker.name());
        let mut spans = vec![(Duration::ZERO, State::Closed)];
        spans.extend(of_this.map(|change| (change.at, change.event.to)));
        let ends = spans.iter().skip(1).map(|(begin, _)| scale.x(*begin)).chain([RIGHT]);
        for ((begin, state), end) in spans.iter().zip(ends) {
            draw_state(svg, *state, scale.x(*begin)..end, middle);
        }
    }
}

fn draw_state(svg: &mut Svg, state: State, span: Range<f64>, middle: f64) {
    let width = span.end - span.start;
    for (_, class, height) in STATES.iter().filter(|(known, ..)| *known == state) {
        svg.rectangle(class, span.start, middle - height / 2.0, width, *height);
    }
    if state == State::Open && width > 40.0 {
        svg.text("in-bar", Anchor::Middle, span.start + width / 2.0, middle + 4.0, "open");
    }
}

fn draw_time_axis(svg: &mut Svg, scale: &Scale, y: f64) {
    let step = if scale.end > 12.0 { 2 } else { 1 };
    let mut ticks = String::new();
    for second in (0_u32..).step_by(step).take_while(|second| f64::from(*second) <= scale.end) {
        let x = scale.x(Duration::from_secs(second.into()));
        // A `String` takes everything.
        let _ = write!(ticks, "M{x:.1} {y:.1}v5");
        svg.text("small", Anchor::Middle, x, y + 18.0, &format!("{second} s"));
    }
    svg.path("grid", &format!("M{LEFT:.1} {y:.1}H{RIGHT:.1}{ticks}"));
    let x = f64::midpoint(LEFT, RIGHT);
    svg.text(
        "small",
        Anchor::Middle,
        x,
        y + 36.0,
        "time of the answer; breakers: thin while closed, full height while open, in between while probing",
    );
}
