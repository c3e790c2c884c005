//! Probes: never more than `max_probes` at a time, and no slot that is lost or freed twice.

use crate::state::races::*;

/// Several callers at the end of the open period: one of them changes the state.
#[test]
fn one_caller_starts_the_half_open_state() {
    explore(2, 6_500, || {
        let scene = Arc::new(Scene::open(Policy { max_probes: 2, ..POLICY }));
        let admitted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let (scene, admitted) = (Arc::clone(&scene), Arc::clone(&admitted));
            race = race.with(move || match scene.admit(OPEN_FOR) {
                Ok(_) => {
                    admitted.fetch_add(1, Ordering::Relaxed);
                }
                Err(rejection) => assert_eq!(rejection.kind, ErrorKind::HalfOpen),
            });
        }
        race.run();
        assert_eq!(scene.changes(), 2, "the trip, and the end of the period");
        assert_eq!(admitted.load(Ordering::Relaxed), 2);
        assert_eq!(scene.in_flight(OPEN_FOR), 2);
    });
}

/// The probes that run, by the generation that admitted them.
#[derive(Default)]
struct Running([AtomicUsize; 8]);

impl Running {
    /// Runs one probe, if it is admitted, and checks the number of running probes. The count starts
    /// after the slot is taken and ends before it is freed, so that it is never too high by itself.
    fn probe(&self, scene: &Scene, now: Ticks) {
        let Ok(token) = scene.admit(now) else { return };
        let running = &self.0[token.generation() as usize];
        let others = running.fetch_add(1, Ordering::Relaxed);
        assert!(others < usize::from(scene.policy.max_probes), "{others} others are running");
        loom::thread::yield_now();
        running.fetch_sub(1, Ordering::Relaxed);
        let accounting = scene.settle(token, Outcome::Ignored, now);
        assert!(
            accounting != Accounting::Late || !token.belongs_to(scene.cell.word()),
            "it lost its slot"
        );
    }
}

/// Polly 216; a check-then-decrement that let 1600 of 1600 in.
#[test]
fn running_probes_stay_within_max_probes() {
    explore(3, 1_450, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let running = Arc::new(Running::default());
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(first, Outcome::Ignored, OPEN_FOR);
            }
        });
        for _ in 0..2 {
            let (scene, running) = (Arc::clone(&scene), Arc::clone(&running));
            race = race.with(move || running.probe(&scene, OPEN_FOR));
        }
        race.run();
        assert_eq!(scene.in_flight(OPEN_FOR), 0);
    });
}

/// A caller that slept from one half-open period to the next must not take a probe's slot there.
#[test]
fn caller_of_an_earlier_period_takes_no_slot() {
    const LATER: Ticks = 3 * OPEN_FOR;
    explore(3, 600, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let running = Arc::new(Running::default());
        Race::default()
            .with({
                let (scene, running) = (Arc::clone(&scene), Arc::clone(&running));
                move || {
                    scene.settle(first, Outcome::Failure, OPEN_FOR);
                    running.probe(&scene, LATER);
                }
            })
            .with({
                let (scene, running) = (Arc::clone(&scene), Arc::clone(&running));
                move || running.probe(&scene, LATER)
            })
            .run();
        assert_eq!(scene.in_flight(LATER), 0);
    });
}

/// The same for a probe: its result must not undo a trip.
#[test]
fn late_probe_changes_nothing() {
    explore(3, 2_500, || {
        let (scene, first) = Scene::half_open(Policy { max_probes: 2, ..POLICY });
        let second = scene.admit(OPEN_FOR).expect("room for two");
        let scene = Arc::new(scene);
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || scene.control(Command::Trip, OPEN_FOR)
        });
        for (token, outcome) in [(first, Outcome::Success), (second, Outcome::Failure)] {
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, outcome, OPEN_FOR);
            });
        }
        race.run();
        let word = scene.cell.word();
        assert_eq!((word.kind(), word.payload()), (StateKind::Open, 2 * OPEN_FOR));
        assert_eq!(word.generation() as usize, scene.changes());
    });
}

/// resilience4j 544, Hystrix PR 1621: a probe's slot was never freed.
#[test]
fn slot_of_an_ended_probe_is_free() {
    explore(3, 950, || {
        let policy = Policy { max_probes: 2, ..POLICY };
        let (scene, first) = Scene::half_open(policy);
        let second = scene.admit(OPEN_FOR).expect("room for two");
        let scene = Arc::new(scene);
        let mut race = Race::default();
        for token in [first, second] {
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                assert_eq!(scene.settle(token, Outcome::Ignored, OPEN_FOR), Accounting::Pending);
            });
        }
        let third = Arc::clone(&scene);
        race = race.with(move || {
            if let Ok(token) = third.admit(OPEN_FOR) {
                assert_eq!(third.settle(token, Outcome::Ignored, OPEN_FOR), Accounting::Pending);
            }
        });
        race.run();
        assert_eq!(scene.in_flight(OPEN_FOR), 0);
        let again = (0..3).filter(|_| scene.admit(OPEN_FOR).is_ok()).count();
        assert_eq!(again, 2);
    });
}

/// A probe ends while its lease does: its slot goes to one other probe, and the first one must not free
/// it.
#[test]
fn lost_slot_goes_to_one_probe() {
    const LOST: Ticks = OPEN_FOR + LEASE;
    explore(3, 3_000, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let admitted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(first, Outcome::Ignored, LOST - 1);
            }
        });
        for _ in 0..2 {
            let (scene, admitted) = (Arc::clone(&scene), Arc::clone(&admitted));
            race = race.with(move || {
                admitted.fetch_add(usize::from(scene.admit(LOST).is_ok()), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(admitted.load(Ordering::Relaxed), 1);
        assert_eq!(scene.in_flight(LOST), 1);
    });
}

/// A permit is dropped while the breaker is reset, trips and probes again: the new probe keeps its slot.
#[test]
fn dropped_permit_frees_only_its_own_slot() {
    const LATER: Ticks = 3 * OPEN_FOR;
    explore(3, 190, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        Race::default()
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    scene.settle(first, Outcome::Ignored, OPEN_FOR);
                }
            })
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    scene.control(Command::Reset, OPEN_FOR);
                    scene.control(Command::Trip, OPEN_FOR);
                    scene.admit(LATER).expect("a free slot");
                }
            })
            .run();
        assert_eq!(scene.in_flight(LATER), 1);
        assert!(scene.admit(LATER).is_err(), "one probe is in flight");
    });
}
