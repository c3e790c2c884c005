//! A game day of the shop: payments is well, and the settings let its calls fail.

use std::fmt;
use std::io;
use std::time::Duration;

use breaker_runtime::inject::{self, GameDayReport};
use breaker_runtime::{Settings, configure};

use super::script::{Phase, Script};
use super::service::Breakers;
use super::story::{Run, Stage};

/// The result of a game day.
pub struct GameDayStory {
    report: GameDayReport,
    run: Run,
}

/// Plays a game day, and prints its progress: all dependencies work, and every call to payments fails
/// for as long as the script's outage lasts.
///
/// # Errors
///
/// If a server cannot be started on loopback.
pub async fn play_game_day(script: &Script) -> io::Result<GameDayStory> {
    inject::allow();
    let mut stage = Stage::set(Breakers::With, script).await?;
    let mut phases = vec![stage.play(Phase::Recovered, script.normal).await];
    let begin = Settings::new().set("payments", "inject.fail", 1.0).set(
        "payments",
        "inject.until",
        inject::end_in(script.outage + Duration::from_secs(60)),
    );
    let _ = configure(begin).map_err(io::Error::other)?;
    phases.push(stage.play(Phase::Recovered, script.outage).await);
    let _ = configure(Settings::new()).map_err(io::Error::other)?;
    phases.push(stage.play(Phase::Recovered, script.recovery).await);
    let run = stage.close(phases).await?;
    let report = inject::last_report().ok_or_else(|| io::Error::other("the game day has no report"))?;
    Ok(GameDayStory { report, run })
}

impl GameDayStory {
    /// Returns the expectations that did not hold, or none.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for breaker in &self.report.breakers {
            if breaker.name != "payments" {
                broken.push(format!("the breaker of {} opened as well", breaker.name));
            } else if breaker.opened.is_empty() {
                broken.push("the breaker of payments did not open".to_owned());
            } else if breaker.totals.fallback == 0 {
                broken.push("no customer got the fallback of payments".to_owned());
            }
        }
        if self.report.breakers.is_empty() {
            broken.push("nothing was injected".to_owned());
        }
        let tally = self.run.tally();
        if tally.lost > 0 || tally.still_queued > 0 {
            broken.push(format!("{} orders are lost and {} are queued", tally.lost, tally.still_queued));
        }
        if self.run.repeated_charges > 0 {
            broken.push(format!("{} orders were charged twice", self.run.repeated_charges));
        }
        broken
    }
}

impl fmt::Display for GameDayStory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}
