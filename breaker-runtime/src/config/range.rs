//! The ranges of options: what is in range, and how an error says it.
//!
//! Each range stands here once, for the checks at run time and for those at compile time. The macro
//! crate has its own copy for its messages, and a test compares the two. A `NaN` is in no range.

use std::time::Duration;

use crate::config::SharedGroup;
use crate::config::keyed::MAX_ENTRIES;

/// The most probes that a breaker lets run at once.
pub(crate) const MAX_PROBES: u32 = 1024;

/// Makes a function and a text of each range; `text!(range)` is a literal, for messages of constants.
macro_rules! ranges {
    ($($(#[$doc:meta])* $name:ident($value:ident: $type:ty) $range:expr, $text:literal;)*) => {
        ranges! { @text ($) $($name $text)* }
        $(
            $(#[$doc])*
            pub(crate) const fn $name($value: $type) -> bool {
                $range
            }
        )*
    };
    (@text ($dollar:tt) $($name:ident $text:literal)*) => {
        /// Expands to the text that goes after "must be".
        macro_rules! text {
            $(($name) => { $text };)*
        }
        pub(crate) use text;
    };
}

ranges! {
    /// Returns `true`, as every flag is in range.
    any(_flag: bool) true, "`true` or `false`";
    /// Returns whether a count is not zero.
    at_least_one(count: u32) count >= 1, "at least 1";
    /// Returns whether a number of probes fits into the slots.
    probes(count: u32) count >= 1 && count <= MAX_PROBES, "from 1 to 1024";
    /// Returns whether a number of calls that run or wait is in range.
    calls_at_once(calls: u32) calls >= 1 && calls <= 1_000_000, "from 1 to 1000000 calls";
    /// Returns whether a number of dropped calls can be counted.
    dropped_calls(calls: u32) calls >= 1 && calls <= 1_000_000, "from 1 to 1000000";
    /// Returns whether a length of time is not zero.
    longer_than_zero(length: Duration) !length.is_zero(), "longer than zero";
    /// Returns whether a share can be a rate to reach.
    share(share: f64) share > 0.0 && share <= 1.0, "above 0 and at most 1";
    /// Returns whether a share may be none.
    fraction(share: f64) share >= 0.0 && share <= 1.0, "from 0 to 1";
    /// Returns whether a factor does not shrink, and is not so large that it hides an error.
    factor(factor: f64) factor >= 1.0 && factor <= 1_000.0, "from 1 to 1000";
    /// Returns whether a window can hold this many calls.
    window_calls(calls: u32) calls >= 1 && calls <= 1_000_000, "from 1 to 1000000 calls";
    /// Returns whether a window can be split into tenths of this span.
    window_span(span: Duration) span.as_nanos() >= 1_000_000, "at least 1 ms";
    /// Returns whether a span is long enough for the throttle to count calls in it.
    throttle_span(span: Duration) span.as_nanos() >= 1_000_000_000, "at least 1 s";
    /// Returns whether a number of standard deviations can separate an outlier.
    deviations(stdev: f64) stdev > 0.0 && stdev <= 100.0, "above 0 and at most 100";
    /// Returns whether a number of keys can have a mean.
    siblings(keys: u32) keys >= 2 && keys <= MAX_ENTRIES, "from 2 to 10000000";
    /// Returns whether a number of attempts, the first one included, is more than one.
    attempts(runs: u32) runs >= 2 && runs <= 100, "from 2 to 100, the first one included";
    /// Returns whether the name of a group that processes share has a letter or a sign.
    group(group: SharedGroup) !is_blank(group), "a text that is not blank";
    /// Returns whether a number of processes can be a quorum.
    quorum_processes(processes: u32) processes >= 1 && processes <= 10_000, "from 1 to 10000 processes";
    /// Returns whether a group can have breakers for this many keys.
    keys(keys: u32) keys >= 1 && keys <= MAX_ENTRIES, "from 1 to 10000000";
}

const fn is_blank(group: SharedGroup) -> bool {
    match group {
        SharedGroup::OfName => false,
        SharedGroup::Named(name) => name.trim_ascii().is_empty(),
    }
}

/// Returns whether anything can end a call at its deadline.
pub(crate) const fn has_timers() -> bool {
    cfg!(feature = "tokio")
}

/// Returns whether a limit is valid, and at least the first pause.
pub(crate) const fn max_backoff(longest: Duration, backoff: Duration) -> bool {
    longer_than_zero(longest) && longest.as_nanos() >= backoff.as_nanos()
}
