//! Probes and open periods while options change and states end.

use crate::state::races::*;

/// Three probes run when the maximum is lowered to two: two that end leave room for one.
#[test]
fn lowered_max_probes_counts_the_probes_in_flight() {
    explore(2, 1_000, || {
        let (mut scene, first) = Scene::half_open(Policy { max_probes: 3, ..POLICY });
        let [second, _third] = [(); 2].map(|()| scene.admit(OPEN_FOR).expect("room for three"));
        scene.policy.max_probes = 2;
        let scene = Arc::new(scene);
        let admitted = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(first, Outcome::Ignored, OPEN_FOR);
                scene.settle(second, Outcome::Ignored, OPEN_FOR);
            }
        });
        for _ in 0..2 {
            let (scene, admitted) = (Arc::clone(&scene), Arc::clone(&admitted));
            race = race.with(move || {
                admitted.fetch_add(usize::from(scene.admit(OPEN_FOR).is_ok()), Ordering::Relaxed);
            });
        }
        race.run();
        assert!(admitted.load(Ordering::Relaxed) <= 1, "the third one runs");
        assert_eq!(scene.in_flight(OPEN_FOR) as usize, 1 + admitted.load(Ordering::Relaxed));
    });
}

/// The lease is lengthened while another caller takes the slot of the probe that was lost under the
/// shorter one.
#[test]
fn lengthened_lease_leaves_the_next_holder_its_slot() {
    const LOST: Ticks = OPEN_FOR + LEASE;
    explore(3, 50, || {
        let (scene, _lost) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let admitted = Arc::new(AtomicUsize::new(0));
        Race::default()
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    let longer = Policy { probe_lease: 10 * LEASE, ..POLICY };
                    scene.cell.reconfigure(&longer, &at(LOST), || Some(POLICY), || {});
                }
            })
            .with({
                let (scene, admitted) = (Arc::clone(&scene), Arc::clone(&admitted));
                move || {
                    admitted.fetch_add(usize::from(scene.admit(LOST).is_ok()), Ordering::Relaxed);
                }
            })
            .run();
        assert_eq!((admitted.load(Ordering::Relaxed), scene.in_flight(LOST)), (1, 1));
    });
}

/// The thread that ends a half-open period frees its slots, perhaps after the next period has begun.
#[test]
fn ended_half_open_period_frees_its_own_slots() {
    const LATER: Ticks = 3 * OPEN_FOR;
    explore(3, 50, || {
        let (scene, first) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let (ends, probes) = (Arc::clone(&scene), Arc::clone(&scene));
        let of_next = Arc::new(AtomicUsize::new(0));
        let of_next_there = Arc::clone(&of_next);
        Race::default()
            .with(move || {
                ends.settle(first, Outcome::Failure, OPEN_FOR);
            })
            .with(move || {
                let probe = probes.admit(LATER);
                let is_of_next = probe.is_ok_and(|probe| probe.generation() > first.generation());
                of_next_there.fetch_add(usize::from(is_of_next), Ordering::Relaxed);
            })
            .run();
        assert_eq!(scene.in_flight(LATER) as usize, of_next.load(Ordering::Relaxed));
    });
}

/// Returns the rest of the open period, if its length is known.
fn left_of_known_period(scene: &Scene, now: Ticks) -> Option<Ticks> {
    let forgotten = Policy { open_for: 1, ..scene.policy };
    scene.cell.retry_after(scene.cell.word(), &forgotten, now)
}

/// The thread that closes removes the open period before, perhaps after the next one has begun.
#[test]
fn close_keeps_the_length_of_the_next_open_period() {
    explore(3, 50, || {
        let (scene, probe) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        let mut race = Race::default().with({
            let scene = Arc::clone(&scene);
            move || {
                scene.settle(probe, Outcome::Success, OPEN_FOR);
            }
        });
        race = race.with({
            let scene = Arc::clone(&scene);
            move || scene.control(Command::Trip, OPEN_FOR)
        });
        race.run();
        assert_eq!(
            left_of_known_period(&scene, OPEN_FOR),
            scene.cell.word().is_open().then_some(OPEN_FOR)
        );
    });
}

/// A thread that was slow to open writes the length of its period when a later period has begun.
#[test]
fn late_opening_keeps_the_length_of_the_later_open_period() {
    explore(3, 200, || {
        let (scene, probe) = Scene::half_open(POLICY);
        let scene = Arc::new(scene);
        Race::default()
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    scene.settle(probe, Outcome::Failure, OPEN_FOR);
                }
            })
            .with({
                let scene = Arc::clone(&scene);
                move || {
                    scene.control(Command::Reset, OPEN_FOR);
                    scene.control(Command::Trip, OPEN_FOR);
                }
            })
            .run();
        assert_eq!(left_of_known_period(&scene, OPEN_FOR), Some(OPEN_FOR));
    });
}
