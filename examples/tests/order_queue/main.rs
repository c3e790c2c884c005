//! Orders survive the death of the process that has them: none is lost, and none is charged twice.
//!
//! A process takes orders and charges them at a service that fails at times, and is killed repeatedly,
//! each time with the same database. Time is real here: a real process is killed, at any moment of its
//! life, and the service chooses the moments that matter most, as it knows the charges.
//!
//! `ORDER_QUEUE_SEED=N cargo test -p breaker-examples --test order_queue` repeats the plans of a run;
//! the instruction at which a kill strikes depends on the machine.

mod payments;
mod worker;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use payments::{Mood, Payments, Plan, Point, is_declined};
use rusqlite::Connection;
use tokio::time::sleep;
use worker::Worker;

/// One round of each kind, repeated.
const KINDS: [Kind; 4] =
    [Kind::AnyMoment, Kind::At(Point::BeforeCharge), Kind::At(Point::AfterCharge), Kind::MidDrain];
const ROUNDS_OF_EACH: usize = 15;

/// The number of consecutive failures that open the breaker of payments.
const OPENING: u32 = 5;

/// The longest wait for an event that must happen, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
enum Kind {
    AnyMoment,
    At(Point),
    /// After an outage that opened the breaker, while it admits the queue again.
    MidDrain,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_workers_lose_no_order_and_charge_none_twice() {
    let seed = std::env::var("ORDER_QUEUE_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("ORDER_QUEUE_SEED={seed}");
    let mut town = Town::build(seed).await;

    for _ in 0..ROUNDS_OF_EACH {
        for kind in KINDS {
            town.round(kind).await;
        }
    }
    town.last_round().await;

    town.check_answers();
    town.check_orders_and_charges();
    town.print_figures();
}

#[tokio::test]
async fn second_process_on_the_same_orders_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let database = folder.path().join("orders.db");
    let (_payments, address) = Payments::open().await;
    let mut first = Worker::start(&database, address);
    first.ready();
    let second = Worker::start(&database, address);
    let ended = second.ended(PATIENCE).await.expect("it gives up");
    assert_eq!(ended.code(), Some(1));
    first.close();
    assert!(first.ended(PATIENCE).await.expect("it has nothing to do").success());
}

struct Town {
    _folder: tempfile::TempDir,
    database: PathBuf,
    payments: Payments,
    address: SocketAddr,
    random: Rng,
    started: Instant,
    customers: u32,
    /// The answer to each customer: `paid`, `taken` or `refused`.
    answers: HashMap<u32, String>,
    kills: u32,
}

impl Town {
    async fn build(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let (payments, address) = Payments::open().await;
        Self {
            database: folder.path().join("orders.db"),
            _folder: folder,
            payments,
            address,
            random: Rng::with_seed(seed),
            started: Instant::now(),
            customers: 0,
            answers: HashMap::new(),
            kills: 0,
        }
    }

    async fn round(&mut self, kind: Kind) {
        let visitors = self.random.u32(3..10);
        let plan = self.plan(kind, visitors);
        let mut worker = self.start(plan);
        for _ in 0..visitors {
            self.customers += 1;
            worker.order(self.customers);
            sleep(Duration::from_micros(self.random.u64(0..3000))).await;
        }
        if plan.kill.is_none() {
            sleep(Duration::from_micros(self.random.u64(0..150_000))).await;
            worker.victim().kill();
        }
        let ended = worker.ended(PATIENCE).await;
        // A process without an exit code did not end by itself.
        let killed = ended.is_some_and(|status| status.code().is_none());
        assert!(killed, "{kind:?}: {plan:?}: {ended:?}");
        self.kills += 1;
        self.hear(worker.receipts());
    }

    fn plan(&mut self, kind: Kind, visitors: u32) -> Plan {
        let random = &mut self.random;
        let moods = [Mood::Well, Mood::Fails, Mood::LosesAnswers, Mood::Hangs];
        let mood = moods[random.usize(..moods.len())];
        match kind {
            Kind::AnyMoment => Plan { mood, moody_for: random.u32(0..20), kill: None },
            Kind::At(point) => {
                Plan { mood, moody_for: random.u32(0..3), kill: Some((random.u32(1..=visitors), point)) }
            }
            Kind::MidDrain => {
                let point = if random.bool() { Point::BeforeCharge } else { Point::AfterCharge };
                let at = OPENING + random.u32(1..=visitors);
                Plan { mood: Mood::Fails, moody_for: OPENING, kill: Some((at, point)) }
            }
        }
    }

    /// Runs a last round, in which all services are healthy and no process is killed.
    async fn last_round(&mut self) {
        let mut worker = self.start(Plan { mood: Mood::Well, moody_for: 0, kill: None });
        self.customers += 1;
        worker.order(self.customers);
        worker.close();
        let ended = worker.ended(PATIENCE).await;
        assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
        self.hear(worker.receipts());
        assert!(self.answers.contains_key(&self.customers), "the last one was not killed");
    }

    fn start(&self, plan: Plan) -> Worker {
        self.payments.begin(plan, || Worker::start(&self.database, self.address))
    }

    fn hear(&mut self, receipts: Vec<(String, u32)>) {
        for (answer, customer) in receipts {
            assert!(self.answers.insert(customer, answer).is_none(), "{customer} was answered twice");
        }
    }

    fn check_answers(&self) {
        let mut charges: HashMap<u32, u32> = HashMap::new();
        for customer in self.payments.ledger().charges.values() {
            *charges.entry(*customer).or_default() += 1;
        }
        let twice: Vec<_> = charges.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "charged more than once: {twice:?}");
        for (customer, answer) in &self.answers {
            let times = charges.get(customer).copied().unwrap_or_default();
            let expected = match answer.as_str() {
                "paid" => 1,
                "taken" => u32::from(!is_declined(*customer)),
                "refused" => 0,
                _ => panic!("{customer} was answered `{answer}`"),
            };
            assert_eq!(times, expected, "customer {customer} was answered `{answer}`");
        }
    }

    /// Checks that the orders of the shop and the charges of payments agree, and that no work is left.
    fn check_orders_and_charges(&self) {
        let rows = rows(&self.database);
        let mut seen = HashSet::new();
        for (key, customer, state) in &rows {
            assert!(
                (1..=self.customers).contains(customer) && seen.insert(customer),
                "{customer}: unknown"
            );
            let expected = if is_declined(*customer) { "refused" } else { "charged" };
            assert_eq!(state, expected, "the order of {customer}");
            let charge = self.payments.ledger().charges.get(key).copied();
            assert_eq!(charge, (state == "charged").then_some(*customer), "the order of {customer}");
        }
        let charged = rows.iter().filter(|(_, _, state)| state == "charged").count();
        assert_eq!(charged, self.payments.ledger().charges.len(), "a charge without an order");
        let lost: Vec<_> = self.answers.keys().filter(|customer| !seen.contains(customer)).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }

    fn print_figures(&self) {
        let ledger = self.payments.ledger();
        assert!(ledger.repeats > 0, "no charge was ever repeated, so that the test shows little");
        let (kills, customers, answers) = (self.kills, self.customers, self.answers.len());
        let (charges, repeats) = (ledger.charges.len(), ledger.repeats);
        println!(
            "{kills} kills; {customers} orders sent, {answers} of them answered; {charges} charged once each, \
             with {repeats} requests repeated; {:.1?}",
            self.started.elapsed()
        );
    }
}

/// Returns key, customer and state of each order, and checks that the database is whole.
fn rows(database: &Path) -> Vec<(String, u32, String)> {
    let connection = Connection::open(database).expect("no process has it open");
    let whole: String =
        connection.query_row("PRAGMA integrity_check", (), |row| row.get(0)).expect("it can be read");
    assert_eq!(whole, "ok");
    let mut query =
        connection.prepare("SELECT key, customer, state FROM orders").expect("it has orders");
    let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.and_then(Iterator::collect).expect("they can be read")
}
