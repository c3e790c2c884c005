//! Proof of the engine: the replay of a recording of live decisions makes the same decisions, bit for
//! bit.
//!
//! `.ci/lab` runs it with a million calls of each policy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::config::Config;
use crate::lab::log::{LoadLimits, LoadedLog, LogSource, load};
use crate::lab::recording::{CallOutcome, Header, LoggedCall, Writer};
use crate::lab::replay::engine::{ChangeAt, replay};
use crate::types::error::ErrorKind;
use crate::types::trip::TripReport;
use crate::{CircuitBreaker, CircuitBreakerBuilder, ManualClock, OwnedPermit};

const SEED: u64 = 7;

/// Returns how many calls a proof has.
pub(crate) fn calls(by_default: usize) -> usize {
    std::env::var("BREAKER_LAB_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(by_default)
}

pub(crate) fn limits() -> LoadLimits {
    LoadLimits { calls: 100_000_000, skip_damaged: false, format: None, name: "access-log".to_owned() }
}

/// The decisions of a live breaker, and its recording.
#[derive(Default)]
struct Live {
    decisions: HashMap<Option<String>, Vec<Option<ErrorKind>>>,
    changes: HashMap<Option<String>, Vec<ChangeAt>>,
    trips: HashMap<Option<String>, Vec<TripReport>>,
    configs: HashMap<Option<String>, Config>,
    recording: Vec<u8>,
}

struct Running {
    end: u64,
    start: u64,
    outcome: CallOutcome,
    key: Option<String>,
    permit: OwnedPermit,
}

/// Makes calls of a live breaker on a manual clock, many at a time, in good and bad phases, and records
/// them.
fn run_live(
    breakers: &HashMap<Option<String>, CircuitBreaker>,
    clock: &ManualClock,
    calls: usize,
) -> Live {
    let mut live = Live::default();
    let mut rng = fastrand::Rng::with_seed(11);
    let mut writer =
        Writer::new(&mut live.recording, &Header::new(SystemTime::UNIX_EPOCH)).expect("memory takes it");
    let changes = Arc::new(Mutex::new(HashMap::<_, Vec<ChangeAt>>::new()));
    let mut subscriptions = Vec::new();
    for (key, breaker) in breakers {
        let (key, changes) = (key.clone(), Arc::clone(&changes));
        subscriptions.push(breaker.on_event(move |event| {
            let at = event.at.as_nanos() as u64;
            let change = ChangeAt { at, from: event.from, to: event.to, reason: event.reason };
            changes.lock().expect("no panic").entry(key.clone()).or_default().push(change);
        }));
    }
    let mut keys: Vec<_> = breakers.keys().cloned().collect();
    keys.sort();
    let mut running: Vec<Running> = Vec::new();
    let (mut now, mut made, mut bad_share) = (0_u64, 0, 0.0);
    let end_first = |running: &mut Vec<Running>, now: &mut u64, writer: &mut Writer<&mut Vec<u8>>| {
        let first = (0..running.len()).min_by_key(|index| running[*index].end).expect("a call runs");
        let call = running.remove(first);
        clock.advance(Duration::from_nanos(call.end - *now));
        *now = call.end;
        match call.outcome {
            CallOutcome::Success => call.permit.success(),
            CallOutcome::Failure | CallOutcome::Timeout => call.permit.failure(),
            CallOutcome::Ignored => call.permit.ignore(),
            _ => drop(call.permit),
        }
        let start = Duration::from_nanos(call.start);
        let took = Duration::from_nanos(call.end - call.start);
        let logged = LoggedCall { took, key: call.key, ..LoggedCall::new("live", start, call.outcome) };
        writer.call(&logged).expect("memory takes it");
    };
    while made < calls {
        if made % 400 == 0 {
            bad_share = *rng.choice([0.0, 0.02, 0.3, 0.6, 1.0, 0.0].iter()).expect("there are some");
        }
        let start = now + 1 + rng.u64(0..20_000_000);
        while running.iter().any(|call| call.end <= start) {
            end_first(&mut running, &mut now, &mut writer);
        }
        clock.advance(Duration::from_nanos(start - now));
        now = start;
        made += 1;
        let key = rng.choice(keys.iter()).expect("there is one").clone();
        let decision = breakers[&key].try_acquire_owned();
        let decisions = live.decisions.entry(key.clone()).or_default();
        match decision {
            Err(error) => {
                decisions.push(Some(error.kind()));
                let outcome = if error.kind() == ErrorKind::Full {
                    CallOutcome::Full
                } else {
                    CallOutcome::Rejected
                };
                let logged =
                    LoggedCall { key, ..LoggedCall::new("live", Duration::from_nanos(start), outcome) };
                writer.call(&logged).expect("memory takes it");
            }
            Ok(permit) => {
                decisions.push(None);
                let outcome = match rng.f64() {
                    drawn if drawn < bad_share => CallOutcome::Failure,
                    drawn if drawn > 0.99 => CallOutcome::Cancelled,
                    drawn if drawn > 0.98 => CallOutcome::Ignored,
                    _ => CallOutcome::Success,
                };
                let slow = rng.f64() < bad_share / 2.0;
                let took = if slow { rng.u64(0..400_000_000) } else { rng.u64(0..30_000_000) };
                running.push(Running { end: start + took, start, outcome, key, permit });
            }
        }
    }
    while !running.is_empty() {
        end_first(&mut running, &mut now, &mut writer);
    }
    drop(subscriptions);
    live.changes = std::mem::take(&mut *changes.lock().expect("no panic"));
    for (key, breaker) in breakers {
        live.trips.insert(key.clone(), breaker.trips());
        live.configs.insert(key.clone(), breaker.config());
    }
    live
}

fn load_recording(recording: &[u8]) -> LoadedLog {
    let source = LogSource { name: "live".to_owned(), input: recording };
    load([source], &limits(), |_| {}).expect("it was just written")
}

fn seeded(clock: &ManualClock) -> CircuitBreakerBuilder {
    let random = Mutex::new(fastrand::Rng::with_seed(SEED));
    CircuitBreaker::builder("live")
        .clock(clock.clone())
        .random(move || random.lock().expect("no panic").f64())
        .timeout(Duration::from_millis(700))
}

fn assert_same(live: &Live) {
    let log = load_recording(&live.recording);
    assert_eq!(log.groups.len(), live.decisions.len());
    for group in &log.groups {
        let mut decisions = Vec::new();
        let config = live.configs[&group.key];
        let replayed = replay(group, config, log.started, SEED, |_, decision| decisions.push(decision));
        assert_eq!(decisions.len(), live.decisions[&group.key].len());
        assert!(decisions == live.decisions[&group.key], "{config:?}: the decisions differ");
        let changes = live.changes.get(&group.key).cloned().unwrap_or_default();
        let compared = changes.len().min(replayed.changes.len());
        assert!(compared > 10, "{config:?}: {compared} changes prove little");
        assert!(replayed.changes[..compared] == changes[..compared], "{config:?}: the changes differ");
        // The live breaker keeps the last ones, and the replay the first thousand.
        if replayed.trips.len() < 1_000 {
            let facts = |trip: &TripReport| {
                (trip.sequence, trip.at, trip.condition, trip.failed_probes, trip.lasted, trip.end)
            };
            let lasted: Vec<_> = live.trips[&group.key].iter().map(facts).collect();
            let skipped = replayed.trips.len() - lasted.len();
            assert_eq!(
                replayed.trips[skipped..].iter().map(facts).collect::<Vec<_>>(),
                lasted,
                "{config:?}"
            );
        }
    }
}

/// Sets the options of a policy.
type Set = fn(CircuitBreakerBuilder) -> CircuitBreakerBuilder;

#[test]
fn replay_of_a_recording_makes_the_live_decisions_bit_for_bit() {
    let ms = Duration::from_millis;
    let policies: [(&str, Set); 9] = [
        ("consecutive", |policy| policy.failure_threshold(5)),
        ("count window", |policy| policy.failure_rate(0.4).window(50).min_calls(10)),
        ("time window", |policy| policy.failure_rate(0.4).window(Duration::from_secs(3)).min_calls(10)),
        ("slow rate", |policy| {
            policy.slow_call(Duration::from_millis(80)).slow_call_rate(0.2).window(40).min_calls(20)
        }),
        ("slow rate and time", |policy| {
            policy
                .slow_call(Duration::from_millis(80))
                .slow_call_rate(0.2)
                .window(Duration::from_secs(2))
        }),
        ("ramp", |policy| policy.failure_threshold(4).ramp(Duration::from_millis(2_500)).max_probes(3)),
        ("throttle", |policy| policy.throttle(1.5, Duration::from_secs(4)).failure_threshold(9)),
        ("jittered growth", |policy| {
            policy
                .failure_threshold(3)
                .timeout_factor(1.7)
                .timeout_jitter(0.4)
                .max_timeout(Duration::from_secs(9))
        }),
        ("concurrency limit", |policy| policy.failure_threshold(3).max_concurrent(2)),
    ];
    let calls = calls(20_000);
    for (name, set) in policies {
        let clock = ManualClock::new();
        let breaker = set(seeded(&clock)).probe_timeout(ms(300)).build().expect(name);
        let live = run_live(&HashMap::from([(None, breaker)]), &clock, calls);
        assert_same(&live);
    }
}

#[test]
fn replay_of_keyed_breakers_makes_the_live_decisions_of_each_key() {
    let clock = ManualClock::new();
    let keyed = seeded(&clock).failure_threshold(3).keyed().build().expect("sound options");
    let keys = ["eu", "us", "ap"].map(|key| (Some(key.to_owned()), keyed.get(key)));
    let live = run_live(&HashMap::from(keys), &clock, calls(20_000));
    assert_same(&live);
}
