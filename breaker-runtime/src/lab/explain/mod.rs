//! `breaker-lab explain`: a policy in plain sentences.
//!
//! `sentences` says what the options do and what they cannot do; `opening` finds how long the breaker
//! takes to open at a given traffic, by running it.

pub(crate) mod opening;
mod sentences;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use crate::config::Config;
use crate::lab::explain::opening::{Trouble, time_to_open};
use crate::lab::explain::sentences::{cannot, does};
use crate::lab::input::LogArgs;
use crate::lab::log::CallGroup;
use crate::lab::output::print;
use crate::lab::policies::{Policies, left_out};
use crate::support::text::escaped;
use crate::time::duration::shown;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Settings files (`.toml`, `.json`), or with `--settings` a log for breakers and traffic
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A settings file with a policy
    #[arg(long = "settings", value_name = "FILE")]
    settings: Vec<PathBuf>,
    /// The calls per second; several with commas
    #[arg(long, value_name = "RATE", value_delimiter = ',', default_value = "0.1,1,10,100")]
    traffic: Vec<f64>,
    /// The name of the breaker, if the settings match it by the beginning of names
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// The most breakers of a log that are explained: those with the most calls.
const MAX_BREAKERS: usize = 5;

impl ExplainArgs {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// If a file cannot be used, or the traffic is out of range.
    pub(crate) fn run(&self) -> Result<(), String> {
        if let Some(rate) = self.traffic.iter().find(|rate| !(1e-4..=1e5).contains(*rate)) {
            return Err(format!(
                "--traffic: {rate} is out of range; it is from 0.0001 to 100000 calls per second"
            ));
        }
        let is_settings = |path: &&PathBuf| {
            path.extension().is_some_and(|extension| extension == "toml" || extension == "json")
        };
        let settings: Vec<_> = self.files.iter().filter(is_settings).chain(&self.settings).collect();
        let logs: Vec<_> = self.files.iter().filter(|path| !is_settings(path)).cloned().collect();
        if settings.is_empty() {
            return Err("no policy: give a settings file, such as `--settings policy.toml`".to_owned());
        }
        let log = if logs.is_empty() { None } else { Some(LogArgs::of_files(logs).read()?) };
        for path in settings {
            let policies = Policies::read(path)?;
            let text = match &log {
                Some(log) => of_log(&policies, &log.groups)?,
                None => self.of_settings(&policies)?,
            };
            print(&text)?;
        }
        Ok(())
    }

    fn of_settings(&self, policies: &Policies) -> Result<String, String> {
        let mut subjects = match &self.name {
            Some(name) => vec![(name.clone(), name.clone())],
            None => policies.keys(),
        };
        if subjects.is_empty() {
            subjects.push(("the defaults".to_owned(), "any".to_owned()));
        }
        let texts = subjects.iter().map(|(key, name)| {
            let wanted = policies.options_of(name, None)?;
            let title = format!("{}: {}", escaped(&policies.name), escaped(key));
            let mut text = explain(&title, &wanted.config, &self.traffic);
            write_left_out(&mut text, &left_out(&wanted));
            Ok(text)
        });
        texts.collect()
    }
}

/// Explains the policies of the breakers of a log at their traffic.
fn of_log(policies: &Policies, groups: &[CallGroup]) -> Result<String, String> {
    let mut largest: Vec<_> = groups.iter().collect();
    largest.sort_by_key(|group| std::cmp::Reverse(group.calls.len()));
    let texts = largest.iter().take(MAX_BREAKERS).map(|group| {
        let wanted = policies.options(group)?;
        let title = format!("{}: {}", escaped(&policies.name), escaped(group.label()));
        let mut text = explain(&title, &wanted.config, &traffic_of(group));
        write_left_out(&mut text, &left_out(&wanted));
        Ok(text)
    });
    texts.collect()
}

/// Returns the traffic of a log: in calls per second the mean, and that of its calmest and its busiest
/// tenth.
#[expect(clippy::cast_precision_loss, reason = "a rate has no other digits to lose")]
fn traffic_of(group: &CallGroup) -> Vec<f64> {
    let span = |calls: &[crate::lab::log::TimedCall]| match calls {
        [first, .., last] => (last.start - first.start).max(1) as f64 / 1e9,
        _ => 1.0,
    };
    let rate = |calls: &[crate::lab::log::TimedCall]| {
        ((calls.len().max(2) - 1) as f64 / span(calls)).clamp(1e-4, 1e5)
    };
    let tenth = (group.calls.len() / 10).max(2);
    let mut of_tenths: Vec<_> =
        group.calls.chunks(tenth).filter(|calls| calls.len() > 1).map(rate).collect();
    of_tenths.sort_by(f64::total_cmp);
    let mut rates = vec![rate(&group.calls)];
    if let (Some(calmest), Some(busiest)) = (of_tenths.first(), of_tenths.last()) {
        rates = vec![*calmest, rates[0], *busiest];
    }
    rates.dedup_by(|a, b| (*a / *b - 1.0).abs() < 0.1);
    rates
}

/// Returns the whole text about one policy.
pub(crate) fn explain(title: &str, config: &Config, traffic: &[f64]) -> String {
    let mut text = format!("{title}\n\n");
    // Writing to a text does not fail.
    let _ = write_all(&mut text, config, traffic);
    text
}

fn write_all(text: &mut String, config: &Config, traffic: &[f64]) -> std::fmt::Result {
    for sentence in does(config) {
        writeln!(text, "- {sentence}")?;
    }
    writeln!(text, "\nIt opens after, by the share of calls that fail from one moment on:\n")?;
    let troubles = Trouble::of(config);
    write!(text, "{:>16}", "calls per second")?;
    for trouble in &troubles {
        write!(text, "  {:>14}", trouble.name())?;
    }
    text.push('\n');
    for rate in traffic {
        write!(text, "{:>16}", rounded(*rate))?;
        for trouble in &troubles {
            let cell = match time_to_open(config, *rate, *trouble) {
                Some(time) => format!("{:.1}", shown(time)),
                None => "not soon".to_owned(),
            };
            write!(text, "  {cell:>14}")?;
        }
        text.push('\n');
    }
    writeln!(
        text,
        "\n\"Not soon\" is not within {} calls. The figures are medians.",
        opening::MAX_CALLS
    )?;
    writeln!(text, "\nIt can never:\n")?;
    for sentence in cannot(config, traffic) {
        writeln!(text, "- {sentence}")?;
    }
    text.push('\n');
    Ok(())
}

fn write_left_out(text: &mut String, left_out: &[&str]) {
    for left_out in left_out {
        let _ = writeln!(text, "Not looked at: {left_out}.");
    }
    if !left_out.is_empty() {
        text.push('\n');
    }
}

/// Returns a rate with three digits.
fn rounded(rate: f64) -> String {
    if rate >= 100.0 {
        format!("{rate:.0}")
    } else if rate >= 1.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.3}")
    }
}
