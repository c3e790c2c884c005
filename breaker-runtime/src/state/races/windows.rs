//! Windows: no result is lost, and a rate can be reached one result late.

use crate::state::policy::{ThrottleRule, WindowRule};
use crate::state::races::*;

use crate::state::window::{Shape, Tally};

const CALLS: WindowRule =
    WindowRule { shape: Shape::Calls(4), min_calls: 3, failure_rate: Some(0.5), slow_call_rate: None };

const RATE: Policy = Policy { failure_threshold: None, window: Some(CALLS), ..POLICY };

/// A window of a span, with buckets of 100 ticks.
const SPAN: Policy =
    Policy { window: Some(WindowRule { shape: Shape::Span(1_000), min_calls: 3, ..CALLS }), ..RATE };

impl Scene {
    fn tally(&self, now: Ticks) -> Tally {
        self.cell.counts(self.cell.word(), &self.policy, now).tally.expect("closed, with a window")
    }
}

/// The result that makes a rate reach its limit may be a success that has not seen the concurrent
/// failures. The next result then trips.
#[test]
fn rate_reached_by_concurrent_results_trips_once() {
    explore(2, 1_000, || {
        let scene = Arc::new(Scene::new(RATE));
        let mut race = Race::default();
        for outcome in [Outcome::Failure, Outcome::Failure, Outcome::Success] {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                assert_ne!(scene.settle(token, outcome, 1), Accounting::Late);
            });
        }
        let next = scene.admit(0).expect("closed");
        race.run();
        if scene.trips() == 0 {
            assert_eq!(scene.tally(1), Tally { calls: 3, failures: 2, slow: 0 });
            scene.settle(next, Outcome::Success, 1);
        }
        assert_eq!(scene.trips(), 1);
        assert_eq!(scene.cell.word(), StateWord::new(StateKind::Open, 1, 1 + OPEN_FOR));
    });
}

/// Tower-resilience, circuitbreaker-rs: results that the window did not see.
#[test]
fn concurrent_results_are_all_in_the_window() {
    explore(2, 1_000, || {
        let rule = WindowRule { min_calls: 4, ..CALLS };
        let scene = Arc::new(Scene::new(Policy { window: Some(rule), ..RATE }));
        let mut race = Race::default();
        for outcome in [Outcome::Failure, Outcome::Success, Outcome::Success] {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, outcome, 1);
            });
        }
        race.run();
        assert_eq!(scene.tally(1), Tally { calls: 3, failures: 1, slow: 0 });
    });
}

/// A thread that has read a policy without windows stores its failure without their lock. The failure
/// that loses the streak to it takes another path, and has not entered the window yet.
#[test]
fn failure_beside_one_of_an_earlier_policy_enters_the_window_once() {
    explore(2, 100, || {
        let rule = WindowRule { min_calls: 2, failure_rate: Some(0.9), ..CALLS };
        let scene = Arc::new(Scene::new(Policy { window: Some(rule), ..RATE }));
        for outcome in [Outcome::Success, Outcome::Failure] {
            let token = scene.admit(0).expect("closed");
            scene.settle(token, outcome, 0);
        }
        let [first, second] = [(); 2].map(|()| scene.admit(0).expect("closed"));
        let (of_earlier, of_present) = (Arc::clone(&scene), Arc::clone(&scene));
        Race::default()
            .with(move || {
                let cell = &of_earlier.cell;
                if cell.try_extend_streak(None, first, at(1).thread_slot()).is_none() {
                    let earlier = Policy { window: None, ..of_earlier.policy };
                    cell.settle(&earlier, first, CallEnd::Failure, None, &at(1));
                }
            })
            .with(move || {
                of_present.settle(second, Outcome::Failure, 1);
            })
            .run();
        assert_eq!(scene.tally(1), Tally { calls: 3, failures: 2, slow: 0 });
        assert_eq!(scene.streak(), 3);
    });
}

/// Asecurityteam/rolling PR 14: two calls find the next bucket at once.
#[test]
fn concurrent_results_at_a_bucket_edge_are_all_in_the_window() {
    explore(2, 1_000, || {
        let scene = Arc::new(Scene::new(SPAN));
        let first = scene.admit(0).expect("closed");
        scene.settle(first, Outcome::Success, 50);
        let mut race = Race::default();
        for (outcome, now) in [(Outcome::Success, 99), (Outcome::Success, 100), (Outcome::Failure, 101)]
        {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, outcome, now);
            });
        }
        race.run();
        assert_eq!(scene.tally(999), Tally { calls: 4, failures: 1, slow: 0 });
        // A success of the first bucket that is slow to be counted may be found in the second.
        let second = scene.tally(1_000);
        assert!((2..=3).contains(&second.calls) && second.failures == 1, "{second:?}");
        assert_eq!(scene.tally(1_100), Tally::default());
    });
}

/// A call that is timed takes a shortcut if it was quick. One that was not is in the window.
#[test]
fn slow_call_beside_quick_ones_is_in_the_window() {
    const BEGAN: Ticks = 1 << 32;
    explore(2, 500, || {
        let rule = WindowRule { min_calls: 4, slow_call_rate: Some(0.5), ..CALLS };
        let policy = Policy { window: Some(rule), slow_call: Some(10), ..RATE };
        let scene = Arc::new(Scene::new(policy));
        let mut race = Race::default();
        for took in [10, 10, 11] {
            let token = scene.admit(BEGAN).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, Outcome::Success, BEGAN + took);
            });
        }
        race.run();
        assert_eq!(scene.tally(BEGAN + 11), Tally { calls: 3, failures: 0, slow: 1 });
    });
}

/// Semian PR 192: a state that began with what an earlier one had counted.
#[test]
fn window_of_a_new_state_starts_empty() {
    explore(2, 500, || {
        let scene = Arc::new(Scene::new(RATE));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || scene.control(Command::Reset, 0)
        });
        for _ in 0..2 {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, Outcome::Failure, 1);
            });
        }
        race.run();
        assert_eq!((scene.trips(), scene.cell.word().generation()), (0, 1));
        assert_eq!(scene.tally(1), Tally::default());
    });
}

/// A call that is admitted and succeeds while another one closes the breaker is in the new window.
#[test]
fn success_after_the_close_is_in_the_new_window() {
    explore(3, 100, || {
        let (scene, probe) = Scene::half_open(RATE);
        let scene = Arc::new(scene);
        let succeeded = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(probe, Outcome::Success, OPEN_FOR);
            }
        });
        // A call that is admitted before the close is a probe, which is late after it.
        for _ in 0..2 {
            let (scene, succeeded) = (Arc::clone(&scene), Arc::clone(&succeeded));
            race = race.with(move || {
                let Ok(token) = scene.admit(OPEN_FOR) else { return };
                if token.probe_slot().is_none() {
                    assert_ne!(scene.settle(token, Outcome::Success, OPEN_FOR), Accounting::Late);
                    succeeded.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        race.run();
        let calls = succeeded.load(Ordering::Relaxed) as u64;
        assert_eq!(scene.tally(OPEN_FOR), Tally { calls, failures: 0, slow: 0 });
    });
}

/// In the window of the throttle a rejected call is a request as well, and none is counted twice.
#[test]
fn throttled_call_counts_as_a_request() {
    explore(3, 60, || {
        let policy = Policy {
            failure_threshold: None,
            throttle: Some(ThrottleRule { k: 1.0, span: 10_000 }),
            ..POLICY
        };
        let scene = Arc::new(Scene::new(policy));
        for token in [(); 4].map(|()| scene.admit(0).expect("nothing has failed yet")) {
            scene.settle(token, Outcome::Failure, 0);
        }
        let rejected = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..2 {
            let (scene, rejected) = (Arc::clone(&scene), Arc::clone(&rejected));
            race = race.with(move || {
                let refused = (0..2).filter(|_| scene.admit(0).is_err()).count();
                rejected.fetch_add(refused, Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(rejected.load(Ordering::Relaxed), 4);
        // (requests - accepts) / (requests + 1), where none was accepted.
        let throttle = scene.cell.counts(scene.cell.word(), &scene.policy, 0).throttle;
        assert_eq!(throttle, Some(8.0 / 9.0));
    });
}

/// The edge of a bucket is published with the reading that calls compare. The first racer has the
/// counters of the model's own thread, which does nothing meanwhile.
#[test]
fn success_by_a_reading_at_a_bucket_edge_is_in_the_next_bucket() {
    explore(3, 1_900, || {
        let scene = Arc::new(Scene::new(Policy { coarse: true, ..SPAN }));
        let owner = at(0).thread_slot();
        let first = scene.admit(0).expect("closed");
        scene.settle(first, Outcome::Success, 50);
        scene.cell.publish_readings(|time| 3 * time);
        let race = Race::default()
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    for now in [99, 100] {
                        let token = scene.admit(0).expect("closed");
                        let is_due = token.matches_due(scene.cell.word());
                        if !(is_due && scene.cell.try_success_at_reading(3 * now, owner)) {
                            scene.settle(token, Outcome::Success, now);
                        }
                    }
                }
            })
            .with({
                let scene = Arc::clone(&scene);
                let token = scene.admit(0).expect("closed");
                move || {
                    scene.settle(token, Outcome::Failure, 101);
                }
            });
        race.run();
        assert_eq!(scene.tally(999), Tally { calls: 4, failures: 1, slow: 0 });
        // That at 99 may be slow to be counted.
        let second = scene.tally(1_000);
        assert!((2..=3).contains(&second.calls) && second.failures == 1, "{second:?}");
        assert_eq!(scene.tally(1_100), Tally::default());
    });
}
