//! The plain successes between recorded calls by the slices of a window of time, in few bytes:
//! [`SliceRecord`].

use std::collections::VecDeque;

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
    /// Without slices, all are lost.
    pub(super) fn push(&mut self, slices: Option<impl Iterator<Item = (u64, u32)>>, most_calls: usize) {
        let Some(mut slices) = slices else { return self.clear() };
        if self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(MAX_BYTES);
        }
        // Most failures come without a success before them, in the same bucket or not.
        let Some(first) = slices.next() else {
            self.make_room(1, most_calls);
            self.bytes.push_back(0);
            self.calls += 1;
            return;
        };
        let Some((group, last)) = self.encoded(std::iter::once(first).chain(slices)) else {
            return self.clear();
        };
        self.make_room(group.len, most_calls);
        self.bytes.extend(group.as_slice());
        self.last = last;
        self.calls += 1;
    }

    /// Removes the slices of the oldest calls, so that those of one more call fit in so many bytes.
    fn make_room(&mut self, bytes: usize, most_calls: usize) {
        while self.bytes.len() + bytes > MAX_BYTES || self.calls >= most_calls.max(1) {
            self.pop_oldest();
        }
    }

    /// Returns the bytes of a call's slices, and the bucket of the last one.
    fn encoded(&self, slices: impl Iterator<Item = (u64, u32)>) -> Option<(SliceBytes, u64)> {
        let (mut group, mut last) = (SliceBytes::new(), self.last);
        for (bucket, successes) in slices {
            group.push(bucket.checked_sub(last)?)?;
            group.push(successes.into())?;
            group.count()?;
            last = bucket;
        }
        Some((group, last))
    }

    fn pop_oldest(&mut self) {
        let slices = self.bytes.pop_front().unwrap_or_default();
        let mut bytes = std::iter::from_fn(|| self.bytes.pop_front());
        for _ in 0..slices {
            self.base = self.base.saturating_add(number(&mut bytes));
            number(&mut bytes);
        }
        self.calls = self.calls.saturating_sub(1);
    }

    /// Returns the bytes with the bucket from which they count.
    pub(super) fn packed(&self) -> Vec<u8> {
        let mut base = SliceBytes::new();
        base.push(self.base).map_or_else(Vec::new, |()| {
            // It is a number alone, and not the slices of a call.
            let base = base.as_slice().iter().skip(1).copied();
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

/// The bytes of the slices of one call, of which the first is their number.
struct SliceBytes {
    bytes: [u8; MAX_BYTES],
    len: usize,
}

impl SliceBytes {
    fn new() -> Self {
        Self { bytes: [0; MAX_BYTES], len: 1 }
    }

    /// Counts a slice; `None` if there are too many.
    fn count(&mut self) -> Option<()> {
        self.bytes[0] += 1;
        (self.bytes[0] < 0x80).then_some(())
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
