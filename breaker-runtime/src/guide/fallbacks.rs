//! Fallbacks: the forms that a fallback can have, what it may use, and the error of a call that has
//! none.
//!
//! A fallback answers instead of a rejection, a time-out or a failure. It never runs on a success or an
//! ignored output, its result is the result of the call, and the breaker does not count it.
//!
//! # The forms
//!
//! | form | example | sees |
//! |---|---|---|
//! | a function | `fallback = popular_items` | all arguments |
//! | a method | `fallback = self.popular_items` | all other arguments |
//! | a closure | <code>fallback = \|cause\| ..</code> | the cause, and the arguments by name |
//! | an expression | `fallback = Ok(vec![])` | the arguments by name |
//!
//! ```
//! use breaker_runtime::{BreakerError, CallError, circuit_breaker};
//!
//! type BoxError = Box<dyn std::error::Error + Send + Sync>;
//!
//! #[circuit_breaker(fallback = Ok(vec![]))]
//! fn reviews(product: u32) -> Result<Vec<String>, BoxError> {
//!     Err(format!("no reviews of {product}").into())
//! }
//!
//! // A rejected order was not sent: it can be queued. A failed one may have been carried out.
//! #[circuit_breaker(clone(order), fallback = |cause| match cause {
//!     CallError::Breaker(_rejected) => queue(order),
//!     CallError::Inner(error) => Err(error),
//! })]
//! fn pay(order: String) -> Result<(), BoxError> {
//!     Err(format!("no answer for {order}").into())
//! }
//!
//! fn queue(order: String) -> Result<(), BoxError> {
//!     println!("{order} will be paid later");
//!     Ok(())
//! }
//!
//! // An output that is no `Result` needs a rule for failures, and an answer for rejections.
//! #[circuit_breaker(failure_if = Option::is_none, fallback = None)]
//! fn price(product: u32) -> Option<u32> {
//!     product.checked_mul(100)
//! }
//!
//! assert!(reviews(7).unwrap().is_empty());
//! assert!(pay("tea".to_owned()).is_err());
//! assert_eq!(price(7), Some(700));
//! ```
//!
//! # What it may use
//!
//! The borrow checker treats a fallback as code that stands after the body. An argument that the body
//! consumes is gone; [`clone(..)`](crate::circuit_breaker#clone) keeps a copy of it. Nothing else is
//! cloned.
//!
//! A mutable reference that the body may return cannot be used by the fallback as well. With
//! [`fallback_on = "rejection"`](crate::circuit_breaker#fallback_on) it can: the body has not run by
//! then.
//!
//! # Without a fallback
//!
//! A rejection becomes an `Err` of the function's own error type, by `From<BreakerError>`:
//!
//! | error type | has it |
//! |---|---|
//! | `Box<dyn Error + Send + Sync>`, `anyhow::Error`, `eyre::Report` | yes, as any error converts into them |
//! | `std::io::Error` | yes |
//! | `tonic::Status` | with the feature `tonic`: `Unavailable` with `retry-after`, or `DeadlineExceeded` for a time-out |
//! | an axum `Response` | with the feature `axum`: 503 with `Retry-After`, or 504 for a time-out |
//! | your own type | write `impl From<BreakerError> for YourError` |
//!
//! [`ErrorKind`](crate::ErrorKind) has a table of what a remote client receives for each kind.
//!
//! ```
//! use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};
//!
//! #[derive(Debug)]
//! enum StockError {
//!     NotTried(BreakerError),
//! }
//!
//! impl From<BreakerError> for StockError {
//!     fn from(rejection: BreakerError) -> Self {
//!         Self::NotTried(rejection)
//!     }
//! }
//!
//! #[circuit_breaker]
//! fn stock(item: u32) -> Result<u32, StockError> {
//!     Ok(item)
//! }
//!
//! breaker_of(stock).force_open();
//! let StockError::NotTried(rejection) = stock(7).unwrap_err();
//! assert!(rejection.breaker().ends_with("stock"));
//! ```
//!
//! # Panics
//!
//! A panic in the body, in `failure_if` or in `ignore_if` counts as a failure and goes on unwinding: no
//! fallback runs. A panic in a fallback is not counted.
