//! Background probes in a fleet: only the process with the lease pings.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::fleet::agent::tests::*;

/// The pings of a scene, and whether they fail.
#[derive(Default)]
struct Pings {
    down: AtomicBool,
    sent: AtomicUsize,
    in_flight: AtomicUsize,
    most: AtomicUsize,
}

impl Pings {
    async fn ping(self: Arc<Self>) -> bool {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        sleep(Duration::from_millis(300)).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        !self.down.load(Ordering::Relaxed)
    }
}

/// No process makes a call after the trip.
#[tokio::test(start_paused = true)]
async fn process_with_the_lease_pings_alone_and_closes_all_without_a_call() {
    let pings = Arc::new(Pings::default());
    pings.down.store(true, Ordering::Relaxed);
    let mut scene = Scene::new("pinged", 0);
    for _ in 0..4 {
        let pings = Arc::clone(&pings);
        let ping = move || Arc::clone(&pings).ping();
        scene.join(|builder| options(builder).success_threshold(2).probe(ping));
    }
    sleep(SECOND).await;
    scene.trip().await;
    let calls = |scene: &Scene| -> u64 {
        scene.processes.iter().map(|process| process.breaker.snapshot().totals.failure).sum()
    };
    let before = calls(&scene);
    sleep(30 * SECOND).await;
    let failed = pings.sent.load(Ordering::Relaxed);
    assert!(
        (3..=6).contains(&failed),
        "one for each open period of 5 s, not one of each process: {failed}"
    );
    assert!(scene.are_all(State::Open), "{:?}", scene.states());
    pings.down.store(false, Ordering::Relaxed);
    scene.until(20 * SECOND, "all closed", || scene.are_all(State::Closed)).await;
    let successful = pings.sent.load(Ordering::Relaxed) - failed;
    assert!((2..=3).contains(&successful), "{successful}");
    assert_eq!(pings.most.load(Ordering::Relaxed), 1, "never two at a time");
    assert_eq!(calls(&scene), before, "no call of a user probed");
}

#[tokio::test(start_paused = true)]
async fn process_without_its_store_pings_by_itself() {
    let pings = Arc::new(Pings::default());
    let mut scene = Scene::new("pinged alone", 0);
    let ping = {
        let pings = Arc::clone(&pings);
        move || Arc::clone(&pings).ping()
    };
    scene.join(|builder| options(builder).probe(ping));
    sleep(SECOND).await;
    scene.store.set_down(true);
    sleep(5 * SECOND).await;
    scene.fail(0, 4);
    assert_eq!(scene.states(), [State::Open]);
    scene.until(20 * SECOND, "closed", || scene.are_all(State::Closed)).await;
    assert_eq!(pings.sent.load(Ordering::Relaxed), 1);
}
