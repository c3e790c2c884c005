//! A call settles its permit once, whatever ends it: a drop at any await, or a panic in any user code.

mod abandoned;
mod predicates;

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, Totals, breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, work};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tokio::task::yield_now;

/// The number of awaits in a body, and so of the polls that do not finish it.
const AWAITS: u32 = 3;

/// Instructions for one body.
#[derive(Clone, Default)]
struct Plan {
    fails: bool,
    /// The await before which the body panics; [`AWAITS`] is the point behind the last one.
    panics_at: Option<u32>,
    /// The number of bodies that have begun and are not dropped.
    alive: Rc<Cell<u32>>,
}

struct Alive(Rc<Cell<u32>>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Plan {
    async fn run(self) -> Result<(), TestError> {
        self.alive.set(self.alive.get() + 1);
        let _alive = Alive(Rc::clone(&self.alive));
        for step in 0..AWAITS {
            assert_ne!(self.panics_at, Some(step), "planned");
            yield_now().await;
        }
        assert_ne!(self.panics_at, Some(AWAITS), "planned");
        work(!self.fails)
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn asynchronous(plan: Plan) -> Result<(), TestError> {
    plan.run().await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn future(plan: Plan) -> impl Future<Output = Result<(), TestError>> {
    plan.run()
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn boxed(plan: Plan) -> LocalBoxFuture<'static, Result<(), TestError>> {
    Box::pin(plan.run())
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Ok(()), fallback_on = "failure")]
async fn with_fallback(plan: Plan) -> Result<(), TestError> {
    plan.run().await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = Err(TestError::Down), fallback_on = "rejection")]
async fn with_fallback_on_rejection(plan: Plan) -> Result<(), TestError> {
    plan.run().await
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| Ok(()), fallback_on = "failure")]
fn future_with_fallback(plan: Plan) -> impl Future<Output = Result<(), TestError>> {
    plan.run()
}

struct Shape {
    name: &'static str,
    breaker: &'static CircuitBreaker,
    /// Whether the call is admitted when the function is called, or when its future is first polled.
    admitted_when_called: bool,
    call: fn(Plan) -> LocalBoxFuture<'static, Result<(), TestError>>,
}

impl Shape {
    fn totals(&self) -> Totals {
        self.breaker.snapshot().totals
    }
}

fn shapes() -> [Shape; 6] {
    macro_rules! shape {
        ($function:ident, $admitted_when_called:literal) => {
            Shape {
                name: stringify!($function),
                breaker: breaker_of($function),
                admitted_when_called: $admitted_when_called,
                call: |plan| Box::pin($function(plan)),
            }
        };
    }
    [
        shape!(asynchronous, false),
        shape!(future, true),
        shape!(boxed, true),
        shape!(with_fallback, false),
        shape!(with_fallback_on_rejection, false),
        shape!(future_with_fallback, true),
    ]
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    future.poll_unpin(&mut Context::from_waker(Waker::noop()))
}

fn settled(totals: &Totals) -> u64 {
    totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late
}

/// Opens the breaker and lets its timeout elapse.
async fn half_open(breaker: &CircuitBreaker) {
    breaker.trip();
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(breaker.state(), State::HalfOpen);
}

/// Checks that no probe slot was lost: two probes, which is the limit, run and close the breaker.
async fn closes(shape: &Shape) {
    let (first, second) = ((shape.call)(Plan::default()), (shape.call)(Plan::default()));
    let ends = futures::future::join(first, second).await;
    assert_eq!(ends, (Ok(()), Ok(())), "{}", shape.name);
    assert_eq!(shape.breaker.state(), State::Closed, "{}", shape.name);
}

#[test]
fn call_dropped_at_any_await_is_cancelled() {
    for shape in shapes() {
        for polls in 0..=AWAITS {
            let _fresh = testing::isolate();
            let plan = Plan::default();
            let mut call = (shape.call)(plan.clone());
            for _ in 0..polls {
                assert!(poll(&mut call).is_pending());
            }
            assert_eq!(plan.alive.get(), u32::from(polls > 0));
            assert_eq!(settled(&shape.totals()), 0);
            drop(call);
            let admitted = polls > 0 || shape.admitted_when_called;
            let totals = shape.totals();
            assert_eq!(totals.cancelled, u64::from(admitted), "{} after {polls} polls", shape.name);
            assert_eq!((settled(&totals), totals.rejected), (u64::from(admitted), 0));
            assert_eq!(plan.alive.get(), 0);
        }
    }
}

/// Guards against Hystrix PR 1621 and monix 1080: a cancelled probe kept its slot, and the breaker
/// stayed half-open for ever.
#[tokio::test(start_paused = true)]
async fn probe_dropped_at_any_await_releases_its_slot() {
    for shape in shapes() {
        for polls in 0..=AWAITS {
            let _fresh = testing::isolate();
            half_open(shape.breaker).await;
            for _ in 0..5 {
                let mut call = (shape.call)(Plan::default());
                for _ in 0..polls {
                    assert!(poll(&mut call).is_pending());
                }
                let admitted = polls > 0 || shape.admitted_when_called;
                assert_eq!(shape.breaker.snapshot().in_flight, u32::from(admitted));
                drop(call);
                assert_eq!(shape.breaker.snapshot().in_flight, 0);
            }
            assert_eq!(shape.breaker.state(), State::HalfOpen, "{}", shape.name);
            closes(&shape).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn call_dropped_in_another_state_is_late() {
    for shape in shapes() {
        let _fresh = testing::isolate();
        let mut call = (shape.call)(Plan::default());
        assert!(poll(&mut call).is_pending());
        half_open(shape.breaker).await;
        drop(call);
        let totals = shape.totals();
        assert_eq!((totals.late, totals.cancelled), (1, 0), "{}", shape.name);
        closes(&shape).await;
    }
}

fn is_planned(panic: &(dyn Any + Send)) -> bool {
    panic.downcast_ref::<String>().is_some_and(|message| message.contains("planned"))
}

#[test]
fn panic_at_any_await_is_a_failure() {
    for shape in shapes() {
        for step in 0..=AWAITS {
            let _fresh = testing::isolate();
            let plan = Plan { panics_at: Some(step), ..Plan::default() };
            let mut call = (shape.call)(plan.clone());
            for _ in 0..step {
                assert!(poll(&mut call).is_pending());
            }
            let panic = catch_unwind(AssertUnwindSafe(|| poll(&mut call))).unwrap_err();
            assert!(is_planned(&*panic));
            drop(call);
            let totals = shape.totals();
            assert_eq!((totals.failure, settled(&totals), totals.fallback), (1, 1, 0), "{}", shape.name);
            assert_eq!(shape.breaker.snapshot().streak, 1);
            assert_eq!(plan.alive.get(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn probe_that_panics_opens_again() {
    for shape in shapes() {
        for step in 0..=AWAITS {
            let _fresh = testing::isolate();
            half_open(shape.breaker).await;
            let call = (shape.call)(Plan { panics_at: Some(step), ..Plan::default() });
            assert!(AssertUnwindSafe(call).catch_unwind().await.is_err());
            assert_eq!(shape.breaker.state(), State::Open, "{}", shape.name);
            tokio::time::advance(Duration::from_secs(1)).await;
            closes(&shape).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn call_cut_by_a_timeout_a_select_or_an_abort_is_cancelled() {
    async fn hanging() -> Result<(), TestError> {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s", name = "cancellation hanging")]
        async fn call() -> Result<(), TestError> {
            std::future::pending().await
        }
        call().await
    }
    let _fresh = testing::isolate();
    let breaker = breaker_runtime::breaker("cancellation hanging").unwrap();
    half_open(&breaker).await;
    assert!(tokio::time::timeout(Duration::from_millis(1), hanging()).await.is_err());
    tokio::select! {
        biased;
        _ = hanging() => unreachable!(),
        () = yield_now() => {}
    }
    let task = tokio::spawn(hanging());
    yield_now().await;
    assert_eq!(breaker.snapshot().in_flight, 1);
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.in_flight, snapshot.totals.cancelled), (State::HalfOpen, 0, 3));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| { plan.run().await })]
async fn hanging_fallback(fails: bool, plan: Plan) -> Result<(), TestError> {
    work(!fails)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = |_| { plan.run().await })]
fn hanging_fallback_of_future(fails: bool, plan: Plan) -> impl Future<Output = Result<(), TestError>> {
    async move { work(!fails) }
}

/// The call is settled when its fallback begins.
#[tokio::test(start_paused = true)]
async fn call_dropped_in_its_fallback_is_settled_once() {
    type Call = fn(bool, Plan) -> LocalBoxFuture<'static, Result<(), TestError>>;
    let calls: [(_, Call); 2] = [
        (breaker_of(hanging_fallback), |fails, plan| Box::pin(hanging_fallback(fails, plan))),
        (breaker_of(hanging_fallback_of_future), |fails, plan| {
            Box::pin(hanging_fallback_of_future(fails, plan))
        }),
    ];
    for (breaker, call) in calls {
        let _fresh = testing::isolate();
        let plan = Plan::default();
        for (polls, opens) in [(1, State::Closed), (AWAITS, State::Open), (2, State::Open)] {
            let mut call = call(true, plan.clone());
            for _ in 0..polls {
                assert!(poll(&mut call).is_pending());
                assert_eq!(plan.alive.get(), 1);
            }
            drop(call);
            assert_eq!((breaker.state(), plan.alive.get()), (opens, 0));
        }
        let totals = breaker.snapshot().totals;
        assert_eq!((totals.failure, totals.rejected, totals.fallback, settled(&totals)), (2, 1, 3, 2));
    }
}

fn is_rejection(result: &Result<(), TestError>) -> bool {
    matches!(result, Err(TestError::Rejected(_)))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", ignore_if = is_rejection)]
async fn outer() -> Result<(), TestError> {
    inner().await
}

#[circuit_breaker(failure_threshold = 2, timeout = "5s")]
async fn inner() -> Result<(), TestError> {
    yield_now().await;
    Ok(())
}

/// Guards against Sentinel 1638: a probe that an inner rule blocked was never settled.
#[tokio::test(start_paused = true)]
async fn probe_rejected_by_an_inner_breaker_releases_its_slot() {
    let _fresh = testing::isolate();
    breaker_of(inner).trip();
    half_open(breaker_of(outer)).await;
    for _ in 0..5 {
        assert!(is_rejection(&outer().await));
    }
    let snapshot = breaker_of(outer).snapshot();
    assert_eq!((snapshot.state, snapshot.in_flight, snapshot.totals.ignored), (State::HalfOpen, 0, 5));
    breaker_of(inner).reset();
    assert_eq!((outer().await, outer().await), (Ok(()), Ok(())));
    assert_eq!(breaker_of(outer).state(), State::Closed);
}

/// Panics when it is dropped, if the flag is set.
struct Fragile(bool);

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!self.0, "dropped in the middle");
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn fragile() -> Result<(), TestError> {
    let mut fragile = Fragile(true);
    yield_now().await;
    fragile.0 = false;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn panic_in_a_drop_settles_the_call_once() {
    let _fresh = testing::isolate();
    half_open(breaker_of(fragile)).await;
    let mut call = Box::pin(fragile());
    assert!(poll(&mut call).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(call))).is_err());
    let snapshot = breaker_of(fragile).snapshot();
    assert_eq!((snapshot.in_flight, settled(&snapshot.totals)), (0, 1));
    assert_eq!((fragile().await, fragile().await), (Ok(()), Ok(())));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn eager(plan: &Plan) -> impl Future<Output = Result<(), TestError>> + use<> {
    assert!(!plan.fails, "planned");
    plan.clone().run()
}

#[test]
fn panic_before_there_is_a_future_is_a_failure() {
    let _fresh = testing::isolate();
    let plan = Plan { fails: true, ..Plan::default() };
    for _ in 0..2 {
        assert!(catch_unwind(AssertUnwindSafe(|| drop(eager(&plan)))).is_err());
    }
    assert_eq!(breaker_of(eager).state(), State::Open);
    assert_eq!(breaker_of(eager).snapshot().totals.failure, 2);
}
