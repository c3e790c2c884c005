//! The picture of the table: four panels, with logarithmic axes.

use std::fmt::Write as _;

use crate::fleet::simulation_tests::fleet::Figures;
use crate::fleet::simulation_tests::{Row, fleet};

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;
const INNER_WIDTH: f64 = WIDTH - LEFT - 20.0;
const INNER_HEIGHT: f64 = HEIGHT - TOP - 40.0;

const STYLE: &str = "text{font:12px sans-serif;fill:#24292f}.title{font-weight:bold}\
    .grid{stroke:#d0d7de;stroke-width:1}polyline{fill:none;stroke-width:2}\
    .local{stroke:#bc4c00}.shared{stroke:#0969da}.rare{stroke-dasharray:6 4}";

/// A panel: its title, and the figure of a row.
type Panel = (&'static str, fn(&Figures) -> f64);

const PANELS: [Panel; 4] = [
    ("seconds until all are open", |figures| figures.all_open.map_or(f64::NAN, seconds)),
    ("wasted calls", |figures| figures.wasted as f64),
    ("probes in one outage", |figures| figures.probes as f64),
    ("Redis operations per second", |figures| (figures.operations / fleet::SECONDS) as f64),
];

fn seconds(length: u64) -> f64 {
    length as f64 / 1_000.0
}

/// Draws all rows.
pub(super) fn draw(rows: &[Row]) -> String {
    let mut shapes = String::new();
    for (at, panel) in PANELS.iter().enumerate() {
        let (x, y) = (WIDTH * (at % 2) as f64, HEIGHT * (at / 2) as f64);
        let _ = writeln!(shapes, "<g transform=\"translate({x} {y})\">{}</g>", draw_panel(rows, panel));
    }
    let (width, height) = (2.0 * WIDTH, 2.0 * HEIGHT + 30.0);
    let legend = 2.0 * HEIGHT + 15.0;
    let _ = writeln!(
        shapes,
        "<text x=\"{LEFT}\" y=\"{legend}\">orange: each process by itself; blue: shared. Solid: 5 calls \
         per second and process; dashed: one in 5 seconds. Across: processes.</text>"
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>A fleet before a dependency that is down for 30 seconds</title>\n\
         <style>{STYLE}</style>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{shapes}</svg>\n"
    )
}

fn draw_panel(rows: &[Row], (title, figure): &Panel) -> String {
    let values = || rows.iter().map(|row| figure(&row.figures)).filter(|value| *value > 0.0);
    let low = values().fold(f64::INFINITY, f64::min).log10().floor();
    let high = values().fold(f64::NEG_INFINITY, f64::max).log10().ceil().max(low + 1.0);
    let y = |value: f64| TOP + INNER_HEIGHT * (1.0 - (value.log10() - low) / (high - low));
    let x = |processes: f64| LEFT + INNER_WIDTH * processes.log10() / 4.0;
    let mut svg = format!("<text class=\"title\" x=\"{LEFT}\" y=\"20\">{title}</text>");
    for power in (low as i32)..=(high as i32) {
        let (value, right) = (10_f64.powi(power), LEFT + INNER_WIDTH);
        let at = y(value);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{value}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    for processes in [1.0, 10.0, 100.0, 1_000.0, 10_000.0] {
        let bottom = TOP + INNER_HEIGHT + 18.0;
        let at = x(processes);
        let _ =
            write!(svg, "<text text-anchor=\"middle\" x=\"{at:.1}\" y=\"{bottom}\">{processes}</text>");
    }
    for (class, interval, shared) in [
        ("local", 200, false),
        ("local rare", 5_000, false),
        ("shared", 200, true),
        ("shared rare", 5_000, true),
    ] {
        let line = rows.iter().filter(|row| row.plan.interval == interval && row.plan.shared == shared);
        let points = line
            .map(|row| (row.plan.processes as f64, figure(&row.figures)))
            .filter(|(_, value)| *value > 0.0);
        let points: Vec<_> =
            points.map(|(processes, value)| format!("{:.1},{:.1}", x(processes), y(value))).collect();
        let _ = write!(svg, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
    }
    svg
}
