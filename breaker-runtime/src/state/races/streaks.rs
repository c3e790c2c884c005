//! Streaks: failures in a row, with the successes between them on other threads.

use crate::state::counters::striped::HotCounter;
use crate::state::races::*;

/// Does not trip.
const LONG: Policy = Policy { failure_threshold: Some(10), ..POLICY };

/// Failures of several threads meet in one word.
#[test]
fn concurrent_failures_are_all_in_the_streak() {
    explore(2, 1_000, || {
        let scene = Arc::new(Scene::new(LONG));
        let mut race = Race::default();
        for _ in 0..3 {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                assert_ne!(scene.settle(token, Outcome::Failure, 1), Accounting::Late);
            });
        }
        race.run();
        assert_eq!(scene.streak(), 3);
    });
}

/// The failure of one thread comes before or after both results of the other, or between them. It must
/// not be taken for one before that success if it is stored after the failure.
#[test]
fn failure_beside_a_success_and_a_failure_is_before_or_after_them() {
    explore(3, 1_000, || {
        let scene = Arc::new(Scene::new(LONG));
        let [first, second, third] = [(); 3].map(|()| scene.admit(0).expect("closed"));
        let (one, other) = (Arc::clone(&scene), Arc::clone(&scene));
        Race::default()
            .with(move || {
                one.settle(first, Outcome::Success, 1);
                one.settle(second, Outcome::Failure, 1);
            })
            .with(move || {
                other.settle(third, Outcome::Failure, 1);
            })
            .run();
        let streak = scene.streak();
        assert!((1..=2).contains(&streak), "{streak}");
        let next = scene.admit(1).expect("closed");
        scene.settle(next, Outcome::Failure, 1);
        assert_eq!(scene.streak(), streak + 1);
    });
}

/// Each call ends after the one before, or not at all: only in this order they all run.
#[test]
fn success_between_two_failures_keeps_the_breaker_closed() {
    explore(2, 100, || {
        let scene = Arc::new(Scene::new(POLICY));
        let ended = Arc::new(AtomicU64::new(0));
        let mut race = Race::default();
        for (before, outcome) in
            [Outcome::Failure, Outcome::Success, Outcome::Failure].into_iter().enumerate()
        {
            let token = scene.admit(0).expect("closed");
            let (scene, ended) = (Arc::clone(&scene), Arc::clone(&ended));
            race = race.with(move || {
                if ended.load(Ordering::Acquire) == before as u64 {
                    scene.settle(token, outcome, 1);
                    ended.fetch_add(1, Ordering::AcqRel);
                }
            });
        }
        race.run();
        assert_eq!(scene.trips(), 0);
    });
}

/// A failure of a state that ends meanwhile must not remove the streak of the next one.
#[test]
fn late_failure_leaves_the_streak_of_the_next_state() {
    explore(3, 300, || {
        let scene = Arc::new(Scene::new(LONG));
        let token = scene.admit(0).expect("closed");
        let (late, next) = (Arc::clone(&scene), Arc::clone(&scene));
        Race::default()
            .with(move || {
                late.settle(token, Outcome::Failure, 1);
            })
            .with(move || {
                next.control(Command::Reset, 1);
                let token = next.admit(1).expect("closed");
                next.settle(token, Outcome::Failure, 1);
            })
            .run();
        assert_eq!(scene.streak(), 1);
    });
}

/// The owner of the counters reads them without stripes. It stays the owner for a moment after another
/// thread has made the first one, in which a third thread may count already.
#[test]
fn success_in_the_first_stripe_ends_the_streak_of_the_owner() {
    explore(3, 300, || {
        let scene = Arc::new(Scene::new(LONG));
        let [first, second, third, fourth] = [(); 4].map(|()| scene.admit(0).expect("closed"));
        // This thread owns the counters from now on.
        scene.settle(first, Outcome::Success, 1);
        scene.settle(second, Outcome::Failure, 1);
        let (other, last) = (Arc::clone(&scene), Arc::clone(&scene));
        let mut race = Race::default()
            .with(move || other.cell.count(HotCounter::Rejected, SLOT.with(Cell::get)))
            .with(move || {
                // Its stripe is beside the one that the other thread makes.
                SLOT.with(|slot| slot.set(ThreadSlot(0)));
                last.settle(third, Outcome::Success, 1);
            });
        let last = race.racers.pop().expect("two");
        last.join().expect("it does not panic");
        scene.settle(fourth, Outcome::Failure, 1);
        assert_eq!(scene.streak(), 1);
        race.run();
    });
}
