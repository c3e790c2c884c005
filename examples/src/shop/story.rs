//! The story: the same outage, once without breakers and once with.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use breaker_runtime::findings;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, sleep_until};

use super::calls;
use super::database::{Order, Record};
use super::dependencies::Dependencies;
use super::load::{Load, Sample};
use super::orders::Orders;
use super::progress::{Change, Changes, Progress, heading, headline};
use super::script::{Phase, Script};
use super::service::{Breakers, OpenShop, Shop};

/// The interval at which the workers are observed.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The number of observations for each progress line.
const LOOKS_PER_LINE: u32 = 10;

/// The longest time to charge the orders that are queued when the load ends.
const LAST_DRAIN: Duration = Duration::from_secs(30);

/// The results of both runs.
pub struct Story {
    pub(super) without: Run,
    pub(super) with: Run,
    pub(super) script: Script,
}

/// Plays the story, and prints its progress.
///
/// # Errors
///
/// If a server cannot be started on loopback.
pub async fn play(script: &Script) -> io::Result<Story> {
    if let Some(pace) = script.pace {
        calls::set_pace(pace).map_err(io::Error::other)?;
    }
    let (without, with) = if script.together {
        tokio::try_join!(run(Breakers::Without, script), run(Breakers::With, script))?
    } else {
        println!("\nWithout breakers\n");
        let without = run(Breakers::Without, script).await?;
        println!("\nWith breakers\n");
        (without, run(Breakers::With, script).await?)
    };
    Ok(Story { without, with, script: script.clone() })
}

/// The results of one run.
pub(super) struct Run {
    pub(super) samples: Vec<Sample>,
    pub(super) phases: Vec<PhaseRecord>,
    pub(super) strain: Strain,
    /// The findings of the library about the breakers, at each second.
    pub(super) findings: Vec<String>,
    pub(super) changes: Vec<Change>,
    pub(super) orders: Vec<Record>,
    pub(super) charges: Vec<Order>,
    pub(super) repeated_charges: u64,
}

pub(super) struct PhaseRecord {
    pub(super) phase: Phase,
    pub(super) span: Range<Duration>,
    /// The calls to payments, recommendations and the catalogue.
    pub(super) calls: [u64; 3],
}

/// The load on the workers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strain {
    pub(super) stuck_at_peak: usize,
    pub(super) no_worker_free: Duration,
}

async fn run(breakers: Breakers, script: &Script) -> io::Result<Run> {
    let mut stage = Stage::set(breakers, script).await?;
    let mut phases = Vec::new();
    for (phase, length) in script.phases() {
        phases.push(stage.play(phase, length).await);
    }
    stage.close(phases).await
}

pub(super) struct Stage {
    started: Instant,
    dependencies: Dependencies,
    folder: TempDir,
    open: OpenShop,
    load: Load,
    changes: Option<Changes>,
    progress: Progress,
    looks: u32,
    strain: Strain,
    findings: Vec<String>,
    /// The end of the phases so far, without stalls.
    played: Duration,
    together: bool,
    /// The time for which the machine stalled, in runs that are played together.
    stalled: Duration,
}

impl Stage {
    pub(super) async fn set(breakers: Breakers, script: &Script) -> io::Result<Self> {
        let dependencies = Dependencies::start(script)?;
        let folder = tempfile::tempdir()?;
        let orders = Orders::open_with(&folder.path().join("orders.db"), script.durable_orders)?;
        let shop = Arc::new(Shop::new(breakers, script, dependencies.addresses(), orders)?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let open = OpenShop::open(shop, listener, Router::new())?;
        heading(&open.shop);
        let started = Instant::now();
        Ok(Self {
            started,
            load: Load::start(open.address, script.rate, started)?,
            changes: (breakers == Breakers::With).then(|| Changes::keep(started)),
            progress: Progress::new(started),
            looks: 0,
            strain: Strain::default(),
            findings: Vec::new(),
            played: Duration::ZERO,
            together: script.together,
            stalled: Duration::ZERO,
            dependencies,
            folder,
            open,
        })
    }

    pub(super) async fn play(&mut self, phase: Phase, length: Duration) -> PhaseRecord {
        let begin = self.started.elapsed();
        let before = self.calls();
        headline(self.started, phase);
        self.dependencies.play(phase.health());
        self.played += length;
        // Looks at fixed times, so that both runs have the same load on a busy machine as well.
        while LOOK_EVERY * self.looks < self.played {
            self.look(phase).await;
        }
        let after = self.calls();
        PhaseRecord {
            phase,
            span: begin..self.started.elapsed(),
            calls: [0, 1, 2].map(|dependency| after[dependency] - before[dependency]),
        }
    }

    async fn look(&mut self, phase: Phase) {
        self.looks += 1;
        let planned = self.started + LOOK_EVERY * self.looks + self.stalled;
        sleep_until(planned).await;
        if self.together {
            // A stall lengthens the phase of both runs: it would swallow a short one otherwise.
            self.stalled += planned.elapsed().saturating_sub(LOOK_EVERY);
        }
        let workers = &self.open.shop.workers;
        self.strain.stuck_at_peak = self.strain.stuck_at_peak.max(workers.stuck());
        if workers.free() == 0 {
            self.strain.no_worker_free += LOOK_EVERY;
        }
        if self.looks % LOOKS_PER_LINE == 0 {
            self.findings.extend(findings().iter().map(ToString::to_string));
            self.progress.line(phase, self.load.samples(), &self.open.shop);
        }
    }

    fn calls(&self) -> [u64; 3] {
        let shop = &self.open.shop;
        [shop.till.payments.calls(), shop.recommendations.calls(), shop.catalogue.calls()]
    }

    pub(super) async fn close(self, phases: Vec<PhaseRecord>) -> io::Result<Run> {
        let samples = self.load.end().await?;
        let latest = Instant::now() + LAST_DRAIN;
        let orders = &self.open.shop.till.orders;
        while orders.waiting() > 0 && Instant::now() < latest {
            sleep(LOOK_EVERY).await;
        }
        let ledger = &self.dependencies.ledger;
        let run = Run {
            samples,
            phases,
            strain: self.strain,
            findings: self.findings,
            changes: self.changes.map(|changes| changes.so_far()).unwrap_or_default(),
            orders: orders.records().await.map_err(|error| io::Error::other(error.to_string()))?,
            charges: ledger.charges(),
            repeated_charges: ledger.repeats(),
        };
        // The shop is closed, so that nothing writes to it.
        drop(self.open);
        self.folder.close()?;
        Ok(run)
    }
}
