//! The bits of a key's hash that a table needs: [`SlotHash`].

/// The hash of a key: as many bits as a table needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotHash(u32);

impl SlotHash {
    /// The number of bits, seven of which are no part of an index.
    pub(crate) const BITS: u32 = 30;

    /// Takes the bits that are needed from a hash.
    #[inline(always)]
    pub(crate) const fn new(hash: u64) -> Self {
        Self((hash ^ (hash >> 32)) as u32 & ((1 << Self::BITS) - 1))
    }

    /// Returns the bits.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Returns the number that stands in the lane of an entry. Zero is that of an empty lane.
    #[inline(always)]
    pub(super) const fn tag(self) -> u64 {
        let tag = self.0 >> (Self::BITS - 7);
        (if tag == 0 { 1 } else { tag }) as u64
    }

    /// Returns the index of the bucket in which an entry most likely stands, of a power of two.
    #[inline(always)]
    pub(super) const fn first_bucket(self, len: usize) -> usize {
        self.0 as usize & len.wrapping_sub(1)
    }

    /// Returns the indices of the buckets in which an entry may stand, the most likely first. The
    /// distance is odd, so all buckets are among as many of them.
    #[inline(always)]
    pub(super) fn buckets(self, len: usize) -> impl Iterator<Item = usize> {
        let (mut at, step) = (self.0 as usize, 2 * self.tag() as usize + 1);
        std::iter::repeat_with(move || {
            let index = at & (len.wrapping_sub(1));
            at = at.wrapping_add(step);
            index
        })
    }
}
