//! The chapters of both runs.

use std::io;
use std::time::Duration;

use breaker_runtime::Operator;
use breaker_runtime::fleet::{self, FleetOptions};
use tokio::time::sleep;

use super::branch::BranchPlan;
use super::branches::{Branches, Scene};
use super::figures::{FleetRun, OnlyFleet};
use super::plan::{Chapters, FleetPlan, script};
use super::report_line::BreakerState;
use super::server::Server;
use crate::shop::dependencies::Dependencies;
use crate::shop::script::Phase;

/// The group that the operator commands.
const PAYMENTS: &str = "payments";

/// The results of both runs.
pub struct FleetStory {
    pub(super) apart: FleetRun,
    pub(super) shared: FleetRun,
    pub(super) chapters: Chapters,
}

/// Plays the story for a fleet, once with breakers that are each for itself and once with shared ones,
/// and prints its progress. All processes that it starts end with it, also if it is dropped.
///
/// # Errors
///
/// If there is no Redis server, or a process cannot be started.
pub async fn play_fleet(plan: &FleetPlan) -> io::Result<FleetStory> {
    // First, so that a missing one is reported at once.
    let server = Server::start().await?;
    println!("\n{} processes, each with breakers of its own\n\n{:>9} process", plan.processes, "time");
    let apart = run(plan, None).await?;
    println!(
        "\n{} processes that share their breakers through Redis\n\n{:>9} process",
        plan.processes, "time"
    );
    let shared = run(plan, Some(server)).await?;
    Ok(FleetStory { apart, shared, chapters: plan.chapters() })
}

async fn run(plan: &FleetPlan, server: Option<Server>) -> io::Result<FleetRun> {
    let mut stage = FleetStage::set(plan, server).await?;
    let chapters = stage.chapters;
    stage.play(Phase::Normal);
    stage.rest(stage.branches.elapsed(), chapters.normal).await;

    let before = stage.branches.calls().await?;
    let outage = stage.play(Phase::Outage);
    stage.until_all(&[0, 1], BreakerState::Open, chapters.outage).await;
    let outage = outage..stage.branches.elapsed();

    let in_outage = stage.branches.calls().await?;
    let wider = stage.play(Phase::WiderOutage);
    stage.until_all(&[2], BreakerState::Open, chapters.wider_outage).await;
    let agreed = stage.lose_the_store().await?;

    let after = stage.branches.calls().await?;
    let recovered = stage.play(Phase::Recovered);
    let all_closed = stage.until_all(&[0, 1, 2], BreakerState::Closed, chapters.recovery).await;
    let recovery = recovered..stage.branches.elapsed();
    // Before one more process starts.
    let scene = stage.branches.scene();
    let all_open =
        |breaker, from| scene.first_time_open(breaker, from).map(|at| at.saturating_sub(from));
    let all_open = [all_open(0, outage.start), all_open(1, outage.start), all_open(2, wider)];

    let only_fleet = stage.command(agreed).await?;
    let (customers, scene) = stage.end().await?;
    Ok(FleetRun {
        all_open,
        wasted: [after[0] - before[0], after[1] - before[1], after[2] - in_outage[2]],
        outage,
        recovery,
        all_closed: all_closed.map(|at| at.saturating_sub(recovered)),
        customers,
        only_fleet,
        scene,
    })
}

struct FleetStage {
    chapters: Chapters,
    dependencies: Dependencies,
    branches: Branches,
    server: Option<Server>,
}

impl FleetStage {
    async fn set(plan: &FleetPlan, server: Option<Server>) -> io::Result<Self> {
        let script = script(plan.short);
        let dependencies = Dependencies::start(&script)?;
        let processes = u64::try_from(plan.processes).map_err(io::Error::other)?;
        let branch = BranchPlan {
            number: 0,
            dependencies: dependencies.addresses(),
            redis: server.as_ref().map(Server::url),
            interval: 1_000_000 * processes / u64::from(script.rate),
            shift: 0.0,
            short: plan.short,
        };
        let branches = Branches::start(plan.program.clone(), branch, plan.processes).await?;
        Ok(Self { chapters: plan.chapters(), dependencies, branches, server })
    }

    /// Begins a chapter, and returns its time.
    fn play(&self, phase: Phase) -> Duration {
        self.headline(phase.headline());
        self.dependencies.play(phase.health());
        self.branches.elapsed()
    }

    fn headline(&self, text: &str) {
        println!("{:>7.2} s   # {text}", self.branches.elapsed().as_secs_f64());
    }

    /// Waits until so long after the beginning of a chapter.
    async fn rest(&self, begin: Duration, length: Duration) {
        sleep((begin + length).saturating_sub(self.branches.elapsed())).await;
    }

    /// Waits until breakers have left the state closed, or are closed, in all processes: for the length
    /// of the chapter at least. Returns when that was so.
    async fn until_all(
        &self,
        breakers: &[usize],
        state: BreakerState,
        length: Duration,
    ) -> Option<Duration> {
        let begin = self.branches.elapsed();
        let closed = state == BreakerState::Closed;
        let all = |scene: &Scene| breakers.iter().all(|breaker| scene.is_closed(*breaker, closed));
        let at = self.branches.until(length + self.chapters.patience, all).await;
        self.rest(begin, length).await;
        at
    }

    /// Kills Redis, and starts it again, empty. Returns the time from then until the fleet agrees again
    /// that all groups are open.
    async fn lose_the_store(&mut self) -> io::Result<Option<Duration>> {
        let Chapters { without_store, store_is_back, patience, .. } = self.chapters;
        let begin = self.branches.elapsed();
        let Some(server) = &mut self.server else {
            self.rest(begin, without_store + store_is_back).await;
            return Ok(None);
        };
        println!("{:>7.2} s   # Redis is killed", begin.as_secs_f64());
        server.kill().await?;
        let lost = |scene: &Scene| scene.branches.iter().all(|seen| !seen.reached);
        self.branches.until(without_store + patience, lost).await;
        self.rest(begin, without_store).await;
        self.headline("Redis is started again, empty");
        let begin = self.branches.elapsed();
        if let Some(server) = &mut self.server {
            server.start_again().await?;
        }
        let agreed =
            |scene: &Scene| scene.branches.iter().all(|seen| seen.reached && seen.groups == [true; 3]);
        let at = self.branches.until(store_is_back + patience, agreed).await;
        self.rest(begin, store_is_back).await;
        Ok(at.map(|at| at.saturating_sub(begin)))
    }

    /// Lets an operator force payments open for the whole fleet, lets one more process start, and lets
    /// the breakers decide again.
    async fn command(&mut self, agreed: Option<Duration>) -> io::Result<Option<OnlyFleet>> {
        let Some(server) = &self.server else { return Ok(None) };
        let options = FleetOptions::new().process_name("operator");
        let fleet = fleet::connect(&server.url(), options).map_err(io::Error::other)?;

        self.headline("ada forces payments open in the whole fleet: provider maintenance");
        let begin = self.branches.elapsed();
        fleet.force_open(PAYMENTS, ada()).await.map_err(io::Error::other)?;
        let forced = self.until_forced(true, begin).await;
        self.rest(begin, self.chapters.command).await;

        self.headline("one more process starts");
        let begin = self.branches.elapsed();
        self.branches.spawn().await?;
        let joined = self.until_forced(true, begin).await;
        self.rest(begin, self.chapters.command).await;

        self.headline("ada lets the breakers decide again");
        let begin = self.branches.elapsed();
        fleet.automatic(PAYMENTS, ada()).await.map_err(io::Error::other)?;
        let automatic = self.until_forced(false, begin).await;
        self.rest(begin, self.chapters.command).await;
        fleet.leave().await;
        Ok(Some(OnlyFleet { agreed, forced, joined, automatic }))
    }

    /// Waits until payments is forced open, or is not, in all processes; returns the time since `begin`.
    async fn until_forced(&self, forced: bool, begin: Duration) -> Option<Duration> {
        let all = |scene: &Scene| scene.branches.iter().all(|seen| seen.forced[0] == forced);
        let at = self.branches.until(self.chapters.command + self.chapters.patience, all).await;
        at.map(|at| at.saturating_sub(begin))
    }

    async fn end(mut self) -> io::Result<((usize, usize), Scene)> {
        let customers = self.branches.customers().await?;
        let scene = self.branches.scene();
        self.branches.end().await?;
        if let Some(server) = &mut self.server {
            server.kill().await?;
        }
        Ok((customers, scene))
    }
}

fn ada() -> Operator {
    Operator::new("ada").reason("provider maintenance").expires_after(Duration::from_secs(60))
}
