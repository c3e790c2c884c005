//! Changes of state: one at a time, published in one word, and closed to results of earlier states.

use crate::state::races::*;

/// Polly 219: the event fired several times per trip.
#[test]
fn racing_failures_trip_once() {
    explore(3, 4_500, || {
        let scene = Arc::new(Scene::new(POLICY));
        let counted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let token = scene.admit(0).expect("closed");
            let (scene, counted) = (Arc::clone(&scene), Arc::clone(&counted));
            race = race.with(move || {
                let accounting = scene.settle(token, Outcome::Failure, 1);
                counted.fetch_add(usize::from(accounting != Accounting::Late), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(scene.trips.load(Ordering::Relaxed), 1);
        assert_eq!(counted.load(Ordering::Relaxed), 2, "the third comes after the trip");
        assert_eq!(scene.cell.word(), StateWord::new(StateKind::Open, 1, 1 + OPEN_FOR));
    });
}

/// Hystrix 1806, 1781: a state paired with the deadline of another.
#[test]
fn state_is_read_with_its_own_deadline() {
    explore(2, 1_700, || {
        let scene = Arc::new(Scene::new(POLICY));
        let mut race = Race::default();
        for command in [Command::Trip, Command::Trip] {
            let scene = Arc::clone(&scene);
            race = race.with(move || scene.control(command, 0));
        }
        for _ in 0..2 {
            let scene = Arc::clone(&scene);
            race = race.with(move || match scene.admit(4) {
                Ok(token) => assert_eq!(token.generation(), 0, "it came before the trip"),
                Err(rejection) => assert_eq!(
                    rejection,
                    Rejection { kind: ErrorKind::Open, retry_after: Some(OPEN_FOR - 4) }
                ),
            });
        }
        race.run();
        assert_eq!(scene.changes(), 1);
    });
}

/// Polly PR 223: a call of an earlier state moved a later one.
#[test]
fn late_result_changes_nothing() {
    explore(3, 1_000, || {
        let scene = Arc::new(Scene::new(POLICY));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || scene.control(Command::Reset, 0)
        });
        for outcome in [Outcome::Failure, Outcome::Failure] {
            let token = scene.admit(0).expect("closed");
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, outcome, 0);
            });
        }
        race.run();
        let word = scene.cell.word();
        assert_eq!((word.kind(), scene.streak()), (StateKind::Closed, 0));
        assert_eq!(word.generation() as usize, scene.changes());
    });
}
