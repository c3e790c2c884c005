//! Prints the figures of the layout, the imports that point up, and the names that stand for several
//! types.

use std::process::ExitCode;

use breaker_tests_conventions::structure::{Layout, ORDER};

fn main() -> ExitCode {
    let layout = Layout::of_runtime();
    println!("{}", layout.figures());
    let unknown = layout.unknown(ORDER);
    let upward = layout.upward(ORDER);
    let homonyms = layout.homonym_lines();
    println!("rooms that `structure::ORDER` does not list: {unknown:?}");
    println!("{} imports point up:", upward.len());
    for line in upward.iter().map(ToString::to_string).chain(homonyms.iter().cloned()) {
        println!("{line}");
    }
    let passes = unknown.is_empty() && upward.is_empty() && homonyms.is_empty();
    if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
