//! A shop that stays up while its dependencies fail; `--help` has the details.

mod arguments;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, HELP};
use breaker_examples::shop::{self, Opening, Script};

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Arguments::Help) => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Ok(Arguments::Serve(opening)) => serve(&opening).await,
        Ok(Arguments::Story { plot }) => story(&plot).await,
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
    let served = shop::serve(opening).await;
    served.map_err(|error| {
        let port = opening.port;
        format!("cannot open the shop on port {port}: {error}; choose another with --port or --orders")
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn story(plot: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let story = shop::play(&Script::full()).await?;
    println!("\n{story}");
    let [light, dark] = story.plot(plot).map_err(|error| {
        format!("cannot write the plot to {}: {error}; choose another path with --plot", plot.display())
    })?;
    println!("\nPlotted for light and for dark pages: {}, {}", light.display(), dark.display());
    let broken = story.broken_promises();
    if broken.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nThe story did not hold:");
    for promise in broken {
        println!("  {promise}");
    }
    Ok(ExitCode::FAILURE)
}
