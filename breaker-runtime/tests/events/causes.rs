//! Causes in the report of a trip: the type of an error, its class, or the predicate that judged it.

use std::error::Error;
use std::fmt;
use std::io;

use breaker_runtime::classify::{Class, Classify};
use breaker_runtime::{BreakerError, CallResult, TripReport, breaker_of, circuit_breaker};
use futures::executor::block_on;

use super::trips::Scene;

#[derive(Debug)]
struct Secretive;

impl fmt::Display for Secretive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("password hunter2 refused")
    }
}

impl Error for Secretive {}

#[test]
fn text_of_an_error_appears_in_no_report() {
    let scene = Scene::new("secret", |builder| builder.failure_threshold(1));
    assert!(scene.breaker.call(|| Err::<(), _>(Secretive)).is_err());
    let report = scene.last();
    let texts = [report.to_string(), report.summary().to_string(), format!("{report:?}")];
    assert!(
        texts.iter().all(|text| text.contains("Secretive") && !text.contains("hunter2")),
        "{texts:?}"
    );
}

struct Refused;

impl From<BreakerError> for Refused {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

impl Classify for Refused {
    fn class(&self) -> Class {
        Class::NoAnswer
    }
}

#[test]
fn class_and_error_of_a_classified_function_are_reported() {
    #[circuit_breaker(name = "classified", failure_threshold = 2, classify)]
    fn fetch(works: bool) -> Result<u32, Refused> {
        if works { Ok(7) } else { Err(Refused) }
    }

    assert!(fetch(true).is_ok() && fetch(false).is_err() && fetch(false).is_err());
    let report = breaker_of(fetch).last_trip().expect("it has tripped");
    assert_eq!(report.calls[0].class, Some(Class::NoAnswer));
    assert_eq!(
        report.summary().to_string(),
        "classified opened: 2 failures in a row (failure_threshold = 2); last cause: no answer \
         (events::causes::Refused)"
    );
}

/// An error with a secret in its text, which must not appear.
#[derive(Debug)]
enum Leaky {
    Gone(&'static str),
    Down(&'static str),
}

impl fmt::Display for Leaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Gone(text) | Self::Down(text)) = self;
        f.write_str(text)
    }
}

impl Error for Leaky {}

impl From<BreakerError> for Leaky {
    fn from(_: BreakerError) -> Self {
        Self::Down("rejected")
    }
}

#[test]
fn outcomes_judged_by_predicates_have_a_cause_in_the_report() {
    #[circuit_breaker(
        name = "judged",
        failure_threshold = 1,
        failure_if = |answer: &Result<u32, io::Error>| matches!(answer, Ok(500..)),
        ignore_if = |answer: &Result<u32, io::Error>| matches!(answer, Ok(404))
    )]
    fn judged(status: u32) -> Result<u32, io::Error> {
        Ok(status)
    }

    #[circuit_breaker(name = "excluding", failure_threshold = 1, exclude = Leaky::Gone(_))]
    fn excluding(is_gone: bool) -> Result<u32, Leaky> {
        Err(if is_gone { Leaky::Gone("s3cret") } else { Leaky::Down("s3cret") })
    }

    let causes = |report: TripReport| -> Vec<_> {
        assert!(!format!("{report} {report:?}").contains("s3cret"));
        report.calls.iter().map(|call| (call.result, call.cause)).collect()
    };
    let _ = (judged(404), judged(503));
    assert_eq!(
        causes(breaker_of(judged).last_trip().expect("it has tripped")),
        [(CallResult::Ignored, Some("ignore_if")), (CallResult::Failure, Some("failure_if"))]
    );
    let shown = [true, false].map(|is_gone| excluding(is_gone).unwrap_err().to_string());
    assert_eq!(shown, ["s3cret"; 2]);
    let error = Some(std::any::type_name::<Leaky>());
    assert_eq!(
        causes(breaker_of(excluding).last_trip().expect("it has tripped")),
        [(CallResult::Ignored, error), (CallResult::Failure, error)]
    );
}

#[cfg(feature = "tower")]
#[test]
fn class_and_cause_of_a_layer_are_in_the_report() {
    use breaker_runtime::CircuitBreaker;
    use breaker_runtime::classify::via;
    use breaker_runtime::tower::CircuitBreakerLayer;
    use tower::{Layer as _, ServiceExt as _, service_fn};

    let call = |name: &str, classify: bool| {
        let breaker = CircuitBreaker::builder(name).failure_threshold(1).build().expect("valid");
        let layer = CircuitBreakerLayer::new(breaker.clone());
        let service = service_fn(async |(): ()| Err::<u32, _>(Refused));
        if classify {
            let layer = layer.classify::<Result<u32, Refused>, via::Error>();
            assert!(block_on(layer.layer(service).oneshot(())).is_err());
        } else {
            assert!(block_on(layer.layer(service).oneshot(())).is_err());
        }
        let call = breaker.last_trip().expect("it has tripped").calls[0];
        (call.class, call.cause.expect("a type").rsplit("::").next())
    };
    assert_eq!(call("layered", false), (None, Some("Refused")));
    assert_eq!(call("layered: classified", true), (Some(Class::NoAnswer), Some("Refused")));
}

#[test]
fn error_type_of_an_annotated_function_is_reported() {
    #[circuit_breaker(name = "annotated", failure_threshold = 1)]
    async fn fetch() -> Result<u32, io::Error> {
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    assert!(block_on(fetch()).is_err());
    let report = breaker_of(fetch).last_trip().expect("it has tripped");
    assert_eq!(report.calls[0].cause, Some("std::io::error::Error"));
}
