//! All processes, as the program that starts them sees them.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::branch::BranchPlan;
use super::report_line::{BreakerState, CALLS, CUSTOMERS, ReportLine};

/// Far longer than a process needs for an answer.
const LIMIT: Duration = Duration::from_secs(60);

/// The processes. They end when this is dropped.
pub(super) struct Branches {
    program: PathBuf,
    plan: BranchPlan,
    processes: Vec<Branch>,
    watched: Arc<Watched>,
}

struct Branch {
    child: Child,
    words: ChildStdin,
    reader: JoinHandle<()>,
}

/// The output of the processes.
struct Watched {
    started: Instant,
    scene: Mutex<Scene>,
    changed: Notify,
}

/// The state of the processes, and their changes so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) branches: Vec<Seen>,
    pub(super) changes: Vec<BranchChange>,
}

/// One process.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) ready: bool,
    pub(super) states: [BreakerState; 3],
    pub(super) forced: [bool; 3],
    /// Whether Redis answers, and which groups are open in its view.
    pub(super) reached: bool,
    pub(super) groups: [bool; 3],
    pub(super) calls: Option<[u64; 3]>,
    /// The customers that were served, and those of them without an answer.
    pub(super) customers: Option<(usize, usize)>,
}

/// A change of one breaker in one process.
#[derive(Clone, Copy, Debug)]
pub(super) struct BranchChange {
    pub(super) process: usize,
    pub(super) breaker: usize,
    pub(super) state: BreakerState,
    /// The time since the start of the run.
    pub(super) at: Duration,
}

impl Branches {
    /// Starts so many processes, and waits until their shops are open.
    pub(super) async fn start(program: PathBuf, plan: BranchPlan, processes: usize) -> io::Result<Self> {
        let (scene, changed) = (Mutex::default(), Notify::new());
        let watched = Arc::new(Watched { started: Instant::now(), scene, changed });
        let mut branches = Self { program, plan, processes: Vec::new(), watched };
        for _ in 0..processes {
            branches.start_one()?;
        }
        branches.until_all("the shops are open", |seen| seen.ready).await?;
        Ok(branches)
    }

    /// Starts one more process, and waits until its shop is open.
    pub(super) async fn spawn(&mut self) -> io::Result<()> {
        self.start_one()?;
        self.until_all("the shop of one more process is open", |seen| seen.ready).await
    }

    fn start_one(&mut self) -> io::Result<()> {
        let index = self.processes.len();
        let number = u32::try_from(index).map_err(io::Error::other)?;
        // The golden ratio spreads any number of them evenly.
        let shift = (f64::from(number) * 0.618_034).fract();
        let plan = BranchPlan { number: index + 1, shift, ..self.plan.clone() };
        let mut command = Command::new(&self.program);
        command.arg("--branch").arg(serde_json::to_string(&plan)?);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (Some(words), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a process has no pipes"));
        };
        self.watched.scene().branches.push(Seen::default());
        let watched = Arc::clone(&self.watched);
        let mut lines = BufReader::new(output).lines();
        let reader = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(line) = serde_json::from_str(&line) {
                    watched.note(index, &line);
                }
            }
        });
        self.processes.push(Branch { child, words, reader });
        Ok(())
    }

    pub(super) fn scene(&self) -> Scene {
        self.watched.scene().clone()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.watched.started.elapsed()
    }

    /// Waits for a condition, and returns when it was met; `None` if not within `limit`.
    pub(super) async fn until(
        &self,
        limit: Duration,
        condition: impl Fn(&Scene) -> bool,
    ) -> Option<Duration> {
        let latest = Instant::now() + limit;
        loop {
            let changed = self.watched.changed.notified();
            if condition(&self.watched.scene()) {
                return Some(self.elapsed());
            }
            timeout_at(latest, changed).await.ok()?;
        }
    }

    async fn until_all(&self, what: &str, condition: impl Fn(&Seen) -> bool) -> io::Result<()> {
        let met = self.until(LIMIT, |scene| scene.branches.iter().all(&condition));
        let late = || io::Error::other(format!("{what}: not in all processes within {LIMIT:?}"));
        met.await.map(drop).ok_or_else(late)
    }

    /// Returns the calls of all processes so far to payments, recommendations and the catalogue.
    pub(super) async fn calls(&mut self) -> io::Result<[u64; 3]> {
        for seen in &mut self.watched.scene().branches {
            seen.calls = None;
        }
        self.say(CALLS).await?;
        self.until_all("the numbers of calls", |seen| seen.calls.is_some()).await?;
        let scene = self.scene();
        let calls = scene.branches.iter().filter_map(|seen| seen.calls);
        Ok(calls.fold([0; 3], |sum, calls| [0, 1, 2].map(|index| sum[index] + calls[index])))
    }

    /// Ends the load, and returns the numbers of customers that were served, and without an answer.
    pub(super) async fn customers(&mut self) -> io::Result<(usize, usize)> {
        self.say(CUSTOMERS).await?;
        self.until_all("the last customers", |seen| seen.customers.is_some()).await?;
        let scene = self.scene();
        let customers = scene.branches.iter().filter_map(|seen| seen.customers);
        Ok(customers.fold((0, 0), |(served, failed), (more, worse)| (served + more, failed + worse)))
    }

    async fn say(&mut self, word: &str) -> io::Result<()> {
        for branch in &mut self.processes {
            branch.words.write_all(format!("{word}\n").as_bytes()).await?;
        }
        Ok(())
    }

    /// Lets the processes end in order.
    pub(super) async fn end(self) -> io::Result<()> {
        for Branch { mut child, words, reader } in self.processes {
            drop(words);
            let status = child.wait().await?;
            // An error means that it was aborted, which nothing does.
            let _ = reader.await;
            if !status.success() {
                return Err(io::Error::other(format!("a process of the fleet ended with {status}")));
            }
        }
        Ok(())
    }
}

impl Watched {
    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, process: usize, line: &ReportLine) {
        let at = self.started.elapsed();
        self.scene().note(process, line, at);
        self.print(process, line, at);
        self.changed.notify_waiters();
    }

    fn print(&self, process: usize, line: &ReportLine, at: Duration) {
        let (ReportLine::Breaker { text, .. } | ReportLine::Fleet { text }) = line else { return };
        println!("{:>7.2} s  {:>2} | {text}", at.as_secs_f64(), process + 1);
    }
}

impl Scene {
    fn note(&mut self, process: usize, line: &ReportLine, at: Duration) {
        let Some(seen) = self.branches.get_mut(process) else { return };
        match *line {
            ReportLine::Ready => seen.ready = true,
            ReportLine::Breaker { breaker, state, forced, .. } => {
                seen.states[breaker] = state;
                seen.forced[breaker] = forced;
                self.changes.push(BranchChange { process, breaker, state, at });
            }
            ReportLine::Fleet { .. } => {}
            ReportLine::View { reached, open } => (seen.reached, seen.groups) = (reached, open),
            ReportLine::Calls(calls) => seen.calls = Some(calls),
            ReportLine::Customers { served, failed } => seen.customers = Some((served, failed)),
        }
    }

    /// Returns when a breaker was first open, or half-open, in all processes at once, after a time at
    /// which it was closed in all; `None` if it never was.
    pub(super) fn first_time_open(&self, breaker: usize, from: Duration) -> Option<Duration> {
        let mut closed = vec![true; self.branches.len()];
        let changes = self.changes.iter().filter(|change| change.breaker == breaker);
        changes.filter(|change| change.at >= from).find_map(|change| {
            closed[change.process] = change.state == BreakerState::Closed;
            (!closed.contains(&true)).then_some(change.at)
        })
    }

    /// Returns whether a breaker is closed in all processes, or in none.
    pub(super) fn is_closed(&self, breaker: usize, closed: bool) -> bool {
        let in_state = |seen: &Seen| (seen.states[breaker] == BreakerState::Closed) == closed;
        self.branches.iter().all(in_state)
    }
}
