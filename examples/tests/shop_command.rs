//! The shop's command line, and the shop kept open by `--serve`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

const SHOP: &str = env!("CARGO_BIN_EXE_shop");

#[test]
fn an_unknown_option_is_refused_and_the_known_ones_are_told() {
    let output = Command::new(SHOP).arg("--sevre").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("unknown option `--sevre`") && told.contains("--serve"), "{told}");
}

#[tokio::test]
async fn an_open_shop_can_be_broken_and_mended_by_hand() {
    let shop = Served::start();
    assert_eq!(shop.get("/products/3").await.0, StatusCode::OK);

    // It is no failure of the catalogue that there is no such product.
    assert_eq!(shop.get("/products/99").await.0, StatusCode::NOT_FOUND);
    assert_eq!(shop.breaker("catalogue").await["totals"]["ignored"], 1);

    assert_eq!(shop.post("/switch/catalogue/refuses", &Value::Null).await, StatusCode::OK);
    for _ in 0..5 {
        assert_eq!(shop.get("/products/3").await, (StatusCode::OK, true));
    }
    assert_eq!(shop.breaker("catalogue").await["state"], "open");
    // Never seen, so that there is nothing to show instead.
    assert_eq!(shop.get("/products/4").await.0, StatusCode::SERVICE_UNAVAILABLE);

    assert_eq!(shop.post("/switch/payments/errors", &Value::Null).await, StatusCode::OK);
    let cart = json!({ "customer": 7, "cents": 1999 });
    assert_eq!(shop.post("/checkout", &cart).await, StatusCode::ACCEPTED);
    assert_eq!(shop.breaker("payments").await["totals"]["fallback"], 1);

    // The queued order is paid with no other customer in sight.
    assert_eq!(shop.post("/switch/payments/healthy", &Value::Null).await, StatusCode::OK);
    let paid = async {
        while shop.breaker("payments").await["totals"]["success"] == 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), paid).await.expect("the queue is drained");

    assert_eq!(shop.post("/switch/payments/tired", &Value::Null).await, StatusCode::NOT_FOUND);
    assert_eq!(shop.post("/switch/stock/hangs", &Value::Null).await, StatusCode::NOT_FOUND);
}

/// A shop in a process of its own, until this is dropped.
struct Served {
    process: Child,
    /// Read no further, but open: the shop goes on printing.
    _output: BufReader<ChildStdout>,
    url: String,
    client: Client,
}

impl Served {
    fn start() -> Self {
        let mut command = Command::new(SHOP);
        let command = command.args(["--serve", "--port", "0"]).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it runs");
        let mut output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let url = output.by_ref().lines().map_while(Result::ok).find_map(|line| {
            let (_, url) = line.split_once("curl -i '")?;
            Some(url.trim_end_matches("/?customer=7'").to_owned())
        });
        let client = Client::builder().no_proxy().build().expect("it needs no TLS");
        Self { process, _output: output, url: url.expect("it tells where it is"), client }
    }

    /// The status, and whether a fallback answered.
    async fn get(&self, path: &str) -> (StatusCode, bool) {
        let response = self.client.get(format!("{}{path}", self.url)).send().await;
        let response = response.expect("the shop answers");
        (response.status(), response.headers().contains_key("x-degraded"))
    }

    async fn post(&self, path: &str, body: &Value) -> StatusCode {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        request.send().await.expect("the shop answers").status()
    }

    async fn breaker(&self, name: &str) -> Value {
        let response = self.client.get(format!("{}/breakers", self.url)).send().await;
        let all: Vec<Value> = response.expect("the shop answers").json().await.expect("it is JSON");
        let found = all.iter().find(|breaker| breaker["name"] == name);
        found.unwrap_or_else(|| panic!("no breaker {name} in {all:?}")).clone()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
