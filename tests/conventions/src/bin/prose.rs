//! Prints what breaks the rules of prose: in the paths that are given, or in the whole workspace.

use std::process::ExitCode;

use breaker_tests_conventions::{prose, source};

fn main() -> ExitCode {
    let paths: Vec<_> = std::env::args().skip(1).collect();
    let report = prose::report(&source::root(), &paths);
    println!("{}", report.text);
    if report.passes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
