//! The faults that a test can plant in the store in memory.

use std::time::Duration;

use tokio::time::Instant;

use crate::fleet::protocol::message::Phase;
use crate::fleet::store::memory::{MemoryStore, StoreFault};
use crate::fleet::store::samples::Process;
use crate::fleet::store::{GroupStore, StoreErrorKind};

const DEADLINE: Duration = Duration::from_millis(500);

async fn fault_of(store: &MemoryStore, process: &mut Process<'_>, fault: StoreFault) -> StoreErrorKind {
    store.plant(fault);
    let body = process.report(|report| (report.failures, report.failing) = (3, true));
    let request = [(process.group.clone(), process.request(body))];
    let start = Instant::now();
    let error = store.exchange(&request).await.expect_err("a fault");
    let waited = start.elapsed();
    assert!(
        matches!(waited.as_millis(), 0 | 500..=501),
        "{fault:?}: at once, or at the deadline: {waited:?}"
    );
    error.kind()
}

#[tokio::test(start_paused = true)]
async fn planted_fault_hits_one_exchange() {
    let store = MemoryStore::new(DEADLINE);
    let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
    one.fail().await;
    for (fault, kind) in [
        (StoreFault::LoseRequests, StoreErrorKind::TimedOut),
        (StoreFault::Break, StoreErrorKind::Unreachable),
        (StoreFault::Delay(Duration::from_secs(1)), StoreErrorKind::TimedOut),
    ] {
        assert_eq!(fault_of(&store, &mut two, fault).await, kind, "{fault:?}");
        assert_eq!(two.read().await.live, 1, "{fault:?}: nothing arrived");
    }
    store.plant(StoreFault::Delay(Duration::from_millis(100)));
    assert_eq!(two.read().await.live, 1);
    assert_eq!(fault_of(&store, &mut two, StoreFault::LoseAnswers).await, StoreErrorKind::TimedOut);
    assert!(matches!(two.read().await.phase, Phase::Open { .. }), "the requests have arrived");
}

#[tokio::test(start_paused = true)]
async fn doubled_and_late_requests_arrive_twice_and_late() {
    let store = MemoryStore::new(DEADLINE);
    let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
    store.plant(StoreFault::Double);
    one.fail().await;
    assert_eq!(fault_of(&store, &mut two, StoreFault::Reorder).await, StoreErrorKind::TimedOut);
    assert_eq!(one.read().await.phase, Phase::Idle, "it arrives behind this one");
    assert!(matches!(one.read().await.phase, Phase::Open { .. }));
    assert_eq!(store.exchanges(), 4);
}

#[tokio::test(start_paused = true)]
async fn store_loses_what_was_written_after_the_save() {
    let store = MemoryStore::new(DEADLINE);
    let [mut one, mut two] = [1, 2].map(|id| Process::new(&store, id));
    one.fail().await;
    store.save();
    assert!(matches!(two.fail().await.phase, Phase::Open { .. }));
    store.roll_back();
    assert_eq!(two.read().await.phase, Phase::Idle);
    store.empty();
    assert_eq!(two.read().await.incarnation, 0);
    let mut watch = store.watch().await.expect("a subscription");
    store.set_down(true);
    assert_eq!(watch.next().await.expect_err("the end").kind(), StoreErrorKind::Unreachable);
    assert!(store.watch().await.is_err());
    assert!(store.exchange(&[]).await.is_err());
    store.set_down(false);
    assert_eq!(store.exchange(&[]).await, Ok(Vec::new()));
}
