//! Error types that carry a rejection, each through a function that is protected.

use std::error::Error;

use breaker_runtime::{BreakerError, ErrorKind, breaker_of, circuit_breaker};
use breaker_tests::every_kind::every_kind;
use breaker_tests::{Ended, TestError, prove, work};

fn ended<T, E>(result: Result<T, E>, rejection: impl FnOnce(&E) -> bool) -> Ended {
    match result {
        Ok(_) => Ended::Worked,
        Err(error) if rejection(&error) => Ended::Rejected,
        Err(_) => Ended::Failed,
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed(works: bool) -> Result<(), Box<dyn Error + Send + Sync>> {
    Ok(work(works)?)
}

#[test]
fn boxed_error_carries_the_rejection() {
    prove(breaker_of(boxed), |works| ended(boxed(works), |error| error.is::<BreakerError>()));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed_local(works: bool) -> Result<(), Box<dyn Error>> {
    Ok(work(works)?)
}

#[test]
fn boxed_error_that_is_not_send_carries_the_rejection() {
    prove(breaker_of(boxed_local), |works| {
        ended(boxed_local(works), |error| error.is::<BreakerError>())
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn io(works: bool) -> std::io::Result<()> {
    work(works).map_err(std::io::Error::other)
}

fn is_rejection(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<BreakerError>)
}

#[test]
fn io_error_under_an_alias_carries_the_rejection() {
    prove(breaker_of(io), |works| ended(io(works), is_rejection));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn any(works: bool) -> anyhow::Result<()> {
    work(works)?;
    Ok(())
}

#[test]
fn anyhow_error_carries_the_rejection() {
    prove(breaker_of(any), |works| ended(any(works), anyhow::Error::is::<BreakerError>));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn report(works: bool) -> eyre::Result<()> {
    work(works)?;
    Ok(())
}

#[test]
fn eyre_report_carries_the_rejection() {
    prove(breaker_of(report), |works| ended(report(works), eyre::Report::is::<BreakerError>));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn generic<E: From<TestError> + From<BreakerError>>(works: bool) -> Result<(), E> {
    Ok(work(works)?)
}

#[test]
fn generic_error_carries_the_rejection() {
    prove(breaker_of(generic::<TestError>), generic::<TestError>);
}

type Shop<T, E = TestError> = Result<T, E>;

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn alias(works: bool) -> Shop<()> {
    work(works)
}

#[test]
fn alias_of_result_carries_the_rejection() {
    prove(breaker_of(alias), alias);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
#[allow(clippy::result_large_err)]
fn grpc(works: bool) -> Result<(), tonic::Status> {
    work(works).map_err(|error| tonic::Status::internal(error.to_string()))
}

#[test]
fn grpc_status_is_unavailable_and_keeps_its_source() {
    prove(breaker_of(grpc), |works| {
        ended(grpc(works), |status| {
            let source = status.source().and_then(|source| source.downcast_ref::<BreakerError>());
            status.code() == tonic::Code::Unavailable && source.is_some()
        })
    });
}

mod http {
    use axum::Json;
    use axum::http::{StatusCode, header};
    use axum::response::Response;

    use super::{BreakerError, breaker_of, circuit_breaker, ended, prove, work};

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    #[allow(clippy::result_large_err)]
    fn page(works: bool) -> Result<Json<u32>, Response> {
        let failed = |_| axum::response::IntoResponse::into_response(StatusCode::BAD_GATEWAY);
        work(works).map(|()| Json(7)).map_err(failed)
    }

    #[test]
    fn response_is_503_with_retry_after() {
        prove(breaker_of(page), |works| {
            ended(page(works), |response| {
                let seconds = response.headers().get(header::RETRY_AFTER);
                response.status() == StatusCode::SERVICE_UNAVAILABLE
                    && seconds.is_some_and(|seconds| seconds == "1")
            })
        });
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn handler(works: bool) -> Result<Json<u32>, BreakerError> {
        assert!(works);
        Ok(Json(7))
    }

    #[test]
    fn breaker_error_is_a_response() {
        breaker_of(handler).force_open();
        let response = axum::response::IntoResponse::into_response(handler(true));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().get(header::RETRY_AFTER).is_none());
    }
}

#[circuit_breaker(name = "forged\r\nSet-Cookie: a=b", failure_threshold = 2)]
fn forged() -> Result<(), BreakerError> {
    Ok(())
}

/// Control characters in names and keys forged log lines.
#[test]
fn control_characters_in_a_name_are_escaped_in_answers_to_clients() {
    let _fresh = breaker_runtime::testing::isolate();
    breaker_of(forged).force_open();
    let rejection = forged().expect_err("forced open");
    let status = tonic::Status::from(rejection.clone());
    let body = axum::response::IntoResponse::into_response(rejection).into_body();
    let body = futures::executor::block_on(axum::body::to_bytes(body, 10_000)).expect("a body");
    for answer in [status.message(), std::str::from_utf8(&body).expect("a text")] {
        assert!(!answer.contains(char::is_control), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_rejection_has_its_own_kind() {
    let kinds: Vec<_> = every_kind().await.iter().map(|(error, _)| error.kind()).collect();
    let expected = [
        ErrorKind::Open,
        ErrorKind::HalfOpen,
        ErrorKind::ForcedOpen,
        ErrorKind::Recovering,
        ErrorKind::Throttled,
        ErrorKind::Full,
        ErrorKind::TimedOut,
        ErrorKind::Failed,
        ErrorKind::Injected,
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test(start_paused = true)]
async fn io_error_has_the_kind_of_a_time_out_for_a_time_out_alone() {
    for (error, _) in every_kind().await {
        let late = error.kind() == ErrorKind::TimedOut;
        let kind = std::io::Error::from(error.clone()).kind();
        assert_eq!(kind == std::io::ErrorKind::TimedOut, late, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn response_names_the_kind_and_gives_clients_no_advice_for_operators() {
    for (error, what) in every_kind().await {
        let body = axum::response::Response::from(error.clone()).into_body();
        let body = axum::body::to_bytes(body, 1_000).await.expect("a short body");
        let body = String::from_utf8(body.to_vec()).expect("a text");
        assert!(body.contains(what) && body.contains(error.breaker()), "{body}");
        assert_eq!(tonic::Status::from(error).message(), body);
        for advice in ["automatic", "call_timeout", "max_concurrent", "()"] {
            assert!(!body.contains(advice), "{body}");
        }
    }
}

/// Errors say what happened, to which breaker, and what to do.
#[test]
fn rejection_message_says_what_happened_and_what_to_do() {
    let breaker = breaker_of(alias);
    let _fresh = breaker_runtime::testing::isolate();
    breaker.trip();
    let error = breaker.try_acquire().expect_err("open");
    assert_eq!(error.kind(), ErrorKind::Open);
    let message = error.to_string();
    assert!(
        message.contains("`shapes::return_types::alias` is open") && message.contains("try again in"),
        "{message}"
    );
    breaker.force_open();
    let message = breaker.try_acquire().expect_err("forced open").to_string();
    assert!(message.contains("automatic()"), "{message}");
    assert!(size_of::<BreakerError>() <= 32);
}
