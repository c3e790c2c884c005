//! A rejection as the answer of a server, as a real client receives it over a socket: it equals the
//! table in the docs of [`ErrorKind`].

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::routing::get;
use breaker_runtime::classify::RetryAfter;
use breaker_runtime::{BreakerError, ErrorKind};
use breaker_tests::every_kind::every_kind;
use breaker_tests::paused;
use http::uri::PathAndQuery;
use reqwest::Client;
use tokio::net::TcpListener;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Status};
use tower::service_fn;

const DOCS: &str = include_str!("../../../breaker-runtime/src/types/error.rs");

/// The open period of the breaker that is open.
const LEFT: Duration = Duration::from_mins(1);

/// A row of the table: what a client receives for an error of this kind.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    kind: String,
    ran: bool,
    http: String,
    http_retry_after: Option<Duration>,
    grpc: String,
    grpc_retry_after: Option<Duration>,
}

fn documented() -> Vec<Row> {
    let rows = DOCS.lines().filter_map(|line| line.strip_prefix("/// | `"));
    rows.map(|line| {
        let cells: Vec<_> = line.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let [kind, ran, http, http_retry_after, grpc, grpc_retry_after, _] = &cells[..] else {
            panic!("a row has six cells: {line}")
        };
        let yes = |cell: &str| match cell {
            "yes" => true,
            "no" => false,
            _ => panic!("{line}"),
        };
        Row {
            kind: kind.clone(),
            ran: yes(ran),
            http: http.clone(),
            http_retry_after: yes(http_retry_after).then_some(LEFT),
            grpc: grpc.clone(),
            grpc_retry_after: yes(grpc_retry_after).then_some(LEFT),
        }
    })
    .collect()
}

type Errors = Arc<HashMap<String, BreakerError>>;

/// Uses real time, because sockets are real; the errors are made before, in paused time.
#[test]
fn clients_receive_for_each_kind_what_the_docs_say() {
    let errors: Vec<_> = paused(every_kind()).into_iter().map(|(error, _)| error).collect();
    let kinds: Vec<_> = errors.iter().map(BreakerError::kind).collect();
    let by_kind = errors.into_iter().map(|error| (name(error.kind()), error)).collect();
    let received = run(receive(Arc::new(by_kind), &kinds));
    assert_eq!(received, documented());
}

fn name(kind: ErrorKind) -> String {
    format!("{kind:?}")
}

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

async fn receive(errors: Errors, kinds: &[ErrorKind]) -> Vec<Row> {
    let web = serve_http(Arc::clone(&errors)).await;
    let http = Client::builder().no_proxy().timeout(LEFT).build().expect("it needs no TLS");
    let remote = serve_grpc(Arc::clone(&errors)).await;
    let channel = Channel::from_shared(format!("http://{remote}")).expect("a URL");
    let mut grpc = Grpc::new(channel.connect().await.expect("it listens"));
    let mut rows = Vec::new();
    for kind in kinds {
        let response = http.get(format!("http://{web}/{}", name(*kind))).send().await;
        let response = response.expect("an answer");
        let status = response.status();
        let http_retry_after = response.retry_after();
        let body = response.text().await.expect("a text");
        let answer = call(&mut grpc, &name(*kind)).await;
        assert_eq!(answer.message(), body, "one text for both");
        rows.push(Row {
            kind: name(*kind),
            ran: !kind.is_rejection() && *kind != ErrorKind::Injected,
            http: status.as_u16().to_string(),
            http_retry_after,
            grpc: format!("{:?}", answer.code()),
            grpc_retry_after: answer.retry_after(),
        });
    }
    rows
}

async fn serve_http(errors: Errors) -> SocketAddr {
    let handler = async |State(errors): State<Errors>, Path(kind): Path<String>| errors[&kind].clone();
    let routes = axum::Router::new().route("/{kind}", get(handler)).with_state(errors);
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn serve_grpc(errors: Errors) -> SocketAddr {
    let service = service_fn(move |request: http::Request<tonic::body::Body>| {
        let kind = request.uri().path().rsplit('/').next().unwrap_or_default();
        let status = Status::from(errors[kind].clone());
        async move { Ok::<_, Infallible>(status.into_http::<tonic::body::Body>()) }
    });
    let (listener, address) = listen().await;
    let incoming = TcpIncoming::from(listener);
    tokio::spawn(async move { Server::builder().serve_with_incoming(service, incoming).await });
    address
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

/// Calls a method of the service `Bank`, and returns the status of its answer.
async fn call(grpc: &mut Grpc<Channel>, method: &str) -> Status {
    grpc.ready().await.expect("connected");
    let path = PathAndQuery::try_from(format!("/Bank/{method}")).expect("a path");
    let answer = grpc.unary(Request::new(()), path, Empty).await;
    answer.map(|_| ()).expect_err("every method fails")
}

/// The codec of messages without fields.
struct Empty;

impl Codec for Empty {
    type Encode = ();
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Empty {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }
}

impl Decoder for Empty {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        Ok(Some(()))
    }
}
