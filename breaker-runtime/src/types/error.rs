//! The errors of callers: [`BreakerError`] for a call that the breaker rejected or ended, and
//! [`CallError`], which is that or the call's own error.

mod call_error;

use std::error::Error;
use std::fmt;
#[cfg(not(breaker_loom))]
use std::sync::Arc;
use std::time::Duration;

use crate::support::text::escaped;
use crate::time::Ticks;
use crate::time::clock::duration;
use crate::time::duration::shown as shown_length;
pub use crate::types::error::call_error::CallError;
#[cfg(not(breaker_loom))]
use crate::types::key::Key;

/// Why a breaker rejected or ended a call.
///
/// Prints as a few words, such as `half-open` or `timed out`.
///
/// With the features `axum` and `tonic` a [`BreakerError`] is an answer to a remote client:
///
/// | kind | the call ran | HTTP | `Retry-After` | gRPC | `retry-after` |
/// |---|---|---|---|---|---|
/// | `Open` | no | 503 | yes | `Unavailable` | yes |
/// | `HalfOpen` | no | 503 | no | `Unavailable` | no |
/// | `ForcedOpen` | no | 503 | no | `Unavailable` | no |
/// | `Recovering` | no | 503 | no | `Unavailable` | no |
/// | `Throttled` | no | 503 | no | `Unavailable` | no |
/// | `Full` | no | 503 | no | `Unavailable` | no |
/// | `TimedOut` | yes | 504 | no | `DeadlineExceeded` | no |
/// | `Failed` | yes | 502 | no | `Unknown` | no |
/// | `Injected` | no | 503 | no | `Unavailable` | no |
///
/// `Retry-After` and the metadata entry `retry-after` are the time until the breaker probes, in whole
/// seconds, rounded up; [`RetryAfter`](crate::classify::RetryAfter) reads both. There is no
/// `grpc-retry-pushback-ms`: clients obey that by themselves, and would hold a call for as long as the
/// breaker is open. The text names the breaker and the kind, and neither the key nor advice for the
/// operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ErrorKind {
    /// The breaker is open: the dependency has failed too often.
    Open,
    /// The breaker is half-open and all its probes are in flight.
    HalfOpen,
    /// An operator called [`force_open`](crate::CircuitBreaker::force_open).
    ForcedOpen,
    /// The breaker has closed a short time ago, and its `ramp` admits only a part of the calls.
    Recovering,
    /// The dependency is overloaded, and the breaker's `throttle` admits only a part of the calls.
    Throttled,
    /// The limit of `max_concurrent` is reached, and no permit came free within `max_wait`.
    Full,
    /// The call exceeded `call_timeout` or `total_timeout` and was dropped, or its stream exceeded
    /// `first_item` or `idle`. The call may have had effects.
    TimedOut,
    /// The call ran and failed, its [retry](crate::circuit_breaker#retry) was rejected, and its error
    /// could not be kept because it is not `Send`. The call may have had effects.
    Failed,
    /// A [game day](crate::guide::game_days) failed the call, which did not run. It counts as a failure
    /// of the dependency.
    Injected,
}

impl ErrorKind {
    /// Returns whether the breaker turned the call away: every kind but [`TimedOut`](Self::TimedOut),
    /// [`Failed`](Self::Failed) and [`Injected`](Self::Injected). Such a call did not run and had no
    /// effects, and can be sent elsewhere or queued. An injected failure did not run either, but stands
    /// for a failure of the dependency, and code is to take it for one.
    ///
    /// ```
    /// use breaker_runtime::ErrorKind;
    ///
    /// assert!(ErrorKind::Open.is_rejection());
    /// assert!(!ErrorKind::TimedOut.is_rejection());
    /// ```
    pub const fn is_rejection(self) -> bool {
        !matches!(self, Self::TimedOut | Self::Failed | Self::Injected)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::ForcedOpen => "forced open",
            Self::Recovering => "recovering",
            Self::Throttled => "throttled",
            Self::Full => "full",
            Self::TimedOut => "timed out",
            Self::Failed => "failed",
            Self::Injected => "injected",
        })
    }
}

/// The error of a call that the breaker rejected, or ended at its deadline.
///
/// Small, and created and cloned without an allocation, so that an open breaker answers at once. The
/// first error of a key allocates the key. Implement `From<BreakerError>` for your error type to let an
/// annotated function return it.
///
/// It prints the breaker's name, but not the [key](Self::key): messages reach clients and error
/// trackers, and a key may be private. Its `Debug` is for the log, and has the key.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, ErrorKind};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// breaker.trip();
/// let error = breaker.try_acquire().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Open);
/// assert_eq!(error.breaker(), "payments");
/// assert!(error.retry_after().is_some());
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BreakerError {
    breaker: &'static str,
    #[cfg(not(breaker_loom))]
    key: Option<Arc<Key>>,
    packed: PackedKind,
}

/// The kind, its detail, and the time until the breaker probes, in one word: a rejection is moved
/// several times on its way to the caller, and is this word alone until it becomes an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackedKind(u64);

impl PackedKind {
    /// The bits of the kind. Above them is the time; all ones for none.
    const KIND: u32 = 8;
    const NO_TIME: Ticks = Ticks::MAX >> Self::KIND;
    /// The bit of the kind that marks a time-out of the whole call.
    const WHOLE_CALL: u64 = 1 << (Self::KIND - 1);

    #[inline(always)]
    pub(crate) fn new(kind: ErrorKind, retry_after: Option<Ticks>) -> Self {
        let time = match retry_after {
            Some(left) => left.min(Self::NO_TIME - 1),
            None => Self::NO_TIME,
        };
        Self(time << Self::KIND | kind as u64)
    }

    fn kind(self) -> ErrorKind {
        match (self.0 & !Self::WHOLE_CALL) as u8 {
            0 => ErrorKind::Open,
            1 => ErrorKind::HalfOpen,
            2 => ErrorKind::ForcedOpen,
            3 => ErrorKind::Recovering,
            4 => ErrorKind::Throttled,
            5 => ErrorKind::Full,
            6 => ErrorKind::TimedOut,
            8 => ErrorKind::Injected,
            _ => ErrorKind::Failed,
        }
    }

    fn retry_after(self) -> Option<Ticks> {
        Some(self.0 >> Self::KIND).filter(|left| *left != Self::NO_TIME)
    }
}

impl BreakerError {
    pub(crate) fn new(breaker: &'static str, kind: ErrorKind, retry_after: Option<Ticks>) -> Self {
        Self::unpacked(breaker, PackedKind::new(kind, retry_after))
    }

    /// Makes the error of a word, without the key.
    #[inline(always)]
    pub(crate) fn unpacked(breaker: &'static str, packed: PackedKind) -> Self {
        Self {
            breaker,
            #[cfg(not(breaker_loom))]
            key: None,
            packed,
        }
    }

    /// Returns all but the name and the key of the breaker.
    pub(crate) fn packed(&self) -> PackedKind {
        self.packed
    }

    /// Adds the key of the breaker.
    #[cfg(not(breaker_loom))]
    pub(crate) fn with_key(self, key: Option<&Arc<Key>>) -> Self {
        Self { key: key.cloned(), ..self }
    }

    /// Returns the error of a call that ran and failed, where this error rejects its retry and its
    /// output is gone. It is not a rejection, because callers take a rejection to mean that nothing ran.
    pub(crate) fn after_failed_attempt(self) -> Self {
        Self { packed: PackedKind::new(ErrorKind::Failed, None), ..self }
    }

    /// Returns whether a game day failed the call. `false` without that feature, so that no code asks.
    #[inline(always)]
    pub(crate) fn is_injected(&self) -> bool {
        cfg!(feature = "inject") && self.kind() == ErrorKind::Injected
    }

    /// Marks a time-out as that of the whole call, by `total_timeout`.
    pub(crate) fn of_whole_call(self) -> Self {
        let packed = PackedKind::new(ErrorKind::TimedOut, None);
        Self { packed: PackedKind(packed.0 | PackedKind::WHOLE_CALL), ..self }
    }

    /// Returns why there is no result.
    pub fn kind(&self) -> ErrorKind {
        self.packed.kind()
    }

    /// Returns the name of the breaker.
    pub fn breaker(&self) -> &'static str {
        self.breaker
    }

    /// Returns the key of the breaker, or `None` unless it is one of [`KeyedBreakers`] or of a function
    /// with the option [`key`](crate::circuit_breaker#key).
    ///
    /// [`KeyedBreakers`]: crate::KeyedBreakers
    ///
    /// ```
    /// use breaker_runtime::{BreakerError, circuit_breaker, keyed_breakers_of};
    ///
    /// #[circuit_breaker(key = host)]
    /// fn fetch(host: &str) -> Result<String, BreakerError> {
    ///     Ok(format!("from {host}"))
    /// }
    ///
    /// keyed_breakers_of(fetch).get("eu-1").trip();
    /// let error = fetch("eu-1").unwrap_err();
    /// assert_eq!(error.key().map(ToString::to_string).as_deref(), Some("eu-1"));
    /// ```
    #[cfg(not(breaker_loom))]
    pub fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }

    /// Returns the time until the breaker probes, or `None` unless it is open by its own decision: a
    /// half-open breaker may have a free probe at any moment, and a forced one stays open until an
    /// operator changes it.
    pub fn retry_after(&self) -> Option<Duration> {
        self.packed.retry_after().map(duration)
    }
}

#[expect(clippy::missing_fields_in_debug, reason = "`packed` is printed as kind and time")]
impl fmt::Debug for BreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("BreakerError");
        debug.field("kind", &self.kind()).field("breaker", &self.breaker);
        #[cfg(not(breaker_loom))]
        if let Some(key) = &self.key {
            debug.field("key", key);
        }
        debug.field("retry_after", &self.retry_after()).finish()
    }
}

impl fmt::Display for BreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escaped(self.breaker);
        match (self.kind(), self.retry_after()) {
            (ErrorKind::Open, Some(left)) => write!(
                f,
                "circuit breaker `{name}` is open and did not run the call; \
                 try again in {:.1}",
                shown_length(left)
            ),
            (ErrorKind::Open, None) => write!(
                f,
                "circuit breaker `{name}` is open and did not run the call; \
                 try again later"
            ),
            (ErrorKind::HalfOpen, _) => write!(
                f,
                "circuit breaker `{name}` is half-open with all its probes in flight and did not run \
                 the call; try again when they have ended"
            ),
            (ErrorKind::Full, _) => write!(
                f,
                "circuit breaker `{name}` has reached its concurrency limit and did not run the call; try again when \
                 others have ended"
            ),
            (ErrorKind::Recovering, _) => write!(
                f,
                "circuit breaker `{name}` is recovering, admits only a part of the calls, and did not run this one; \
                 try again later"
            ),
            (ErrorKind::Throttled, _) => write!(
                f,
                "circuit breaker `{name}` throttles calls to an overloaded dependency and did not run this \
                 one; try again later"
            ),
            (ErrorKind::Failed, _) => write!(
                f,
                "circuit breaker `{name}` rejected a retry after an attempt that ran and failed; return an error \
                 that is `Send` to get the error of that attempt"
            ),
            (ErrorKind::Injected, _) => write!(
                f,
                "circuit breaker `{name}` failed the call for a game day and did not run it; remove `inject` from its \
                 settings to end that"
            ),
            (ErrorKind::TimedOut, _) if self.packed.0 & PackedKind::WHOLE_CALL != 0 => write!(
                f,
                "circuit breaker `{name}` ended the call: no answer within its `total_timeout`, which covers all \
                 attempts, waits and pauses"
            ),
            (ErrorKind::TimedOut, _) => write!(
                f,
                "circuit breaker `{name}` ended the call: no answer within its `call_timeout`, or no item within its \
                 `first_item` or `idle`"
            ),
            (ErrorKind::ForcedOpen, _) => write!(
                f,
                "circuit breaker `{name}` was forced open and did not run the call; call \
                 `automatic()` on it to end that"
            ),
        }
    }
}

impl Error for BreakerError {}
