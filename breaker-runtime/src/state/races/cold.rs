//! The cold part of the state, which is made when a call first needs it.

use crate::state::races::*;

/// A reader that finds no cold part takes the breaker for one that has never failed.
#[test]
fn changed_state_has_its_cold_part() {
    explore(3, 1_000, || {
        let scene = Arc::new(Scene::without_cold(Policy { failure_threshold: Some(1), ..POLICY }));
        let token = scene.admit(0).expect("closed");
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(token, Outcome::Failure, 0);
            }
        });
        let probing = Arc::clone(&scene);
        race = race.with(move || {
            let _ = probing.admit(OPEN_FOR);
        });
        let reading = Arc::clone(&scene);
        race = race.with(move || {
            let word = reading.cell.word();
            assert!(word.generation() == 0 || reading.cell.has_cold_part());
        });
        race.run();
        assert_eq!(scene.trips(), 1);
    });
}
