//! A payments service that fails at times, and that kills its client at chosen moments.

use std::collections::HashMap;
use std::future::pending;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::worker::{Victim, Worker};

/// Customers with a number that is a multiple of this one have cards that are declined.
const DECLINED: u32 = 9;

pub(crate) fn is_declined(customer: u32) -> bool {
    customer % DECLINED == 0
}

/// The behaviour of payments in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// Answers with an error, and charges nothing.
    Fails,
    /// Charges, and closes the connection without an answer.
    LosesAnswers,
    /// Charges, and lets the client wait.
    Hangs,
}

/// The moment at which payments kills the process that sends the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The order is on disk, and not charged.
    BeforeCharge,
    /// The order is charged, and the process does not know.
    AfterCharge,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) mood: Mood,
    /// The number of requests after which it is healthy.
    pub(crate) moody_for: u32,
    /// The request at which to kill, and the moment.
    pub(crate) kill: Option<(u32, Point)>,
}

/// A handle to the service, which its clones share.
#[derive(Clone)]
pub(crate) struct Payments(Arc<Mutex<Ledger>>);

/// The charges, in the process of the test, so that they outlive the processes that are killed.
pub(crate) struct Ledger {
    /// The customer by idempotency key.
    pub(crate) charges: HashMap<String, u32>,
    /// The requests with a key that was charged before.
    pub(crate) repeats: u32,
    plan: Plan,
    requests: u32,
    victim: Option<Victim>,
}

impl Payments {
    pub(crate) async fn open() -> (Self, SocketAddr) {
        let plan = Plan { mood: Mood::Well, moody_for: 0, kill: None };
        let ledger = Ledger { charges: HashMap::new(), repeats: 0, plan, requests: 0, victim: None };
        let payments = Self(Arc::new(Mutex::new(ledger)));
        let routes = Router::new().route("/charges", post(charge)).with_state(payments.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (payments, address)
    }

    /// Begins a round with a new process to kill. No request is answered before that process is known.
    pub(crate) fn begin(&self, plan: Plan, start: impl FnOnce() -> Worker) -> Worker {
        let mut ledger = self.ledger();
        let worker = start();
        (ledger.plan, ledger.requests, ledger.victim) = (plan, 0, Some(worker.victim()));
        worker
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().expect("nothing panics with it")
    }
}

impl Ledger {
    fn next_request(&mut self) -> (Mood, Option<Point>) {
        self.requests += 1;
        let now = self.requests;
        let mood = if now <= self.plan.moody_for { self.plan.mood } else { Mood::Well };
        let point = self.plan.kill.filter(|(at, _)| *at == now).map(|(_, point)| point);
        (mood, point)
    }

    fn charge(&mut self, key: String, customer: u32) {
        if self.charges.insert(key, customer).is_some() {
            self.repeats += 1;
        }
    }

    fn kill(&self) {
        self.victim.as_ref().expect("a request comes from a process").kill();
    }
}

async fn charge(
    State(payments): State<Payments>,
    headers: HeaderMap,
    Json(order): Json<Value>,
) -> StatusCode {
    let key = headers["idempotency-key"].to_str().expect("keys are ASCII").to_owned();
    let customer = order["customer"].as_u64().expect("it is a number");
    let customer = u32::try_from(customer).expect("the test numbers customers so");
    let (mood, point) = payments.ledger().next_request();
    if point == Some(Point::BeforeCharge) {
        payments.ledger().kill();
        return pending().await;
    }
    // A kill after the charge needs a charge.
    if mood == Mood::Fails && point.is_none() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let declined = is_declined(customer);
    if !declined {
        payments.ledger().charge(key, customer);
    }
    if point == Some(Point::AfterCharge) {
        payments.ledger().kill();
        return pending().await;
    }
    match mood {
        // Ends the task that serves the connection, without a message.
        Mood::LosesAnswers => resume_unwind(Box::new(())),
        Mood::Hangs => pending().await,
        _ if declined => StatusCode::PAYMENT_REQUIRED,
        _ => StatusCode::CREATED,
    }
}
