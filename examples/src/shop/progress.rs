//! The progress of the story: a line for each second, and one for each change of a breaker.

use std::sync::{Arc, Mutex, PoisonError};

use breaker_runtime::{CircuitBreaker, Event, Subscription};
use tokio::time::Instant;

use super::calls;
use super::load::{Outcome, Samples};
use super::script::Phase;
use super::service::{Breakers, Shop};

/// Prints a line for each change of a breaker, and keeps them, until it is dropped.
pub(super) struct Changes {
    events: Arc<Mutex<Vec<Event>>>,
    _subscriptions: Vec<Subscription>,
}

impl Changes {
    pub(super) fn watch(started: Instant) -> Self {
        let events = Arc::default();
        let subscriptions = calls::breakers().map(|breaker| {
            let events: Arc<Mutex<Vec<Event>>> = Arc::clone(&events);
            breaker.on_event(move |event| {
                println!("{:>7.2} s  | {event}", started.elapsed().as_secs_f64());
                events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
            })
        });
        Self { events, _subscriptions: subscriptions.into() }
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Prints the headings of the progress lines.
pub(super) fn heading(shop: &Shop) {
    print!(
        "{:>9}  {:<12} {:>6} {:>4} {:>8} {:>6} {:>7} {:>7}",
        "time", "phase", "req/s", "ok", "degraded", "failed", "stuck", "waiting"
    );
    match shop.breakers {
        Breakers::With => {
            println!("   {:<9} {:<15} {:<9} queued", "payments", "recommendations", "catalogue");
        }
        Breakers::Without => println!(),
    }
}

pub(super) fn headline(started: Instant, phase: Phase) {
    println!("{:>7.2} s  # {}", started.elapsed().as_secs_f64(), phase.headline());
}

/// A printer of the events since the last line.
pub(super) struct Progress {
    started: Instant,
    seen: usize,
    last: Instant,
}

impl Progress {
    pub(super) fn new(started: Instant) -> Self {
        Self { started, seen: 0, last: started }
    }

    pub(super) fn line(&mut self, phase: Phase, samples: &Samples, shop: &Shop) {
        let new = samples.since(self.seen);
        self.seen += new.len();
        let count = |outcome| new.iter().filter(|sample| sample.outcome == outcome).count();
        let now = Instant::now();
        let seconds = (now - self.last).as_secs_f64();
        self.last = now;
        #[allow(clippy::cast_precision_loss)]
        let rate = new.len() as f64 / seconds;
        println!(
            "{:>7.2} s  {phase:<12} {rate:>6.0} {:>4} {:>8} {:>6} {:>7} {:>7}{}",
            (now - self.started).as_secs_f64(),
            count(Outcome::Success),
            count(Outcome::Degraded),
            count(Outcome::Failed),
            format!("{}/{}", shop.workers.stuck(), shop.workers.size()),
            shop.workers.waiting(),
            breaker_columns(shop),
        );
    }
}

fn breaker_columns(shop: &Shop) -> String {
    match shop.breakers {
        Breakers::Without => String::new(),
        Breakers::With => {
            let [payments, recommendations, catalogue] = calls::breakers().map(CircuitBreaker::state);
            let queued = shop.till.orders.waiting();
            format!("   {payments:<9} {recommendations:<15} {catalogue:<9} {queued:>6}")
        }
    }
}
