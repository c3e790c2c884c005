//! The command line of `breaker-lab`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::lab::explain::ExplainArgs;
use crate::lab::output::remark;
use crate::lab::replay::command::ReplayArgs;
use crate::lab::simulate::command::SimulateArgs;
use crate::lab::tune::command::TuneArgs;

/// Tries circuit breaker policies on recorded calls and on simulated systems.
#[derive(Debug, Parser)]
#[command(name = "breaker-lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: LabCommand,
}

#[derive(Debug, Subcommand)]
enum LabCommand {
    /// Shows what policies would have decided about the calls of a log.
    Replay(ReplayArgs),
    /// Says in sentences what a policy does, how soon it opens, and what it can never do.
    Explain(ExplainArgs),
    /// Searches for the policies that a log speaks for, and writes a settings file.
    Tune(TuneArgs),
    /// Shows at which load a system does not come back by itself, with and without policies.
    Simulate(SimulateArgs),
}

/// Runs the program `breaker-lab` with the arguments of this process.
///
/// The exit code is 0, 1 if a log or a settings file cannot be used, and 2 for wrong arguments.
pub fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        LabCommand::Replay(args) => args.run(),
        LabCommand::Explain(args) => args.run(),
        LabCommand::Tune(args) => args.run(),
        LabCommand::Simulate(args) => args.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            remark(&format!("breaker-lab: {error}"));
            ExitCode::FAILURE
        }
    }
}
