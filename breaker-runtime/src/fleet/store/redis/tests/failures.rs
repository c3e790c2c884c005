//! A server that is down, silent, wrong or full: an error with a kind within the deadline, and an answer
//! soon after it is well again.
//!
//! These tests wait in real time, as the server does.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::redis_server::RedisServer;
use super::{PATIENT, store};
use crate::fleet::protocol::message::Body;
use crate::fleet::store::redis::{Address, RedisStore};
use crate::fleet::store::samples::Process;
use crate::fleet::store::{GroupStore, StoreError, StoreErrorKind as Kind};

const DEADLINE: Duration = Duration::from_millis(300);
/// The time that a busy machine may add to the deadline.
const SLACK: Duration = Duration::from_secs(5);

async fn report(store: &RedisStore) -> Result<u64, StoreError> {
    let mut process = Process::new(store, 1);
    process.seq = 1;
    let body = process.report(|report| report.failing = true);
    let request = [(process.group.clone(), process.request(body))];
    let start = Instant::now();
    let answers = store.exchange(&request).await;
    assert!(start.elapsed() < DEADLINE + SLACK, "the deadline holds: {:?}", start.elapsed());
    answers?.remove(0).map(|view| view.live)
}

/// Returns the kind of the error, after a look at its text: one sentence on one line.
async fn fails(store: &RedisStore) -> Kind {
    let error = report(store).await.expect_err("a failure");
    let text = error.to_string();
    assert!(text.starts_with("store of the fleet: ") && !text.contains('\n'), "{text}");
    assert!(text.contains("; "), "what to do: {text}");
    error.kind()
}

/// Reports until it succeeds, and returns the time that this took.
async fn recovers(store: &RedisStore) -> Duration {
    let start = Instant::now();
    loop {
        match report(store).await {
            Ok(_) => return start.elapsed(),
            Err(error) => assert!(start.elapsed() < Duration::from_secs(30), "{error}"),
        }
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn server_down_at_start_is_used_when_it_is_up() {
    let mut server = RedisServer::stopped(&[]);
    let store = store(&server, DEADLINE);
    for _ in 0..20 {
        assert_eq!(fails(&store).await, Kind::Unreachable);
    }
    assert_eq!(store.watch().await.err().map(|error| error.kind()), Some(Kind::Unreachable));
    server.start_again();
    recovers(&store).await;
    assert_eq!(report(&store).await, Ok(1));
}

#[tokio::test]
async fn killed_server_ends_the_watch_and_comes_back_empty() {
    let mut server = RedisServer::start();
    let store = store(&server, DEADLINE);
    recovers(&store).await;
    let mut watch = store.watch().await.expect("a subscription");
    server.kill();
    let ended = timeout(SLACK, watch.next()).await.expect("it ends");
    assert_eq!(ended.expect_err("no change").kind(), Kind::Unreachable);
    assert_eq!(fails(&store).await, Kind::Unreachable);
    server.start_again();
    recovers(&store).await;
    let mut process = Process::new(&store, 1);
    process.group = crate::fleet::store::GroupName::new("another");
    assert_eq!(process.read().await.incarnation, 0);
    store.watch().await.expect("a new subscription");
}

#[tokio::test]
async fn silent_server_is_noticed_by_exchange_and_watch() {
    let server = RedisServer::start();
    let store = store(&server, DEADLINE);
    recovers(&store).await;
    let mut watch = store.watch().await.expect("a subscription");
    server.pause();
    let start = Instant::now();
    watch.next().await.expect_err("the heartbeat fails");
    assert!(start.elapsed() < Duration::from_secs(2) + SLACK, "{:?}", start.elapsed());
    assert_eq!(fails(&store).await, Kind::TimedOut);
    server.resume();
    recovers(&store).await;
}

#[tokio::test]
async fn server_that_holds_its_answers_is_timed_out() {
    let server = RedisServer::start();
    let store = store(&server, DEADLINE);
    recovers(&store).await;
    server.command(&["CLIENT", "PAUSE", "1000", "ALL"]);
    assert_eq!(fails(&store).await, Kind::TimedOut);
    recovers(&store).await;
}

#[tokio::test]
async fn dropped_exchange_leaves_the_answers_of_others_in_order() {
    let server = RedisServer::start();
    let store = store(&server, PATIENT);
    recovers(&store).await;
    let mut other = Process::new(&store, 2);
    other.group = crate::fleet::store::GroupName::new("another");
    server.pause();
    for _ in 0..3 {
        assert!(timeout(Duration::from_millis(20), report(&store)).await.is_err(), "it is dropped");
    }
    server.resume();
    assert_eq!(other.read().await.incarnation, 0);
    assert_eq!(other.ask(Body::Leave).await.incarnation, 0);
}

#[tokio::test]
async fn errors_of_the_server_have_a_kind_and_end() {
    let server = RedisServer::start();
    let store = store(&server, DEADLINE);
    recovers(&store).await;
    for (break_it, kind, mend_it) in [
        (
            &["CONFIG", "SET", "maxmemory", "1"][..],
            Kind::OutOfMemory,
            &["CONFIG", "SET", "maxmemory", "0"][..],
        ),
        (&["REPLICAOF", "127.0.0.1", "1"], Kind::ReadOnly, &["REPLICAOF", "NO", "ONE"]),
        (
            &["CONFIG", "SET", "min-replicas-to-write", "1"],
            Kind::Busy,
            &["CONFIG", "SET", "min-replicas-to-write", "0"],
        ),
    ] {
        server.command(break_it);
        assert_eq!(fails(&store).await, kind, "{break_it:?}");
        server.command(mend_it);
        recovers(&store).await;
    }
    server.command(&["SCRIPT", "FLUSH"]);
    assert_eq!(report(&store).await, Ok(1), "an unknown script is sent again");
}

/// The name of the server can belong to another one since: the old primary of a failover refuses writes.
#[tokio::test]
async fn server_that_became_a_replica_is_left() {
    let connections = |server: &RedisServer| {
        let text: String = redis::from_redis_value(server.command(&["INFO", "stats"])).expect("a text");
        let (_, rest) = text.split_once("total_connections_received:").expect("a count");
        rest.lines().next().expect("a count").parse::<u64>().expect("a number")
    };
    let server = RedisServer::start();
    let store = store(&server, DEADLINE);
    recovers(&store).await;
    let mut watch = store.watch().await.expect("a subscription");
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    let process = Process::new(&store, 1);
    let reset = |name| {
        let body = Body::Reset(crate::fleet::store::samples::author());
        (crate::fleet::store::GroupName::new(name), process.request(body))
    };
    let error = store.exchange(&[reset("a"), reset("b")]).await.expect_err("a fault of all groups");
    assert_eq!(error.kind(), Kind::ReadOnly);
    timeout(SLACK, watch.next()).await.expect("it ends").expect_err("no change");
    let before = connections(&server);
    server.command(&["REPLICAOF", "NO", "ONE"]);
    recovers(&store).await;
    // That of the command, that of the last count, and a new one of the store.
    assert!(connections(&server) >= before + 3, "connected anew");
}

#[test]
fn each_error_code_has_a_kind() {
    for (code, kind) in [
        ("LOADING", Kind::Loading),
        ("READONLY", Kind::ReadOnly),
        ("MISCONF", Kind::ReadOnly),
        ("MASTERDOWN", Kind::ReadOnly),
        ("OOM", Kind::OutOfMemory),
        ("BUSY", Kind::Busy),
        ("NOREPLICAS", Kind::Busy),
        ("NOAUTH", Kind::Refused),
        ("WRONGPASS", Kind::Refused),
        ("NOPERM", Kind::NotPermitted),
        ("MOVED 3999", Kind::Cluster),
        ("CLUSTERDOWN", Kind::Cluster),
        ("CROSSSLOT", Kind::Cluster),
        ("TRYAGAIN", Kind::Cluster),
        ("ERR max number of clients reached", Kind::Busy),
        ("ERR", Kind::Failed),
        ("NEWCODE", Kind::Failed),
    ] {
        let reply = redis::parse_redis_value(format!("-{code} as planned\r\n").as_bytes());
        let error = reply.and_then(redis::Value::extract_error).expect_err(code);
        let error = crate::fleet::store::redis::failure::of_exchange(&error);
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.to_string().contains("as planned"), "{code}: {error}");
    }
}

#[tokio::test]
async fn node_of_a_cluster_serves_its_groups() {
    let server = RedisServer::with_options(&["--cluster-enabled", "yes"]);
    let store = store(&server, DEADLINE);
    assert_eq!(fails(&store).await, Kind::Cluster);
    server.command(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    recovers(&store).await;
}

/// Starts a server that is none: it answers the same to everybody, or closes the connection.
fn impostor(answer: Option<&'static [u8]>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("its address"));
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    thread::spawn(move || {
        let mut silent = Vec::new();
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            match answer {
                Some(answer) => {
                    let _ = stream.read(&mut [0; 100]);
                    let _ = stream.write_all(answer);
                }
                None => silent.push(stream),
            }
        }
    });
    (url, accepted)
}

/// One answer for each command with which a connection begins.
const LOADING: &[u8] =
    b"-LOADING it reads\r\n-LOADING it reads\r\n-LOADING it reads\r\n-LOADING it reads\r\n";

#[tokio::test]
async fn what_is_no_redis_server_is_an_error() {
    for (answer, kinds) in [
        (Some(&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..]), &[Kind::Unreadable, Kind::Unreachable][..]),
        (Some(LOADING), &[Kind::Loading]),
        (Some(b""), &[Kind::Unreachable]),
        (None, &[Kind::TimedOut]),
    ] {
        let store = RedisStore::new(Address::parse(&impostor(answer).0).expect("an address"), DEADLINE);
        let kind = fails(&store).await;
        assert!(kinds.contains(&kind), "{kind:?}, not {kinds:?}");
    }
}

#[tokio::test]
async fn lost_server_is_asked_seldom() {
    let (url, accepted) = impostor(Some(b""));
    let store = RedisStore::new(Address::parse(&url).expect("an address"), DEADLINE);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(2) {
        fails(&store).await;
        sleep(Duration::from_millis(2)).await;
    }
    // Waits of 25 to 50, 50 to 100, .. and 500 to 1000 ms.
    let accepted = accepted.load(Ordering::SeqCst);
    assert!((4..=10).contains(&accepted), "{accepted} connections in two seconds");
}
