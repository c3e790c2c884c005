//! Breakers without the attribute: handles, classified calls, breakers for keys, and snapshots.
//!
//! # A handle
//!
//! [`CircuitBreaker::builder`](crate::CircuitBreaker::builder) has every option of the policy. A handle
//! is cheap to clone and is listed in the registry while one exists.
//!
//! [`call`](crate::CircuitBreaker::call) and [`call_async`](crate::CircuitBreaker::call_async) count
//! every `Err` as a failure. [`call_classified`](crate::CircuitBreaker::call_classified) and
//! [`call_async_classified`](crate::CircuitBreaker::call_async_classified) take a function from the
//! result to an [`Outcome`](crate::Outcome); [`classify::outcome`](crate::classify::outcome) is the one
//! behind the option `classify`. All return a [`CallError`](crate::CallError).
//! [`CallError::merge`](crate::CallError::merge) makes an error type of it that has
//! `From<BreakerError>`:
//!
//! ```
//! use breaker_runtime::{BreakerError, CallError, CircuitBreaker, Outcome};
//!
//! #[derive(Debug)]
//! enum StockError {
//!     NoSuchItem,
//!     NotTried(BreakerError),
//! }
//!
//! impl From<BreakerError> for StockError {
//!     fn from(error: BreakerError) -> Self {
//!         StockError::NotTried(error)
//!     }
//! }
//!
//! fn stock(breaker: &CircuitBreaker, item: u32) -> Result<u32, StockError> {
//!     let answer = breaker.call_classified(
//!         || if item == 7 { Ok(3) } else { Err(StockError::NoSuchItem) },
//!         |result| match result {
//!             Ok(_) | Err(StockError::NoSuchItem) => Outcome::Success, // the dependency has answered
//!             Err(_) => Outcome::Failure,
//!         },
//!     );
//!     answer.map_err(CallError::merge)
//! }
//!
//! let breaker = CircuitBreaker::builder("stock").failure_threshold(1).build()?;
//! assert!(matches!(stock(&breaker, 8), Err(StockError::NoSuchItem)));
//! breaker.force_open();
//! let Err(StockError::NotTried(rejection)) = stock(&breaker, 7) else { panic!("not rejected") };
//! assert_eq!(rejection.breaker(), "stock");
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! [`try_acquire`](crate::CircuitBreaker::try_acquire) returns a [`Permit`](crate::Permit) for code that
//! is no closure: a connection that is held, a message that is answered later.
//! [`acquire`](crate::CircuitBreaker::acquire) waits for up to
//! [`max_wait`](crate::circuit_breaker#max_wait), and
//! [`try_acquire_owned`](crate::CircuitBreaker::try_acquire_owned) returns a permit that borrows no
//! handle.
//!
//! # A breaker for each key
//!
//! ```
//! use breaker_runtime::{CircuitBreaker, State};
//!
//! let hosts = CircuitBreaker::builder("hosts").failure_threshold(3).keyed().max_open_keys(0.5);
//! let hosts = hosts.build()?;
//! hosts.get("eu.example.com").trip();
//! assert_eq!(hosts.get("us.example.com").state(), State::Closed);
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! The keys are bounded by [`max_keys`](crate::KeyedBuilder::max_keys), where closed breakers make room
//! first, and by [`key_idle`](crate::KeyedBuilder::key_idle).
//! [`max_open_keys`](crate::KeyedBuilder::max_open_keys) keeps a wrong rule from shutting out all of
//! them.
//!
//! # Snapshots
//!
//! A [`Snapshot`](crate::Snapshot) displays as one line of text. With the feature `serde` it can be
//! serialised and deserialised.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use breaker_runtime::{CircuitBreaker, Snapshot};
//!
//! let breaker = CircuitBreaker::builder("stock").build()?;
//! breaker.try_acquire()?.success();
//! breaker.force_open();
//! let json = serde_json::to_string(&breaker.snapshot())?;
//! let snapshot: Snapshot = serde_json::from_str(&json)?;
//! println!("{snapshot}"); // stock: open for 0.0 s (forced open); 0 trips; 1 success
//! assert_eq!(snapshot.totals.success, 1);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
