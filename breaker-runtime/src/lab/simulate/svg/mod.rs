//! The picture of a simulation: a map for each policy, and what happens at the load of the scenario.

mod course;
mod maps;

use std::fmt::Write;

use crate::lab::simulate::command::SimulationReport;
use crate::lab::simulate::table::{SOON, system};
use crate::lab::svg::{document, xml};
use crate::time::duration::shown;

pub(crate) const WIDTH: usize = 1_000;

/// Draws the picture.
pub(crate) fn draw(report: &SimulationReport) -> String {
    let mut body = String::new();
    // Writing to a text does not fail.
    let height = draw_all(&mut body, report).unwrap_or_default();
    document(WIDTH, height, &body)
}

fn draw_all(body: &mut String, report: &SimulationReport) -> Result<usize, std::fmt::Error> {
    write!(
        body,
        "<text x=\"20\" y=\"28\" class=\"title\">Where the system does not come back by itself after {}</text>",
        xml(&report.scenario.trigger.words())
    )?;
    let mut top = 46;
    for sentence in system(&report.scenario).lines() {
        write!(body, "<text x=\"20\" y=\"{top}\" class=\"dim\">{}</text>", xml(sentence))?;
        top += 16;
    }
    top += 12;
    for pair in report.policies.chunks(2) {
        for (nth, policy) in pair.iter().enumerate() {
            maps::draw_map(body, report, policy, (nth * WIDTH / 2, top))?;
        }
        top += maps::HEIGHT;
    }
    draw_legend(body, report, top + 8)?;
    top += 34;
    course::draw_courses(body, report, top)?;
    Ok(top + course::HEIGHT + report.policies.len() * course::LEGEND_ROW)
}

fn draw_legend(body: &mut String, report: &SimulationReport, top: usize) -> std::fmt::Result {
    let within = report.scenario.recovery.within;
    let parts = [
        ("good", format!("back within {}", shown(within / SOON))),
        ("soon", format!("within {}", shown(within / 2))),
        ("wait", format!("within {}", shown(within))),
        ("bad", format!("not back within {}", shown(within))),
        ("none", "cannot carry the load".to_owned()),
    ];
    let mut x = 20;
    for (class, text) in parts {
        write!(
            body,
            "<rect x=\"{x}\" y=\"{}\" width=\"11\" height=\"11\" class=\"{class}\"/><text x=\"{}\" y=\"{top}\" \
             class=\"dim\">{text}</text>",
            top - 10,
            x + 17
        )?;
        x += 36 + 13 * text.chars().count() / 2;
    }
    write!(
        body,
        "<circle cx=\"{}\" cy=\"{}\" r=\"5\" class=\"mark\"/><text x=\"{}\" y=\"{top}\" class=\"dim\">the \
         scenario</text><path d=\"M{} {}h22\" class=\"edge\"/><text x=\"{}\" y=\"{top}\" class=\"dim\">load = \
         capacity</text>",
        x + 5,
        top - 4,
        x + 17,
        x + 104,
        top - 4,
        x + 131
    )
}
