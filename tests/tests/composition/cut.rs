//! A call that the test polls itself and drops at some point: none of its layers may leave anything
//! behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Permit, State, testing};
use breaker_tests::scripted::{Answer, Source};
use breaker_tests::wait::TimeLimit;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tokio::time::{Instant, advance};

use crate::plan::{Plan, Shape, shapes};

const MS: Duration = Duration::from_millis(1);

/// A waker that counts its wakes; a layer that keeps the call would hold a clone of it.
#[derive(Default)]
struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Wakes {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Other calls, which hold the only permit from 0 to 300 ms and from 350 to 450 ms, so that the first
/// attempt waits in the queue, and so does the second.
struct Crowd {
    breaker: &'static CircuitBreaker,
    call: Option<Permit<'static>>,
    admitted: u32,
}

impl Crowd {
    fn tick(&mut self, elapsed: Duration) {
        let busy = elapsed < 300 * MS || (350 * MS..450 * MS).contains(&elapsed);
        if !busy {
            self.leave();
        } else if self.call.is_none() {
            self.call = self.breaker.try_acquire().ok();
            self.admitted += u32::from(self.call.is_some());
        }
    }

    fn leave(&mut self) {
        if let Some(permit) = self.call.take() {
            permit.success();
        }
    }
}

/// The result of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Polled {
    Pending,
    Ready,
    Panicked,
}

/// The state of the breaker before the call, and the plan of the call.
#[derive(Clone, Copy, Debug)]
struct Start {
    half_open: bool,
    crowd: bool,
    /// Whether the first body is the one that hangs.
    hangs: bool,
    panics_at: Option<u32>,
}

/// Returns each way to begin, without a panic.
fn starts() -> impl Iterator<Item = Start> {
    let both = [false, true];
    both.into_iter().flat_map(move |half_open| {
        both.into_iter()
            .flat_map(move |crowd| both.map(|hangs| Start { half_open, crowd, hangs, panics_at: None }))
    })
}

struct Cut {
    shape: Shape,
    plan: Arc<Plan>,
    wakes: Arc<Wakes>,
    call: Option<LocalBoxFuture<'static, Answer>>,
    crowd: Crowd,
    began: Instant,
    what: String,
    _fresh: testing::Isolated,
}

impl Cut {
    async fn begin(shape: Shape, start: Start) -> Self {
        let fresh = testing::isolate();
        if start.half_open {
            shape.breaker.trip();
            advance(10_000 * MS).await;
            assert_eq!(shape.breaker.state(), State::HalfOpen);
        }
        let plan = Plan::new(u32::from(start.hangs), start.panics_at);
        let mut crowd = Crowd { breaker: shape.breaker, call: None, admitted: 0 };
        if start.crowd {
            crowd.tick(Duration::ZERO);
        }
        Self {
            shape,
            plan,
            wakes: Arc::default(),
            call: None,
            crowd,
            began: Instant::now(),
            what: format!("{} {start:?}", shape.name),
            _fresh: fresh,
        }
    }

    /// Runs the function, and so its eager part.
    fn call(&mut self) -> Polled {
        let plan = Arc::clone(&self.plan);
        match catch_unwind(AssertUnwindSafe(|| (self.shape.call)(plan))) {
            Ok(call) => {
                self.call = Some(call);
                Polled::Pending
            }
            Err(_) => Polled::Panicked,
        }
    }

    fn poll(&mut self) -> Polled {
        let waker = Waker::from(Arc::clone(&self.wakes));
        let call = self.call.as_mut().expect("a call");
        match catch_unwind(AssertUnwindSafe(|| call.poll_unpin(&mut Context::from_waker(&waker)))) {
            Ok(Poll::Pending) => Polled::Pending,
            Ok(Poll::Ready(_)) => Polled::Ready,
            Err(_) => Polled::Panicked,
        }
    }

    /// Waits until the call is woken once more.
    async fn woken(&mut self, before: u32) {
        while self.wakes.count() == before {
            assert!(self.began.elapsed() < 10_000 * MS, "the call is never woken: {}", self.what);
            advance(10 * MS).await;
            if self.crowd.admitted > 0 {
                self.crowd.tick(self.began.elapsed());
            }
        }
    }

    /// Drops the call, and checks that no queue and no timer keeps its waker.
    async fn leaves_nothing(mut self) {
        let (breaker, what) = (self.shape.breaker, self.what);
        self.call = None;
        assert_eq!(self.plan.alive(), 0, "the user's futures: {what}");
        assert_eq!(Arc::strong_count(&self.plan), 1, "arguments: {what}");
        assert_eq!(Arc::strong_count(&self.wakes), 1, "wakers: {what}");
        let others = u32::from(self.crowd.call.is_some());
        let bulkhead = breaker.snapshot().bulkhead.expect("max_concurrent");
        assert_eq!((bulkhead.running, bulkhead.pending), (others, 0), "{what}");
        self.crowd.leave();
        let snapshot = breaker.snapshot();
        assert_eq!(
            (snapshot.in_flight, snapshot.bulkhead.unwrap_or_default().running),
            (0, 0),
            "{what}"
        );
        let totals = snapshot.totals;
        let settled = totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late;
        assert_eq!(settled, u64::from(self.plan.begun() + self.crowd.admitted), "{totals:?} {what}");
        works(&self.shape, &what).await;
        let woken = self.wakes.count();
        advance(3_600_000 * MS).await;
        assert_eq!(self.wakes.count(), woken, "{what}");
    }
}

/// Checks that calls run at once and close the breaker.
async fn works(shape: &Shape, what: &str) {
    let limit = TimeLimit::start();
    while let Some(wait) = shape.breaker.snapshot().retry_after {
        limit.check("the open period is over");
        advance(wait).await;
    }
    for _ in 0..3 {
        let call = (shape.call)(Plan::that_works());
        assert_eq!(call.now_or_never(), Some(Ok(Source::Run(1))), "{what}");
    }
    assert_eq!(shape.breaker.state(), State::Closed, "{what}");
}

/// Polls a call `polls` times, and drops it at once or after its next wake. Returns whether the call had
/// not ended by then.
async fn drop_after(shape: Shape, start: Start, polls: u32, woken: bool) -> bool {
    let mut cut = Cut::begin(shape, start).await;
    let mut polled = cut.call();
    for poll in 1..=polls {
        let before = cut.wakes.count();
        polled = cut.poll();
        if polled == Polled::Pending && (poll < polls || woken) {
            cut.woken(before).await;
        }
    }
    cut.leaves_nothing().await;
    polled == Polled::Pending
}

#[tokio::test(start_paused = true)]
async fn call_dropped_at_any_await_leaves_no_trace() {
    for shape in shapes() {
        let mut most = 0;
        for start in starts() {
            for woken in [false, true] {
                let mut polls = 0;
                while drop_after(shape, start, polls, woken).await {
                    polls += 1;
                    assert!(polls <= shape.polls, "{} is not ready after {polls} polls", shape.name);
                }
                most = most.max(polls);
            }
        }
        assert_eq!(most, shape.polls, "{}", shape.name);
    }
}

/// Lets the call panic at one point of the user's code. Returns whether there is such a point.
async fn panic_at(shape: Shape, start: Start) -> bool {
    let mut cut = Cut::begin(shape, start).await;
    let mut polled = cut.call();
    let limit = TimeLimit::start();
    while polled == Polled::Pending {
        limit.check("the call ends");
        let before = cut.wakes.count();
        polled = cut.poll();
        if polled == Polled::Pending {
            cut.woken(before).await;
        }
    }
    cut.leaves_nothing().await;
    polled == Polled::Panicked
}

#[tokio::test(start_paused = true)]
async fn call_that_panics_anywhere_leaves_no_trace() {
    for shape in shapes() {
        for start in starts() {
            let mut points = 0;
            while panic_at(shape, Start { panics_at: Some(points), ..start }).await {
                points += 1;
            }
            // Each run of the body has four points, and the fallback has three.
            assert!(points >= 3, "{} {start:?}: {points}", shape.name);
        }
    }
}
