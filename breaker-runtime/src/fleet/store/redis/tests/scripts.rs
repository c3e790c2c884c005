//! The scripts as such: keys, expiry, clock, garbage.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::differential::{every_key, time_to_live};
use super::redis_server::RedisServer;
use super::{PATIENT, store, with_set_clock};
use crate::fleet::protocol::message::{Body, FleetCommand, Phase};
use crate::fleet::store::conformance::BEGIN;
use crate::fleet::store::samples::{Process, author};
use crate::fleet::store::{GroupName, GroupStore};
use crate::types::snapshot::Mode;

const HOUR: i64 = 3_600_000;

#[tokio::test]
async fn keys_of_a_group_share_a_tag_and_outlive_what_they_hold() {
    let server = RedisServer::start();
    let store = store(&server, PATIENT);
    let mut process = Process::new(&store, 1);
    process.group = GroupName::new("ä}{:%");
    process.read().await;
    assert_eq!(every_key(&server), Vec::<String>::new(), "a read creates nothing");
    let body = process.report(|report| (report.open, report.settings) = (true, 9));
    process.ask(body).await;
    let mut keys = every_key(&server);
    keys.sort();
    let named = |ending: &str| format!("{{breaker:1:%C3%A4%7D%7B:%25}}:{ending}");
    assert_eq!(keys, ["failing", "members", "open", "seen", "settings", "state"].map(named));
    for key in &keys {
        let lives = time_to_live(&server, key);
        assert!((HOUR - 60_000..=HOUR).contains(&lives), "{key}: {lives}");
    }
    let order = FleetCommand { id: 0, mode: Mode::ForcedOpen, author: author(), length: 1 << 45 };
    process.ask(Body::Command(order)).await;
    for key in &keys {
        assert!(time_to_live(&server, key) > 1 << 45, "{key}: longer than the command");
    }
}

#[tokio::test]
async fn open_period_ends_by_the_clock_of_the_server() {
    let server = RedisServer::start();
    let store = store(&server, PATIENT);
    let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
    one.fail().await;
    let opened = two.fail().await;
    // Longer than the second of the open period, in real time: it is the server's.
    tokio::time::sleep(std::time::Duration::from_millis(1_010)).await;
    let Phase::Open { remaining, .. } = two.read().await.phase else { panic!("it is open") };
    assert_eq!(remaining, 0);
    let now: (u64, u64) = redis::from_redis_value(server.command(&["TIME"])).expect("a time");
    assert!(opened.epoch.abs_diff(now.0 * 1000) < 60_000, "an epoch is not below the clock");
}

#[tokio::test]
async fn keys_of_a_wrong_type_are_replaced() {
    for ending in ["state", "members", "seen", "failing", "open", "settings", "ordered"] {
        let server = RedisServer::start();
        let store = store(&server, PATIENT);
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
        let before = one.fail().await;
        let key = format!("{{breaker:1:shop::payments}}:{ending}");
        server.command(&["DEL", &key]);
        server.command(&["SET", &key, "garbage"]);
        // The store may be asked for anything before something writes.
        for body in [Body::Read { members: true }, Body::Read { members: false }, Body::Leave] {
            let request = [(two.group.clone(), two.request(body))];
            store.exchange(&request).await.expect("answers").remove(0).expect(ending);
        }
        one.fail().await;
        let opened = two.fail().await;
        assert!(matches!(opened.phase, Phase::Open { .. }), "{ending}: {opened:?}");
        assert!(opened.epoch > before.epoch, "{ending}");
        assert!(every_key(&server).iter().all(|key| time_to_live(&server, key) > 0), "{ending}");
    }
}

/// A server with full memory evicts keys one by one.
#[tokio::test]
async fn group_of_which_one_key_is_evicted_opens_and_recovers_all_the_same() {
    for ending in ["state", "members", "seen", "failing", "open", "settings", "ordered"] {
        let server = RedisServer::start();
        let wall = Arc::new(AtomicU64::new(BEGIN));
        let store = with_set_clock(&server, &wall);
        let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
        let body = one.report(|report| (report.open, report.settings) = (true, 9));
        let before = one.ask(body).await;
        let evict = || server.command(&["DEL", &format!("{{breaker:1:shop::payments}}:{ending}")]);
        evict();
        let read = Body::Read { members: true };
        let seen = two.ask(read.clone()).await;
        assert_eq!(usize::try_from(seen.live), Ok(seen.members.len()), "{ending}: {seen:?}");
        one.fail().await;
        let opened = two.fail().await;
        assert!(matches!(opened.phase, Phase::Open { .. }), "{ending}: {opened:?}");
        assert!(opened.epoch > before.epoch, "{ending}");
        evict();
        wall.fetch_add(1_500, Ordering::SeqCst);
        for _ in 0..2 {
            one.fail().await;
            two.fail().await;
        }
        let view = two.ask(read).await;
        assert!(matches!(view.phase, Phase::Open { .. }), "{ending}: {view:?}");
        assert_eq!((view.live, view.failing, view.members.len()), (2, 2, 2), "{ending}: {view:?}");
        assert!(view.epoch >= opened.epoch, "{ending}");
        assert!(every_key(&server).iter().all(|key| time_to_live(&server, key) > 0), "{ending}");
    }
}

#[tokio::test]
async fn fault_of_one_group_is_no_error_for_another() {
    let server = RedisServer::start();
    let wall = Arc::new(AtomicU64::new(BEGIN));
    let store = with_set_clock(&server, &wall);
    let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
    two.group = GroupName::new("another");
    let bodies = [one.report(|report| report.open = true), two.report(|report| report.open = true)];
    let [first, second] = bodies;
    let requests = [(one.group.clone(), one.request(first)), (two.group.clone(), two.request(second))];
    // A user that may use the keys of one group only.
    server.command(&["ACL", "SETUSER", "default", "resetkeys", "~{breaker:1:another}*"]);
    let answers = store.exchange(&requests).await.expect("answers");
    assert!(answers[0].is_err() && answers[1].is_ok(), "{answers:?}");
    wall.fetch_add(1, Ordering::SeqCst);
    assert!(matches!(two.fail().await.phase, Phase::Idle));
}

#[tokio::test]
async fn thousand_groups_are_asked_at_once() {
    let server = RedisServer::start();
    let store = store(&server, PATIENT);
    let process = Process::new(&store, 1);
    let request = |at| (GroupName::new(format!("group {at}")), process.request(Body::Reset(author())));
    let requests: Vec<_> = (0..1_000).map(request).collect();
    let answers = store.exchange(&requests).await.expect("answers");
    assert!(answers.into_iter().all(|answer| answer.is_ok_and(|view| view.epoch > 0)));
}
