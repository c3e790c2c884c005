//! Answers that a real server streams over a socket, read through each kind of guard.
//!
//! The server runs on its own thread, in real time. The runtime of the clients is paused only while they
//! are away or while the server is silent for ever: no limit depends on the speed of the machine.

use std::convert::Infallible;
use std::error::Error;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::http::header::CONTENT_LENGTH;
use axum::routing::get;
use breaker_runtime::tower::CircuitBreakerLayer;
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, breaker_of, circuit_breaker, testing,
};
use breaker_tests::wait::TimeLimit;
use futures::stream::{BoxStream, iter, once, try_unfold};
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{self, Instant};
use tower::{Layer, ServiceExt, service_fn};

use crate::common::{seconds, settled};

const PIECE: usize = 64 * 1024;
/// Several times the size of the buffers of two sockets and of two HTTP connections.
const FLOOD: usize = 32 * 1024 * 1024;

type BoxError = Box<dyn Error + Send + Sync>;
type Pieces = BoxStream<'static, Result<Bytes, BoxError>>;

/// A server on a free port, which stops when this is dropped.
struct Server {
    origin: String,
    /// The bytes of `/flood` that were passed to the connection.
    sent: Arc<AtomicUsize>,
    /// The permits of `/steps`, which sends one piece for each.
    steps: Arc<Semaphore>,
    _stop: oneshot::Sender<Infallible>,
}

impl Server {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let (sent, steps) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let (stop, stopped) = oneshot::channel();
        let app = routes(sent.clone(), steps.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    end = axum::serve(listener, app) => end.expect("a server"),
                    _ = stopped => {}
                }
            });
        });
        Self { origin, sent, steps, _stop: stop }
    }

    /// Waits until the server has stopped sending, because the buffers are full.
    ///
    /// This is real time, the only way to see that nothing happens. If it ends too early on a busy
    /// machine, the reader only comes back earlier.
    async fn is_held_up(&self) {
        let limit = TimeLimit::start();
        loop {
            limit.check("the server is held up");
            let before = self.sent.load(Ordering::Relaxed);
            time::sleep(Duration::from_millis(20)).await;
            if before > 0 && before == self.sent.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

fn routes(sent: Arc<AtomicUsize>, steps: Arc<Semaphore>) -> Router {
    let piece = Bytes::from(vec![b'~'; PIECE]);
    let flood = move || {
        sent.store(0, Ordering::Relaxed);
        let (sent, piece) = (sent.clone(), piece.clone());
        iter(0..FLOOD / PIECE).map(move |_| {
            sent.fetch_add(PIECE, Ordering::Relaxed);
            Ok(piece.clone())
        })
    };
    let steps = move || {
        let steps = steps.clone();
        iter(["to ", "be"]).then(move |piece| {
            let steps = steps.clone();
            async move {
                steps.acquire().await.expect("never closed").forget();
                Ok(Bytes::from(piece))
            }
        })
    };
    Router::new()
        .route(
            "/whole",
            get(|| async { streamed(pieces().chain(once(async { Ok(Bytes::from("be")) }))) }),
        )
        .route("/cut", get(|| async { streamed(pieces().chain(once(cut()))) }))
        .route("/short", get(|| async { promised(100, pieces().chain(once(cut()))) }))
        .route("/hangs", get(|| async { streamed(pieces().chain(once(pending()))) }))
        .route("/flood", get(|| async move { streamed(flood()) }))
        .route("/steps", get(|| async move { streamed(steps()) }))
}

/// Returns the first pieces of each answer.
fn pieces() -> impl Stream<Item = io::Result<Bytes>> {
    once(async { Ok(Bytes::from("to ")) })
}

/// Makes the server close the connection, after it has sent the pieces before.
async fn cut() -> io::Result<Bytes> {
    tokio::task::yield_now().await;
    Err(io::Error::other("the server is killed"))
}

fn streamed(body: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Response<Body> {
    Response::new(Body::from_stream(body))
}

fn promised(
    length: u64,
    body: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Response<Body> {
    let mut response = streamed(body);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

/// The guards of a body.
#[derive(Clone, Copy, Debug)]
enum Guard {
    CallResponse,
    TowerLayer,
    Attribute,
}

const GUARDS: [Guard; 3] = [Guard::CallResponse, Guard::TowerLayer, Guard::Attribute];

#[circuit_breaker(failure_threshold = 100, idle = "20s", slow_call = "10s", max_concurrent = 10)]
async fn attribute(url: String) -> Result<BoxStream<'static, Result<Bytes, BoxError>>, BoxError> {
    Ok(chunks(client().get(url).send().await?))
}

impl Guard {
    /// Returns a breaker without calls. Those of the attribute last as long as the scope of the test.
    fn breaker(self, server: &Server) -> CircuitBreaker {
        if let Self::Attribute = self {
            return breaker_of(attribute).clone();
        }
        let name = format!("{self:?} of {}", server.origin);
        let builder = CircuitBreaker::builder(name).failure_threshold(100).max_concurrent(10);
        builder.idle(seconds(20)).slow_call(seconds(10)).build().expect("in range")
    }

    async fn get(self, breaker: &CircuitBreaker, url: String) -> Pieces {
        match self {
            Self::CallResponse => {
                chunks(breaker.call_response(client().get(url).send()).await.expect("a response"))
            }
            Self::TowerLayer => {
                let client = client();
                let request = client.get(url).build().expect("a request");
                let sends = service_fn(move |request| {
                    let answer = client.execute(request);
                    async { answer.await.map(Response::<reqwest::Body>::from) }
                });
                let service = CircuitBreakerLayer::new(breaker.clone()).streamed().layer(sends);
                let response: Result<_, CallError<reqwest::Error>> = service.oneshot(request).await;
                let body = Body::new(response.expect("a response").into_body());
                body.into_data_stream().map_err(Into::into).boxed()
            }
            Self::Attribute => attribute(url).await.expect("a response"),
        }
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

fn chunks(response: reqwest::Response) -> Pieces {
    try_unfold(response, async |mut response| Ok(response.chunk().await?.map(|bytes| (bytes, response))))
        .boxed()
}

/// Runs a test for each guard, with an answer of the server.
async fn each(path: &str, test: impl AsyncFn(&CircuitBreaker, Pieces, &Server)) {
    let _fresh = testing::isolate();
    let server = Server::start();
    for guard in GUARDS {
        let breaker = guard.breaker(&server);
        let answer = guard.get(&breaker, format!("{}{path}", server.origin)).await;
        assert_eq!(
            (settled(&breaker), running(&breaker)),
            ((0, 0, 0, 0), 1),
            "{guard:?}: the body runs"
        );
        // Printed if the test fails.
        println!("{guard:?}, {path}");
        test(&breaker, answer, &server).await;
        assert_eq!(running(&breaker), 0, "{guard:?}: the permit is released");
    }
}

fn running(breaker: &CircuitBreaker) -> u32 {
    breaker.snapshot().bulkhead.expect("a bulkhead").running
}

/// Reads the first piece of an answer.
async fn begins(answer: &mut Pieces) {
    assert_eq!(answer.next().await.expect("a piece").expect("a piece"), "to ");
}

/// Lets time pass for the reader, and none for the server.
async fn stay_away(length: Duration) {
    time::pause();
    time::advance(length).await;
    time::resume();
}

fn breaker_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e BreakerError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[tokio::test]
async fn served_body_that_ends_is_a_success() {
    each("/whole", async |breaker, answer, _| {
        let pieces: Vec<Bytes> = answer.try_collect().await.expect("whole");
        assert_eq!((pieces.concat(), settled(breaker)), (b"to be".to_vec(), (1, 0, 0, 0)));
    })
    .await;
}

#[tokio::test]
async fn connection_cut_in_the_middle_of_a_body_is_a_failure() {
    for path in ["/cut", "/short"] {
        each(path, async |breaker, mut answer, _| {
            begins(&mut answer).await;
            assert_eq!(settled(breaker), (0, 0, 0, 0));
            let error = answer.next().await.expect("an error").expect_err("the connection is cut");
            assert!(breaker_error(&*error).is_none(), "{error:?}");
            assert_eq!(settled(breaker), (0, 1, 0, 0));
            drop(answer);
            assert_eq!(settled(breaker), (0, 1, 0, 0));
        })
        .await;
    }
}

#[tokio::test]
async fn server_that_hangs_in_the_middle_of_a_body_is_a_failure_after_idle() {
    each("/hangs", async |breaker, mut answer, _| {
        begins(&mut answer).await;
        time::pause();
        let began = Instant::now();
        let ended = time::timeout(seconds(3600), answer.next()).await.expect("`idle` ends it");
        let error = ended.expect("an error").expect_err("it hangs");
        assert_eq!(breaker_error(&*error).map(BreakerError::kind), Some(ErrorKind::TimedOut));
        assert_eq!(began.elapsed().as_secs(), 20);
        time::resume();
        assert_eq!((settled(breaker), breaker.snapshot().totals.timed_out), ((0, 1, 0, 0), 1));
    })
    .await;
}

#[tokio::test]
async fn reader_that_is_slower_than_the_server_is_a_success() {
    each("/flood", async |breaker, mut answer, server| {
        let mut read = answer.next().await.expect("a piece").expect("a piece").len();
        for _ in 0..3 {
            server.is_held_up().await;
            assert!(server.sent.load(Ordering::Relaxed) < FLOOD, "the reader holds the server up");
            stay_away(seconds(3600)).await;
            read += answer.next().await.expect("a piece").expect("a piece").len();
        }
        assert_eq!(settled(breaker), (0, 0, 0, 0));
        while let Some(piece) = answer.next().await {
            read += piece.expect("a piece").len();
        }
        assert_eq!((read, settled(breaker)), (FLOOD, (1, 0, 0, 0)));
        assert_eq!(breaker.snapshot().totals.slow, 0);
    })
    .await;
}

#[tokio::test]
async fn reader_that_stays_away_after_the_server_has_sent_is_a_success() {
    each("/steps", async |breaker, mut answer, server| {
        for piece in ["to ", "be"] {
            let woken = Arc::new(Woken::default());
            let waker = Waker::from(woken.clone());
            assert!(answer.poll_next_unpin(&mut Context::from_waker(&waker)).is_pending());
            server.steps.add_permits(1);
            let limit = TimeLimit::start();
            while !woken.0.load(Ordering::Acquire) {
                limit.check("the server wakes the reader");
                time::sleep(Duration::from_millis(1)).await;
            }
            stay_away(seconds(3600)).await;
            assert_eq!(answer.next().await.expect("a piece").expect("a piece"), piece);
        }
        assert!(answer.next().await.is_none());
        assert_eq!((settled(breaker), breaker.snapshot().totals.slow), ((1, 0, 0, 0), 0));
    })
    .await;
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

#[tokio::test]
async fn served_body_that_its_reader_drops_is_cancelled() {
    each("/hangs", async |breaker, mut answer, _| {
        begins(&mut answer).await;
        let mut context = Context::from_waker(Waker::noop());
        assert!(answer.poll_next_unpin(&mut context).is_pending());
        drop(answer);
        assert_eq!(settled(breaker), (0, 0, 0, 1));
    })
    .await;
    each("/flood", async |breaker, mut answer, _| {
        assert!(answer.next().await.expect("a piece").is_ok());
        drop(answer);
        assert_eq!(settled(breaker), (0, 0, 0, 1));
    })
    .await;
}
