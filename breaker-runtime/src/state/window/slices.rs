//! The slices of a window of time that plain successes fell in, for the reports of trips: [`SliceLog`].

use crate::state::window::time::BUCKETS;

/// The most slices of a log: ten after the last result on record, ten before the next one, and one for
/// all between, where there are more.
const MAX_SLICES: usize = 2 * BUCKETS as usize + 1;

/// The index of the slice for those between.
const BETWEEN: usize = BUCKETS as usize;

/// The numbers of plain successes since the last result on record, by the bucket of the window that they
/// fell in. Buckets are in ascending order.
///
/// A longer log would change nothing. The slice at [`BETWEEN`] is at least ten buckets after the result
/// before: no result on record is in the window there, so no success can open the breaker. It leaves the
/// window before the slices that follow it are full, and with it what is added to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SliceLog {
    /// The bucket of the first slice.
    first: u64,
    /// The distance of each bucket from the first one.
    distances: [u32; MAX_SLICES],
    successes: [u32; MAX_SLICES],
    len: u8,
    /// Whether the order of the buckets is lost, because the clock was set back.
    lost: bool,
}

/// The slices before one result, if they are few: taken under the lock under which the result entered
/// the window, so that no second one is needed. Bytes rather than a [`SliceLog`], which is ten times as
/// large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TakenSlices {
    /// The bucket from which the distances count.
    first: u64,
    /// For each slice the distance of its bucket, and its successes.
    numbers: [u32; 2 * MAX_TAKEN],
    len: u8,
}

/// The most slices that are taken with a result.
const MAX_TAKEN: usize = 3;

impl TakenSlices {
    /// Returns the buckets and their successes in ascending order.
    pub(crate) fn slices(&self) -> impl Iterator<Item = (u64, u32)> {
        let slices = self.numbers.chunks_exact(2).take(self.len.into());
        slices.map(|slice| (self.first + u64::from(slice[0]), slice[1]))
    }
}

impl SliceLog {
    /// Adds plain successes to the slice of a bucket.
    pub(super) fn add(&mut self, bucket: u64, successes: u64) {
        if successes == 0 {
            return;
        }
        let successes = u32::try_from(successes).unwrap_or(u32::MAX);
        match self.last() {
            Some((last, index)) if last == bucket => {
                let sum = &mut self.successes[index];
                *sum = sum.saturating_add(successes);
            }
            Some((last, _)) if last > bucket => self.lost = true,
            _ => self.push(bucket, successes),
        }
    }

    fn push(&mut self, bucket: u64, successes: u32) {
        if self.len() == MAX_SLICES {
            self.distances.copy_within(BETWEEN + 1.., BETWEEN);
            let sum = self.successes[BETWEEN].saturating_add(self.successes[BETWEEN + 1]);
            self.successes.copy_within(BETWEEN + 1.., BETWEEN);
            self.successes[BETWEEN] = sum;
            self.len -= 1;
        }
        if self.len == 0 {
            self.first = bucket;
        }
        let Ok(distance) = u32::try_from(bucket - self.first) else { return self.lose() };
        let index = self.len();
        (self.distances[index], self.successes[index]) = (distance, successes);
        self.len += 1;
    }

    fn len(&self) -> usize {
        self.len.into()
    }

    fn bucket(&self, index: usize) -> u64 {
        self.first + u64::from(self.distances[index])
    }

    /// Returns the bucket of the last slice, and its index.
    fn last(&self) -> Option<(u64, usize)> {
        let index = self.len().checked_sub(1)?;
        Some((self.bucket(index), index))
    }

    /// Marks the log as lost.
    pub(super) fn lose(&mut self) {
        self.lost = true;
    }

    /// Returns the slices before that of a result on record in this bucket, and starts again after it.
    pub(super) fn take_before(&mut self, bucket: u64) -> Self {
        let mut taken = std::mem::take(self);
        if taken.last().is_some_and(|(last, _)| last == bucket) {
            taken.len -= 1;
        }
        taken
    }

    /// Does what [`take_before`](Self::take_before) does, if the slices are few and their order is
    /// known; otherwise they stay, and `None` is returned.
    pub(super) fn take_few_before(&mut self, bucket: u64) -> Option<TakenSlices> {
        let is_its_own = self.last().is_some_and(|(last, _)| last == bucket);
        let len = self.len - u8::from(is_its_own);
        if self.lost || usize::from(len) > MAX_TAKEN {
            return None;
        }
        let mut numbers = [0; 2 * MAX_TAKEN];
        for (index, slice) in numbers.chunks_exact_mut(2).enumerate().take(len.into()) {
            slice.copy_from_slice(&[self.distances[index], self.successes[index]]);
        }
        self.len = 0;
        Some(TakenSlices { first: self.first, numbers, len })
    }

    /// Returns the buckets and their successes in ascending order; `None` if the order is lost.
    pub(crate) fn slices(&self) -> Option<impl Iterator<Item = (u64, u32)>> {
        let slices = (0..self.len()).map(|index| (self.bucket(index), self.successes[index]));
        (!self.lost).then_some(slices)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    fn slices(log: &SliceLog) -> Vec<(u64, u32)> {
        log.slices().expect("in order").collect()
    }

    #[test]
    fn slices_in_the_middle_are_added_up_and_the_others_are_exact() {
        let mut log = SliceLog::default();
        (100..130_u32).for_each(|bucket| log.add(bucket.into(), bucket.into()));
        let exact = |bucket: u32| (u64::from(bucket), bucket);
        let (first, last) = ((100..110).map(exact), (120..130).map(exact));
        let between = (119, (110..120).sum());
        assert_eq!(slices(&log), first.chain([between]).chain(last).collect::<Vec<_>>());
    }

    #[test]
    fn few_slices_are_taken_at_once_and_many_stay() {
        let mut log = SliceLog::default();
        for bucket in [3, 5, 6, 8] {
            log.add(bucket, bucket);
        }
        let taken = log.take_few_before(8).expect("three before its own");
        assert_eq!(taken.slices().collect::<Vec<_>>(), [(3, 3), (5, 5), (6, 6)]);
        let taken = log.take_few_before(9).expect("none");
        assert_eq!(taken.slices().count(), 0);
        for bucket in [11, 12, 13, 14] {
            log.add(bucket, 1);
        }
        assert_eq!(log.take_few_before(15), None);
        assert_eq!(slices(&log.take_before(15)), [(11, 1), (12, 1), (13, 1), (14, 1)]);
    }

    #[test]
    fn slice_of_the_result_itself_is_left_out() {
        let mut log = SliceLog::default();
        for (bucket, successes) in [(3, 1), (3, 1), (5, 4)] {
            log.add(bucket, successes);
        }
        assert_eq!(slices(&log.take_before(5)), [(3, 2)]);
        assert_eq!(slices(&log.take_before(9)), []);
        log.add(5, 1);
        log.add(4, 1);
        assert!(log.take_before(5).slices().is_none(), "the clock was set back");
        assert_eq!(slices(&log), []);
    }
}
