//! Random numbers for jitter and throttling.

use std::fmt;
use std::sync::Arc;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use fastrand::f64 as random;
// Of the host: `fastrand` has the same seed on every page there, so that jitter would spread nothing.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
use js_sys::Math::random;

/// A source of random numbers: a small generator for each thread, unless the user gives another one.
#[derive(Clone)]
pub(crate) struct Rng(Option<Arc<dyn Fn() -> f64 + Send + Sync>>);

impl Rng {
    pub(crate) const DEFAULT: Self = Self(None);

    pub(crate) fn from_source(source: Arc<dyn Fn() -> f64 + Send + Sync>) -> Self {
        Self(Some(source))
    }

    /// Returns whether it is not that of the user.
    pub(crate) fn is_default(&self) -> bool {
        self.0.is_none()
    }

    /// Draws a number from 0 to 1, if the user's source keeps to that range.
    pub(crate) fn draw(&self) -> f64 {
        match &self.0 {
            None => random(),
            Some(source) => source(),
        }
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "custom source" } else { "default source" })
    }
}
