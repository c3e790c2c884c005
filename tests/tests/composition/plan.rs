//! The user's code of one call, and functions around it with all layers, in each of their shapes.

use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use breaker_runtime::{CallError, CircuitBreaker, breaker_of, circuit_breaker};
use breaker_tests::scripted::{Answer, Source, Trouble};
use futures::future::LocalBoxFuture;
use tokio::time::sleep;

const MS: Duration = Duration::from_millis(1);

/// A script for the user's code: the first body fails, the second hangs, later ones fail, and the
/// fallback takes some time.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Whether all bodies work at once, from the first one on.
    works: bool,
    /// The point in the user's code that panics, from 0 on.
    panics_at: Option<u32>,
    /// The number of bodies that others have run before.
    earlier: u32,
    points: AtomicU32,
    begun: AtomicU32,
    alive: AtomicU32,
}

/// A guard that counts the values that are not dropped.
struct Alive<'p>(&'p AtomicU32);

impl<'p> Alive<'p> {
    fn new(alive: &'p AtomicU32) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self(alive)
    }
}

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Returns `Pending` once and wakes its own waker: a yield of tokio would leave that waker with the
/// runtime.
async fn step_aside() {
    let mut waited = false;
    std::future::poll_fn(move |context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Plan {
    pub(crate) fn that_works() -> Arc<Self> {
        Arc::new(Self { works: true, ..Self::default() })
    }

    pub(crate) fn new(earlier: u32, panics_at: Option<u32>) -> Arc<Self> {
        Arc::new(Self { panics_at, earlier, ..Self::default() })
    }

    /// Returns the number of bodies that have begun.
    pub(crate) fn begun(&self) -> u32 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Returns the number of futures of the user's code that were polled and are not dropped.
    pub(crate) fn alive(&self) -> u32 {
        self.alive.load(Ordering::Relaxed)
    }

    fn point(&self) {
        let point = self.points.fetch_add(1, Ordering::Relaxed);
        if self.panics_at == Some(point) {
            // Unlike `panic!`, this prints nothing on stderr.
            std::panic::resume_unwind(Box::new("planned"));
        }
    }

    /// Runs the body. It begins before there is a future.
    fn run(self: Arc<Self>) -> impl Future<Output = Answer> + Send {
        let run = self.begun.fetch_add(1, Ordering::Relaxed) + 1 + self.earlier;
        self.point();
        async move {
            let _alive = Alive::new(&self.alive);
            if self.works {
                return Ok(Source::Run(run));
            }
            self.takes_a_while().await;
            if run == 2 {
                std::future::pending::<()>().await;
            }
            Err(Trouble::Down(run))
        }
    }

    async fn fall_back(self: Arc<Self>) -> Answer {
        let _alive = Alive::new(&self.alive);
        self.takes_a_while().await;
        Ok(Source::Fallback)
    }

    async fn takes_a_while(&self) {
        self.point();
        step_aside().await;
        self.point();
        sleep(10 * MS).await;
        self.point();
    }
}

/// One of the functions.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) breaker: &'static CircuitBreaker,
    pub(crate) call: fn(Arc<Plan>) -> LocalBoxFuture<'static, Answer>,
    /// The number of polls that the longest call needs.
    pub(crate) polls: u32,
}

#[circuit_breaker(
    failure_threshold = 9,
    timeout = "10s",
    success_threshold = 3,
    call_timeout = "1s",
    max_concurrent = 1,
    max_wait = "500ms",
    max_pending = 3,
    retry(attempts = 3, backoff = "100ms", jitter = false),
    last_good(key = plan.earlier),
    fallback = Plan::fall_back,
    clone(plan)
)]
pub(crate) async fn asynchronous(plan: Arc<Plan>) -> Answer {
    plan.run().await
}

#[circuit_breaker(
    failure_threshold = 9,
    timeout = "10s",
    success_threshold = 3,
    call_timeout = "1s",
    max_concurrent = 1,
    max_wait = "500ms",
    retry(attempts = 3, backoff = "100ms", jitter = false),
    last_good(key = plan.earlier),
    fallback = Plan::fall_back,
    clone(plan)
)]
fn lazy_future(plan: Arc<Plan>) -> impl Future<Output = Answer> {
    plan.run()
}

#[circuit_breaker(
    failure_threshold = 9,
    timeout = "10s",
    success_threshold = 3,
    call_timeout = "1s",
    max_concurrent = 1,
    max_wait = "500ms",
    retry(attempts = 3, backoff = "100ms", jitter = false),
    last_good(key = plan.earlier),
    fallback = Plan::fall_back,
    clone(plan)
)]
fn lazy_boxed(plan: Arc<Plan>) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(plan.run())
}

#[circuit_breaker(
    failure_threshold = 9,
    timeout = "10s",
    success_threshold = 3,
    call_timeout = "1s",
    max_concurrent = 1,
    last_good(key = plan.earlier),
    fallback = Plan::fall_back,
    clone(plan)
)]
fn eager_future(plan: Arc<Plan>) -> impl Future<Output = Answer> {
    plan.run()
}

#[circuit_breaker(
    failure_threshold = 9,
    timeout = "10s",
    success_threshold = 3,
    call_timeout = "1s",
    max_concurrent = 1,
    last_good(key = plan.earlier),
    fallback = Plan::fall_back,
    clone(plan)
)]
fn eager_boxed(plan: Arc<Plan>) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(plan.run())
}

/// Returns one of two futures, the body or the fallback.
#[circuit_breaker(
    failure_threshold = 9,
    timeout = "10s",
    success_threshold = 3,
    call_timeout = "1s",
    max_concurrent = 1,
    max_wait = "200ms",
    last_good(key = plan.earlier),
    fallback = Plan::fall_back,
    fallback_on = "rejection"
)]
async fn in_branches(plan: Arc<Plan>) -> Answer {
    plan.run().await
}

static BUILT: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    let builder =
        CircuitBreaker::builder("composition, built").failure_threshold(9).success_threshold(3);
    let builder = builder.timeout(10_000 * MS).call_timeout(1_000 * MS);
    builder.max_concurrent(1).max_wait(500 * MS).build().expect("a breaker")
});

async fn built(plan: Arc<Plan>) -> Answer {
    BUILT.call_async(|| plan.run()).await.map_err(|error| match error {
        CallError::Inner(trouble) => trouble,
        CallError::Breaker(error) => error.into(),
    })
}

pub(crate) fn shapes() -> [Shape; 7] {
    macro_rules! shape {
        ($function:ident, $polls:literal) => {
            shape!($function, $polls, breaker_of($function))
        };
        ($function:ident, $polls:literal, $breaker:expr) => {
            Shape {
                name: stringify!($function),
                breaker: $breaker,
                call: |plan| Box::pin($function(plan)),
                polls: $polls,
            }
        };
    }
    [
        shape!(asynchronous, 14),
        shape!(lazy_future, 14),
        shape!(lazy_boxed, 14),
        shape!(eager_future, 6),
        shape!(eager_boxed, 6),
        shape!(in_branches, 4),
        shape!(built, 5, &BUILT),
    ]
}
