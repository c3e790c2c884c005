//! The cost of a report for the server.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::redis_server::RedisServer;
use super::with_set_clock;
use crate::fleet::protocol::message::Request;
use crate::fleet::store::conformance::BEGIN;
use crate::fleet::store::samples::Process;
use crate::fleet::store::{GroupName, GroupStore};

/// Returns the calls of all commands since the last reset, those of the scripts included, and how many
/// of them were scripts.
fn calls(server: &RedisServer) -> (u64, u64) {
    let text: String =
        redis::from_redis_value(server.command(&["INFO", "commandstats"])).expect("a text");
    let of = |line: &str| -> u64 {
        let (_, rest) = line.split_once("calls=").expect("a count");
        rest.split(',').next().expect("a count").parse().expect("a number")
    };
    let lines = || text.lines().filter(|line| line.starts_with("cmdstat_"));
    let scripts = lines().filter(|line| line.starts_with("cmdstat_evalsha:")).map(of).sum();
    (lines().map(of).sum(), scripts)
}

/// Returns the processor time that the server has used, in microseconds.
fn processor_time(server: &RedisServer) -> f64 {
    let text: String = redis::from_redis_value(server.command(&["INFO", "cpu"])).expect("a text");
    let of = |name: &str| -> f64 {
        let value = text.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        value.trim().parse().expect("a number")
    };
    (of("used_cpu_user:") + of("used_cpu_sys:")) * 1e6
}

/// Reports of `members` processes that fail, once each.
fn reports(store: &dyn GroupStore, members: u64, seq: u64) -> Vec<(GroupName, Request)> {
    let of = |id| {
        let mut process = Process::new(store, id);
        process.seq = seq;
        let body = process.report(|report| {
            (report.failures, report.failing, report.rules.window) = (1, true, 60_000);
            // No trip: each report is judged.
            (report.rules.streak, report.rules.volume) = (Some(u64::MAX), Some(u64::MAX));
            report.rules.rate_ppm = Some(2_000_000);
        });
        (process.group.clone(), process.request(body))
    };
    (1..=members).map(of).collect()
}

/// Run it with `--nocapture` for the time of a report.
#[tokio::test]
async fn report_takes_the_same_calls_with_10_000_members() {
    let mut counts = Vec::new();
    for members in [1, 100, 10_000] {
        let server = RedisServer::start();
        // It stands still, so that no member is forgotten on a busy machine.
        let store = with_set_clock(&server, &Arc::new(AtomicU64::new(BEGIN)));
        store.exchange(&reports(&store, members, 1)).await.expect("answers");
        let again = reports(&store, members.min(1_000), 2);
        server.command(&["CONFIG", "RESETSTAT"]);
        let before = processor_time(&server);
        for answer in store.exchange(&again).await.expect("answers") {
            assert_eq!(answer.expect("a view").live, members);
        }
        let micros = (processor_time(&server) - before) / f64::from(again.len() as u32);
        let (all, scripts) = calls(&server);
        assert_eq!(scripts, again.len() as u64);
        println!("{members} members: a report takes {micros:.0} µs and {} calls", all / scripts - 1);
        // The calls of the test's own connections vanish among a hundred reports.
        counts.push(all / scripts);
    }
    assert!(counts[2] <= 12, "few commands, the call of the script included: {counts:?}");
    assert_eq!(counts[1], counts[2], "independent of the number of members");
}
