//! A Prometheus that a test starts and stops, and `promtool`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

/// Far longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(90);

const INSTALL: &str = "install it: `apt-get install prometheus`, as .ci/test does";

/// A running Prometheus with a folder of its own.
pub(crate) struct Prometheus {
    process: Child,
    address: SocketAddr,
    folder: TempDir,
    client: Client,
}

impl Prometheus {
    /// Starts one that scrapes the two formats of a service each second, with these rules.
    pub(crate) async fn start(service: SocketAddr, rules: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{}']\nscrape_configs:\n",
            rules.display()
        );
        for path in ["/metrics", "/openmetrics"] {
            let _ = writeln!(
                config,
                "  - {{job_name: '{path}', metrics_path: '{path}', static_configs: [{{targets: ['{service}']}}]}}"
            );
        }
        fs::write(folder.path().join("prometheus.yml"), config).expect("the folder is writable");
        // Another process may take the port before Prometheus does.
        for _ in 0..5 {
            let mut started = Self::spawn(&folder);
            if started.until_ready().await {
                let (process, address) = (started.process, started.address);
                return Self { process, address, folder, client: Client::new() };
            }
        }
        panic!("prometheus has not started five times; its log:\n{}", log(&folder));
    }

    fn spawn(folder: &TempDir) -> Starting {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let path = |name: &str| folder.path().join(name).display().to_string();
        let log = fs::File::create(path("log")).expect("the folder is writable");
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", path("prometheus.yml")))
            .arg(format!("--storage.tsdb.path={}", path("data")))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus does not start: {error}; {INSTALL}"));
        Starting { process, address }
    }

    /// Waits until the target with this path is up. Fails with the reason that Prometheus gives.
    pub(crate) async fn until_up(&self, path: &str) {
        self.until(&format!("the target {path}"), async || {
            let targets = self.get("targets", &[]).await?;
            let targets = targets["activeTargets"].as_array().cloned().unwrap_or_default();
            let target = targets.iter().find(|target| target["labels"]["job"] == path);
            let target = target.ok_or("there is no such target")?;
            match target["health"].as_str() {
                Some("up") => Ok(()),
                health => Err(format!("{health:?}: {}", target["lastError"])),
            }
        })
        .await;
    }

    /// Waits until a query has a result: a rate needs two scrapes.
    pub(crate) async fn until_result(&self, query: &str) {
        self.until(query, async || match self.query(query).await? {
            0 => Err("it runs, and finds nothing".to_owned()),
            _ => Ok(()),
        })
        .await;
    }

    /// Runs a query, and returns the number of series in its result.
    pub(crate) async fn query(&self, query: &str) -> Result<usize, String> {
        let data = self.get("query", &[("query", query)]).await?;
        Ok(data["result"].as_array().map_or(0, Vec::len))
    }

    /// Returns the names of all metrics.
    pub(crate) async fn metric_names(&self) -> BTreeSet<String> {
        let names = self.get("label/__name__/values", &[]).await.expect("it answers");
        let names = names.as_array().cloned().unwrap_or_default();
        names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Returns the queries of the alerts, all of which have been evaluated without an error.
    pub(crate) async fn alert_queries(&self) -> Vec<String> {
        let mut queries = Vec::new();
        self.until("the rules", async || {
            let groups = self.get("rules", &[]).await?;
            queries.clear();
            let groups = groups["groups"].as_array().cloned().unwrap_or_default();
            for rule in groups.iter().filter_map(|group| group["rules"].as_array()).flatten() {
                if rule["health"] != "ok" {
                    return Err(format!("{}: {} {}", rule["name"], rule["health"], rule["lastError"]));
                }
                queries.extend(rule["query"].as_str().map(str::to_owned));
            }
            Ok(())
        })
        .await;
        queries
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, String> {
        let mut url = reqwest::Url::parse(&format!("http://{}/api/v1/{path}", self.address))
            .expect("an address and a path");
        url.query_pairs_mut().extend_pairs(query);
        let response = self.client.get(url).send().await.map_err(|error| error.to_string())?;
        let answer: Value = response.json().await.map_err(|error| error.to_string())?;
        if answer["status"] == "success" { Ok(answer["data"].clone()) } else { Err(answer.to_string()) }
    }

    /// Waits until an attempt succeeds. Prometheus scrapes by the real clock, once a second.
    async fn until(&self, what: &str, mut attempt: impl AsyncFnMut() -> Result<(), String>) {
        let start = Instant::now();
        loop {
            let Err(error) = attempt().await else { return };
            assert!(start.elapsed() < PATIENCE, "{what}: {error}; log:\n{}", log(&self.folder));
            sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Starting {
    process: Child,
    address: SocketAddr,
}

impl Starting {
    /// Waits until it answers. Returns `false` if it has ended.
    async fn until_ready(&mut self) -> bool {
        let (start, url) = (Instant::now(), format!("http://{}/-/ready", self.address));
        loop {
            if self.process.try_wait().expect("it is a child").is_some() {
                return false;
            }
            let answer = reqwest::get(&url).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return true;
            }
            if start.elapsed() > PATIENCE {
                let _ = self.process.kill();
                let _ = self.process.wait();
                return false;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Returns the log of a Prometheus.
fn log(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("log")).unwrap_or_default()
}

/// Runs promtool, and fails with what it prints if it finds an issue.
pub(crate) fn check_with_promtool(arguments: &[&str], input: &str) {
    let mut process = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool does not start: {error}; {INSTALL}"));
    let mut stdin = process.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("promtool reads all");
    drop(stdin);
    let output = process.wait_with_output().expect("it ends");
    let printed = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (printed(&output.stdout), printed(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}: {out}{error}\n{input}");
}
