//! Calls that are dropped, while others are dropped or end, or a command resets the breaker.

use crate::state::races::*;

const DROPS: Policy = Policy { abandoned_threshold: Some(1), failure_threshold: None, ..POLICY };

impl Scene {
    /// Drops a call; returns whether that is a failure.
    fn drop_call(&self, token: CallToken) -> bool {
        let settled = self.cell.settle(&self.policy, token, CallEnd::Cancelled, None, &at(0));
        settled.accounting == Accounting::Pending && settled.outcome == Outcome::Failure
    }
}

/// With a threshold of one, the first of three dropped calls alone is no failure.
#[test]
fn concurrent_drops_all_count() {
    explore(3, 100, || {
        let scene = Arc::new(Scene::new(DROPS));
        let failed = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let (scene, failed) = (Arc::clone(&scene), Arc::clone(&failed));
            let token = scene.admit(0).expect("it is closed");
            race = race.with(move || {
                failed.fetch_add(usize::from(scene.drop_call(token)), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(failed.load(Ordering::Relaxed), 2);
    });
}

/// The calls that are dropped after a success are one row, in whatever order threads see the success.
#[test]
fn drops_after_a_success_are_one_row() {
    explore(3, 100, || {
        let scene = Arc::new(Scene::new(DROPS));
        let tokens = [(); 5].map(|()| scene.admit(0).expect("it is closed"));
        scene.drop_call(tokens[0]);
        let (one, other) = (Arc::clone(&scene), Arc::clone(&scene));
        Race::default()
            .with(move || {
                one.settle(tokens[1], Outcome::Success, 0);
                one.drop_call(tokens[2]);
            })
            .with(move || {
                other.drop_call(tokens[3]);
            })
            .run();
        assert!(scene.drop_call(tokens[4]), "at least one was dropped after the success");
    });
}

/// A call that is dropped after a reset, and was admitted before it, is late: it is in no row.
#[test]
fn drop_of_an_ended_state_is_in_no_row() {
    explore(3, 100, || {
        let scene = Arc::new(Scene::new(DROPS));
        let token = scene.admit(0).expect("it is closed");
        let (dropper, resetter) = (Arc::clone(&scene), Arc::clone(&scene));
        Race::default()
            .with(move || {
                dropper.drop_call(token);
            })
            .with(move || resetter.control(Command::Reset, 0))
            .run();
        let token = scene.admit(0).expect("it is closed");
        assert!(!scene.drop_call(token), "the first of its state");
    });
}
