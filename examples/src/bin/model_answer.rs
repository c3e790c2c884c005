//! A model's answer as server-sent events, read through a breaker that sees the whole answer, not only
//! the head of the response.
//!
//! `cargo run -p breaker-examples --bin model_answer`: the gateway first answers in full, then it cuts
//! an answer, then it stops in the middle of one, each time with status 200.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use reqwest::{Client, Response};
use tokio::net::TcpListener;

#[derive(Debug)]
enum ModelError {
    Http(reqwest::Error),
    Cut,
    Breaker(BreakerError),
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Cut => f.write_str("the answer was cut"),
            Self::Breaker(error) => write!(f, "{:?}", error.kind()),
        }
    }
}

impl Error for ModelError {}

impl From<BreakerError> for ModelError {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error)
    }
}

impl From<reqwest::Error> for ModelError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// Connects to the model. `call_timeout` limits the head of the response, `first_item` and `idle` the
/// tokens.
#[circuit_breaker(
    failure_threshold = 2,
    call_timeout = "2s",
    first_item = "2s",
    idle = "300ms",
    max_concurrent = 64
)]
async fn answer(
    client: &Client,
    url: String,
) -> Result<BoxStream<'static, Result<String, ModelError>>, ModelError> {
    let response = client.get(url).send().await?.error_for_status()?;
    Ok(tokens(response).boxed())
}

/// Returns the data of the events, up to the end mark. An answer without one was cut, and must not look
/// complete.
fn tokens(response: Response) -> impl Stream<Item = Result<String, ModelError>> {
    struct Reading {
        response: Response,
        text: String,
        failed: bool,
    }
    let reading = Reading { response, text: String::new(), failed: false };
    stream::unfold(reading, async |mut reading| {
        if reading.failed {
            return None;
        }
        loop {
            if let Some((event, rest)) = reading.text.split_once("\n\n") {
                let data = event.trim_start_matches("data: ").to_owned();
                reading.text = rest.to_owned();
                return (data != "[DONE]").then_some((Ok(data), reading));
            }
            let error = match reading.response.chunk().await {
                Ok(Some(bytes)) => {
                    reading.text.push_str(&String::from_utf8_lossy(&bytes));
                    continue;
                }
                Ok(None) => ModelError::Cut,
                Err(error) => error.into(),
            };
            reading.failed = true;
            return Some((Err(error), reading));
        }
    })
}

/// Answers as the path says.
async fn gateway(Path(how): Path<String>) -> Body {
    let event = |data: &str| Ok::<_, io::Error>(format!("data: {data}\n\n"));
    let begun = stream::iter(["To", "be", "or"].map(event));
    match how.as_str() {
        "whole" => Body::from_stream(begun.chain(stream::iter([event("[DONE]")]))),
        "hangs" => Body::from_stream(begun.chain(stream::pending())),
        _ => Body::from_stream(begun),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/{how}", get(gateway))).await },
    );
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;

    for how in ["whole", "cut", "hangs", "whole"] {
        print!("{how:6}");
        match answer(&client, format!("http://{address}/{how}")).await {
            Err(error) => print!(" not asked: {error}"),
            Ok(mut answer) => {
                while let Some(token) = answer.next().await {
                    match token {
                        Ok(token) => print!(" {token}"),
                        Err(error) => print!(" .. {error}"),
                    }
                }
            }
        }
        let seen = breaker_of(answer).snapshot();
        let totals = seen.totals;
        println!(" -> {} ended well, {} failed, {:?}", totals.success, totals.failure, seen.state);
    }
    Ok(())
}
