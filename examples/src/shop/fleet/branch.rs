//! One process of the fleet: a shop with customers of its own.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use breaker_runtime::fleet::{self, Fleet, FleetOptions, FleetPhase, FleetReachability};
use breaker_runtime::{Event, Mode, State, Subscription};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::plan::script;
use super::report_line::{BreakerState, CALLS, CUSTOMERS, ReportLine};
use crate::shop::calls;
use crate::shop::load::{Load, Outcome};
use crate::shop::orders::Orders;
use crate::shop::service::{Breakers, OpenShop, Shop};

/// The interval at which a process looks at its view of the fleet.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The part of one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BranchPlan {
    /// The number of the process, from 1.
    pub number: usize,
    /// The addresses of payments, recommendations and the catalogue.
    pub dependencies: [SocketAddr; 3],
    /// The address of Redis; `None` if each process is for itself.
    pub redis: Option<String>,
    /// The time between two customers, in microseconds.
    pub interval: u64,
    /// The share of that time by which the customers of this process come later.
    pub shift: f64,
    /// Whether the story is short.
    pub short: bool,
}

/// Opens the shop of one process, until standard input ends. Writes a line to standard output for each
/// change of its breakers.
///
/// # Errors
///
/// If the shop cannot be opened, or the fleet's address is none.
pub async fn open_branch(plan: &BranchPlan) -> io::Result<()> {
    let script = script(plan.short);
    if let Some(pace) = script.pace {
        calls::set_pace(pace).map_err(io::Error::other)?;
    }
    let _subscriptions = watch_breakers();
    let fleet = plan.redis.as_deref().map(|url| connect(url, plan.number)).transpose()?;
    let folder = tempfile::tempdir()?;
    let orders = Orders::open_with(&folder.path().join("orders.db"), false)?;
    let shop = Arc::new(Shop::new(Breakers::With, &script, plan.dependencies, orders)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let open = OpenShop::open(Arc::clone(&shop), listener, Router::new())?;
    let interval = Duration::from_micros(plan.interval);
    let first = u32::try_from(plan.number).unwrap_or_default() * 3;
    // Processes that start together would have their customers at the same moments.
    sleep(interval.mul_f64(plan.shift)).await;
    let mut load = Some(Load::of_one_of_many(open.address, interval, Instant::now(), first)?);
    say(&ReportLine::Ready);

    let mut words = BufReader::new(tokio::io::stdin()).lines();
    while let Some(word) = words.next_line().await? {
        match &*word {
            CALLS => {
                let Shop { till, recommendations, catalogue, .. } = &*shop;
                let calls = [till.payments.calls(), recommendations.calls(), catalogue.calls()];
                say(&ReportLine::Calls(calls));
            }
            CUSTOMERS => {
                if let Some(load) = load.take() {
                    let samples = load.end().await?;
                    let failed = samples.iter().filter(|sample| sample.outcome == Outcome::Failed);
                    let (served, failed) = (samples.len(), failed.count());
                    say(&ReportLine::Customers { served, failed });
                }
            }
            unknown => return Err(io::Error::other(format!("no such word: `{unknown}`"))),
        }
    }
    if let Some(fleet) = fleet {
        fleet.leave().await;
    }
    Ok(())
}

/// Joins the fleet: all that a process needs beside the option `shared`.
fn connect(url: &str, number: usize) -> io::Result<Fleet> {
    let options = FleetOptions::new().process_name(format!("shop-{number}"));
    let fleet = fleet::connect(url, options).map_err(io::Error::other)?;
    let watched = fleet.clone();
    let subscription = fleet.on_event(|event| say(&ReportLine::Fleet { text: event.to_string() }));
    tokio::spawn(async move {
        let _subscription = subscription;
        let mut last = None;
        loop {
            let view = view(&watched);
            if last.as_ref() != Some(&view) {
                say(&view);
                last = Some(view);
            }
            sleep(LOOK_EVERY).await;
        }
    });
    Ok(fleet)
}

fn view(fleet: &Fleet) -> ReportLine {
    let status = fleet.status();
    let open = calls::breakers().map(|breaker| {
        let group = status.groups.iter().find(|group| group.name == breaker.name());
        group.is_some_and(|group| group.phase == FleetPhase::Open)
    });
    ReportLine::View { reached: status.store == FleetReachability::Reached, open }
}

fn watch_breakers() -> Vec<Subscription> {
    let watched = calls::breakers().into_iter().enumerate();
    let watched =
        watched.map(|(number, breaker)| breaker.on_event(move |event| say(&line(number, event))));
    watched.collect()
}

fn line(breaker: usize, event: &Event) -> ReportLine {
    let state = match event.to {
        State::Closed => BreakerState::Closed,
        State::Open => BreakerState::Open,
        State::HalfOpen => BreakerState::HalfOpen,
    };
    let forced = event.mode == Mode::ForcedOpen;
    ReportLine::Breaker { breaker, state, forced, text: event.to_string() }
}

/// Writes a line. An error means that the program which reads it has ended, and this one is about to.
fn say(line: &ReportLine) {
    if let Ok(text) = serde_json::to_string(line) {
        let _ = writeln!(io::stdout(), "{text}");
    }
}
