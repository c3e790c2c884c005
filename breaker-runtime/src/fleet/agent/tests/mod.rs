//! Several processes in one test: agents with their own breakers, and one store in memory. Time is
//! virtual.

mod members;
mod operators;
mod outliers;
mod pings;
mod recovery;
mod store;
mod trips;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::fleet::connect::Fleet;
use crate::fleet::store::memory::MemoryStore;
use crate::{CircuitBreaker, CircuitBreakerBuilder, Reason, State};

/// The time within which an order is in force everywhere.
const HALF_A_SECOND: Duration = Duration::from_millis(500);
const SECOND: Duration = Duration::from_secs(1);

/// A process with one breaker.
struct Process {
    fleet: Fleet,
    breaker: CircuitBreaker,
}

/// The processes of one test, and their store.
struct Scene {
    name: &'static str,
    store: MemoryStore,
    processes: Vec<Process>,
}

fn options(builder: CircuitBreakerBuilder) -> CircuitBreakerBuilder {
    let builder = builder.shared("payments").failure_threshold(4).success_threshold(1);
    builder.timeout(5 * SECOND).probe_timeout(2 * SECOND)
}

impl Scene {
    fn new(name: &'static str, processes: usize) -> Self {
        let mut scene =
            Self { name, store: MemoryStore::new(Duration::from_millis(200)), processes: Vec::new() };
        (0..processes).for_each(|_| scene.join(options));
        scene
    }

    /// Starts one more process.
    fn join(&mut self, options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder) {
        let number = self.processes.len();
        let builder = CircuitBreaker::builder(format!("{} {number}", self.name));
        let breaker = options(builder).build().expect("valid options");
        let fleet = self.start(number, vec![breaker.clone()]);
        self.processes.push(Process { fleet, breaker });
    }

    fn start(&self, number: usize, breakers: Vec<CircuitBreaker>) -> Fleet {
        let store = Arc::new(self.store.clone());
        let name = format!("host:{number}").into();
        Fleet::start(store, name, Arc::new(move || breakers.clone()), &Handle::current(), false)
    }

    fn breaker(&self, process: usize) -> &CircuitBreaker {
        &self.processes[process].breaker
    }

    fn states(&self) -> Vec<State> {
        self.processes.iter().map(|process| process.breaker.state()).collect()
    }

    /// Fails calls, which are rejected once the breaker is open.
    fn fail(&self, process: usize, calls: usize) {
        for _ in 0..calls {
            let _ = self.breaker(process).call(|| Err::<(), _>("down"));
        }
    }

    /// Lets two processes see two failures each, which is the threshold, and waits for the trip.
    async fn trip(&self) {
        self.fail(0, 2);
        self.fail(1, 2);
        self.until(HALF_A_SECOND, "all open", || self.are_all(State::Open)).await;
    }

    fn are_all(&self, state: State) -> bool {
        self.states().iter().all(|one| *one == state)
    }

    /// Waits until a condition holds, for at most `limit`.
    async fn until(&self, limit: Duration, what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(start.elapsed() < limit, "{what}: not within {limit:?}: {:?}", self.states());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Makes one call in each process; returns the processes in which it ran.
    fn call_all(&self, succeeds: bool) -> Vec<usize> {
        let call = |process: &Process| {
            let outcome = process.breaker.call(|| if succeeds { Ok(()) } else { Err("down") });
            !matches!(outcome, Err(crate::CallError::Breaker(_)))
        };
        (0..self.processes.len()).filter(|number| call(&self.processes[*number])).collect()
    }

    /// Makes calls in all processes until one runs; returns its process.
    async fn first_probe(&self, succeeds: bool) -> usize {
        let start = Instant::now();
        loop {
            let ran = self.call_all(succeeds);
            if let [one] = ran[..] {
                return one;
            }
            assert_eq!(ran, [0; 0], "one process probes at a time");
            assert!(start.elapsed() < 20 * SECOND, "no probe: {:?}", self.processes[0].fleet.status());
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn reasons(&self, process: usize) -> Arc<Mutex<Vec<Reason>>> {
        let reasons = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reasons);
        self.breaker(process).on_event(move |event| log.lock().unwrap().push(event.reason)).detach();
        reasons
    }
}
