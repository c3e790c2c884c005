//! The scripts against `Group::step`: random requests at random times, one view after another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;

use super::redis_server::RedisServer;
use super::with_set_clock;
use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::message::{
    Body, FleetCommand, Known, LeaseView, MAX_EPOCH, Phase, ProcessId, QuorumRule, Report, Request,
    Rules, Settle, StandingOrder, View,
};
use crate::fleet::store::conformance::BEGIN;
use crate::fleet::store::samples::{Process, author};
use crate::fleet::store::{GroupName, GroupStore};
use crate::types::snapshot::Mode;

/// Groups that each exchange asks about.
const GROUPS: u64 = 4;
const EXCHANGES: u64 = 2_000;

/// A group, as `Group::step` keeps it and as the processes see it.
#[derive(Default)]
struct Model {
    group: Group,
    saved: Group,
    /// The knowledge of each process, and the number of its last report.
    processes: BTreeMap<u64, (Known, u64)>,
    last: View,
}

fn one_of<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())]
}

fn some(rng: &mut Rng, choices: &[u64]) -> Option<u64> {
    rng.bool().then(|| one_of(rng, choices))
}

fn rules(rng: &mut Rng) -> Rules {
    Rules {
        streak: some(rng, &[1, 3, 8]),
        volume: some(rng, &[0, 4, 12]),
        rate_ppm: some(rng, &[0, 100_000, 333_333, 500_000, 1_000_000]),
        min_calls: one_of(rng, &[0, 1, 7]),
        window: one_of(rng, &[0, 1, 7, 1_000, 9_999, 60_000]),
        quorum: one_of(
            rng,
            &[
                QuorumRule::Processes(0),
                QuorumRule::Processes(1),
                QuorumRule::Processes(2),
                QuorumRule::Processes(3),
                QuorumRule::Share(1),
                QuorumRule::Share(500_000),
                QuorumRule::Share(1_000_000),
            ],
        ),
        open: one_of(rng, &[0, 1, 500, 4_000, 1 << 45]),
        lease: one_of(rng, &[0, 1, 300, 2_000]),
    }
}

impl Model {
    fn request(&mut self, rng: &mut Rng) -> Request {
        let process = rng.u64(1..=5);
        let mut known = self.processes.entry(process).or_default().0;
        match rng.u8(..60) {
            0 => known.epoch = known.epoch.saturating_add(rng.u64(1..100_000)),
            1 => known.incarnation = rng.u64(1..1 << 53),
            2 => known.epoch = one_of(rng, &[MAX_EPOCH + 1, u64::MAX]),
            3 => known = Known::default(),
            _ => {}
        }
        let body = self.body(rng, process);
        Request { process: ProcessId(process), known, draw: rng.u64(1..1 << 53), body }
    }

    fn body(&mut self, rng: &mut Rng, process: u64) -> Body {
        match rng.u8(..40) {
            0..=3 => Body::Read { members: rng.bool() },
            4..=9 => Body::Settle(self.settle(rng)),
            10 => Body::Command(FleetCommand {
                id: if rng.bool() { 0 } else { self.last.command_id.saturating_sub(1) + rng.u64(..3) },
                mode: one_of(
                    rng,
                    &[Mode::Automatic, Mode::ForcedOpen, Mode::ForcedClosed, Mode::Observe],
                ),
                author: author(),
                length: one_of(rng, &[0, 1, 5_000, 1 << 45]),
            }),
            11 if rng.u8(..4) == 0 => Body::Reset(author()),
            12 => Body::Leave,
            _ => Body::Report(self.report(rng, process)),
        }
    }

    fn settle(&self, rng: &mut Rng) -> Settle {
        let token = match self.last.lease {
            LeaseView::Mine { token, .. } if rng.u8(..8) > 0 => token,
            _ => rng.u64(1..1 << 53),
        };
        let epoch = self.last.epoch - u64::from(rng.u8(..8) == 0 && self.last.epoch > 0);
        Settle { epoch, token, success: rng.bool(), open: one_of(rng, &[0, 700, 1 << 45]) }
    }

    /// Returns an order of about the present epoch, or of none that ever was.
    fn order(&self, rng: &mut Rng) -> StandingOrder {
        let epoch = self.last.epoch.saturating_sub(rng.u64(..30)) + rng.u64(..3);
        let epoch = if rng.u8(..20) == 0 { MAX_EPOCH + 1 } else { epoch };
        match rng.u8(..8) {
            0..=2 => StandingOrder::Open { epoch, remaining: one_of(rng, &[0, 300, 1 << 45]) },
            3 => StandingOrder::Ended { epoch },
            _ => StandingOrder::None,
        }
    }

    fn report(&mut self, rng: &mut Rng, process: u64) -> Report {
        let seq = &mut self.processes.entry(process).or_default().1;
        // Sometimes an old number: doubled or late.
        let sent = if rng.u8(..10) == 0 { seq.saturating_sub(rng.u64(..3)).max(1) } else { *seq + 1 };
        *seq = sent.max(*seq);
        let is_quiet = rng.u8(..5) == 0;
        let mut number = |most| if is_quiet || rng.bool() { 0 } else { rng.u64(..most) };
        let [successes, failures, streak] = [number(6), number(6), number(9)];
        let order = if is_quiet { StandingOrder::None } else { self.order(rng) };
        Report {
            seq: sent,
            name: format!("host:{process} {{ü}}").into(),
            successes,
            failures,
            streak,
            failing: !is_quiet && rng.bool(),
            open: !is_quiet && rng.u8(..4) == 0,
            order,
            wants_probe: !is_quiet && rng.bool(),
            settings: one_of(rng, &[0, 1, u64::MAX]),
            rules: rules(rng),
        }
    }

    fn step(&mut self, wall: u64, request: &Request) -> View {
        let stepped = self.group.clone().step(wall, request);
        self.group = stepped.group;
        self.last = stepped.view.clone();
        stepped.view
    }
}

fn advance(rng: &mut Rng, wall: &AtomicU64) {
    let step = one_of(rng, &[0, 0, 1, 40, 250, 900, 3_000, 20_000]);
    match rng.u8(..30) {
        0 => wall.fetch_sub(step, Ordering::SeqCst),
        _ => wall.fetch_add(step, Ordering::SeqCst),
    };
}

/// Compares `EXCHANGES` exchanges of random requests; `disturb` changes the store and the models alike.
async fn compare(seed: u64, mut disturb: impl FnMut(&mut Rng, &RedisServer, &mut [Model])) {
    println!("seed {seed}");
    let (mut rng, wall) = (Rng::with_seed(seed), Arc::new(AtomicU64::new(BEGIN)));
    let server = RedisServer::start();
    let store = with_set_clock(&server, &wall);
    let mut models: Vec<Model> = (0..GROUPS).map(|_| Model::default()).collect();
    let names: Vec<GroupName> = (0..GROUPS).map(|at| GroupName::new(format!("group {at}"))).collect();
    let mut phases = BTreeMap::new();
    for exchange in 0..EXCHANGES {
        advance(&mut rng, &wall);
        disturb(&mut rng, &server, &mut models);
        let requests: Vec<(GroupName, Request)> = (names.iter().zip(&mut models))
            .map(|(name, model)| (name.clone(), model.request(&mut rng)))
            .collect();
        let answers = store.exchange(&requests).await.expect("answers");
        for ((model, (_, request)), answer) in models.iter_mut().zip(&requests).zip(answers) {
            let view = model.step(wall.load(Ordering::SeqCst), request);
            *phases
                .entry(format!("{:?}", view.phase).split(' ').next().map(str::to_owned))
                .or_insert(0) += 1;
            let Known { incarnation, epoch } =
                Known { incarnation: view.incarnation, epoch: view.epoch };
            // A process that loses an answer keeps what it knew.
            if rng.u8(..8) > 0 {
                model.processes.entry(request.process.0).or_default().0 = Known { incarnation, epoch };
            }
            assert_eq!(answer, Ok(view), "seed {seed}, exchange {exchange}: {request:?}");
        }
    }
    assert_eq!(phases.len(), 3, "seed {seed}: all phases are met: {phases:?}");
    assert!(phases.values().all(|&met| met > 300), "seed {seed}: each of them often: {phases:?}");
    let lasting = every_key(&server).into_iter().filter(|key| time_to_live(&server, key) < 0);
    assert_eq!(lasting.collect::<Vec<_>>(), Vec::<String>::new(), "every key expires");
}

pub(super) fn every_key(server: &RedisServer) -> Vec<String> {
    redis::from_redis_value(server.command(&["KEYS", "*"])).expect("names")
}

pub(super) fn time_to_live(server: &RedisServer, key: &str) -> i64 {
    redis::from_redis_value(server.command(&["PTTL", key])).expect("a time")
}

#[tokio::test]
async fn scripts_follow_the_rules_of_the_group() {
    for seed in 1..=2 {
        compare(seed, |_, _, _| {}).await;
    }
}

#[tokio::test]
async fn scripts_follow_the_rules_when_writes_are_lost() {
    let mut backup = Vec::new();
    compare(3, |rng, server, models| match rng.u8(..200) {
        0 => {
            server.command(&["FLUSHALL"]);
            for model in models {
                model.group = Group::default();
            }
        }
        1..=6 => {
            backup = server.backup();
            for model in models {
                model.saved = model.group.clone();
            }
        }
        7..=9 => {
            server.restore(&backup);
            for model in models {
                model.group = model.saved.clone();
            }
        }
        _ => {}
    })
    .await;
}

#[tokio::test]
async fn scripts_replace_a_group_of_garbage() {
    let garbage = |rng: &mut Rng, server: &RedisServer, at: usize| {
        let key = |ending: &str| format!("{{breaker:1:group%20{at}}}:{ending}");
        let ending =
            one_of(rng, &["state", "members", "seen", "failing", "open", "settings", "ordered"]);
        match rng.u8(..3) {
            0 => {
                server.command(&["SET", &key(ending), "garbage"]);
            }
            1 => {
                let field =
                    one_of(rng, &["epoch", "phase", "until", "token", "buckets", "mode", "incarnation"]);
                let value = one_of(rng, &["", "-1", "1e3", "nan", "99999999999999999999", "\u{fffd}"]);
                server.command(&["DEL", &key("state")]);
                server.command(&["HSET", &key("state"), "incarnation", "7", field, value]);
            }
            _ => {
                server.command(&["DEL", &key("state")]);
                server.command(&["HSET", &key("members"), "1", "garbage", "6", "1:2"]);
            }
        }
    };
    compare(4, |rng, server, models| {
        if rng.u8(..40) == 0 {
            let at = rng.usize(..models.len());
            // A wrong type is met only by a request that needs the key, so the state goes as well.
            server.command(&["DEL", &format!("{{breaker:1:group%20{at}}}:state")]);
            garbage(rng, server, at);
            models[at].group = Group::default();
        }
    })
    .await;
}

/// A process with a short window fills many buckets, which one with a long window keeps.
#[tokio::test]
async fn scripts_keep_the_newest_buckets() {
    let wall = Arc::new(AtomicU64::new(BEGIN));
    let server = RedisServer::start();
    let store = with_set_clock(&server, &wall);
    let (mut group, name) = (Group::default(), GroupName::new("group"));
    let mut process = Process::new(&store, 1);
    let mut opened_at = None;
    for seq in 1..=260_u64 {
        let failures = if seq <= 150 { seq } else { 0 };
        let body = process.report(|report| {
            (report.successes, report.failures, report.failing) = (1, failures, true);
            let is_long = seq == 1 || seq > 115 && seq % 3 == 0;
            report.rules.window = if is_long { 60_000 } else { 7 + seq % 4 };
            (report.rules.quorum, report.rules.streak) = (QuorumRule::Processes(1), None);
            // The limit falls until the failures in the newest buckets reach it.
            report.rules.volume = Some(12_000 - 40 * seq);
        });
        let request = process.request(body);
        let stepped = group.clone().step(wall.load(Ordering::SeqCst), &request);
        group = stepped.group;
        if matches!(stepped.view.phase, Phase::Open { .. }) {
            opened_at.get_or_insert(seq);
        }
        process.known = Known { incarnation: stepped.view.incarnation, epoch: stepped.view.epoch };
        let answers = store.exchange(&[(name.clone(), request)]).await.expect("answers");
        assert_eq!(answers, [Ok(stepped.view)], "report {seq}");
        wall.fetch_add(1, Ordering::SeqCst);
    }
    assert!(opened_at.is_some_and(|seq| seq > 110), "after buckets were dropped: {opened_at:?}");
}
