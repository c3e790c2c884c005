//! The length of proofs by random calls.

/// Returns how many calls a proof has: by default few, in `.ci/lab` a million.
pub(crate) fn calls(by_default: usize) -> usize {
    std::env::var("BREAKER_LAB_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(by_default)
}
