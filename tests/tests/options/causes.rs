//! The cause of an error in the report of a trip, by `impl Cause`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};

use breaker_runtime::classify::{Class, Classify};
use breaker_runtime::{
    BreakerError, CallError, CallResult, Cause, CircuitBreaker, ErrorKind, breaker_of, circuit_breaker,
};
use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt as _, Stream, StreamExt as _, stream};

/// The text of an error that must not appear.
const SECRET: &str = "password hunter2";

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum ShopError {
    Timeout(&'static str),
    Status(u16),
    Gone,
    Unnamed,
    Rejected,
}

impl Cause for ShopError {
    fn cause(&self) -> &'static str {
        ASKED.set(ASKED.get() + 1);
        match self {
            Self::Timeout(_) => "Timeout",
            Self::Status(500..) => "Status(5xx)",
            Self::Status(_) => "Status",
            Self::Gone => "Gone",
            Self::Unnamed => "",
            Self::Rejected => panic!("planned: in a cause"),
        }
    }
}

impl Classify for ShopError {
    fn class(&self) -> Class {
        match self {
            Self::Status(500..) => Class::ServerError,
            _ => Class::NoAnswer,
        }
    }
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self::Rejected
    }
}

const TIMEOUT: ShopError = ShopError::Timeout(SECRET);

/// An error that does not implement `Cause`.
#[derive(Debug)]
struct Secretive(#[expect(dead_code, reason = "shown by Debug")] &'static str);

impl fmt::Display for Secretive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SECRET)
    }
}

impl Error for Secretive {}

impl From<BreakerError> for Secretive {
    fn from(_: BreakerError) -> Self {
        Self(SECRET)
    }
}

/// Returns the class and the cause of each recorded call of the last trip, which has no secret.
fn recorded(breaker: &CircuitBreaker) -> Vec<(CallResult, Option<Class>, &'static str)> {
    let report = breaker.last_trip().expect("it has tripped");
    let texts = format!("{report} {} {report:?}", report.summary());
    assert!(!texts.contains("hunter2"), "{texts}");
    report.calls.iter().map(|call| (call.result, call.class, call.cause.unwrap_or("none"))).collect()
}

/// Returns the cause of the call that tripped the breaker.
fn last(breaker: &CircuitBreaker) -> &'static str {
    recorded(breaker).last().expect("a call").2
}

#[circuit_breaker(failure_threshold = 5, name = "shop of causes")]
fn shop(error: Option<ShopError>) -> Result<u32, ShopError> {
    error.map_or(Ok(7), Err)
}

#[test]
fn variants_of_an_error_are_counted_apart() {
    let errors = [TIMEOUT, ShopError::Status(503), TIMEOUT, ShopError::Status(500), TIMEOUT];
    assert_eq!(shop(None), Ok(7));
    assert_eq!(ASKED.get(), 0, "a success was asked");
    for error in errors {
        assert_eq!(shop(Some(error)), Err(error));
    }
    assert_eq!(ASKED.get(), 5, "once for each failure");
    let report = breaker_of(shop).last_trip().expect("it has tripped");
    assert_eq!(
        report.summary().to_string(),
        "shop of causes opened: 5 failures in a row (failure_threshold = 5); last cause: Timeout; causes: \
         3 x Timeout, 2 x Status(5xx)"
    );
    let text = report.to_string();
    assert!(text.contains("\n  failures by cause: 3 x Timeout, 2 x Status(5xx)\n"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("ShopError"), "{text}");
}

#[test]
fn error_that_does_not_opt_in_shows_its_type_alone() {
    #[circuit_breaker(failure_threshold = 1)]
    fn plain() -> Result<(), Secretive> {
        Err(Secretive(SECRET))
    }

    #[circuit_breaker(failure_threshold = 1, failure_if = Result::is_err)]
    fn judged() -> Result<(), Secretive> {
        Err(Secretive(SECRET))
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(Secretive(SECRET).into())
    }

    assert!(plain().is_err() && judged().is_err() && boxed().is_err());
    let secretive = std::any::type_name::<Secretive>();
    assert_eq!([last(breaker_of(plain)), last(breaker_of(judged))], [secretive; 2]);
    assert_eq!(last(breaker_of(boxed)), std::any::type_name::<Box<dyn Error + Send + Sync>>());
}

/// Makes a function of each shape with the options, and checks the cause of a failure of each.
macro_rules! asks_in_all_shapes {
    ($($name:ident: [$($options:tt)*];)*) => {$(
        mod $name {
            use super::*;

            #[circuit_breaker(failure_threshold = 1, $($options)*)]
            fn sync() -> Result<u32, ShopError> {
                Err(TIMEOUT)
            }

            #[circuit_breaker(failure_threshold = 1, $($options)*)]
            async fn asynchronous() -> Result<u32, ShopError> {
                Err(TIMEOUT)
            }

            #[circuit_breaker(failure_threshold = 1, $($options)*)]
            fn future() -> impl Future<Output = Result<u32, ShopError>> {
                ready(Err(TIMEOUT))
            }

            #[circuit_breaker(failure_threshold = 1, $($options)*)]
            fn boxed() -> BoxFuture<'static, Result<u32, ShopError>> {
                ready(Err(TIMEOUT)).boxed()
            }

            #[test]
            fn error_is_asked_in_functions_of_all_shapes() {
                let _ = (sync(), block_on(asynchronous()), block_on(future()), block_on(boxed()));
                let breakers =
                    [breaker_of(sync), breaker_of(asynchronous), breaker_of(future), breaker_of(boxed)];
                assert_eq!(breakers.map(last), ["Timeout"; 4]);
            }
        }
    )*};
}

asks_in_all_shapes! {
    plain: [];
    with_fallback: [fallback = Ok(1)];
    with_fallback_on_rejection: [fallback = Ok(1), fallback_on = "rejection"];
    with_fallback_on_failure: [fallback = Ok(1), fallback_on = "failure"];
    with_retry: [retry(attempts = 2, backoff = "1ms", if = |_| false)];
    with_bulkhead: [max_concurrent = 2];
    with_classify: [classify];
    with_failure_if: [failure_if = Result::is_err];
    with_ignore_if: [ignore_if = Result::is_ok];
    with_exclude: [exclude = ShopError::Gone];
    with_classify_and_fallback: [classify, fallback = Ok(1)];
    with_failure_if_and_retry: [failure_if = Result::is_err, retry(attempts = 2, if = |_| false)];
}

#[test]
fn ignored_and_classified_errors_are_asked() {
    #[circuit_breaker(failure_threshold = 1, exclude = ShopError::Gone)]
    fn excluding(error: ShopError) -> Result<(), ShopError> {
        Err(error)
    }

    #[circuit_breaker(failure_threshold = 1, ignore_if = |output| matches!(output, Err(ShopError::Gone)))]
    fn ignoring(error: ShopError) -> Result<(), ShopError> {
        Err(error)
    }

    #[circuit_breaker(failure_threshold = 1, classify)]
    fn classified(error: ShopError) -> Result<(), ShopError> {
        Err(error)
    }

    let _ =
        (excluding(ShopError::Gone), excluding(TIMEOUT), ignoring(ShopError::Gone), ignoring(TIMEOUT));
    let expected = [(CallResult::Ignored, None, "Gone"), (CallResult::Failure, None, "Timeout")];
    assert_eq!(recorded(breaker_of(excluding)), expected);
    assert_eq!(recorded(breaker_of(ignoring)), expected);
    let _ = classified(ShopError::Status(503));
    let expected = [(CallResult::Failure, Some(Class::ServerError), "Status(5xx)")];
    assert_eq!(recorded(breaker_of(classified)), expected);
}

#[test]
fn error_is_asked_behind_aliases_generics_and_hidden_types() {
    type Answer<T> = Result<T, ShopError>;

    #[circuit_breaker(failure_threshold = 1)]
    fn alias() -> Answer<u32> {
        Err(TIMEOUT)
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn hidden() -> Result<impl Iterator<Item = u32>, ShopError> {
        if true { Err(TIMEOUT) } else { Ok([1].into_iter()) }
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn generic<E: Cause + From<BreakerError>>(error: E) -> Result<(), E> {
        Err(error)
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn wrapped() -> Result<(), CallError<ShopError>> {
        Err(CallError::Inner(TIMEOUT))
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn items() -> impl Stream<Item = Result<u32, ShopError>> {
        stream::iter([Err(TIMEOUT)])
    }

    #[circuit_breaker(failure_threshold = 1, failure_if = |_| true, fallback = TIMEOUT)]
    fn output() -> ShopError {
        TIMEOUT
    }

    assert!(alias().is_err() && hidden().is_err() && generic(TIMEOUT).is_err() && wrapped().is_err());
    let _ = (block_on(items().collect::<Vec<_>>()), output());
    let breakers = [
        breaker_of(alias),
        breaker_of(hidden),
        breaker_of(generic::<ShopError>),
        breaker_of(wrapped),
        breaker_of(items),
        breaker_of(output),
    ];
    assert_eq!(breakers.map(last), ["Timeout"; 6]);
}

#[test]
fn rejection_by_an_inner_breaker_names_its_kind() {
    #[circuit_breaker(failure_threshold = 1)]
    fn inner() -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(failure_threshold = 1)]
    fn outer() -> Result<(), BreakerError> {
        inner()
    }

    breaker_of(inner).force_open();
    assert_eq!(outer().unwrap_err().kind(), ErrorKind::ForcedOpen);
    assert_eq!(last(breaker_of(outer)), "BreakerError(forced open)");
    breaker_of(inner).automatic();
}

#[test]
fn panic_in_a_cause_is_a_failure_of_the_call() {
    #[circuit_breaker(failure_threshold = 1, max_concurrent = 1)]
    fn sync() -> Result<(), ShopError> {
        Err(ShopError::Rejected)
    }

    #[circuit_breaker(failure_threshold = 1, max_concurrent = 1, ignore_if = Result::is_err)]
    async fn ignoring() -> Result<(), ShopError> {
        Err(ShopError::Rejected)
    }

    let planned = Some(&"planned: in a cause");
    assert_eq!(catch_unwind(sync).unwrap_err().downcast_ref(), planned);
    let panic = catch_unwind(AssertUnwindSafe(|| block_on(ignoring()))).unwrap_err();
    assert_eq!(panic.downcast_ref(), planned);
    for breaker in [breaker_of(sync), breaker_of(ignoring)] {
        assert_eq!(recorded(breaker), [(CallResult::Failure, None, "panic")]);
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.in_flight, snapshot.totals.failure), (0, 1));
    }
}

#[test]
fn empty_cause_leaves_the_name_of_the_type() {
    #[circuit_breaker(failure_threshold = 1)]
    fn unnamed() -> Result<(), ShopError> {
        Err(ShopError::Unnamed)
    }

    assert!(unnamed().is_err());
    assert_eq!(last(breaker_of(unnamed)), std::any::type_name::<ShopError>());
}

/// The handle cannot ask a type that it does not know.
#[test]
fn call_through_a_handle_records_the_type() {
    let breaker =
        CircuitBreaker::builder("causes by handle").failure_threshold(1).build().expect("valid");
    assert!(breaker.call(|| Err::<(), _>(TIMEOUT)).is_err());
    assert_eq!(last(&breaker), std::any::type_name::<ShopError>());
}
