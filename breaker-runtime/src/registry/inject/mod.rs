//! Game days: the settings fail, slow or hang the calls of any breaker, to show before an outage what
//! callers get in one. With the feature `inject`; the [guide](crate::guide::game_days) says how to hold
//! one, and when not to.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use breaker_runtime::inject::{self, GameDay, GameDayReport, InjectedBreaker};
//! use breaker_runtime::{CircuitBreaker, ErrorKind, Settings, configure};
//!
//! let breaker = CircuitBreaker::builder("payments").failure_threshold(3).build()?;
//! inject::allow();
//! let until = inject::end_in(Duration::from_secs(600)); // in a file: "2030-01-31T12:00:00Z"
//! let settings = Settings::new()
//!     .set("payments", "inject.fail", 1.0)
//!     .set("payments", "inject.until", until);
//! let _ = configure(settings)?;
//! let game_day: GameDay = inject::game_day().expect("it has begun");
//! let first: &InjectedBreaker = &game_day.breakers[0];
//! assert_eq!(first.name, "payments");
//!
//! for _ in 0..3 {
//!     let error = breaker.call(|| "7".parse::<u32>()).unwrap_err();
//!     assert_eq!(error.rejection().map(|error| error.kind()), Some(ErrorKind::Injected));
//! }
//! let _ = configure(Settings::new())?; // or wait for the end
//! let report: GameDayReport = inject::last_report().expect("it is over");
//! assert_eq!(report.breakers[0].opened[0].after_calls, 3);
//! println!("{report}");
//! # let _: SystemTime = report.ended;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod day;
mod event;
mod report;

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(feature = "dashboard")]
pub(crate) use self::day::last_end;
pub(crate) use self::day::refresh;
pub use self::day::{game_day, last_report, on_event};
pub use self::event::{GameDayEvent, GameDaySubscription};
pub use self::report::{
    BreakerReport, GameDay, GameDayEnd, GameDayReport, GameDayTrip, InjectedBreaker,
};
pub use crate::types::injection::{InjectedCounts, Injection};

/// The environment variable that permits game days.
const VARIABLE: &str = "BREAKER_INJECT";

static ALLOWED: AtomicBool = AtomicBool::new(false);

/// Permits game days in this process. The environment variable `BREAKER_INJECT=allow` does the same.
///
/// Settings with `inject` are refused without a permit, so that a file from another stage does no harm.
///
/// ```
/// breaker_runtime::inject::allow();
/// assert!(breaker_runtime::inject::is_allowed());
/// ```
pub fn allow() {
    ALLOWED.store(true, Ordering::Relaxed);
}

/// Returns whether game days are permitted, by [`allow`] or by the environment.
pub fn is_allowed() -> bool {
    ALLOWED.load(Ordering::Relaxed) || env::var_os(VARIABLE).is_some_and(|value| value == "allow")
}

/// Returns the issue of settings with `inject` without a permit.
pub(crate) fn refusal() -> Option<&'static str> {
    (!is_allowed()).then_some(
        "`inject` is not permitted in this process; call `breaker_runtime::inject::allow()` at its start, or set \
         BREAKER_INJECT=allow",
    )
}

/// Returns the text of the time in so long, for `inject.until`. At most a day is accepted there.
///
/// ```
/// use std::time::Duration;
///
/// let until = breaker_runtime::inject::end_in(Duration::from_secs(60));
/// assert!(until.ends_with('Z'));
/// ```
pub fn end_in(length: Duration) -> String {
    let now = crate::time::clock::system_time();
    let end = now.checked_add(length.min(Duration::from_secs(365 * 24 * 60 * 60))).unwrap_or(now);
    humantime::format_rfc3339_millis(end).to_string()
}
