//! Commands and options that are given to a template, and reach each key.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use breaker_runtime::{
    BreakerKey, CircuitBreaker, Clock, KeyRef, KeyedBreakers, ManualClock, Mode, Reason, State,
};

use crate::{call, keyed};

fn modes(breakers: &KeyedBreakers) -> Vec<Mode> {
    breakers.iter().map(|breaker| breaker.snapshot().mode).collect()
}

/// The command was applied to the keys after the listener had given the opposite one.
#[test]
fn command_undone_by_a_listener_is_undone_for_every_key() {
    const KEYS: u32 = 500;
    let clock = ManualClock::new();
    let breakers = keyed("commands: undone", &clock, |builder| builder);
    (0..KEYS).for_each(|key| assert!(call(&breakers, key, true)));
    let (template, undone) = (breakers.template().clone(), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&undone);
    let subscription = breakers.template().on_event(move |event| {
        if event.mode == Mode::ForcedOpen {
            count.fetch_add(1, Ordering::Relaxed);
            template.automatic();
        }
    });
    breakers.template().force_open();
    assert_eq!(breakers.template().snapshot().mode, Mode::Automatic);
    assert_eq!(modes(&breakers), vec![Mode::Automatic; KEYS as usize]);
    assert!((0..=KEYS).all(|key| call(&breakers, key, true)));
    assert_eq!(undone.load(Ordering::Relaxed), 1, "no key was forced open after it was undone");
    drop(subscription);
}

/// The same holds for each command that another one follows.
#[test]
fn command_followed_by_one_of_a_listener_reaches_every_key_first() {
    type Order = fn(&CircuitBreaker);
    let open: Order = CircuitBreaker::trip;
    for (name, first, second, state, mode) in [
        ("trip, reset", open, CircuitBreaker::reset as Order, State::Closed, Mode::Automatic),
        (
            "force, reset",
            CircuitBreaker::force_open,
            CircuitBreaker::reset,
            State::Open,
            Mode::ForcedOpen,
        ),
        ("observe, trip", CircuitBreaker::observe, CircuitBreaker::trip, State::Open, Mode::Observe),
        ("trip, force", open, CircuitBreaker::force_closed, State::Closed, Mode::ForcedClosed),
    ] {
        let clock = ManualClock::new();
        let breakers = keyed(&format!("commands: {name}"), &clock, |builder| builder);
        (0..10).for_each(|key| assert!(call(&breakers, key, true)));
        let (template, done) = (breakers.template().clone(), AtomicU64::new(0));
        let subscription = breakers.template().on_event(move |_| {
            if done.fetch_add(1, Ordering::Relaxed) == 0 {
                second(&template);
            }
        });
        first(breakers.template());
        for breaker in breakers.iter() {
            let snapshot = breaker.snapshot();
            assert_eq!((snapshot.state, snapshot.mode), (state, mode), "{name}: {}", snapshot.label());
        }
        drop(subscription);
    }
}

/// All breakers have executed the same commands in the same order, whichever thread gave them and
/// whichever key is new.
#[test]
fn commands_of_several_threads_leave_every_key_as_the_template() {
    const ROUNDS: u64 = 300;
    let clock = ManualClock::new();
    let breakers = keyed("commands: threads", &clock, |builder| builder);
    (0..8).for_each(|key| assert!(call(&breakers, key, true)));
    for round in 0..ROUNDS {
        thread::scope(|scope| {
            for giver in 0..3 {
                let template = breakers.template();
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(round * 3 + giver);
                    for _ in 0..4 {
                        match random.u8(..6) {
                            0 => template.force_open(),
                            1 => template.observe(),
                            2 => template.trip(),
                            3 => template.reset(),
                            4 => template.force_closed(),
                            _ => template.automatic(),
                        }
                    }
                });
            }
            // Meanwhile keys are added, and some are removed.
            let breakers = &breakers;
            scope.spawn(move || {
                for key in (8..40).step_by(4).map(|key| key + round % 4) {
                    breakers.remove(&key);
                    breakers.get(&key);
                }
            });
        });
        let template = breakers.template().snapshot();
        assert_eq!(modes(&breakers), vec![template.mode; breakers.len()], "round {round}");
        for key in 0..8 {
            assert_eq!(breakers.get(&key).state(), template.state, "round {round}, key {key}");
        }
    }
}

/// A clock that runs some code at one of its readings.
#[derive(Clone, Default)]
struct HookedClock(Arc<Hook>);

#[derive(Default)]
struct Hook {
    readings_left: AtomicI64,
    code: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl HookedClock {
    fn run_at(&self, reading: i64, code: impl FnOnce() + Send + 'static) {
        *self.0.code.lock().expect("no panic") = Some(Box::new(code));
        self.0.readings_left.store(reading, Ordering::Relaxed);
    }

    fn is_done(&self) -> bool {
        self.0.code.lock().expect("no panic").is_none()
    }
}

impl Clock for HookedClock {
    fn now(&self) -> Duration {
        if self.0.readings_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            let code = self.0.code.lock().expect("no panic").take();
            if let Some(code) = code {
                code();
            }
        }
        Duration::from_secs(1_000)
    }
}

#[test]
fn last_options_reach_every_key_if_changed_while_they_spread() {
    // The template and four keys read the clock.
    for reading in 1..=5 {
        let clock = HookedClock::default();
        let builder =
            CircuitBreaker::builder("commands: options").clock(clock.clone()).failure_threshold(2);
        let breakers = builder.keyed().build().expect("in range");
        (0..4).for_each(|key| assert!(call(&breakers, key, true)));
        let template = breakers.template().clone();
        clock.run_at(reading, move || {
            template.reconfigure(|options| options.failure_threshold(9)).expect("in range");
        });
        breakers.template().reconfigure(|options| options.failure_threshold(7)).expect("in range");
        let last = breakers.template().config();
        assert!(clock.is_done());
        for breaker in breakers.iter() {
            assert_eq!(breaker.config(), last, "{} at reading {reading}", breaker.label());
        }
    }
}

thread_local! {
    static ON_CLONE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A key that runs some code when it is cloned, that is when its breaker is created.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Cloned(u32);

impl Clone for Cloned {
    fn clone(&self) -> Self {
        let code = ON_CLONE.with(RefCell::take);
        if let Some(code) = code {
            code();
        }
        Self(self.0)
    }
}

impl BreakerKey for Cloned {
    fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
        look(KeyRef::value(self))
    }
}

fn when_cloned(code: impl FnOnce() + 'static) {
    ON_CLONE.with(|hook| hook.replace(Some(Box::new(code))));
}

#[test]
fn command_given_while_a_key_is_created_reaches_it() {
    let clock = ManualClock::new();
    let breakers = keyed("commands: made", &clock, |builder| builder);
    let template = breakers.template().clone();
    when_cloned(move || {
        template.force_closed();
        template.reset();
        template.reconfigure(|options| options.failure_threshold(7)).expect("in range");
    });
    let made = breakers.get(&Cloned(1));
    assert_eq!(made.snapshot().mode, Mode::ForcedClosed);
    assert_eq!(made.config(), breakers.template().config());
    assert_eq!(breakers.find(&Cloned(1)).map(|found| found.label()), Some(made.label()));
    // The next command reaches it as well.
    breakers.template().force_open();
    assert_eq!(made.snapshot().mode, Mode::ForcedOpen);
}

#[test]
fn options_changed_while_a_key_is_created_reach_it() {
    let clock = ManualClock::new();
    let breakers = keyed("commands: made with options", &clock, |builder| builder);
    let template = breakers.template().clone();
    when_cloned(move || {
        template.reconfigure(|options| options.failure_threshold(7)).expect("in range");
    });
    assert_eq!(breakers.get(&Cloned(1)).config().failure_threshold(), Some(7));
}

/// 20 keys made 44 events, with a sequence number twice: those of breakers that were never in use.
#[test]
fn breaker_that_lost_the_race_for_its_key_is_never_reported() {
    let clock = ManualClock::new();
    let breakers = keyed("commands: lost", &clock, |builder| builder.max_open_keys(0.5));
    breakers.template().force_open();
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let subscription = breakers.template().on_event(move |event| {
        let key = event.key.as_ref().map(ToString::to_string);
        log.lock().expect("no panic").push((key, event.sequence, event.reason));
    });
    let winner = Arc::new(Mutex::new(None));
    for key in 0..3 {
        let (same, won) = (breakers.clone(), Arc::clone(&winner));
        when_cloned(move || *won.lock().expect("no panic") = Some(same.get(&Cloned(key))));
        let loser = breakers.get(&Cloned(key));
        let won = winner.lock().expect("no panic").take().expect("it was cloned");
        won.automatic();
        assert_eq!(loser.snapshot().mode, Mode::Automatic, "both are the one that was first");
    }
    let mut events = std::mem::take(&mut *events.lock().expect("no panic"));
    events.retain(|(_, sequence, _)| *sequence == 1);
    let of = |key: u32| (Some(format!("Cloned({key})")), 1, Reason::ModeChanged);
    assert_eq!(events, [of(0), of(1), of(2)]);
    assert_eq!(breakers.len(), 3);
    // Such breakers hold none of the quota either.
    breakers.template().automatic();
    (0..2).for_each(|_| breakers.get(&Cloned(0)).try_acquire().expect("closed").failure());
    assert_eq!(breakers.get(&Cloned(0)).state(), State::Open);
    drop(subscription);
}

static FAMILY: OnceLock<KeyedBreakers> = OnceLock::new();

/// A key that uses its group in each operation of a map. All keys have one hash, so that they are
/// compared.
struct Coded(u32);

fn look_at_the_family() {
    if let Some(family) = FAMILY.get() {
        assert!(family.len() <= 3 && family.template().snapshot().trips == 0);
    }
}

impl Hash for Coded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        look_at_the_family();
        state.write_u8(1);
    }
}

impl PartialEq for Coded {
    fn eq(&self, other: &Self) -> bool {
        look_at_the_family();
        self.0 == other.0
    }
}

impl Eq for Coded {}

impl Clone for Coded {
    fn clone(&self) -> Self {
        look_at_the_family();
        Self(self.0)
    }
}

impl Drop for Coded {
    fn drop(&mut self) {
        look_at_the_family();
    }
}

impl fmt::Debug for Coded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        look_at_the_family();
        write!(f, "Coded({})", self.0)
    }
}

impl BreakerKey for Coded {
    fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
        look(KeyRef::value(self))
    }
}

#[test]
fn code_of_a_key_runs_without_the_lock_of_its_group() {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let clock = ManualClock::new();
        let family = keyed("commands: coded", &clock, |builder| builder.max_keys(3));
        let family = FAMILY.get_or_init(|| family);
        for key in 0..6 {
            assert_eq!(family.get(&Coded(key)).label(), format!("commands: coded[Coded({key})]"));
            assert!(family.find(&Coded(key)).is_some() && family.find(&Coded(100)).is_none());
        }
        assert!(family.remove(&Coded(5)).is_some() && family.remove(&Coded(5)).is_none());
        let (four, before) = (family.get(&Coded(4)), family.len());
        family.retain(|breaker| breaker.key() != four.key());
        assert!(family.find(&Coded(4)).is_none() && family.len() == before - 1);
        clock.advance(Duration::from_secs(3_600));
        assert!(family.len() < before, "some are called");
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(family.len(), 0);
        done.send(()).expect("the test waits");
    });
    // Real time: a thread that waits for itself never ends.
    is_done.recv_timeout(Duration::from_secs(60)).expect("nothing waits for itself, and nothing panics");
}
