//! Calls through a breaker: the function or future is run if it is admitted, and its result is recorded.

use crate::breaker::CircuitBreaker;
use crate::breaker::future::CallAsync;
use crate::breaker::judge::{AnyErrIsFailure, ByClassifier, Judge};
use crate::breaker::permit::FailOnUnwind;
use crate::types::cause::registered::cause_or_type;
use crate::types::error::CallError;
use crate::types::outcome::{Outcome, Verdict};

impl CircuitBreaker {
    /// Runs a call if the breaker admits it, as in the example [above](Self).
    ///
    /// `Err` is a failure, and so is a panic, which goes on unwinding. With
    /// [`max_wait`](crate::CircuitBreakerBuilder::max_wait) this may block the thread first.
    ///
    /// # Errors
    ///
    /// [`CallError::Breaker`] if the call was rejected, [`CallError::Inner`] if it failed.
    #[inline]
    pub fn call<T, E: 'static>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        let guard = match self.inner().acquire_plainly() {
            Ok(permit) => FailOnUnwind::new(permit),
            Err(rejected) => return Err(CallError::Breaker(rejected.into_error_apart())),
        };
        // Not by `judge`: a reference to the result would hold it in memory, on a success as well.
        match call() {
            Ok(output) => {
                guard.settle(Outcome::Success.into());
                Ok(output)
            }
            Err(error) => {
                guard.settle(Verdict::failure(cause_or_type(&error)));
                Err(CallError::Inner(error))
            }
        }
    }

    /// Runs a future as [`call`](Self::call) runs a function, on any executor.
    ///
    /// The breaker is asked at the first poll, and `call` is run only if the call is admitted.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// async fn fetch(url: &str) -> Result<String, std::io::Error> {
    ///     Ok(format!("the page at {url}"))
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("pages").build()?;
    /// let page = breaker.call_async(|| fetch("https://example.com")).await?;
    /// assert!(page.starts_with("the page"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The future ends with [`CallError::Breaker`] if the call was rejected, or ended at its
    /// [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout), and with [`CallError::Inner`] if it
    /// failed.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped before it ends counts as cancelled: neither success nor failure, and its
    /// probe slot is released at once. One that has run for longer than `slow_call` by then is a
    /// failure, and once [`abandoned_threshold`](crate::CircuitBreakerBuilder::abandoned_threshold)
    /// futures in a row were dropped each further one is. A future that waits for a permit leaves the
    /// queue when it is dropped.
    pub fn call_async<F, Fut, T, E: 'static>(&self, call: F) -> CallAsync<'_, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        CallAsync::new(self, call, AnyErrIsFailure)
    }

    /// Runs a call as [`call`](Self::call) does, and classifies its result by `classifier`.
    ///
    /// The result reaches the caller as it is: an `Err` that counts as a success is still
    /// [`CallError::Inner`], and an `Ok` that counts as a failure is still `Ok`. A panic, in the call or
    /// in `classifier`, is a failure and goes on unwinding.
    /// [`classify::outcome`](crate::classify::outcome) is a ready-made classifier for responses and for
    /// errors that implement [`Classify`](crate::classify::Classify).
    ///
    /// ```
    /// use breaker_runtime::classify::{self, Class, Classify};
    /// use breaker_runtime::{CircuitBreaker, Outcome};
    ///
    /// enum ShopError {
    ///     NotFound,
    ///     Unreachable,
    /// }
    ///
    /// impl Classify for ShopError {
    ///     fn class(&self) -> Class {
    ///         match self {
    ///             Self::NotFound => Class::ClientError,
    ///             Self::Unreachable => Class::NoAnswer,
    ///         }
    ///     }
    /// }
    ///
    /// let breaker = CircuitBreaker::builder("shop").build()?;
    /// let _ = breaker.call_classified(|| Err::<u32, _>(ShopError::NotFound), classify::outcome);
    /// let _ = breaker.call_classified(|| Err::<u32, _>(ShopError::Unreachable), classify::outcome);
    /// let _ = breaker.call_classified(
    ///     || "seven".parse::<u32>(),
    ///     |result| if result.is_ok() { Outcome::Success } else { Outcome::Ignored },
    /// );
    /// let totals = breaker.snapshot().totals;
    /// assert_eq!((totals.success, totals.failure, totals.ignored), (1, 1, 1));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError::Breaker`] if the call was rejected, [`CallError::Inner`] if its result is an `Err`.
    #[inline]
    pub fn call_classified<T, E: 'static>(
        &self,
        call: impl FnOnce() -> Result<T, E>,
        classifier: impl FnOnce(&Result<T, E>) -> Outcome,
    ) -> Result<T, CallError<E>> {
        let guard = match self.inner().acquire_plainly() {
            Ok(permit) => FailOnUnwind::new(permit),
            Err(rejected) => return Err(CallError::Breaker(rejected.into_error_apart())),
        };
        let result = call();
        let verdict = ByClassifier(classifier).judge(&result);
        guard.settle(verdict);
        result.map_err(CallError::Inner)
    }

    /// Runs a future as [`call_async`](Self::call_async) does, and classifies its result by
    /// `classifier`, as [`call_classified`](Self::call_classified) does. A call that ends at its
    /// [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout) is a failure without a result to
    /// classify.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, Outcome};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("pages").build()?;
    /// let status = breaker
    ///     .call_async_classified(
    ///         async || Ok::<u16, std::io::Error>(503),
    ///         |result| if matches!(result, Ok(..500)) { Outcome::Success } else { Outcome::Failure },
    ///     )
    ///     .await?;
    /// assert_eq!((status, breaker.snapshot().totals.failure), (503, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The future ends with [`CallError::Breaker`] if the call was rejected or ended at its deadline,
    /// with [`CallError::Inner`] if the result is an `Err`.
    ///
    /// # Cancel safety
    ///
    /// As [`call_async`](Self::call_async).
    pub fn call_async_classified<F, Fut, T, E: 'static, C>(
        &self,
        call: F,
        classifier: C,
    ) -> CallAsync<'_, F, Fut, ByClassifier<C>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        C: FnOnce(&Result<T, E>) -> Outcome,
    {
        CallAsync::new(self, call, ByClassifier(classifier))
    }
}
