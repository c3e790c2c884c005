//! Errors that have no code.

use std::io::{self, ErrorKind};
use std::net::TcpListener;

use breaker_runtime::classify::{Class, Classify};
use breaker_runtime::{BreakerError, CircuitBreaker};
use tokio::io::duplex;
use tokio_postgres::{Config, NoTls};

#[test]
fn error_of_sqlx_counts_by_its_kind() {
    use sqlx_core::Error;

    for (error, class) in [
        (Error::Io(ErrorKind::ConnectionReset.into()), Class::NoAnswer),
        (Error::Tls("no certificate".into()), Class::NoAnswer),
        (Error::PoolTimedOut, Class::NoAnswer),
        (Error::Protocol("garbage".into()), Class::ServerError),
        (Error::WorkerCrashed, Class::ServerError),
        (Error::RowNotFound, Class::ClientError),
        (Error::TypeNotFound { type_name: "tea".into() }, Class::ClientError),
        (Error::PoolClosed, Class::Neutral),
        (Error::Configuration("no URL".into()), Class::Neutral),
        (Error::ColumnNotFound("tea".into()), Class::Neutral),
        (Error::Decode("no number".into()), Class::Neutral),
        (Error::Encode("no text".into()), Class::Neutral),
    ] {
        assert_eq!(error.class(), class, "{error}");
    }
}

#[tokio::test]
async fn connection_of_tokio_postgres_that_ends_is_no_answer_and_a_wrong_request_neutral() {
    let (client, server) = duplex(1024);
    drop(server);
    let error = Config::new().user("tea").connect_raw(client, NoTls).await.map(drop);
    let error = error.expect_err("it is closed");
    assert_eq!(error.class(), Class::NoAnswer, "{error:?}");

    let error = "host=one port=none".parse::<Config>().expect_err("no number");
    assert_eq!(error.class(), Class::Neutral, "{error:?}");
    let (client, _server) = duplex(1024);
    let nul = Config::new().user("te\0a").connect_raw(client, NoTls).await.map(drop);
    let nul = nul.expect_err("it cannot be sent");
    assert_eq!(nul.class(), Class::Neutral, "{nul:?}");
}

#[test]
fn connection_of_redis_that_is_refused_or_ends_is_no_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("redis://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || drop(listener.accept()));
    let client = redis::Client::open(url).expect("a URL");
    let error = client.get_connection().map(drop).expect_err("it ends");
    assert_eq!(error.class(), Class::NoAnswer, "{error:?}");

    for (kind, class) in [
        (redis::ErrorKind::Parse, Class::ServerError),
        (redis::ErrorKind::AuthenticationFailed, Class::ClientError),
        (redis::ErrorKind::MasterNameNotFoundBySentinel, Class::NoAnswer),
        (redis::ErrorKind::ClusterConnectionNotFound, Class::NoAnswer),
        (redis::ErrorKind::UnexpectedReturnType, Class::Neutral),
        (redis::ErrorKind::InvalidClientConfig, Class::Neutral),
    ] {
        assert_eq!(redis::RedisError::from((kind, "planned")).class(), class, "{kind:?}");
    }
}

/// A breaker in the connector of a driver.
#[test]
fn rejection_inside_of_an_error_says_nothing_of_the_database() {
    let breaker = CircuitBreaker::builder("connector").build().expect("in range");
    breaker.force_open();
    let rejection = || -> BreakerError { breaker.try_acquire().expect_err("forced open") };
    let error = sqlx_core::Error::Io(io::Error::from(rejection()));
    assert_eq!(error.class(), Class::Neutral);
    let error = redis::RedisError::from(io::Error::from(rejection()));
    assert_eq!(error.class(), Class::Neutral);
}
