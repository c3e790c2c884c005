//! The program `breaker-lab`, as users run it.

#![cfg(feature = "lab")]

mod output;
mod simulate;

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use breaker_runtime::lab::record_to;
use breaker_runtime::{CircuitBreaker, ManualClock};
use tempfile::TempDir;

/// Files for the program, in a folder of their own.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("it can be written");
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).expect("it was written")
    }

    /// Writes a log of an outage: a call each 100 ms for 100 s, which fail from 40 s to 70 s.
    fn outage(&self) -> PathBuf {
        let mut log = "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\"}\n".to_owned();
        for call in 0..1_000_u64 {
            let outcome = if (400..700).contains(&call) { "failure" } else { "success" };
            let start = call * 100_000_000;
            writeln!(log, "{{\"t\":{start},\"d\":5000000,\"o\":\"{outcome}\",\"f\":\"shop\"}}")
                .expect("a text");
        }
        self.write("calls.jsonl", &log)
    }

    fn run(&self, args: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_breaker-lab");
        Command::new(program).args(args).current_dir(self.0.path()).output().expect("it runs")
    }

    fn text(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn error(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("UTF-8")
    }
}

const STREAK: &str = "[\"*\"]\nfailure_threshold = 5\ntimeout = \"10s\"\n";
const SLOW_RATE: &str = "[\"sho*\"]\nfailure_rate = 0.5\nwindow = 100\ntimeout = \"10s\"\n";

#[test]
fn replay_compares_policies_in_a_table() {
    let files = Files::new();
    files.outage();
    files.write("a.toml", STREAK);
    files.write("b.toml", SLOW_RATE);
    let table = files.text(&["replay", "calls.jsonl", "--settings", "a.toml", "--settings", "b.toml"]);
    let row = |name: &str| {
        let line = table.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
        line.split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .skip(1)
            .map(str::to_owned)
            .collect()
    };
    let row = |name: &str| -> Vec<String> { row(name) };
    assert!(table.contains("1000 calls of 1 breaker, 1 incident in the log"), "{table}");
    assert_eq!(row("trips"), ["1", "1"]);
    // Five failures at 100 ms; with the window half of the 100 calls.
    assert_eq!(row("first bad call to trip"), ["400 ms", "4.9 s"]);
    // Five before the trip, and a probe at 10 s and 20 s.
    assert_eq!(row("bad calls let through"), ["7 of 300 (2.33 %)", "52 of 300 (17.33 %)"]);
    assert!(table.contains("5 failures in a row (failure_threshold = 5)"), "{table}");
    assert!(table.contains("Replay is open-loop"), "{table}");
}

#[test]
fn replay_prints_json_and_draws_a_time_line() {
    let files = Files::new();
    files.outage();
    files.write("a.json", "{\"shop\": {\"failure_threshold\": 3}}");
    let args = ["replay", "calls.jsonl", "--settings", "a.json", "--json", "--svg", "line.svg"];
    let json: serde_json::Value = serde_json::from_str(&files.text(&args)).expect("JSON");
    let trip = &json["policies"][0]["breakers"][0]["trips"][0];
    assert_eq!(
        trip["condition"],
        serde_json::json!({"kind": "failure-threshold", "failures": 3, "threshold": 3})
    );
    assert_eq!(trip["time"], 1_795_939_240.205);
    assert_eq!(json["breakers"][0]["incidents"][0]["bad"], 300);
    let picture = files.read("line.svg");
    assert!(picture.starts_with("<svg ") && picture.contains("a.json") && picture.contains("open-loop"));
}

#[test]
fn wrong_log_or_settings_end_the_program_with_file_and_fault() {
    let files = Files::new();
    files.outage();
    files.write("bad.jsonl", "{\"breaker_recording\":9,\"started\":\"2026-11-29T08:00:00Z\"}\n");
    files.write("bad.toml", "[\"*\"]\nfailure_treshold = 5\n");
    files.write("odd.toml", "[\"shop\"]\nmin_calls = 500\nwindow = 100\nfailure_rate = 0.5\n");
    let error = files.error(&["replay", "bad.jsonl"]);
    assert!(error.contains("bad.jsonl: line 1: the recording has version 9"), "{error}");
    let error = files.error(&["replay", "calls.jsonl", "--settings", "bad.toml"]);
    assert!(error.contains("did you mean `failure_threshold`?"), "{error}");
    let error = files.error(&["replay", "calls.jsonl", "--settings", "odd.toml"]);
    assert!(error.contains("min_calls"), "{error}");
    let error = files.error(&["replay", "missing.jsonl"]);
    assert!(error.contains("missing.jsonl"), "{error}");
}

#[test]
fn explain_says_what_each_entry_of_a_settings_file_does() {
    let files = Files::new();
    files.write("a.toml", STREAK);
    let text = files.text(&["explain", "a.toml", "--traffic", "10"]);
    for part in [
        "a.toml: *",
        "It opens after 5 failures in a row",
        "While open it rejects every call, for 10 s.",
        "            10.0          400 ms",
        "It can never:",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(
        files.error(&["explain", "a.toml", "--traffic", "0"]).contains("--traffic: 0 is out of range")
    );
    files.outage();
    let text = files.text(&["explain", "calls.jsonl", "--settings", "a.toml"]);
    assert!(
        text.contains("a.toml: shop") && text.contains("            10.0          400 ms"),
        "{text}"
    );
}

#[test]
fn tune_writes_settings_that_replay_loads() {
    let files = Files::new();
    files.outage();
    let text = files.text(&["tune", "calls.jsonl", "--out", "tuned.toml"]);
    for part in
        ["shop: 1000 calls, 1 incident,", "(recommended", "What the log cannot show:", "open-loop"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let table = files.text(&["replay", "calls.jsonl", "--settings", "tuned.toml"]);
    let row = table.lines().find(|line| line.trim_start().starts_with("outside incidents"));
    assert_eq!(row.and_then(|row| row.split_whitespace().last()), Some("0"), "{table}");
}

#[test]
fn tune_prints_its_front_and_settings_as_json() {
    let files = Files::new();
    files.outage();
    let json: serde_json::Value =
        serde_json::from_str(&files.text(&["tune", "calls.jsonl", "--json"])).expect("JSON");
    let breaker = &json["breakers"][0];
    assert_eq!((&breaker["breaker"], &breaker["incidents"]), (&"shop".into(), &1.into()));
    let front = breaker["front"].as_array().expect("a list");
    let best: Vec<_> = front.iter().filter(|policy| policy["is_recommended"] == true).collect();
    assert!(best.len() == 1 && best[0]["score"]["bad"] == 300, "{json}");
    let settings = json["settings"].as_str().expect("a text");
    let timeout = best[0]["options"]["timeout"].as_str().expect("a text");
    assert!(settings.starts_with("[\"shop\"]\n") && settings.contains(timeout), "{settings}");
    assert!(json["limits"].as_array().is_some_and(|limits| limits.len() > 2), "{json}");
}

#[test]
fn recording_of_a_live_breaker_replays_to_the_same_trips() {
    let files = Files::new();
    files.write("policy.toml", "[\"live\"]\nfailure_threshold = 3\ntimeout = \"2s\"\nmax_probes = 1\n");
    let recording = record_to(files.0.path().join("live.jsonl"), 1.0).expect("a new file");
    let clock = ManualClock::new();
    let builder =
        CircuitBreaker::builder("live").clock(clock.clone()).failure_threshold(3).max_probes(1);
    let breaker = builder.timeout(Duration::from_secs(2)).build().expect("sound options");
    let mut rejected = 0;
    // The recorder rounds to 8 us: so do the calls.
    for call in 0..700 {
        clock.advance(Duration::from_millis(80));
        match breaker.try_acquire() {
            Err(_) => rejected += 1,
            Ok(permit) => {
                clock.advance(Duration::from_millis(8));
                if call / 90 % 2 == 1 { permit.failure() } else { permit.success() }
            }
        }
    }
    drop(recording);
    let json = files.text(&["replay", "live.jsonl", "--settings", "policy.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let replayed = &json["policies"][0]["breakers"][0];
    let facts = |trip: &serde_json::Value| {
        ["sequence", "condition", "failed_probes", "lasted", "end"].map(|fact| trip[fact].clone())
    };
    let live = serde_json::to_value(breaker.trips()).expect("JSON");
    let live: Vec<_> = live.as_array().expect("a list").iter().map(facts).collect();
    let trips: Vec<_> = replayed["trips"].as_array().expect("a list").iter().map(facts).collect();
    assert!(live.len() > 2, "{live:?}");
    assert_eq!(trips, live);
    assert_eq!(replayed["score"]["rejected"], rejected);
    assert_eq!(replayed["score"]["unknown_admitted"], 0);
}

/// Six hosts, of which one fails every second call, from 20 s on: never five times in a row.
#[test]
fn replay_finds_the_outlier_among_keys() {
    let files = Files::new();
    let mut log = "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\"}\n".to_owned();
    for call in 0..6_000_u64 {
        let (host, start) = (call % 6, call * 10_000_000);
        let fails = host == 3 && start > 20_000_000_000 && call / 6 % 2 == 0;
        let outcome = if fails { "failure" } else { "success" };
        writeln!(
            log,
            "{{\"t\":{start},\"d\":1000000,\"o\":\"{outcome}\",\"f\":\"hosts\",\"k\":\"{host}\"}}"
        )
        .expect("a text");
    }
    files.write("hosts.jsonl", &log);
    files.write("alone.toml", "[hosts]\nfailure_threshold = 5\n");
    files.write("outlier.toml", "[hosts]\nfailure_threshold = 5\noutlier = { window = \"10s\" }\n");
    let table =
        files.text(&["replay", "hosts.jsonl", "--settings", "alone.toml", "--settings", "outlier.toml"]);
    let (alone, outlier) = table.split_once("\noutlier.toml:").expect("both policies");
    assert!(alone.contains("alone.toml:\n  no trip"), "{table}");
    let trip = "an outlier among 6 keys";
    assert!(outlier.contains("hosts[3] opened: ") && outlier.contains(trip), "{table}");
    assert_eq!(
        outlier.matches(" opened: ").count(),
        outlier.matches("hosts[3] opened: ").count(),
        "{table}"
    );
    assert!(!table.contains("not replayed"), "{table}");
}
