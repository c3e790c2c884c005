//! SQLSTATE, in the errors of `tokio-postgres` and `sqlx`.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use breaker_runtime::classify::{self, Class, Classify};
use sqlx_core::error::{DatabaseError, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_postgres::{Config, NoTls};

use crate::documented;

/// An error as a driver of `sqlx` reports it.
#[derive(Debug)]
pub(crate) struct Reported(pub(crate) Cow<'static, str>);

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "planned: {}", self.0)
    }
}

impl Error for Reported {}

impl DatabaseError for Reported {
    fn message(&self) -> &str {
        &self.0
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        (!self.0.is_empty()).then(|| Cow::Borrowed(&*self.0))
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

pub(crate) fn sqlx(code: impl Into<Cow<'static, str>>) -> sqlx_core::Error {
    sqlx_core::Error::from(Reported(code.into()))
}

/// Returns the error of a client that connects to a server which refuses it with this code.
async fn refused(code: &str) -> tokio_postgres::Error {
    let (client, mut server) = duplex(1024);
    let fields = format!("SFATAL\0VFATAL\0C{code}\0Mplanned\0\0");
    let length = u32::try_from(fields.len() + 4).expect("short").to_be_bytes();
    let answer = [b"E", &length[..], fields.as_bytes()].concat();
    let serve = async {
        let mut startup = [0; 1024];
        assert_ne!(server.read(&mut startup).await.expect("open"), 0);
        server.write_all(&answer).await.expect("open");
    };
    let mut config = Config::new();
    config.user("tea");
    let (connected, ()) = tokio::join!(config.connect_raw(client, NoTls), serve);
    connected.map(drop).expect_err("refused")
}

#[tokio::test]
async fn sqlstate_has_the_class_that_the_guide_says() {
    for (code, class) in documented("SQLSTATE") {
        let code = if code.len() == 2 { format!("{code}000") } else { code.to_owned() };
        let error = refused(&code).await;
        assert_eq!(error.code().map(|code| code.code().to_owned()), Some(code.clone()));
        assert_eq!(error.class(), class, "tokio-postgres: {code}");
        assert_eq!(sqlx(code.clone()).class(), class, "sqlx: {code}");
        let untyped: Box<dyn Error + Send + Sync> = error.into();
        assert_eq!(classify::class(&*untyped), class, "untyped: {code}");
    }
}

/// The codes that the texts of the guide name.
#[tokio::test]
async fn sqlstate_of_a_known_outage_or_request_counts_as_such() {
    for (codes, class) in [
        (&["08000", "08006", "08004", "08S01", "08P01"][..], Class::NoAnswer),
        (&["53100", "53200", "57P01", "57P02", "57P03", "58030", "XX001"], Class::ServerError),
        (&["23505", "23503", "42601", "42P01", "28P01", "40001", "40P01", "55P03"], Class::ClientError),
        (&["HY000", "ZZ999"], Class::Neutral),
    ] {
        for code in codes {
            assert_eq!(refused(code).await.class(), class, "tokio-postgres: {code}");
            assert_eq!(sqlx(*code).class(), class, "sqlx: {code}");
        }
    }
}

/// SQLSTATE is text that another program sends.
#[tokio::test]
async fn code_that_is_none_is_neutral() {
    for code in ["", "é", "5", "ééé", "123456789012345678901", "\u{1F600}a"] {
        assert_eq!(refused(code).await.class(), Class::Neutral, "tokio-postgres: {code:?}");
    }
    for code in ["", "é", "éé1", "x", "99999999999", "\u{1F600}a"] {
        assert_eq!(sqlx(code).class(), Class::Neutral, "sqlx: {code:?}");
    }
}
