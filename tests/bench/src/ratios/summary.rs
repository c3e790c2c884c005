//! The goals beside what a run has measured, and the commands that measure the others.

/// The figures of a run that have a goal.
#[derive(Default)]
pub(crate) struct Summary(Vec<Line>);

struct Line {
    row: String,
    measured: f64,
    goal: String,
    verdict: &'static str,
}

impl Summary {
    /// Adds a figure that should be at most `goal`, and returns the goal with the verdict.
    pub(crate) fn at_most(&mut self, row: &str, measured: f64, goal: f64) -> String {
        self.judge(row, measured, format!("<= {goal}"), met(measured <= goal))
    }

    /// Adds a figure that should be at least `goal`, and returns the goal with the verdict.
    pub(crate) fn at_least(&mut self, row: &str, measured: f64, goal: f64) -> String {
        self.judge(row, measured, format!(">= {goal:.1}"), met(measured >= goal))
    }

    /// Adds a figure with a verdict of its own, and returns the goal with the verdict.
    pub(crate) fn judge(
        &mut self,
        row: &str,
        measured: f64,
        goal: String,
        verdict: &'static str,
    ) -> String {
        let text = format!("{goal}: {verdict}");
        self.0.push(Line { row: row.to_owned(), measured, goal, verdict });
        text
    }

    /// Prints each goal with what was measured, and how many are met.
    pub(crate) fn print(&self) {
        println!("\n{:72} {:>9} {:>9}", "all goals of this run", "measured", "goal");
        for Line { row, measured, goal, verdict } in &self.0 {
            println!("{row:72} {measured:9.2} {goal:>9}  {verdict}");
        }
        let many = self.0.iter().filter(|line| line.verdict == MET).count();
        println!("{many} of {} goals are met", self.0.len());
    }
}

const MET: &str = "met";

fn met(is: bool) -> &'static str {
    if is { MET } else { "not met" }
}

/// Prints what measures the goals that this program cannot measure.
pub(crate) fn print_other_commands() {
    println!("\nmeasured by other commands, each with its limits");
    for (goal, command) in [
        ("instructions added to a call", "tests/bench/instructions"),
        (".data and all bytes of an annotated function", "tests/bench/code-size"),
        ("500 annotated functions: check, debug, release", "tests/bench/compile-time all"),
        ("an item of a stream, <= 3 ns", "cargo run --release --bin items"),
        ("64 hot bytes", "cargo test -p breaker-runtime --lib the_hot_part_takes_64_bytes"),
    ] {
        println!("{goal:58} {command}");
    }
}
