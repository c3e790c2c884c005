//! The plain successes between recorded calls by the slices of a window of time, in few bytes:
//! [`SliceRecord`].

use std::collections::VecDeque;

use crate::state::window::slices::SliceLog;

/// The most bytes for the slices of the calls since the breaker closed, and for those of all trips.
pub(super) const MAX_BYTES: usize = 160;

/// The most bytes of a number, with 7 bits in each.
pub(super) const MAX_NUMBER: usize = 10;

/// For each of the newest recorded calls the slices before it: their number, and for each slice the
/// distance of its bucket from that of the slice before, and its successes.
#[derive(Debug, Default)]
pub(super) struct SliceRecord {
    bytes: VecDeque<u8>,
    /// The bucket from which the first distance counts.
    base: u64,
    /// The bucket of the last slice.
    last: u64,
    /// The number of calls.
    calls: usize,
}

impl SliceRecord {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.base, self.last, self.calls) = (0, 0, 0);
    }

    /// Returns the number of newest calls of which the slices are known.
    pub(super) fn calls(&self) -> usize {
        self.calls
    }

    /// Adds the slices before a call, for at most so many calls. Those of the oldest calls give way.
    /// Without a log, all are lost.
    pub(super) fn push(&mut self, log: Option<&SliceLog>, most_calls: usize) {
        let Some((group, last)) = log.and_then(|log| self.encoded(log)) else { return self.clear() };
        if self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(MAX_BYTES);
        }
        while self.bytes.len() + group.len > MAX_BYTES || self.calls >= most_calls.max(1) {
            self.pop_oldest();
        }
        self.bytes.extend(group.as_slice());
        self.last = last;
        self.calls += 1;
    }

    /// Returns the bytes of a call's slices, and the bucket of the last one.
    fn encoded(&self, log: &SliceLog) -> Option<(SliceBytes, u64)> {
        let (mut group, mut last) = (SliceBytes::new(), self.last);
        group.push(log.slices()?.count() as u64)?;
        for (bucket, successes) in log.slices()? {
            group.push(bucket.checked_sub(last)?)?;
            group.push(successes.into())?;
            last = bucket;
        }
        Some((group, last))
    }

    fn pop_oldest(&mut self) {
        let mut bytes = std::iter::from_fn(|| self.bytes.pop_front());
        for _ in 0..number(&mut bytes) {
            self.base = self.base.saturating_add(number(&mut bytes));
            number(&mut bytes);
        }
        self.calls = self.calls.saturating_sub(1);
    }

    /// Returns the bytes with the bucket from which they count.
    pub(super) fn packed(&self) -> Vec<u8> {
        let mut base = SliceBytes::new();
        base.push(self.base).map_or_else(Vec::new, |()| {
            let base = base.as_slice().iter().copied();
            base.chain(self.bytes.iter().copied()).collect()
        })
    }
}

/// Returns the slices of [`SliceRecord::packed`]: for each the index of its call among the calls with
/// slices, its bucket and its successes.
pub(super) fn unpacked(mut bytes: impl ExactSizeIterator<Item = u8>) -> Vec<(usize, u64, u64)> {
    let mut slices = Vec::new();
    let mut bucket = number(&mut bytes);
    let mut call = 0;
    while bytes.len() > 0 {
        for _ in 0..number(&mut bytes) {
            bucket = bucket.saturating_add(number(&mut bytes));
            slices.push((call, bucket, number(&mut bytes)));
        }
        call += 1;
    }
    slices
}

/// The bytes of the slices of one call.
struct SliceBytes {
    bytes: [u8; MAX_BYTES],
    len: usize,
}

impl SliceBytes {
    fn new() -> Self {
        Self { bytes: [0; MAX_BYTES], len: 0 }
    }

    /// Adds a number; `None` if there is no room.
    fn push(&mut self, mut number: u64) -> Option<()> {
        while number >= 0x80 {
            self.push_byte((number & 0x7f) as u8 | 0x80)?;
            number >>= 7;
        }
        self.push_byte(number as u8)
    }

    fn push_byte(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Reads a number.
fn number(bytes: &mut impl Iterator<Item = u8>) -> u64 {
    let mut number = 0;
    for (index, byte) in bytes.take(MAX_NUMBER).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * index).min(63);
        if byte < 0x80 {
            break;
        }
    }
    number
}
