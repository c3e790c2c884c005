//! The shop's command line, and the shop kept open by `--serve`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use breaker_runtime::lab::recording::{CallOutcome, Line, Reader};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

const SHOP: &str = env!("CARGO_BIN_EXE_shop");

/// Far longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn unknown_option_is_refused_with_a_list_of_the_known_ones() {
    let output = Command::new(SHOP).arg("--sevre").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("unknown option `--sevre`") && message.contains("--serve"), "{message}");
}

#[tokio::test]
async fn open_shop_can_be_broken_and_repaired_manually() {
    let shop = Served::start(&["--manual"]);
    // On a busy machine a page can miss its deadline.
    shop.until_status("/products/3", StatusCode::OK).await;

    // A product that does not exist is no failure of the catalogue.
    shop.until_status("/products/99", StatusCode::NOT_FOUND).await;
    assert_eq!(shop.breaker("catalogue").await["totals"]["failure"], 0);

    assert_eq!(shop.post("/switch/catalogue/refuses", &Value::Null).await, StatusCode::OK);
    for _ in 0..5 {
        assert_eq!(shop.get("/products/3").await, (StatusCode::OK, true));
    }
    assert_ne!(shop.breaker("catalogue").await["trips"], 0);
    // This product was never seen, so that nothing can replace its page. A request after the open period
    // is a probe, which fails in another way and opens the breaker for the next one.
    shop.until_status("/products/4", StatusCode::SERVICE_UNAVAILABLE).await;

    assert_eq!(shop.post("/switch/payments/errors", &Value::Null).await, StatusCode::OK);
    let cart = json!({ "customer": 7, "cents": 1999 });
    assert_eq!(shop.post("/checkout", &cart).await, StatusCode::ACCEPTED);
    // The queue tries the order again after a rest, with a fallback each time.
    assert_ne!(shop.breaker("payments").await["totals"]["fallback"], 0);

    // The queued order is paid without another customer.
    assert_eq!(shop.post("/switch/payments/healthy", &Value::Null).await, StatusCode::OK);
    let paid = async || shop.breaker("payments").await["totals"]["success"] != 0;
    until("the queue is drained", paid).await;
    let noted = async || shop.get_json("/orders").await[0]["state"] == "charged";
    until("the charge is written down", noted).await;

    assert_eq!(shop.post("/switch/payments/tired", &Value::Null).await, StatusCode::NOT_FOUND);
    assert_eq!(shop.post("/switch/stock/hangs", &Value::Null).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn recorded_shop_writes_its_calls() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("calls.jsonl");
    let shop = Served::start(&["--manual", "--record", path.to_str().expect("a text")]);
    shop.until_status("/products/3", StatusCode::OK).await;
    assert_eq!(shop.post("/switch/catalogue/refuses", &Value::Null).await, StatusCode::OK);
    let seen = |outcome| {
        let file = BufReader::new(File::open(&path).expect("it is made at the start"));
        let calls = Reader::new(file).filter_map(|line| match line {
            Ok(Line::Call(call)) if call.breaker == "catalogue" => Some(call.outcome),
            _ => None,
        });
        calls.into_iter().any(|there| there == outcome)
    };
    for outcome in [CallOutcome::Success, CallOutcome::Failure, CallOutcome::Rejected] {
        let written = async || {
            shop.get("/products/3").await;
            seen(outcome)
        };
        until("the call is written", written).await;
    }
}

#[tokio::test]
async fn open_shop_shows_a_person_what_to_try_and_what_is_broken() {
    let shop = Served::start(&["--manual"]);
    let host = shop.url.trim_start_matches("http://").to_owned();

    let page = shop.get_text("/").await;
    for part in
        ["<title>A shop behind circuit breakers", "href=\"dashboard/\"", "Now: ready", "recommendations"]
    {
        assert!(page.contains(part), "`{part}` is missing:\n{page}");
    }
    assert!(page.contains(&format!("curl -i http://{host}/products/3")), "{page}");
    let dashboard = shop.get_text("/dashboard/").await;
    assert!(dashboard.contains("<title>"), "{dashboard}");
    let board = shop.get_json("/dashboard/breakers").await;
    assert_eq!(board["service"], "shop");
    assert_eq!(board["breakers"].as_array().map(Vec::len), Some(3), "{board}");
    assert_eq!(shop.get_json("/health").await["status"], "ready");

    let metrics = shop.get_text("/metrics").await;
    assert!(metrics.contains(r#"breaker_state{breaker="payments",state="closed"} 1"#), "{metrics}");

    // Nothing is known about this product, so that the call fails.
    assert_eq!(shop.post("/switch/catalogue/refuses", &Value::Null).await, StatusCode::OK);
    shop.until_status("/products/5", StatusCode::SERVICE_UNAVAILABLE).await;
    let retry_after = async || {
        let answer = shop.client.get(format!("{}/products/5", shop.url)).send().await;
        let answer = answer.expect("the shop answers");
        answer.headers().get("retry-after").is_some_and(|seconds| seconds == "1")
    };
    until("a rejection asks to come back after the open period of a second", retry_after).await;
    let health = shop.get_json("/health").await;
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["degraded"][0]["breaker"], "catalogue");
    let why = health["degraded"][0]["why"].as_str().expect("a text");
    assert!(why.starts_with("5 failures in a row (failure_threshold = 5); last cause: "), "{why}");
    assert!(shop.get_text("/").await.contains("Now: degraded"));

    // The open period of a second is over, and no call has probed.
    let unproven = async || shop.get_json("/health").await["degraded"][0]["state"] == "half-open";
    until("the open period is over", unproven).await;
    assert_eq!(shop.get_json("/health").await["status"], "degraded");

    assert_eq!(shop.post("/switch/catalogue/healthy", &Value::Null).await, StatusCode::OK);
    let ready = async || {
        shop.get("/products/5").await;
        shop.get_json("/health").await["status"] == "ready"
    };
    until("probes have succeeded", ready).await;
}

#[tokio::test]
async fn customers_come_and_dependencies_fail_by_the_script() {
    let shop = Served::start(&[]);
    let came = async || shop.breaker("catalogue").await["totals"]["success"].as_u64() > Some(10);
    until("customers come", came).await;
    // The script's first outage is later: what a person has switched stays so.
    assert_eq!(shop.post("/switch/recommendations/errors", &Value::Null).await, StatusCode::OK);
    let open = async || shop.breaker("recommendations").await["trips"] != 0;
    until("customers open the breaker", open).await;
    assert_eq!(shop.post("/switch/recommendations/script", &Value::Null).await, StatusCode::OK);
}

/// Waits for an event in the shop, a process in real time.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let held = async {
        while !holds().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, held).await.unwrap_or_else(|_| panic!("{what}, but not within {PATIENCE:?}"));
}

/// A shop in its own process, which ends when this is dropped.
struct Served {
    process: Child,
    /// The shop is killed in the end, and cannot clean up.
    _folder: TempDir,
    /// This is not read further, but kept open: the shop continues to print.
    _output: BufReader<ChildStdout>,
    url: String,
    client: Client,
}

impl Served {
    fn start(more: &[&str]) -> Self {
        let mut command = Command::new(SHOP);
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let command = command.args(["--serve", "--port", "0"]).args(more).arg("--orders");
        let command = command.arg(folder.path().join("orders.db")).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it runs");
        let mut output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let url = output.by_ref().lines().map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("The shop is open at ")?;
            let (url, _) = rest.split_once("/ until")?;
            Some(url.to_owned())
        });
        let client = Client::builder().no_proxy().build().expect("it needs no TLS");
        Self {
            process,
            _folder: folder,
            _output: output,
            url: url.expect("it prints its address"),
            client,
        }
    }

    /// Returns the status, and whether a fallback answered.
    async fn get(&self, path: &str) -> (StatusCode, bool) {
        let response = self.client.get(format!("{}{path}", self.url)).send().await;
        let response = response.expect("the shop answers");
        (response.status(), response.headers().contains_key("x-degraded"))
    }

    async fn until_status(&self, path: &str, wanted: StatusCode) {
        until(&format!("{path} answers {wanted}"), async || self.get(path).await.0 == wanted).await;
    }

    async fn post(&self, path: &str, body: &Value) -> StatusCode {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        request.send().await.expect("the shop answers").status()
    }

    async fn breaker(&self, name: &str) -> Value {
        let all = self.get_json("/breakers").await;
        let mut each = all.as_array().into_iter().flatten();
        let found = each.find(|breaker| breaker["name"] == name);
        found.unwrap_or_else(|| panic!("no breaker {name} in {all}")).clone()
    }

    async fn get_json(&self, path: &str) -> Value {
        serde_json::from_str(&self.get_text(path).await).expect("it is JSON")
    }

    async fn get_text(&self, path: &str) -> String {
        let response = self.client.get(format!("{}{path}", self.url)).send().await;
        response.expect("the shop answers").text().await.expect("it is a text")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
