//! The error types that [`register_cause`] has announced, and the look-up among them.
//!
//! A generic method such as [`CircuitBreaker::call`](crate::CircuitBreaker::call) cannot see whether its
//! error type implements [`Cause`], because Rust has no specialisation. So the type is looked up by its
//! [`TypeId`] when a call has failed. Types are only added. The list is replaced as a whole, and no lock
//! is held while code of the user's runs.

use std::any::{Any, TypeId, type_name};
use std::error::Error;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::types::cause::{Cause, kept};
use crate::types::error::BreakerError;

static REGISTERED: ArcSwapOption<Vec<Registered>> = ArcSwapOption::const_empty();

/// The number of errors that are looked at in one chain of sources. It ends a chain that is a circle.
const MAX_SOURCES: usize = 16;

/// A type, and how an error of unknown type is asked if it is of that one.
#[derive(Clone, Copy)]
struct Registered {
    id: TypeId,
    of_any: fn(&dyn Any) -> Option<&'static str>,
    of_error: fn(&(dyn Error + 'static)) -> Option<&'static str>,
}

impl Registered {
    fn of<E: Cause + Error + 'static>() -> Self {
        Self {
            id: TypeId::of::<E>(),
            of_any: |error| error.downcast_ref::<E>().map(Cause::cause),
            of_error: |error| error.downcast_ref::<E>().map(Cause::cause),
        }
    }
}

/// Makes the whole process ask errors of this type for their [`Cause`], where an error can have any
/// type.
///
/// Once for each type, such as at the start of `main`; a further call has no effect. Functions with the
/// attribute need it for a `Box<dyn Error + Send + Sync>` that holds such an error, and for the items of
/// a stream in a `Result`. [`Cause`](Cause#where-it-is-asked) has the list.
///
/// ```
/// use std::{error::Error, fmt};
///
/// use breaker_runtime::{Cause, CircuitBreaker, register_cause};
///
/// #[derive(Debug)]
/// enum ShopError {
///     Timeout,
///     Status(u16),
/// }
///
/// impl Cause for ShopError {
///     fn cause(&self) -> &'static str {
///         match self {
///             Self::Timeout => "Timeout",
///             Self::Status(500..) => "Status(5xx)",
///             Self::Status(_) => "Status",
///         }
///     }
/// }
/// # impl fmt::Display for ShopError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
/// #         f.write_str("the shop has failed")
/// #     }
/// # }
/// # impl Error for ShopError {}
///
/// register_cause::<ShopError>();
///
/// let breaker = CircuitBreaker::builder("shop").failure_threshold(2).build()?;
/// let _ = breaker.call(|| Err::<u32, _>(ShopError::Timeout));
/// let _ = breaker.call(|| Err::<u32, Box<dyn Error + Send + Sync>>(ShopError::Status(503).into()));
/// let causes = breaker.trips()[0].calls.iter().map(|call| call.cause).collect::<Vec<_>>();
/// assert_eq!(causes, [Some("Timeout"), Some("Status(5xx)")]);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn register_cause<E: Cause + Error + 'static>() {
    let new = Registered::of::<E>();
    REGISTERED.rcu(|types| {
        let known: &[Registered] = types.as_ref().map_or(&[], |types| types);
        if known.iter().any(|known| known.id == new.id) {
            return types.clone();
        }
        Some(Arc::new([known, &[new]].concat()))
    });
}

/// Returns what a registered type says of the error, or else the name of its type.
#[cold]
#[inline(never)]
pub(crate) fn cause_or_type<E: 'static>(error: &E) -> &'static str {
    cause_of_any(error).unwrap_or_else(type_name::<E>)
}

/// Returns what a registered type says of the error, or of one of its sources, or else the name of its
/// type.
#[cfg(all(feature = "http-body", feature = "reqwest"))]
pub(crate) fn cause_or_type_of_error<E: Error + 'static>(error: &E) -> &'static str {
    cause_of_error(error).unwrap_or_else(type_name::<E>)
}

/// Returns what a registered type says of an error; of a boxed one, or of a source of that.
fn cause_of_any(error: &dyn Any) -> Option<&'static str> {
    let types = REGISTERED.load();
    let registered =
        types.iter().flat_map(|types| types.iter()).find(|known| known.id == error.type_id());
    if let Some(known) = registered {
        return (known.of_any)(error).and_then(kept);
    }
    if let Some(error) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return cause_of_error(&**error);
    }
    if let Some(error) = error.downcast_ref::<Box<dyn Error + Send>>() {
        return cause_of_error(&**error);
    }
    if let Some(error) = error.downcast_ref::<Box<dyn Error>>() {
        return cause_of_error(&**error);
    }
    error.downcast_ref::<BreakerError>().map(Cause::cause)
}

/// Returns what a registered type says of the first error that has one, of this and its sources.
pub(crate) fn cause_of_error(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let types = REGISTERED.load();
    let mut next = Some(error);
    for _ in 0..MAX_SOURCES {
        let error = next?;
        let mut known = types.iter().flat_map(|types| types.iter());
        let cause = known.find_map(|known| (known.of_error)(error));
        let cause = cause.or_else(|| error.downcast_ref::<BreakerError>().map(Cause::cause));
        if let Some(cause) = cause.and_then(kept) {
            return Some(cause);
        }
        next = error.source();
    }
    None
}
