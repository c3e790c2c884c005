//! The unit of a breaker's time.

/// Microseconds since the clock's origin.
///
/// 47 bits represent four years and five months; later times saturate at [`TICKS_MAX`].
pub(crate) type Ticks = u64;

/// The number of bits of a time in the state word.
pub(crate) const TICKS_BITS: u32 = 47;

/// The largest time that the state word can represent; durations saturate here.
pub(crate) const TICKS_MAX: Ticks = (1 << TICKS_BITS) - 1;
