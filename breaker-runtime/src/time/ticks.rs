/// Microseconds since the clock's origin: the resolution at which a breaker keeps time.
///
/// 47 bits are four years and five months; what lies beyond is [`TICKS_MAX`].
pub(crate) type Ticks = u64;

/// Bits of a time in the state word.
pub(crate) const TICKS_BITS: u32 = 47;

/// The largest time that the state word can hold; durations saturate here.
pub(crate) const TICKS_MAX: Ticks = (1 << TICKS_BITS) - 1;
