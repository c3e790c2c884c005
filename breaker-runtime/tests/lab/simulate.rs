//! `breaker-lab simulate`, as users run it.

use std::process::Command;

use super::Files;

/// A small system, which stays down for good without a policy.
const SMALL: &str = "\
[dependency]
workers = 4
queue = 400

[clients]
rate = 48.0

[map]
rates = [10.0, 70.0]
columns = 4
rows = 3
runs = 1
";

const POLICY: &str = "[\"payments\"]\nfailure_threshold = 5\ntimeout = \"5s\"\n";

#[test]
fn simulate_shows_where_a_system_does_not_come_back_with_and_without_the_policy() {
    let files = Files::new();
    files.write("small.toml", SMALL);
    files.write("policy.toml", POLICY);
    let args = ["simulate", "small.toml", "--settings", "policy.toml", "--svg", "map.svg"];
    let text = files.text(&args);
    let row =
        |name: &str| text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default();
    let back = row("is back").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(back.starts_with("is back not within 60 s after "), "{text}");
    let cells = |name: &str| -> Vec<u64> {
        row(name).split_whitespace().filter_map(|cell| cell.parse().ok()).collect()
    };
    let (back, down) = (cells("that come back"), cells("that do not"));
    assert!(back[1] > back[0] && down[0] > 1 && down[1] == 0, "{text}");
    assert!(text.contains('#') && text.contains("A simulation is a model"), "{text}");
    let picture = files.read("map.svg");
    for part in ["<svg ", "without a policy", "policy.toml: back after", "prefers-color-scheme:dark"] {
        assert!(picture.contains(part), "{part}");
    }
}

#[test]
fn simulation_with_one_seed_is_the_same_on_any_number_of_cores() {
    let files = Files::new();
    files.write("small.toml", SMALL);
    let on_cores = |cores: &str, seed: &str| {
        let program = env!("CARGO_BIN_EXE_breaker-lab");
        let args = ["simulate", "small.toml", "--json", "--svg", "map.svg", "--seed", seed];
        let output = Command::new(program)
            .args(args)
            .current_dir(files.0.path())
            .env("RAYON_NUM_THREADS", cores)
            .output()
            .expect("it runs");
        assert!(output.status.success());
        (output.stdout, files.read("map.svg"))
    };
    let one = on_cores("1", "7");
    assert_eq!(one, on_cores("3", "7"));
    assert_ne!(one.0, on_cores("3", "8").0);
    let json: serde_json::Value = serde_json::from_slice(&one.0).expect("JSON");
    assert_eq!(json["policies"][0]["map"]["points"][2][3]["rate"], 70.0);
    assert_eq!(json["policies"][0]["aftermath"], "down");
}

#[test]
fn printed_example_can_be_simulated_and_wrong_numbers_are_named() {
    let files = Files::new();
    let example = files.text(&["simulate", "--example"]);
    files.write(
        "example.toml",
        &example.replace("columns = 24", "columns = 2").replace("rows = 12", "rows = 2"),
    );
    let text = files.text(&["simulate", "example.toml", "--rate", "30", "--runs", "1"]);
    assert!(text.contains("at 30 requests/s"), "{text}");
    files.write("bad.toml", "[clients]\nretries = 99\n");
    let error = files.error(&["simulate", "bad.toml"]);
    assert!(error.contains("bad.toml: line 2: clients.retries: 99 is out of range; write"), "{error}");
    let error = files.error(&["simulate", "--workers", "0"]);
    assert!(error.contains("dependency.workers: 0 is out of range; write"), "{error}");
    files.write("two.toml", "[\"a\"]\ntimeout = \"5s\"\n[\"b\"]\ntimeout = \"6s\"\n");
    let error = files.error(&["simulate", "--settings", "two.toml"]);
    assert!(error.contains("two.toml: it has 2 entries") && error.contains("--breaker a"), "{error}");
}
