//! Keys that are looked at and that no frame has: [`WatchedKeys`].
//!
//! A function may have thousands of keys, and frames have the worst of them. The history of another key
//! is made of the requests for it, so that nothing is read of a key that is not looked at.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::observe::dashboard::board::{Board, FrameTime};
use crate::observe::dashboard::reading::BoardReading;
use crate::observe::dashboard::views::KeyView;

/// The number of histories that are kept.
const MOST: usize = 64;
/// The milliseconds after the last request for a key until its history is dropped. A page in the
/// background asks each half minute.
const KEPT_MS: u64 = 60_000;

/// The histories of keys that were asked for within the last minute.
#[derive(Debug)]
pub(super) struct WatchedKeys {
    near: f64,
    /// With the time of the last request.
    boards: Mutex<HashMap<String, (u64, Board)>>,
}

impl WatchedKeys {
    /// Creates an empty set.
    pub(super) fn new(near: f64) -> Self {
        Self { near, boards: Mutex::default() }
    }

    /// Adds a reading to the history of its breaker, and returns the view with what the history says:
    /// nothing at the first request. Runs no code of the user's.
    pub(super) fn view(&self, now: FrameTime, reading: BoardReading) -> Option<KeyView> {
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        boards.retain(|_, (asked, _)| now.elapsed.saturating_sub(*asked) < KEPT_MS);
        if boards.len() == MOST && !boards.contains_key(&reading.id) {
            let oldest = boards.iter().min_by_key(|(_, (asked, _))| *asked);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                boards.remove(&oldest);
            }
        }
        let new = || (now.elapsed, Board::new(now.wall.saturating_sub(now.elapsed), self.near));
        let (asked, board) = boards.entry(reading.id.clone()).or_insert_with(new);
        *asked = now.elapsed;
        let view = board.frame(now, vec![reading]).pop()?;
        Some(KeyView { facts: view.facts, spark: () })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::CircuitBreaker;

    #[test]
    fn rates_of_a_key_come_with_the_second_request_and_memory_is_bounded() {
        let watched = WatchedKeys::new(0.7);
        let keys = CircuitBreaker::builder("watched.keys").keyed().build().unwrap();
        let breakers: Vec<_> = (0..=MOST).map(|key| keys.get(&key)).collect();
        let view = |elapsed, breaker: &CircuitBreaker| {
            let now = FrameTime { wall: 1_000_000 + elapsed, elapsed };
            watched.view(now, BoardReading::of(breaker)).unwrap().facts.per_second
        };
        assert_eq!(view(0, &breakers[0]), None, "not zero: it is not known");
        for _ in 0..50 {
            breakers[0].call(|| Ok::<_, ()>(())).unwrap();
        }
        let rates = view(5_000, &breakers[0]).unwrap();
        assert_eq!((rates.calls, rates.rejected), (10.0, 0.0));
        for breaker in &breakers[1..] {
            view(6_000, breaker);
        }
        let kept = || watched.boards.lock().unwrap().len();
        assert_eq!(kept(), MOST);
        assert_eq!(view(7_000, &breakers[0]), None, "the one that was not asked for longest is gone");
        view(70_000, &breakers[0]);
        assert_eq!(kept(), 1, "the others were not asked for within a minute");
    }
}
