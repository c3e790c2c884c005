//! The store in a cluster of three real nodes: groups on each of them, slots that move, and a failover.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, Instant};

use redis::FromRedisValue;
use tokio::time::timeout;

use super::redis_server::RedisServer;
use super::{PATIENT, with_set_clock};
use crate::fleet::protocol::message::Phase;
use crate::fleet::store::conformance::{BEGIN, Set, conformance_tests};
use crate::fleet::store::redis::nodes::slot;
use crate::fleet::store::redis::{Address, RedisStore, wire};
use crate::fleet::store::samples::Process;
use crate::fleet::store::{GroupName, GroupStore, StoreErrorKind};

/// Far longer than nodes need to agree, or to replace one of them.
const LIMIT: Duration = Duration::from_secs(60);

const MASTERS: u16 = 3;
const SLOTS: u16 = 16_384;

struct ClusterNode {
    server: RedisServer,
    port: String,
    bus: String,
}

impl ClusterNode {
    fn start() -> Self {
        let [port, bus] = [0, 1].map(|_| RedisServer::free_port().to_string());
        let place = ["--port", &port, "--cluster-port", &bus, "--bind", "127.0.0.1"];
        let cluster = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"];
        let quick = ["--cluster-node-timeout", "1000"];
        let options = [&place[..], &cluster, &quick].concat();
        Self { server: RedisServer::with_options(&options), port, bus }
    }

    fn cluster(&self, words: &[&str]) -> String {
        let answer = self.server.command(&[&["CLUSTER"], words].concat());
        String::from_redis_value(answer).expect("a text")
    }

    fn id(&self) -> String {
        self.cluster(&["MYID"])
    }
}

/// Masters, which share the slots evenly, and perhaps a replica of the first one.
struct RedisCluster {
    nodes: Vec<ClusterNode>,
}

impl RedisCluster {
    fn start(replicas: u16) -> Self {
        let nodes: Vec<_> = (0..MASTERS + replicas).map(|_| ClusterNode::start()).collect();
        for (number, node) in nodes.iter().enumerate() {
            node.cluster(&["SET-CONFIG-EPOCH", &(number + 1).to_string()]);
        }
        for (number, node) in (0..MASTERS).zip(&nodes) {
            let [first, last] = [number, number + 1].map(|part| first_slot(part).to_string());
            let last = (last.parse::<u16>().expect("a slot") - 1).to_string();
            node.cluster(&["ADDSLOTSRANGE", &first, &last]);
        }
        for node in &nodes[1..] {
            nodes[0].cluster(&["MEET", "127.0.0.1", &node.port, &node.bus]);
        }
        let cluster = Self { nodes };
        let all = format!("cluster_known_nodes:{}", cluster.nodes.len());
        cluster.until("all know each other", |node| {
            let info = node.cluster(&["INFO"]);
            info.contains("cluster_state:ok") && info.contains(&all)
        });
        for replica in &cluster.nodes[usize::from(MASTERS)..] {
            replica.cluster(&["REPLICATE", &cluster.nodes[0].id()]);
        }
        cluster
    }

    /// Waits until a condition holds for all nodes.
    fn until(&self, what: &str, condition: impl Fn(&ClusterNode) -> bool) {
        let begin = Instant::now();
        while !self.nodes.iter().all(&condition) {
            assert!(begin.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
            // Nodes gossip in real time, and say nothing of it.
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn store(&self) -> RedisStore {
        let url = format!("redis://127.0.0.1:{}", self.nodes[0].port);
        RedisStore::new(Address::parse(&url).expect("an address"), PATIENT)
    }

    fn empty(&self) {
        for node in &self.nodes {
            node.server.command(&["FLUSHALL"]);
        }
    }
}

/// Returns the first slot of a master.
fn first_slot(master: u16) -> u16 {
    master * (SLOTS / MASTERS) + if master == MASTERS { SLOTS % MASTERS } else { 0 }
}

/// Returns a group that a master keeps.
fn group_of(master: u16) -> GroupName {
    let slots = first_slot(master)..first_slot(master + 1);
    let mut names = (0..).map(|number| GroupName::new(format!("group {number}")));
    names.find(|name| slots.contains(&slot(name))).expect("one of many")
}

fn process(store: &RedisStore, id: u64, group: GroupName) -> Process<'_> {
    Process { group, ..Process::new(store, id) }
}

mod conformance {
    use super::*;

    fn in_cluster() -> (RedisCluster, Set<RedisStore>) {
        let cluster = RedisCluster::start(0);
        let wall = Arc::new(AtomicU64::new(BEGIN));
        let owner = usize::from(slot(&GroupName::new("shop::payments")) / (SLOTS / MASTERS));
        // A node that does not keep the group of these tests.
        let store = with_set_clock(&cluster.nodes[(owner + 1) % 3].server, &wall);
        (cluster, Set { store, wall })
    }

    conformance_tests! { in_cluster(), RedisCluster::empty }
}

#[tokio::test]
async fn each_node_keeps_its_groups_and_one_subscription_sees_them_all() {
    let cluster = RedisCluster::start(0);
    let store = cluster.store();
    let mut watch = store.watch().await.expect("a subscription");
    let mut requests = Vec::new();
    for master in 0..MASTERS {
        for id in [1, 2] {
            let mut process = process(&store, id, group_of(master));
            let body = process.report(|report| (report.failures, report.failing) = (3, true));
            requests.push((process.group.clone(), process.request(body)));
        }
    }
    // In one exchange: those that the first node does not keep are sent on.
    let answers = store.exchange(&requests).await.expect("answers");
    for pair in answers.chunks(2) {
        let phases: Vec<_> = pair.iter().map(|view| &view.as_ref().expect("a view").phase).collect();
        assert!(matches!(phases[..], [Phase::Idle, Phase::Open { .. }]), "{phases:?}");
    }
    let mut missing: Vec<_> = (0..MASTERS).map(group_of).collect();
    while !missing.is_empty() {
        let names = timeout(PATIENT, watch.next()).await.expect("a notice").expect("no end");
        missing.retain(|group| !names.contains(group));
    }
    for (node, master) in cluster.nodes.iter().zip(0..) {
        for key in wire::keys(&group_of(master)) {
            let left = i64::from_redis_value(node.server.command(&["PTTL", &key])).expect("a time");
            assert!(left > 0 || left == -2, "{key} expires, or is not needed: {left}");
        }
    }
}

#[tokio::test]
async fn slot_that_moves_takes_its_group_along() {
    let cluster = RedisCluster::start(0);
    let store = cluster.store();
    let group = group_of(1);
    let [mut one, mut two] = [1, 2].map(|id| process(&store, id, group.clone()));
    one.fail().await;
    let opened = two.fail().await;
    assert!(matches!(opened.phase, Phase::Open { .. }), "{:?}", opened.phase);
    let [from, to] = [&cluster.nodes[1], &cluster.nodes[2]];
    let slot = slot(&group).to_string();
    to.cluster(&["SETSLOT", &slot, "IMPORTING", &from.id()]);
    from.cluster(&["SETSLOT", &slot, "MIGRATING", &to.id()]);
    let keys = wire::keys(&group);
    let keys = keys.iter().map(String::as_str);
    let migrate = ["MIGRATE", "127.0.0.1", &to.port, "", "0", "20000", "KEYS"];
    from.server.command(&migrate.into_iter().chain(keys).collect::<Vec<_>>());
    // The old node answers `ASK`, and the new one that it cannot know yet whether it has all keys.
    let body = one.report(|report| report.successes = 1);
    let request = [(group.clone(), one.request(body))];
    let moving = store.exchange(&request).await.expect_err("no node has it");
    assert_eq!(moving.kind(), StoreErrorKind::Cluster);
    assert!(moving.to_string().contains("TRYAGAIN"), "it is the new one's answer: {moving}");
    for node in [to, from] {
        node.cluster(&["SETSLOT", &slot, "NODE", &to.id()]);
    }
    let moved = one.read().await;
    assert_eq!((moved.epoch, moved.live), (opened.epoch, 2));
    assert_eq!(two.fail().await.epoch, opened.epoch, "a request that writes");
}

#[tokio::test]
async fn replica_that_replaces_a_dead_node_is_found() {
    let mut cluster = RedisCluster::start(1);
    cluster.until("the replica is in step", |node| {
        let info = String::from_redis_value(node.server.command(&["INFO", "replication"]));
        let info = info.expect("a text");
        info.contains("role:master") || info.contains("master_link_status:up")
    });
    let is_replica = |node: &ClusterNode| node.cluster(&["NODES"]).contains("slave");
    cluster.until("all know the replica", is_replica);
    // The node of the address dies, which is also the first one that is asked and watched.
    let store = cluster.store();
    let mut one = process(&store, 1, group_of(0));
    let mut other = process(&store, 1, group_of(1));
    let before = one.fail().await.epoch;
    other.fail().await;
    cluster.nodes[0].server.kill();
    let begin = Instant::now();
    let view = loop {
        let body = one.report(|report| report.successes = 1);
        let request = [(one.group.clone(), one.request(body))];
        if let Ok(Ok(view)) = store.exchange(&request).await.map(|mut answers| answers.remove(0)) {
            break view;
        }
        assert!(begin.elapsed() < LIMIT, "no node keeps the group");
        // The nodes are other processes, which settle their roles in real time.
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(view.epoch >= before, "{} after {before}", view.epoch);
    other.fail().await;
    let watched = async {
        loop {
            match store.watch().await {
                Ok(watch) => return watch,
                // As above.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    timeout(LIMIT, watched).await.expect("another node is watched");
}
