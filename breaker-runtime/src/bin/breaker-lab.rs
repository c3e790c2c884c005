//! The program `breaker-lab`: policies on recorded calls.

use std::process::ExitCode;

fn main() -> ExitCode {
    breaker_runtime::lab::main()
}
