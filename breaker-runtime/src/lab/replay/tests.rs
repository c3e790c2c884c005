//! Proof of the engine: the replay of a recording of live decisions makes the same decisions, bit for
//! bit.
//!
//! `.ci/lab` runs it with a million calls of each policy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::config::Config;
use crate::config::keyed::{Limits, Outlier};
use crate::lab::log::{CallGroup, LoadLimits, LoadedLog, LogSource, MAX_GROUPS, load};
use crate::lab::recording::{CallOutcome, Header, LoggedCall, Writer};
use crate::lab::replay::engine::{ChangeAt, Replayed, replay};
use crate::lab::replay::keys::{KeysPolicy, replay_keys};
use crate::registry::keyed::KeyedBuilder;
use crate::types::error::ErrorKind;
use crate::types::key::Key;
use crate::types::reason::Reason;
use crate::types::trip::TripReport;
use crate::{CircuitBreaker, CircuitBreakerBuilder, KeyedBreakers, ManualClock, OwnedPermit};

const SEED: u64 = 7;

pub(crate) use crate::support::proof::calls;

pub(crate) fn limits() -> LoadLimits {
    LoadLimits {
        calls: 100_000_000,
        groups: MAX_GROUPS,
        skip_damaged: false,
        format: None,
        name: "access-log".to_owned(),
    }
}

/// A live breaker, or those of these keys, which are looked up for each call and may be evicted.
enum LiveBreakers {
    Single(CircuitBreaker),
    Keyed(KeyedBreakers, Vec<String>),
}

impl LiveBreakers {
    fn keys(&self) -> Vec<Option<String>> {
        match self {
            Self::Single(_) => vec![None],
            Self::Keyed(_, keys) => keys.iter().cloned().map(Some).collect(),
        }
    }

    /// Returns the breaker or the template, of which listeners hear the changes of all keys.
    fn template(&self) -> &CircuitBreaker {
        match self {
            Self::Single(breaker) => breaker,
            Self::Keyed(keyed, _) => keyed.template(),
        }
    }

    fn of_call(&self, key: Option<&str>) -> CircuitBreaker {
        match (self, key) {
            (Self::Keyed(keyed, _), Some(key)) => keyed.get(key),
            _ => self.template().clone(),
        }
    }

    /// Returns the breaker of a key if it was not evicted.
    fn find(&self, key: Option<&str>) -> Option<CircuitBreaker> {
        match (self, key) {
            (Self::Keyed(keyed, _), Some(key)) => keyed.find(key),
            _ => Some(self.template().clone()),
        }
    }
}

/// The decisions of live breakers, and their recording.
struct Live {
    config: Config,
    decisions: HashMap<Option<String>, Vec<Option<ErrorKind>>>,
    changes: HashMap<Option<String>, Vec<ChangeAt>>,
    trips: HashMap<Option<String>, Vec<TripReport>>,
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
fn run_live(breakers: &LiveBreakers, clock: &ManualClock, calls: usize) -> Live {
    let (mut recording, mut decisions) = (Vec::new(), HashMap::<_, Vec<_>>::new());
    let mut rng = fastrand::Rng::with_seed(11);
    let mut writer =
        Writer::new(&mut recording, &Header::new(SystemTime::UNIX_EPOCH)).expect("memory takes it");
    let changes = Arc::new(Mutex::new(HashMap::<_, Vec<ChangeAt>>::new()));
    let heard = Arc::clone(&changes);
    let subscription = breakers.template().on_event(move |event| {
        let at = event.at.as_nanos() as u64;
        let change = ChangeAt { at, from: event.from, to: event.to, reason: event.reason };
        let key = event.key.as_ref().map(Key::text);
        heard.lock().expect("no panic").entry(key).or_default().push(change);
    });
    let keys = breakers.keys();
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
        let nth_key = rng.usize(0..keys.len());
        let key = keys[nth_key].clone();
        // Of many keys some are worse than the others at a time.
        let is_bad_key = keys.len() < 4 || (nth_key + made / 2_000) % 4 == 0;
        let bad_share = if is_bad_key { bad_share } else { bad_share / 10.0 };
        let decision = breakers.of_call(key.as_deref()).try_acquire_owned();
        let decisions = decisions.entry(key.clone()).or_default();
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
    drop(subscription);
    let trips = |key: &Option<String>| breakers.find(key.as_deref()).map(|found| found.trips());
    let trips = keys.iter().map(|key| (key.clone(), trips(key).unwrap_or_default())).collect();
    let changes = std::mem::take(&mut *changes.lock().expect("no panic"));
    Live { config: breakers.template().config(), decisions, changes, trips, recording }
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
        let replayed =
            replay(group, live.config, log.started, SEED, |_, decision| decisions.push(decision));
        let compared = live.assert_same_group(group, &decisions, &replayed);
        assert!(compared > 10, "{:?}: {compared} changes prove little", live.config);
    }
}

/// Compares a replay of all keys together; returns the number of changes that are the same.
fn assert_same_keys(live: &Live, limits: Limits) -> usize {
    let log = load_recording(&live.recording);
    assert_eq!(log.groups.len(), live.decisions.len());
    let groups: Vec<_> = log.groups.iter().collect();
    let policy = KeysPolicy { config: live.config, limits, of_keys: vec![live.config; groups.len()] };
    assert!(policy.is_joint(&groups), "{policy:?}: keys by themselves");
    let mut decisions = vec![Vec::new(); groups.len()];
    let replayed = replay_keys(&groups, &policy, log.started, SEED, |group, _, decision| {
        decisions[group].push(decision);
    });
    let compared = groups
        .iter()
        .zip(&decisions)
        .zip(&replayed)
        .map(|((group, decisions), replayed)| live.assert_same_group(group, decisions, replayed));
    compared.sum()
}

impl Live {
    /// Compares the results for a key; returns the number of changes that are the same.
    fn assert_same_group(
        &self,
        group: &CallGroup,
        decisions: &[Option<ErrorKind>],
        replayed: &Replayed,
    ) -> usize {
        let (config, key) = (self.config, &group.key);
        assert_eq!(decisions.len(), self.decisions[key].len());
        let differs = decisions.iter().zip(&self.decisions[key]).position(|(one, other)| one != other);
        assert_eq!(differs, None, "{key:?}, {config:?}: a decision differs");
        let changes = self.changes.get(key).cloned().unwrap_or_default();
        let compared = changes.len().min(replayed.changes.len());
        assert!(compared == changes.len() || compared >= 100_000, "{key:?}, {config:?}");
        assert!(replayed.changes[..compared] == changes[..compared], "{config:?}: the changes differ");
        // The live breaker keeps the last ones, and the replay the first thousand.
        if replayed.trips.len() < 1_000 {
            let facts = |trip: &TripReport| {
                (trip.sequence, trip.at, trip.condition, trip.failed_probes, trip.lasted, trip.end)
            };
            let lasted: Vec<_> = self.trips[key].iter().map(facts).collect();
            let skipped = replayed.trips.len() - lasted.len();
            let last: Vec<_> = replayed.trips[skipped..].iter().map(facts).collect();
            assert_eq!(last, lasted, "{key:?}, {config:?}");
        }
        compared
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
        let live = run_live(&LiveBreakers::Single(breaker), &clock, calls);
        assert_same(&live);
    }
}

#[test]
fn replay_of_keyed_breakers_makes_the_live_decisions_of_each_key() {
    let clock = ManualClock::new();
    let keyed = seeded(&clock).failure_threshold(3).keyed().build().expect("sound options");
    let keys = ["eu", "us", "ap"].map(str::to_owned).to_vec();
    let live = run_live(&LiveBreakers::Keyed(keyed, keys), &clock, calls(20_000));
    assert_same(&live);
}

/// Sets the limits of a group.
type SetLimits = fn(KeyedBuilder) -> KeyedBuilder;

#[test]
fn replay_of_keys_that_depend_on_each_other_makes_the_live_decisions_bit_for_bit() {
    let seconds = Duration::from_secs;
    let policies: [(&str, u32, Set, SetLimits); 4] = [
        ("outlier", 8, |policy| policy.failure_threshold(40), |keyed| keyed.outlier(often())),
        (
            "max_open_keys",
            8,
            |policy| policy.failure_threshold(3),
            |keyed| keyed.max_open_keys(0.3).key_idle(Duration::from_secs(1)),
        ),
        (
            "evictions",
            40,
            |policy| policy.failure_threshold(2),
            |keyed| keyed.max_keys(16).key_idle(Duration::from_millis(300)),
        ),
        (
            "all",
            24,
            |policy| {
                let policy = policy.failure_rate(0.5).window(20).min_calls(8).failure_threshold(4);
                policy.timeout_factor(1.5).timeout_jitter(0.3).ramp(Duration::from_secs(1))
            },
            |keyed| {
                let keyed = keyed.max_keys(20).key_idle(Duration::from_millis(500));
                keyed.outlier(often()).max_open_keys(0.4)
            },
        ),
    ];
    for (name, keys, set, limits) in policies {
        let clock = ManualClock::new();
        let builder = set(seeded(&clock)).probe_timeout(seconds(1)).keyed();
        let keyed = limits(builder).build().expect(name);
        let limits = keyed.template().inner().group().expect("it has keys").limits();
        let keys = (0..keys).map(|key| format!("host {key}")).collect();
        let live = run_live(&LiveBreakers::Keyed(keyed.clone(), keys), &clock, calls(20_000));
        let compared = assert_same_keys(&live, limits);
        assert!(compared > 50, "{name}: {compared} changes prove little");
        let outliers = live.changes.values().flatten().filter(|change| change.reason == Reason::Outlier);
        assert_eq!(outliers.count() > 0, limits.outlier().is_some(), "{name}");
        assert_eq!(
            keyed.template().snapshot().keys.is_some_and(|keys| keys.evicted > 0),
            limits.max_keys() < 40,
            "{name}"
        );
    }
}

/// Returns a rule that finds outliers in the few calls of a proof.
fn often() -> Outlier {
    Outlier { stdev: 1.0, min_keys: 3, min_calls: 8, window: Duration::from_secs(2) }
}
