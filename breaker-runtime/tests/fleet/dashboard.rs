//! The fleet on the dashboard of one process, beside two others.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::fleet::{self, FleetOptions};
use breaker_runtime::{CircuitBreaker, Mode, SharedGroup};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use tower::ServiceExt;

use crate::fleet::{BUSY, Fleet, HALF_A_SECOND};

/// A process has one connection: one test at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

const TOKEN: &str = "open sesame";
const LIMIT: Duration = Duration::from_secs(30);

/// This process as a member of a fleet with two others, and its dashboard.
struct Board {
    fleet: Fleet,
    breaker: CircuitBreaker,
    connection: Option<fleet::Fleet>,
    router: Router,
    _alone: MutexGuard<'static, ()>,
}

impl Board {
    async fn start() -> Self {
        let alone = ALONE.lock().await;
        let fleet = tokio::task::spawn_blocking(|| Fleet::start(2)).await.expect("a fleet");
        let builder = CircuitBreaker::builder("payments").shared("payments").failure_threshold(5);
        let builder = builder.success_threshold(1).timeout(crate::child::OPEN);
        let breaker = builder.probe_timeout(crate::child::LEASE).build().expect("valid options");
        let options = FleetOptions::new().process_name("board");
        // The user is not named in any answer.
        let url = format!("{}?user=default", fleet.server.url());
        let connection = fleet::connect(&url, options).expect("an address");
        let router = Dashboard::new("shop").token(TOKEN).into_router();
        let board = Self { fleet, breaker, connection: Some(connection), router, _alone: alone };
        board
            .until("three members", |fleet| {
                let _ = board.breaker.call(|| Ok::<_, ()>(()));
                fleet["groups"][0]["members"].as_array().is_some_and(|members| members.len() == 3)
            })
            .await;
        board
    }

    async fn end(mut self) {
        self.connection.take().expect("connected").leave().await;
    }

    async fn get(&self, path: &str) -> Value {
        get(&self.router, path).await
    }

    /// Asks for the fleet until it shows something, and returns it.
    async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let fleet = self.get("/fleet").await;
            if holds(&fleet) {
                return fleet;
            }
            assert!(start.elapsed() < LIMIT, "{what}: not within {LIMIT:?}: {fleet:#}");
            // Other processes have to act.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Gives a command with the token; returns the status and the body.
    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        post(&self.router, path, body, &[("x-breaker-token", TOKEN)]).await
    }

    /// Returns whether both other processes have changed to `state` since a mark.
    fn is_everywhere(&self, mark: usize, state: &str) -> bool {
        self.fleet.are_all(&self.fleet.since(mark), state)
    }

    async fn until_everywhere(&self, mark: usize, state: &str) {
        let start = Instant::now();
        while !self.is_everywhere(mark, state) {
            assert!(start.elapsed() < HALF_A_SECOND + BUSY, "{state}: {}", self.fleet.tail());
            // Other processes have to act.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn get(router: &Router, path: &str) -> Value {
    let request = Request::get(path).header("host", "localhost").body(Body::empty());
    let answer = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
    let body = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

async fn post(router: &Router, path: &str, body: Value, headers: &[(&str, &str)]) -> (u16, Value) {
    let mut request = Request::post(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

fn change() -> Value {
    json!({"author": "ada", "reason": "maintenance", "minutes": 10})
}

fn names(fleet: &Value) -> Vec<&str> {
    let members = fleet["groups"][0]["members"].as_array().expect("members");
    let mut names: Vec<_> = members.iter().map(|member| member["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fleet_shows_its_store_its_members_and_who_probes() {
    let board = Board::start().await;
    let fleet = board.get("/fleet").await;
    assert_eq!((&fleet["connected"], &fleet["writable"]), (&json!(true), &json!(true)));
    assert_eq!((&fleet["process"], &fleet["store"]["state"]), (&json!("board"), &json!("reached")));
    let address = fleet["store"]["address"].as_str().expect("an address");
    assert!(address.ends_with("r.sock"), "{address}");
    let since = fleet["store"]["since"].as_u64().expect("a time");
    assert!(since <= fleet["time"].as_u64().expect("a time"));
    let group = &fleet["groups"][0];
    assert_eq!((&group["name"], &group["breakers"]), (&json!("payments"), &json!(["payments"])));
    assert_eq!((&group["phase"], &group["live"]), (&json!("idle"), &json!(3)));
    assert_eq!(names(&fleet), ["board", "child 0", "child 1"]);
    let members = group["members"].as_array().expect("members");
    assert!(members.iter().all(|member| member["seen"].as_u64().is_some_and(|seen| seen <= 3)));

    board.fleet.set_down(true);
    let open = board.until("open", |fleet| fleet["groups"][0]["phase"] == "open").await;
    let group = &open["groups"][0];
    assert!(group["cause"].is_string() && group["probe_at"].is_u64(), "{group:#}");
    assert!(group["epoch"].as_u64() > fleet["groups"][0]["epoch"].as_u64());
    board.fleet.set_hanging(true);
    let is_named = |fleet: &Value| {
        let prober = &fleet["groups"][0]["prober"];
        prober["name"].as_str().is_some_and(|name| name.starts_with("child"))
    };
    let probed = board.until("a prober with its name", is_named).await;
    assert!(probed["groups"][0]["prober"]["until"].is_u64());
    board.fleet.set_hanging(false);
    board.fleet.set_down(false);
    let is_recovered = |fleet: &Value| fleet["groups"][0]["phase"] == "recovered";
    board.until("recovered", is_recovered).await;
    board.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_that_is_down_is_shown_with_what_was_known_before() {
    let mut board = Board::start().await;
    board.fleet.server.kill();
    let lost = board
        .until("lost", |fleet| {
            fleet["store"]["state"] == "lost" && fleet["groups"][0]["members_error"].is_string()
        })
        .await;
    assert!(lost["store"]["error"].as_str().is_some_and(|error| error.contains("no connection")));
    assert_eq!(names(&lost), ["board", "child 0", "child 1"]);
    assert!(lost["groups"][0]["members_from"].as_u64() <= lost["time"].as_u64());
    let (status, body) = board.post("/fleet/payments/force_open", change()).await;
    assert_eq!(status, 503);
    assert!(body["error"].as_str().is_some_and(|text| text.contains("store of the fleet")), "{body}");

    board.fleet.server.start_again();
    board
        .until("reached", |fleet| {
            let _ = board.breaker.call(|| Ok::<_, ()>(()));
            fleet["store"]["state"] == "reached"
                && fleet["groups"][0]["members_error"].is_null()
                && fleet["groups"][0]["members"].as_array().is_some_and(|all| all.len() == 3)
        })
        .await;
    board.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_for_the_fleet_needs_the_token_and_is_in_force_everywhere() {
    let board = Board::start().await;
    let path = "/fleet/payments/force_open";
    let foreign = [("x-breaker-token", TOKEN), ("sec-fetch-site", "cross-site")];
    for (headers, status) in [(&[][..], 401), (&[("x-breaker-token", "guess")], 401), (&foreign, 403)] {
        assert_eq!(post(&board.router, path, change(), headers).await.0, status);
    }
    for (path, status) in [("/fleet/search/force_open", 404), ("/fleet/payments/explode", 404)] {
        assert_eq!(board.post(path, change()).await.0, status, "{path}");
    }
    let unfit = [
        json!({"author": "ada"}),
        json!({"author": "ada", "reason": "x".repeat(257)}),
        json!({"author": "ada", "reason": "x", "minutes": 10_081}),
        json!({"author": "ada", "reason": "x", "action": "reset"}),
    ];
    for body in unfit {
        assert_eq!(board.post(path, body.clone()).await.0, 422, "{body}");
    }
    let read_only = Dashboard::new("shop").into_router();
    assert_eq!(post(&read_only, path, change(), &[]).await.0, 405);
    assert_eq!(board.breaker.snapshot().mode, Mode::Automatic);

    let mark = board.fleet.mark();
    let (status, group) = board.post(path, change()).await;
    assert_eq!(status, 200, "{group}");
    let command = &group["command"];
    assert_eq!(
        (&command["mode"], &command["author"], &command["reason"]),
        (&json!("forced_open"), &json!("ada"), &json!("maintenance"))
    );
    let minutes = |from: &Value, to: &Value| (to.as_u64().unwrap() - from.as_u64().unwrap()) / 60_000;
    assert!((9..=10).contains(&minutes(&command["since"], &command["until"])), "{command}");
    assert_eq!(board.breaker.snapshot().mode, Mode::ForcedOpen, "the answer comes when it is in force");
    board.until_everywhere(mark, "open").await;
    let frame = board.get("/breakers").await;
    let shown = frame["breakers"].as_array().unwrap().iter().find(|view| view["id"] == "payments");
    let shown = shown.expect("the breaker");
    assert_eq!((&shown["shared"], &shown["override"]["author"]), (&json!("payments"), &json!("ada")));

    let (status, group) = board.post("/fleet/payments/automatic", change()).await;
    assert_eq!((status, &group["command"]), (200, &Value::Null));
    board.until_everywhere(mark, "closed").await;
    let (status, _) = board.post("/fleet/payments/force_closed", change()).await;
    assert_eq!((status, board.breaker.snapshot().mode), (200, Mode::ForcedClosed));
    let (status, group) = board.post("/fleet/payments/reset", change()).await;
    assert_eq!((status, &group["reset_by"]["author"]), (200, &json!("ada")));
    assert_eq!(group["command"]["mode"], "forced_closed", "a reset leaves the command");
    board.end().await;
}

/// Each key is a group, of which the list has a hundred.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn group_beyond_those_that_are_listed_is_shown_with_its_breaker() {
    let board = Board::start().await;
    let builder = CircuitBreaker::builder("tenants").shared(SharedGroup::OfName);
    let tenants = builder.keyed().build().expect("valid options");
    let call = || {
        for tenant in 100..200 {
            let _ = tenants.get(&tenant).call(|| Ok::<_, ()>(()));
        }
    };
    let all = board
        .until("a hundred groups more", |fleet| {
            call();
            fleet["total"] == 101
        })
        .await;
    assert_eq!(all["groups"].as_array().map(Vec::len), Some(100));
    let start = Instant::now();
    loop {
        call();
        // The request for the fleet stands for a viewer.
        board.get("/fleet").await;
        let detail = board.get("/breakers/tenants?key=199").await;
        let group = &detail["group"];
        assert_eq!(group["name"], "tenants[199]");
        if group["members"][0]["name"] == "board" {
            break;
        }
        assert!(start.elapsed() < LIMIT, "{group:#}");
        // Other processes have to act.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    board.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_asked_for_only_while_a_viewer_is_there() {
    let board = Board::start().await;
    // The last request for the fleet was a moment ago: its answer goes with the next frame.
    let members = async || {
        let frame = board.get("/breakers").await;
        frame["fleet"]["groups"][0]["members"].clone()
    };
    let until = async |is_known: bool| {
        let start = Instant::now();
        while members().await.is_null() == is_known {
            assert!(start.elapsed() < LIMIT, "known: {is_known}");
            // The page asks in real time.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    until(false).await;
    let request = Request::get("/events").header("host", "localhost").body(Body::empty()).unwrap();
    let stream = board.router.clone().oneshot(request).await.expect("an answer");
    let mut stream = stream.into_body().into_data_stream();
    until(true).await;
    let first = stream.next().await.expect("an event").expect("no error");
    let first = String::from_utf8_lossy(&first).into_owned();
    assert!(first.contains("event: state") && first.contains("\"fleet\":{\"process\":\"board\""));
    drop(stream);
    until(false).await;
    board.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process_without_a_connection_shows_no_fleet() {
    let _alone = ALONE.lock().await;
    let breaker = CircuitBreaker::builder("alone").shared("alone").build().expect("valid options");
    let router = Dashboard::new("shop").token(TOKEN).into_router();
    let fleet = get(&router, "/fleet").await;
    assert_eq!((&fleet["connected"], &fleet["groups"]), (&json!(false), &Value::Null));
    let frame = get(&router, "/breakers").await;
    assert_eq!(frame["fleet"], Value::Null);
    let shown = frame["breakers"].as_array().unwrap().iter().find(|view| view["id"] == breaker.name());
    assert_eq!(shown.expect("the breaker")["shared"], Value::Null);
    let token = [("x-breaker-token", TOKEN)];
    let (status, body) = post(&router, "/fleet/alone/reset", change(), &token).await;
    assert_eq!(status, 404);
    assert!(body["error"].as_str().is_some_and(|text| text.contains("in no fleet")), "{body}");
}
