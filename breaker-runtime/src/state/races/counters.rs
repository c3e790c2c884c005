//! Counters, the ramp and the open history, which stand beside the state word.

use crate::state::counters::striped::{HotCounter, LayerCounter};
use crate::state::races::*;

/// Explores three threads that each add twice. The first addition makes the thread the owner, or gives
/// it a stripe; the second uses that.
fn additions_all_count(add: fn(&Scene), counted: fn(&Scene) -> u64) {
    explore(2, 1_000, move || {
        let scene = Arc::new(Scene::new(POLICY));
        let mut race = Race::default();
        for _ in 0..3 {
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                add(&scene);
                add(&scene);
            });
        }
        race.run();
        assert_eq!(counted(&scene), 6);
    });
}

/// Gobreaker's distributed breaker: concurrent additions recorded as one.
#[test]
fn concurrent_additions_all_count() {
    additions_all_count(
        |scene| scene.cell.count(HotCounter::Success, SLOT.with(Cell::get)),
        |scene| scene.cell.counted(HotCounter::Success),
    );
}

/// Fallbacks and last good answers of threads that call an open breaker at once.
#[test]
fn concurrent_answers_of_layers_all_count() {
    additions_all_count(
        |scene| scene.cell.count_layer(LayerCounter::Fallback, SLOT.with(Cell::get)),
        |scene| scene.cell.counted_layer(LayerCounter::Fallback),
    );
}

#[test]
fn ramp_admits_its_share_of_concurrent_calls() {
    explore(3, 500, || {
        let policy = Policy { ramp: 100, ..POLICY };
        let (scene, probe) = Scene::half_open(policy);
        scene.settle(probe, Outcome::Success, OPEN_FOR);
        let scene = Arc::new(scene);
        let ran = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let (scene, ran) = (Arc::clone(&scene), Arc::clone(&ran));
            race = race.with(move || {
                let runs = scene.admit(OPEN_FOR + 50).is_ok();
                ran.fetch_add(usize::from(runs), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(ran.load(Ordering::Relaxed), 2, "the first call, and half of the others");
    });
}

/// Probes that fail together are one failed attempt to recover.
#[test]
fn probes_that_fail_together_grow_the_open_period_once() {
    explore(3, 500, || {
        let growth = Growth { factor: 2.0, ..Growth::CONSTANT };
        let (scene, first) = Scene::half_open(Policy { max_probes: 2, growth, ..POLICY });
        let second = scene.admit(OPEN_FOR).expect("room for two");
        let scene = Arc::new(scene);
        let mut race = Race::default();
        for token in [first, second] {
            let scene = Arc::clone(&scene);
            race = race.with(move || {
                scene.settle(token, Outcome::Failure, OPEN_FOR);
            });
        }
        race.run();
        assert_eq!(scene.cell.word(), StateWord::new(StateKind::Open, 3, 3 * OPEN_FOR));
        let again = scene.admit(3 * OPEN_FOR).expect("the period is over");
        scene.settle(again, Outcome::Failure, 3 * OPEN_FOR);
        assert_eq!(scene.cell.word(), StateWord::new(StateKind::Open, 5, 7 * OPEN_FOR));
    });
}
