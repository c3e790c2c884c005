//! The shop's workers: a request is handled while one is free, and waits otherwise. A call that hangs
//! holds one.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::ShopError;

/// The time after which a worker that is busy with one request counts as stuck: a healthy request takes
/// a tenth of it.
pub(super) const STUCK_AFTER: Duration = Duration::from_millis(250);

pub(super) struct Workers {
    size: usize,
    free: Semaphore,
    waiting: AtomicUsize,
    next: AtomicU64,
    busy: Mutex<BTreeSet<(Instant, u64)>>,
}

impl Workers {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size,
            free: Semaphore::new(size),
            waiting: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            busy: Mutex::default(),
        }
    }

    /// Waits for a free worker; it is free again when the answer is dropped.
    pub(super) async fn take(&self) -> Result<Worker<'_>, ShopError> {
        let waiting = Waiting::new(&self.waiting);
        let permit = self.free.acquire().await.map_err(|_| ShopError::Interrupted)?;
        drop(waiting);
        let job = (Instant::now(), self.next.fetch_add(1, Ordering::Relaxed));
        self.busy().insert(job);
        Ok(Worker { workers: self, job, _permit: permit })
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// Returns the number of requests that wait for a worker.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn stuck(&self) -> usize {
        self.busy().iter().take_while(|(since, _)| since.elapsed() > STUCK_AFTER).count()
    }

    fn busy(&self) -> MutexGuard<'_, BTreeSet<(Instant, u64)>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Worker<'w> {
    workers: &'w Workers,
    job: (Instant, u64),
    _permit: SemaphorePermit<'w>,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.workers.busy().remove(&self.job);
    }
}

/// A guard that counts one waiting request, also if its customer leaves.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn new(count: &'w AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
