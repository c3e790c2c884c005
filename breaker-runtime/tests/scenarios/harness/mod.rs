//! Reads a table and runs its rows.

mod given;
mod then;
mod when;
mod world;

use std::time::Duration;

use self::world::World;

#[derive(Clone, Debug, Default)]
struct Row {
    source: String,
    given: String,
    when: String,
    then: String,
    shows: String,
    differs: Option<String>,
}

impl Row {
    /// Adds the text below the row.
    fn add_words(&mut self, line: &str) {
        match (line.strip_prefix("differs:"), &mut self.differs) {
            (Some(differs), difference) => *difference = Some(differs.trim().to_owned()),
            (None, Some(differs)) => *differs = format!("{differs} {line}"),
            (None, None) if self.shows.is_empty() => line.clone_into(&mut self.shows),
            (None, None) => self.shows = format!("{} {line}", self.shows),
        }
    }
}

/// Runs each row, and reports all that fail.
pub(crate) fn run(system: &str, table: &str) {
    let rows = rows(table);
    let failures: Vec<_> = rows.iter().filter_map(|row| Some(report(row, &check(row).err()?))).collect();
    let differing = rows.iter().filter(|row| row.differs.is_some()).count();
    println!("{system}: {} rows run, {differing} of them differ from it by contract", rows.len());
    assert!(
        failures.is_empty(),
        "{} of {system}'s rows fail:\n\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn rows(table: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let (mut source, mut given) = ("", "");
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(text) = line.strip_prefix("source:") {
            source = text.trim();
        } else if let Some(options) = line.strip_prefix("given:") {
            given = options.trim();
        } else if let Some((when, then)) = line.split_once('|') {
            assert!(!source.is_empty() && !given.is_empty(), "of no source, or of no options: {line}");
            let [source, given, when, then] =
                [source, given, when, then].map(|text| text.trim().to_owned());
            rows.push(Row { source, given, when, then, ..Row::default() });
        } else {
            let row = rows.last_mut().unwrap_or_else(|| panic!("of no row: {line}"));
            row.add_words(line);
        }
    }
    for row in &rows {
        assert!(!row.shows.is_empty(), "shows nothing: {} | {}", row.when, row.then);
    }
    rows
}

fn check(row: &Row) -> Result<(), String> {
    let (world, built) = World::new(&row.given)?;
    let breaker = match built {
        Ok(breaker) => breaker,
        Err(error) => return then::refused(&row.then, &error),
    };
    let mut run = world.watch(&breaker);
    for (number, step) in when::steps(&row.when)?.into_iter().enumerate() {
        run.step(&step).map_err(|problem| format!("step {}, `{step}`: {problem}", number + 1))?;
    }
    let seen = run.finish();
    then::holds(&row.then, &seen)?;
    then::always_holds(&seen)
}

fn report(row: &Row, problem: &str) -> String {
    let Row { source, given, when, then, shows, differs } = row;
    let differs = differs.as_deref().unwrap_or("not");
    format!(
        "{shows}
  source   {source}
  given    {given}
  when     {when}
  then     {then}
  differs  {differs}
  problem  {problem}
"
    )
}

/// Reads a duration such as `1.5s`, `250ms`, `10us`, `2m`, `24h`.
fn length(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let number: f64 = text[..text.len() - unit.len()].parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

/// Reads a share such as `0.5` or `1/3`.
fn share(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((part, of)) => Some(part.parse::<f64>().ok()? / of.parse::<f64>().ok()?),
        None => text.parse().ok(),
    }
}
