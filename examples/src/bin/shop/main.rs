//! A shop that stays up while its dependencies fail; `--help` has the details.

mod arguments;

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, HELP};
use breaker_examples::shop::{self, BranchPlan, FleetPlan, Opening, Script};
use breaker_runtime::lab::{Recording, record_to};

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Arguments::Help) => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Arguments::Serve(opening)) => serve(&opening).await,
        Ok(Arguments::Story { plot, record }) => story(&plot, record.as_deref()).await,
        Ok(Arguments::Fleet { processes }) => fleet(processes).await,
        Ok(Arguments::GameDay) => game_day().await,
        Ok(Arguments::Branch(plan)) => branch(&plan).await,
        Err(error) => {
            eprintln!("{error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

async fn serve(opening: &Opening) -> Result<ExitCode, Box<dyn Error>> {
    let recording = record(opening.record.as_deref())?;
    let served = shop::serve(opening).await;
    served.map_err(|error| {
        let port = opening.port;
        format!("cannot open the shop on port {port}: {error}; choose another with --port or --orders")
    })?;
    report(recording);
    Ok(ExitCode::SUCCESS)
}

async fn story(plot: &Path, path: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    let recording = record(path)?;
    let story = shop::play(&Script::full()).await?;
    report(recording);
    println!("\n{story}");
    let [light, dark] = story.plot(plot).map_err(|error| {
        format!("cannot write the plot to {}: {error}; choose another path with --plot", plot.display())
    })?;
    println!("\nPlotted for light and for dark pages: {}, {}", light.display(), dark.display());
    Ok(verdict(&story.broken_promises()))
}

/// Begins to record the calls through breakers.
fn record(path: Option<&Path>) -> Result<Option<Recording>, String> {
    let recording = path.map(|path| record_to(path, 1.0)).transpose();
    recording.map_err(|error| format!("{error}, or choose another with --record"))
}

fn report(recording: Option<Recording>) {
    if let Some(stats) = recording.map(Recording::stop) {
        println!("\nRecorded {} calls; {} were lost", stats.calls, stats.dropped + stats.lost);
    }
}

async fn game_day() -> Result<ExitCode, Box<dyn Error>> {
    let game_day = shop::play_game_day(&Script::full()).await?;
    println!("\n{game_day}");
    Ok(verdict(&game_day.broken_promises()))
}

/// Plays the story for a fleet. All that it has started ends with it, also if it is interrupted.
async fn fleet(processes: usize) -> Result<ExitCode, Box<dyn Error>> {
    let plan = FleetPlan::new(processes, std::env::current_exe()?);
    let story = tokio::select! {
        story = shop::play_fleet(&plan) => story?,
        stopped = stopped() => {
            stopped?;
            return Err("stopped: the processes and Redis have ended".into());
        }
    };
    println!("\n{story}");
    Ok(verdict(&story.broken_promises()))
}

/// Waits for ctrl-c, or for the signal by which a system ends its processes.
async fn stopped() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

async fn branch(plan: &BranchPlan) -> Result<ExitCode, Box<dyn Error>> {
    shop::open_branch(plan).await?;
    Ok(ExitCode::SUCCESS)
}

fn verdict(broken: &[String]) -> ExitCode {
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nThe story did not hold:");
    for promise in broken {
        println!("  {promise}");
    }
    ExitCode::FAILURE
}
