//! Each way of an error into the runtime: the report names what `impl Cause` says of it, and its text
//! appears nowhere.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::fs;
use std::future::ready;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use breaker_runtime::classify::{Class, Classify, via};
use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{
    BreakerError, CallError, Cause, CircuitBreaker, Outcome, breaker, circuit_breaker, metrics,
    on_event, register_cause,
};
use futures::future::LocalBoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _, stream};
use http::{Extensions, Request};
use http_body::{Body, Frame};
use reqwest::dns::{Name, Resolve, Resolving};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tracing_subscriber::fmt::MakeWriter;

/// The text of each error.
const SECRET: &str = "password hunter2";

/// An error type with a secret in its text.
trait Leaky: Error + Classify + From<BreakerError> + Clone + Send + Sync + 'static {
    const NEW: Self;

    /// The cause that reports have: of the type itself, or else of the type around it.
    fn expected<Around>() -> &'static str;
}

macro_rules! leaky {
    ($($name:ident, $expected:expr;)*) => {$(
        #[derive(Clone)]
        struct $name;

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SECRET)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SECRET)
            }
        }

        impl Error for $name {}

        impl Classify for $name {
            fn class(&self) -> Class {
                Class::NoAnswer
            }
        }

        impl From<BreakerError> for $name {
            fn from(_: BreakerError) -> Self {
                Self
            }
        }

        impl Leaky for $name {
            const NEW: Self = Self;

            fn expected<Around>() -> &'static str {
                ($expected)(type_name::<Around>())
            }
        }
    )*};
}

leaky! {
    Asked, |_| "Asked(down)";
    Unasked, |name| name;
}

impl Cause for Asked {
    fn cause(&self) -> &'static str {
        "Asked(down)"
    }
}

/// An error around another one.
#[derive(Debug)]
struct Wrapper<E>(E);

impl<E> fmt::Display for Wrapper<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SECRET)
    }
}

impl<E: Error + 'static> Error for Wrapper<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

type Boxed = Box<dyn Error + Send + Sync>;

/// A body with an error in its first frame.
struct BrokenBody<E>(Option<E>);

impl<E: Unpin> Body for BrokenBody<E> {
    type Data = io::Cursor<Vec<u8>>;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, E>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

/// Returns a response with a body that breaks.
fn broken<E>(error: E) -> http::Response<BrokenBody<E>> {
    http::Response::new(BrokenBody(Some(error)))
}

/// Returns a response of `reqwest` with a body that breaks.
fn broken_response<E: Leaky + Unpin>() -> reqwest::Response {
    let body = BrokenBody(Some(E::NEW));
    http::Response::new(reqwest::Body::wrap(BytesBody(body))).into()
}

/// The same with the type of data that `reqwest` wants.
struct BytesBody<E>(BrokenBody<E>);

impl<E: Unpin> Body for BytesBody<E> {
    type Data = axum::body::Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, E>>> {
        Poll::Ready(self.0.0.take().map(Err))
    }
}

/// A resolver that fails, so that an error of `reqwest` has a source.
struct NoName<E>(E);

impl<E: Leaky> Resolve for NoName<E> {
    fn resolve(&self, _: Name) -> Resolving {
        ready(Err(self.0.clone().into())).boxed()
    }
}

/// A middleware that fails.
struct Failing<E>(E);

#[async_trait::async_trait]
impl<E: Leaky> Middleware for Failing<E> {
    async fn handle(
        &self,
        _: reqwest::Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        Err(reqwest_middleware::Error::Middleware(self.0.clone().into()))
    }
}

/// Sends a request through the breaker and a middleware that fails behind it.
async fn through_middleware<E: Leaky>(breaker: CircuitBreaker) {
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(CircuitBreakerMiddleware::new(breaker))
        .with(Failing(E::NEW))
        .build();
    client.get("http://localhost/").send().await.unwrap_err();
}

/// The calls of one way, with the type that a report names for an error that is not asked.
struct Entry<E: Leaky> {
    name: &'static str,
    run: fn(CircuitBreaker) -> LocalBoxFuture<'static, ()>,
    expected: fn() -> &'static str,
    error: std::marker::PhantomData<E>,
}

macro_rules! entries {
    ($($name:literal, $around:ty: |$breaker:ident| $call:expr;)*) => {
        vec![$(Entry {
            name: $name,
            run: |$breaker| async move { let _ = $call; }.boxed_local(),
            expected: E::expected::<$around>,
            error: std::marker::PhantomData,
        }),*]
    };
}

const fn failure<Output>(_: &Output) -> Outcome {
    Outcome::Failure
}

fn entries<E: Leaky + Unpin>() -> Vec<Entry<E>> {
    entries! {
        "call", E: |breaker| breaker.call(|| Err::<(), _>(E::NEW));
        "call_async", E: |breaker| breaker.call_async(async || Err::<(), _>(E::NEW)).await;
        "call_classified", E: |breaker| breaker.call_classified(|| Err::<(), _>(E::NEW), failure);
        "call_async_classified", E: |breaker| {
            breaker.call_async_classified(async || Err::<(), _>(E::NEW), failure).await
        };
        "call_stream", E: |breaker| {
            breaker.call_stream(|| stream::iter([Err::<(), _>(E::NEW)])).collect::<Vec<_>>().await
        };
        "call, in a box", Boxed: |breaker| breaker.call(|| Err::<(), Boxed>(E::NEW.into()));
        "call, in a box that is not Sync", Box<dyn Error + Send>: |breaker| {
            breaker.call(|| Err::<(), Box<dyn Error + Send>>(Box::new(E::NEW)))
        };
        "call, in a box that is not Send", Box<dyn Error>: |breaker| {
            breaker.call(|| Err::<(), Box<dyn Error>>(E::NEW.into()))
        };
        "call, as the source of a boxed error", Boxed: |breaker| {
            breaker.call(|| Err::<(), Boxed>(Wrapper(Wrapper(E::NEW)).into()))
        };
        "tower", E: |breaker| {
            let service = service_fn(async |(): ()| Err::<(), _>(E::NEW));
            CircuitBreakerLayer::new(breaker).layer(service).oneshot(()).await
        };
        "tower, in a box", Boxed: |breaker| {
            let service = service_fn(async |(): ()| Err::<(), Boxed>(E::NEW.into()));
            CircuitBreakerLayer::new(breaker).layer(service).oneshot(()).await
        };
        "tower: failure_if", E: |breaker| {
            let service = service_fn(async |(): ()| Err::<(), _>(E::NEW));
            let layer = CircuitBreakerLayer::new(breaker).failure_if(Result::<(), E>::is_err);
            layer.layer(service).oneshot(()).await
        };
        "tower: classify", E: |breaker| {
            let service = service_fn(async |(): ()| Err::<(), _>(E::NEW));
            let layer = CircuitBreakerLayer::new(breaker).classify::<Result<(), E>, via::Error>();
            layer.layer(service).oneshot(()).await
        };
        "tower: streamed", E: |breaker| {
            let service = service_fn(async |(): ()| Err::<http::Response<BrokenBody<E>>, _>(E::NEW));
            CircuitBreakerLayer::new(breaker).streamed().layer(service).oneshot(()).await.map(drop)
        };
        "tower: streamed, in the body", Boxed: |breaker| {
            let service = service_fn(async |(): ()| Ok::<_, io::Error>(broken(E::NEW)));
            let layer = CircuitBreakerLayer::new(breaker).streamed();
            let response = layer.layer(service).oneshot(()).await.expect("a head");
            let mut body = Box::pin(response.into_body());
            futures::future::poll_fn(|context| body.as_mut().poll_frame(context)).await.map(|_| ())
        };
        "call_response", reqwest::Error: |breaker| {
            let client = reqwest::Client::builder().no_proxy().dns_resolver(NoName(E::NEW)).build();
            breaker.call_response(client.unwrap().get("http://shop/").send()).await
        };
        "call_response, in the body", Boxed: |breaker| {
            let response = breaker.call_response(ready(Ok(broken_response::<E>()))).await;
            response.expect("a head").text().await
        };
        "reqwest-middleware", reqwest_middleware::Error: |breaker| {
            through_middleware::<E>(breaker).await;
        };
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Returns the cause of the call that opened the breaker.
fn last(breaker: &CircuitBreaker) -> &'static str {
    let report = breaker.last_trip().expect("it has tripped");
    report.calls.last().and_then(|call| call.cause).expect("a cause")
}

/// Returns the answer of the dashboard to a request.
async fn dashboard(path: &str) -> String {
    let router = Dashboard::new("causes").allow_any_host().into_router();
    let path = path.replace(' ', "%20");
    let request = Request::get(format!("/breakers/{path}")).header("host", "shop").body(String::new());
    let response = router.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Runs each entry with this type of error, and checks the causes and all that operators see.
async fn check<E: Leaky + Unpin>(kind: &str) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false);
    let _guard =
        tracing::subscriber::set_default(subscriber.with_max_level(tracing::Level::TRACE).finish());
    let events = Arc::new(Mutex::new(Vec::new()));
    let text = Arc::clone(&events);
    let _subscription = on_event(move |event| {
        let json = serde_json::to_string(&event.trip).unwrap();
        text.lock().unwrap().push(format!("{event:?} {json}"));
    });
    let mut shown = Vec::new();
    let mut names = Vec::new();
    let entries = entries::<E>();
    for Entry { name, run, expected, .. } in &entries {
        let label = format!("{kind}: {name}");
        let breaker = CircuitBreaker::builder(&label).failure_threshold(1).build().expect("valid");
        run(breaker.clone()).await;
        assert!(breaker.last_trip().is_some(), "{label}");
        assert_eq!(last(&breaker), expected(), "{label}");
        let rejection = breaker.try_acquire().map(drop).expect_err("open");
        let report = rejection.trip_report().expect("it has tripped");
        let json = serde_json::to_string(&report).unwrap();
        let summary = report.summary();
        shown.push(format!("{rejection} {rejection:?} {report} {report:?} {summary} {json}"));
        shown.push(dashboard(&label).await);
        names.push(label);
    }
    shown.push(metrics::render());
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let events = events.lock().unwrap().join("\n");
    for label in names {
        assert!(logged.contains(&label) && events.contains(&label), "{label}: {logged}");
    }
    for text in [shown.join("\n"), logged, events] {
        let found = text.find("hunter2").map(|at| &text[at.saturating_sub(400)..at]);
        assert_eq!(found, None);
    }
}

#[tokio::test]
async fn registered_type_is_asked_at_each_entry_and_no_text_appears() {
    register_cause::<Asked>();
    register_cause::<Asked>();
    check::<Asked>("registered").await;
}

#[tokio::test]
async fn other_type_is_named_at_each_entry_and_no_text_appears() {
    check::<Unasked>("not registered").await;
}

#[tokio::test]
async fn boxed_errors_and_streams_in_results_of_functions_are_asked() {
    #[circuit_breaker(failure_threshold = 1, name = "causes: boxed")]
    fn boxed() -> Result<(), Boxed> {
        Err(Wrapper(Asked).into())
    }

    #[circuit_breaker(failure_threshold = 1, name = "causes: opaque stream")]
    async fn opaque() -> Result<impl Stream<Item = Result<u32, Asked>>, Asked> {
        Ok(stream::iter([Ok(1), Err(Asked)]))
    }

    #[circuit_breaker(failure_threshold = 1, name = "causes: boxed stream")]
    async fn boxed_stream() -> Result<BoxStream<'static, Result<u32, Asked>>, Asked> {
        Ok(stream::iter([Ok(1), Err(Asked)]).boxed())
    }

    #[circuit_breaker(failure_threshold = 1, name = "causes: sync stream")]
    fn sync_stream() -> Result<impl Stream<Item = Result<u32, Asked>>, Asked> {
        Ok(stream::iter([Ok(1), Err(Asked)]))
    }

    register_cause::<Asked>();
    assert!(boxed().is_err());
    assert_eq!(opaque().await.unwrap().count().await, 2);
    assert_eq!(boxed_stream().await.unwrap().count().await, 2);
    assert_eq!(sync_stream().unwrap().count().await, 2);
    for name in ["boxed", "opaque stream", "boxed stream", "sync stream"] {
        let breaker = breaker(&format!("causes: {name}")).expect("it has been called");
        assert_eq!(last(&breaker), "Asked(down)", "{name}");
    }
}

#[test]
fn rejection_in_a_boxed_error_names_its_kind() {
    let inner = CircuitBreaker::builder("causes: inner").build().expect("valid");
    let outer = CircuitBreaker::builder("causes: outer").failure_threshold(1).build().expect("valid");
    inner.force_open();
    let result = outer.call(|| match inner.call(|| Ok::<(), BreakerError>(())) {
        Err(CallError::Breaker(error)) => Err::<(), Boxed>(error.into()),
        _ => Ok(()),
    });
    assert!(result.is_err());
    assert_eq!(last(&outer), "BreakerError(forced open)");
}

/// The code that names the type of an error: elsewhere an error would be named that could be asked.
#[test]
fn type_of_an_error_is_named_where_causes_are_asked_alone() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../breaker-runtime/src");
    find(&root, &root, &mut files);
    files.sort();
    let known = [
        "breaker/judge.rs",
        "macro_support/call_policy.rs",
        "macro_support/cause.rs",
        "types/cause/registered.rs",
    ];
    assert_eq!(files, known);
}

/// Adds the sources below `folder` with `type_name::<E>`.
fn find(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            find(root, &path, files);
        } else if fs::read_to_string(&path).expect("UTF-8").contains("type_name::<E>") {
            let path = path.strip_prefix(root).expect("below");
            files.push(path.to_str().expect("UTF-8").replace('\\', "/"));
        }
    }
}
