//! Every request of both runs, by the time at which it came and how long it took, as an SVG.

use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::load::Outcome;
use super::script::Phase;
use super::story::{Run, Story};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, LogCoord<f64>>>;

const SIZE: (u32, u32) = (1000, 760);

/// The height of the strip with the title and the legend.
const HEAD: u32 = 80;

/// The left edge of the panels, the title and the legend.
const LEFT: i32 = 90;

/// The range of latencies, in milliseconds.
const LATENCIES: Range<f64> = 0.05..20_000.0;

const INK: RGBColor = RGBColor(60, 60, 60);
const SHADE: RGBColor = RGBColor(236, 236, 236);
const DEEP_SHADE: RGBColor = RGBColor(218, 218, 218);

const OUTCOMES: [(Outcome, RGBColor, &str); 3] = [
    (Outcome::Success, RGBColor(0, 100, 170), "answered in full"),
    (Outcome::Degraded, RGBColor(225, 145, 0), "answered by a fallback"),
    (Outcome::Failed, RGBColor(200, 30, 30), "failed"),
];

impl Story {
    /// Writes the plot, and creates its folder if needed.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn plot(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let root = SVGBackend::new(path, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, panels) = root.split_vertically(HEAD);
        draw_head(&head)?;
        let end = [&self.without, &self.with].into_iter().map(length).max().unwrap_or_default();
        let panels = panels.split_evenly((2, 1));
        draw_run(&panels[0], "Without breakers", &self.without, end)?;
        draw_run(&panels[1], "With breakers", &self.with, end)?;
        root.present()?;
        Ok(())
    }
}

fn length(run: &Run) -> Duration {
    run.phases.iter().map(|record| record.span.end).max().unwrap_or_default()
}

fn draw_head(area: &Area<'_>) -> Result<(), Box<dyn Error>> {
    let title = ("sans-serif", 20).into_font().color(&BLACK);
    area.draw(&Text::new(
        "Latency of every request while the shop's dependencies fail",
        (LEFT, 14),
        title,
    ))?;
    let mut x = LEFT + 6;
    for (_, color, label) in OUTCOMES {
        let text = ("sans-serif", 15).into_font().color(&INK);
        area.draw(&Circle::new((x, 58), 5, color.filled()))?;
        area.draw(&Text::new(label, (x + 12, 50), text))?;
        x += 210;
    }
    Ok(())
}

fn draw_run(area: &Area<'_>, title: &str, run: &Run, end: Duration) -> Result<(), Box<dyn Error>> {
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 17).into_font().color(&BLACK))
        .margin_left(LEFT - 70)
        .margin_right(20)
        .margin_bottom(8)
        .x_label_area_size(46)
        .y_label_area_size(70)
        .build_cartesian_2d(0.0..end.as_secs_f64(), LATENCIES.log_scale())?;
    shade_outages(&mut chart, run)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(INK.mix(0.2))
        .x_desc("time at which the request came")
        .y_desc("latency, log scale")
        .x_label_formatter(&|seconds| format!("{seconds:.0} s"))
        .y_label_formatter(&|millis| latency_label(*millis))
        .label_style(("sans-serif", 13).into_font().color(&INK))
        .axis_desc_style(("sans-serif", 14).into_font().color(&INK))
        .draw()?;
    for (outcome, color, _) in OUTCOMES {
        chart.draw_series(dots(run, outcome, color))?;
    }
    Ok(())
}

fn shade_outages(chart: &mut Chart<'_, '_>, run: &Run) -> Result<(), Box<dyn Error>> {
    for record in &run.phases {
        let (color, label) = match record.phase {
            Phase::Outage => (SHADE, "payments hangs, recommendations errors"),
            Phase::WiderOutage => (DEEP_SHADE, "and the catalogue refuses connections"),
            Phase::Healthy | Phase::Recovered => continue,
        };
        let (begin, end) = (record.span.start.as_secs_f64(), record.span.end.as_secs_f64());
        let corners = [(begin, LATENCIES.start), (end, LATENCIES.end)];
        chart.draw_series([Rectangle::new(corners, color.filled())])?;
        let style = ("sans-serif", 12).into_font().color(&INK);
        let caption = EmptyElement::at((begin, LATENCIES.end)) + Text::new(label, (5, 4), style);
        chart.draw_series([caption])?;
    }
    Ok(())
}

fn dots(run: &Run, outcome: Outcome, color: RGBColor) -> impl Iterator<Item = Circle<(f64, f64), i32>> {
    let of_outcome = run.samples.iter().filter(move |sample| sample.outcome == outcome);
    of_outcome.map(move |sample| {
        let point = (sample.came.as_secs_f64(), sample.latency.as_secs_f64() * 1e3);
        Circle::new(point, 2, color.mix(0.6).filled())
    })
}

fn latency_label(millis: f64) -> String {
    if millis < 1000.0 { format!("{millis} ms") } else { format!("{} s", millis / 1000.0) }
}
