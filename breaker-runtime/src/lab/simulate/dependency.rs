//! The dependency: a queue before workers, and a cache before both.

use std::collections::VecDeque;

/// The answer of the dependency to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// A worker begins with it.
    Begins,
    /// It waits in the queue.
    Waits,
    /// It is refused at once: the queue is full, or no worker is left.
    Refused,
}

/// A queue before workers, first come first served.
#[derive(Debug)]
pub(crate) struct WorkerQueue {
    workers: u32,
    busy: u32,
    waiting: VecDeque<u32>,
    /// The most calls that wait.
    bound: usize,
}

impl WorkerQueue {
    pub(crate) fn new(workers: u32, bound: u32) -> Self {
        Self { workers, busy: 0, waiting: VecDeque::new(), bound: bound as usize }
    }

    /// Takes a call, or refuses it.
    pub(crate) fn offer(&mut self, call: u32) -> Offered {
        if self.busy < self.workers {
            self.busy += 1;
            return Offered::Begins;
        }
        if self.workers == 0 || self.waiting.len() >= self.bound {
            return Offered::Refused;
        }
        self.waiting.push_back(call);
        Offered::Waits
    }

    /// Gives a worker free that has done its call.
    pub(crate) fn done(&mut self) {
        self.busy = self.busy.saturating_sub(1);
    }

    /// Takes the next call out of the queue if a worker is free.
    pub(crate) fn next(&mut self) -> Option<u32> {
        if self.busy >= self.workers {
            return None;
        }
        let call = self.waiting.pop_front()?;
        self.busy += 1;
        Some(call)
    }

    /// Loses all calls, and leaves so many workers.
    pub(crate) fn crash(&mut self, workers_left: u32) {
        (self.workers, self.busy) = (workers_left, 0);
        self.waiting.clear();
    }

    /// Sets the number of workers.
    pub(crate) fn set_workers(&mut self, workers: u32) {
        self.workers = workers;
    }
}

/// A cache in the callers: each key is asked for as often as each other one.
#[derive(Debug)]
pub(crate) struct LookAsideCache {
    /// The share of the requests that could be hits.
    hit_rate: f64,
    filled: Vec<bool>,
}

impl LookAsideCache {
    /// Creates a full cache; with a hit rate of 0 there is none.
    pub(crate) fn new(entries: u32, hit_rate: f64) -> Self {
        let entries = if hit_rate > 0.0 { entries as usize } else { 0 };
        Self { hit_rate, filled: vec![true; entries] }
    }

    /// Looks up the key of a request: `Ok` for a hit, or the key to fill, if its answer is kept at all.
    pub(crate) fn look_up(&self, rng: &mut fastrand::Rng) -> Result<(), Option<u32>> {
        if self.filled.is_empty() || rng.f64() >= self.hit_rate {
            return Err(None);
        }
        let key = rng.usize(0..self.filled.len());
        if self.filled[key] { Ok(()) } else { Err(u32::try_from(key).ok()) }
    }

    /// Keeps an answer.
    pub(crate) fn fill(&mut self, key: u32) {
        if let Some(filled) = self.filled.get_mut(key as usize) {
            *filled = true;
        }
    }

    /// Empties a share of the cache.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of at most a million entries"
    )]
    pub(crate) fn empty(&mut self, share: f64) {
        let emptied = (self.filled.len() as f64 * share.clamp(0.0, 1.0)).round() as usize;
        self.filled.iter_mut().take(emptied).for_each(|filled| *filled = false);
    }
}
