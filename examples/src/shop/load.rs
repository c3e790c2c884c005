//! The customers: they come at a steady rate, whether or not the shop keeps up.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::backends::client;
use super::dependencies::PRODUCTS;
use super::service::DEGRADED;

/// The time after which a customer leaves.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest number of customers in the shop, whatever happens to it; others are turned away.
const MOST_AT_ONCE: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    FrontPage,
    Product,
    Checkout,
}

impl Visit {
    /// Returns the visit of the customer with this number: of seven, three see the front page, three a
    /// product, one pays.
    fn of(customer: u32) -> Self {
        match customer % 7 {
            0 => Self::Checkout,
            1 | 3 | 5 => Self::FrontPage,
            _ => Self::Product,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Answered in full. A declined card is such an answer.
    Success,
    Degraded,
    Failed,
}

/// The visit of one customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) visit: Visit,
    /// The time since the start of the run.
    pub(super) came: Duration,
    pub(super) latency: Duration,
    pub(super) outcome: Outcome,
}

/// The customers that have been served, in the order in which they left.
#[derive(Clone, Default)]
pub(super) struct Samples(Arc<Mutex<Vec<Sample>>>);

impl Samples {
    /// Returns all but the first `seen`.
    pub(super) fn since(&self, seen: usize) -> Vec<Sample> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.get(seen..).unwrap_or_default().to_vec()
    }

    fn add(&self, sample: Sample) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
    }
}

pub(super) struct Load {
    samples: Samples,
    stop: Arc<AtomicBool>,
    customers: JoinHandle<()>,
}

impl Load {
    pub(super) fn start(address: SocketAddr, rate: u32, started: Instant) -> io::Result<Self> {
        Self::of_one_of_many(address, Duration::from_secs(1) / rate, started, 0)
    }

    /// Starts the load of one of several shops, with this time between two customers. Those of two shops
    /// do not come in step if their `first` customers have other numbers.
    pub(super) fn of_one_of_many(
        address: SocketAddr,
        pause: Duration,
        started: Instant,
        first: u32,
    ) -> io::Result<Self> {
        let samples = Samples::default();
        Self::begin(address, (pause, first), started, Some(samples.clone()), samples)
    }

    /// Starts a load without samples, which would grow for as long as it lasts.
    pub(super) fn without_records(address: SocketAddr, rate: u32, started: Instant) -> io::Result<Self> {
        Self::begin(address, (Duration::from_secs(1) / rate, 0), started, None, Samples::default())
    }

    fn begin(
        address: SocketAddr,
        pace: (Duration, u32),
        started: Instant,
        kept: Option<Samples>,
        samples: Samples,
    ) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let street = Street { http: client()?, shop: format!("http://{address}"), started, kept };
        let customers = tokio::spawn(come(street, pace, Arc::clone(&stop)));
        Ok(Self { samples, stop, customers })
    }

    pub(super) fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Ends the stream of customers, and waits for those in the shop.
    pub(super) async fn end(self) -> Result<Vec<Sample>, JoinError> {
        self.stop.store(true, Ordering::Relaxed);
        self.customers.await?;
        Ok(self.samples.since(0))
    }
}

async fn come(street: Street, (pause, first): (Duration, u32), stop: Arc<AtomicBool>) {
    let street = Arc::new(street);
    let mut ticks = interval(pause);
    // A late tick is made up for, so that the rate holds on a busy machine as well.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut inside = JoinSet::new();
    for customer in first.. {
        ticks.tick().await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        while inside.try_join_next().is_some() {}
        let street = Arc::clone(&street);
        let crowded = inside.len() >= MOST_AT_ONCE;
        inside.spawn(async move { street.visit(customer, crowded).await });
    }
    inside.join_all().await;
}

struct Street {
    http: Client,
    shop: String,
    started: Instant,
    kept: Option<Samples>,
}

impl Street {
    async fn visit(&self, customer: u32, crowded: bool) {
        let visit = Visit::of(customer);
        let came = Instant::now();
        let outcome = if crowded { Outcome::Failed } else { self.ask(visit, customer).await };
        let latency = came.elapsed();
        if let Some(samples) = &self.kept {
            samples.add(Sample { visit, came: came - self.started, latency, outcome });
        }
    }

    async fn ask(&self, visit: Visit, customer: u32) -> Outcome {
        let shop = &self.shop;
        let request = match visit {
            Visit::FrontPage => self.http.get(format!("{shop}/front-page?customer={customer}")),
            Visit::Product => self.http.get(format!("{shop}/products/{}", customer % PRODUCTS + 1)),
            Visit::Checkout => {
                let cart = json!({ "customer": customer, "cents": 1000 + customer % 500 });
                self.http.post(format!("{shop}/checkout")).json(&cart)
            }
        };
        let Ok(response) = request.timeout(PATIENCE).send().await else { return Outcome::Failed };
        let degraded = response.headers().contains_key(DEGRADED);
        let status = response.status();
        let answered = status.is_success() || status == StatusCode::PAYMENT_REQUIRED;
        let well = answered && response.bytes().await.is_ok();
        match (well, degraded) {
            (false, _) => Outcome::Failed,
            (true, true) => Outcome::Degraded,
            (true, false) => Outcome::Success,
        }
    }
}
