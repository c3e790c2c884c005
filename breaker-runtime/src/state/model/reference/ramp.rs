//! The share of calls that run after recovery.

use crate::state::model::reference::Micros;

/// One call, in parts, so that sums are exact.
const WHOLE: u64 = 1 << 32;

#[derive(Clone, Debug)]
pub(super) struct Ramp {
    pub(super) began: Micros,
    /// The sum of the shares. A call runs when it reaches a whole call.
    account: u64,
}

impl Ramp {
    pub(super) fn new(began: Micros) -> Self {
        Self { began, account: WHOLE - 1 }
    }

    /// Returns whether the next call runs.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn next(&mut self, length: Micros, now: Micros) -> bool {
        let elapsed = now - self.began;
        if elapsed >= length {
            return true;
        }
        let share = (elapsed as f64 / length as f64 * WHOLE as f64) as u64;
        self.account += share.max(1);
        let runs = self.account >= WHOLE;
        if runs {
            self.account -= WHOLE;
        }
        runs
    }
}
