//! A library of the previous edition, with the runtime under another name.

#![deny(warnings, clippy::pedantic, missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use resilience::circuit_breaker;

/// The runtime, for the users of [`resilient`].
#[doc(hidden)]
pub use resilience as __resilience;

/// An error of any kind.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Works or fails, as the argument says.
///
/// # Errors
///
/// If the service is down.
pub fn work(works: bool) -> Result<(), BoxError> {
    if works {
        Ok(())
    } else {
        Err("down".into())
    }
}

/// Loads a value in a sync function.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s", accessor = load_breaker)]
pub fn load<'m>(
    works: bool,
    map: &'m mut BTreeMap<String, u32>,
    key: &str,
) -> Result<&'m mut u32, BoxError> {
    work(works)?;
    Ok(map.entry(key.to_owned()).or_default())
}

/// Fetches a length in an async function.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
pub async fn fetch(works: bool, text: &str) -> Result<usize, BoxError> {
    std::future::ready(()).await;
    work(works)?;
    Ok(text.len())
}

/// Fetches with a fallback in an async function.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(
    crate = ::resilience,
    failure_threshold = 2,
    timeout = "1s",
    fallback = cached,
    fallback_on = "rejection"
)]
pub async fn fetch_or_cached(works: bool, (text, _): (&str, u32)) -> Result<usize, BoxError> {
    work(works)?;
    Ok(text.len())
}

fn cached(works: bool, (_, length): (&str, u32)) -> Result<usize, BoxError> {
    work(works)?;
    Ok(usize::try_from(length)?)
}

/// Returns a boxed future.
#[circuit_breaker(crate = crate::__resilience, failure_threshold = 2, timeout = "1s")]
pub fn boxed(works: bool) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> {
    Box::pin(async move { work(works) })
}

/// Returns a future.
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s", fallback = Ok(text.len() + 1))]
pub fn eager(works: bool, text: &str) -> impl Future<Output = Result<usize, BoxError>> + '_ {
    async move { work(works).map(|()| text.len()) }
}

/// A client of the service.
pub struct Client<T>(T);

impl<T: Clone> Client<T> {
    /// Creates a client.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Gets the value.
    ///
    /// # Errors
    ///
    /// If the service is down.
    #[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s", accessor = Self::get_breaker)]
    pub fn get(&self, works: bool) -> Result<&T, BoxError> {
        work(works)?;
        Ok(&self.0)
    }
}

/// Writes a function with a breaker, in a crate that does not name the runtime.
// Each run of rustfmt would indent the attribute further.
#[rustfmt::skip]
#[macro_export]
macro_rules! resilient {
    ($name:ident) => {
        #[$crate::__resilience::circuit_breaker(crate = $crate::__resilience, failure_threshold = 2, timeout = "1s")]
        fn $name(works: bool) -> Result<(), $crate::BoxError> {
            $crate::work(works)
        }
    };
}
