//! Responses with streamed bodies: the call ends when the body has ended.

#![cfg(all(
    feature = "tower",
    feature = "http-body",
    feature = "axum",
    feature = "reqwest",
    not(breaker_loom)
))]

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use axum::body::{Body, HttpBody, to_bytes};
use breaker_runtime::stream::GuardedBody;
use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{BreakerError, CallError, CircuitBreaker, ErrorKind, State, classify};
use futures::{StreamExt, stream};
use http::{Request, Response};
use tower::{Layer, Service, ServiceExt, service_fn};

fn settled(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let totals = breaker.snapshot().totals;
    (totals.success, totals.failure, totals.cancelled)
}

/// Answers a request, by its path.
async fn serve(request: Request<()>) -> Result<Response<Body>, Infallible> {
    let pieces = |pieces: Vec<Result<&'static str, io::Error>>| Body::from_stream(stream::iter(pieces));
    Ok(match request.uri().path() {
        "/whole" => Response::new(pieces(vec![Ok("to "), Ok("be")])),
        "/cut" => Response::new(pieces(vec![Ok("to "), Err(io::Error::other("cut"))])),
        "/empty" => Response::new(Body::empty()),
        "/known" => Response::new(Body::from("to be")),
        "/hangs" => Response::new(Body::from_stream(
            stream::iter([Ok::<_, io::Error>("to ")]).chain(stream::pending()),
        )),
        _ => Response::builder().status(503).body(pieces(vec![Ok("sorry")])).expect("a response"),
    })
}

fn service(
    breaker: &CircuitBreaker,
) -> impl Service<
    Request<()>,
    Response = Response<GuardedBody<Body>>,
    Error = CallError<Infallible>,
    Future: Send,
> + Clone {
    CircuitBreakerLayer::new(breaker.clone())
        .failure_if(classify::server_error)
        .streamed()
        .layer(service_fn(serve))
}

async fn get(breaker: &CircuitBreaker, path: &str) -> Response<GuardedBody<Body>> {
    let request = Request::get(path).body(()).expect("a request");
    service(breaker).oneshot(request).await.expect("not rejected")
}

async fn read(response: Response<GuardedBody<Body>>) -> Result<String, axum::Error> {
    let bytes = to_bytes(Body::new(response.into_body()), 100).await?;
    Ok(String::from_utf8(bytes.to_vec()).expect("text"))
}

fn breaker(name: &str) -> CircuitBreaker {
    let builder = CircuitBreaker::builder(name).failure_threshold(10).max_concurrent(10);
    builder.idle(Duration::from_secs(5)).build().expect("in range")
}

#[tokio::test(start_paused = true)]
async fn body_of_a_response_is_part_of_the_call() {
    let breaker = breaker("bodies");
    let response = get(&breaker, "/whole").await;
    assert_eq!((settled(&breaker), running(&breaker)), ((0, 0, 0), 1));
    assert_eq!(read(response).await.expect("whole"), "to be");
    assert_eq!((settled(&breaker), running(&breaker)), ((1, 0, 0), 0));

    assert!(read(get(&breaker, "/cut").await).await.is_err());
    assert_eq!((settled(&breaker), running(&breaker)), ((1, 1, 0), 0));

    drop(get(&breaker, "/whole").await);
    assert_eq!((settled(&breaker), running(&breaker)), ((1, 1, 1), 0));

    let late = read(get(&breaker, "/hangs").await).await.expect_err("it hangs");
    let mut cause: Option<&dyn std::error::Error> = Some(&late);
    let mut kind = None;
    while let Some(error) = cause {
        kind = kind.or(error.downcast_ref::<BreakerError>().map(BreakerError::kind));
        cause = error.source();
    }
    assert_eq!((kind, settled(&breaker)), (Some(ErrorKind::TimedOut), (1, 2, 1)));
}

#[tokio::test]
async fn body_that_says_that_it_ends_is_a_success_without_another_poll() {
    let breaker = breaker("known lengths");
    drop(get(&breaker, "/empty").await);
    assert_eq!(settled(&breaker), (1, 0, 0));
    let mut body = get(&breaker, "/known").await.into_body();
    assert_eq!(body.size_hint().exact(), Some(5));
    let frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await;
    assert!(frame.is_some_and(|frame| frame.is_ok()) && body.is_end_stream());
    assert_eq!(settled(&breaker), (2, 0, 0));
    drop(body);
    assert_eq!(settled(&breaker), (2, 0, 0));
}

/// A client that looks at the status alone.
#[tokio::test]
async fn unread_bodies_are_no_sign_of_a_hang() {
    let breaker = breaker("unread");
    for _ in 0..50 {
        drop(get(&breaker, "/known").await);
    }
    assert_eq!(settled(&breaker), (0, 0, 50));
}

#[tokio::test]
async fn response_that_is_a_failure_is_counted_before_its_body() {
    let breaker = breaker("failures");
    let response = get(&breaker, "/down").await;
    assert_eq!((settled(&breaker), running(&breaker)), ((0, 1, 0), 0));
    assert_eq!(read(response).await.expect("a body"), "sorry");
    assert_eq!(settled(&breaker), (0, 1, 0));
}

fn running(breaker: &CircuitBreaker) -> u32 {
    breaker.snapshot().bulkhead.expect("a bulkhead").running
}

/// Starts a server that writes these bytes to one connection after the other, and closes it.
fn server(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut request = [0; 1024];
            let _ = connection.read(&mut request);
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    address
}

const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nto be";
const CUT: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nto \r\n";
const DOWN: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn response_of_reqwest_holds_its_permit_until_it_is_read() {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let breaker = CircuitBreaker::builder("reqwest").failure_threshold(2).build().expect("in range");
    let send = |address: SocketAddr| client.get(format!("http://{address}/answer")).send();

    let whole = server(WHOLE);
    let response = breaker.call_response(send(whole)).await.expect("a response");
    assert_eq!((response.url().path(), response.status().as_u16()), ("/answer", 200));
    assert_eq!(settled(&breaker), (0, 0, 0));
    assert_eq!(response.text().await.expect("whole"), "to be");
    assert_eq!(settled(&breaker), (1, 0, 0));

    drop(breaker.call_response(send(whole)).await.expect("a response"));
    assert_eq!(settled(&breaker), (1, 0, 1));

    let cut = breaker.call_response(send(server(CUT))).await.expect("a response");
    assert!(cut.text().await.is_err());
    assert_eq!(settled(&breaker), (1, 1, 1));

    let down = breaker.call_response(send(server(DOWN))).await.expect("a response");
    assert_eq!(down.status().as_u16(), 503);
    assert_eq!((settled(&breaker), breaker.state()), ((1, 2, 1), State::Open));
    assert!(matches!(breaker.call_response(send(whole)).await, Err(CallError::Breaker(_))));
}
