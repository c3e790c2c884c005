//! The outputs of background probes: [`ProbeResult`].

use crate::types::class::Class;
use crate::types::outcome::Outcome;

/// The result of a [background probe](crate::CircuitBreakerBuilder::probe).
///
/// Implemented for `Result` (an `Err` is a failure), for `bool` (`false` is a failure), for `()` (a
/// success: the probe ran to its end), for [`Outcome`], which says it, and for
/// [`Class`](crate::classify::Class), which counts as it does with the option `classify`. Implement it
/// for a type of your own:
///
/// ```
/// use breaker_runtime::{Outcome, ProbeResult};
///
/// enum Health {
///     Serving,
///     Starting,
/// }
///
/// impl ProbeResult for Health {
///     fn outcome(&self) -> Outcome {
///         match self {
///             Self::Serving => Outcome::Success,
///             Self::Starting => Outcome::Failure,
///         }
///     }
/// }
///
/// assert_eq!(Health::Starting.outcome(), Outcome::Failure);
/// # let _ = Health::Serving;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the probe has succeeded",
    label = "this probe returns `{Self}`",
    note = "let the probe return a `Result`, a `bool`, a `breaker_runtime::Outcome` or `()`, or implement \
            `breaker_runtime::ProbeResult` for `{Self}`"
)]
pub trait ProbeResult {
    /// Returns how the probe counts. [`Outcome::Ignored`] counts neither for the dependency nor against
    /// it, and the next probe follows as after a success.
    fn outcome(&self) -> Outcome;
}

impl ProbeResult for Outcome {
    fn outcome(&self) -> Outcome {
        *self
    }
}

/// A client error is an answer, and so a success, as with the option `classify`.
impl ProbeResult for Class {
    fn outcome(&self) -> Outcome {
        Class::outcome(*self)
    }
}

impl ProbeResult for bool {
    fn outcome(&self) -> Outcome {
        if *self { Outcome::Success } else { Outcome::Failure }
    }
}

impl ProbeResult for () {
    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

impl<T, E> ProbeResult for Result<T, E> {
    fn outcome(&self) -> Outcome {
        self.is_ok().outcome()
    }
}
