//! Where jitter and throttling get their chance.

use std::fmt;
use std::sync::Arc;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use fastrand::f64 as random;
// The host: `fastrand` has the same seed on every page there, so that jitter would spread nothing.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
use js_sys::Math::random;

/// The source of chance: a small generator of each thread's own, unless the user gives another one.
#[derive(Clone)]
pub(crate) struct Rng(Option<Arc<dyn Fn() -> f64 + Send + Sync>>);

impl Rng {
    pub(crate) const DEFAULT: Self = Self(None);

    pub(crate) fn from_source(source: Arc<dyn Fn() -> f64 + Send + Sync>) -> Self {
        Self(Some(source))
    }

    /// From 0 to 1, if the user's source keeps to that.
    pub(crate) fn draw(&self) -> f64 {
        match &self.0 {
            None => random(),
            Some(source) => source(),
        }
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "custom chance" } else { "random chance" })
    }
}
