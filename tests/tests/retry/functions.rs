//! `retry`: a failed attempt is made again, through the breaker, up to the limit.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use breaker_runtime::classify::RetryAfter;
use breaker_runtime::{
    BreakerError, CallError, CircuitBreaker, ErrorKind, breaker_of, circuit_breaker, testing,
};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

pub(crate) const MS: Duration = Duration::from_millis(1);

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Down,
    Missing,
    Busy(Duration),
    Breaker(ErrorKind),
}

impl From<BreakerError> for Trouble {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error.kind())
    }
}

impl RetryAfter for Trouble {
    fn retry_after(&self) -> Option<Duration> {
        if let Self::Busy(wait) = self { Some(*wait) } else { None }
    }
}

/// A service that fails several times before it works, and counts its runs.
#[derive(Debug, Default)]
struct Service {
    failures: Cell<u32>,
    runs: Cell<u32>,
}

impl Service {
    fn failing(failures: u32) -> Self {
        Self { failures: Cell::new(failures), runs: Cell::new(0) }
    }

    fn call(&self) -> Result<u32, Trouble> {
        self.runs.set(self.runs.get() + 1);
        match self.failures.get() {
            0 => Ok(self.runs.get()),
            left => {
                self.failures.set(left - 1);
                Err(Trouble::Down)
            }
        }
    }

    #[circuit_breaker(retry(attempts = 3, backoff = "100ms", jitter = false))]
    async fn method(&mut self) -> Result<u32, Trouble> {
        yield_now().await;
        self.call()
    }

    #[circuit_breaker(retry(attempts = 3, backoff = "100ms", jitter = false))]
    fn future<'s>(&'s self, name: &'s str) -> impl Future<Output = Result<u32, Trouble>> + use<'s> {
        async move {
            assert_eq!(name, "Ada");
            self.call()
        }
    }

    #[circuit_breaker(retry(attempts = 3, backoff = "100ms", jitter = false), clone(name))]
    fn boxed(&self, name: String) -> Pin<Box<dyn Future<Output = Result<u32, Trouble>> + '_>> {
        let ready = self.call();
        Box::pin(async move {
            assert_eq!(name, "Ada");
            ready
        })
    }
}

#[circuit_breaker(retry(attempts = 3, backoff = "100ms", jitter = false))]
async fn tried(service: &Service) -> Result<u32, Trouble> {
    service.call()
}

#[tokio::test(start_paused = true)]
async fn failure_is_retried_after_growing_pauses() {
    let _fresh = testing::isolate();
    let began = Instant::now();
    assert_eq!(tried(&Service::failing(2)).await, Ok(3));
    assert_eq!(began.elapsed(), 300 * MS);
    assert_eq!(tried(&Service::failing(3)).await, Err(Trouble::Down));
    let totals = breaker_of(tried).snapshot().totals;
    assert_eq!((totals.success, totals.failure, totals.retried), (1, 5, 4));
}

#[tokio::test(start_paused = true)]
async fn functions_of_every_shape_are_retried() {
    // A short real pause: in a sync function only a sleep of the thread can wait.
    #[circuit_breaker(retry(attempts = 3, backoff = "1ms"))]
    fn sync(service: &Service) -> Result<u32, Trouble> {
        service.call()
    }

    let _fresh = testing::isolate();
    assert_eq!(Service::failing(2).method().await, Ok(3));
    assert_eq!(Service::failing(2).future("Ada").await, Ok(3));
    assert_eq!(Service::failing(2).boxed("Ada".to_owned()).await, Ok(3));
    assert_eq!(sync(&Service::failing(2)), Ok(3));
    assert_eq!(sync(&Service::failing(3)), Err(Trouble::Down));
}

#[async_trait::async_trait]
trait Fetch {
    async fn fetch(&self, name: String) -> Result<String, Trouble>;
}

#[async_trait::async_trait]
impl Fetch for AtomicU32 {
    #[circuit_breaker(retry(attempts = 3), clone(name))]
    async fn fetch(&self, name: String) -> Result<String, Trouble> {
        yield_now().await;
        if self.fetch_add(1, Ordering::Relaxed) < 2 { Err(Trouble::Down) } else { Ok(name) }
    }
}

#[tokio::test(start_paused = true)]
async fn function_under_async_trait_is_retried() {
    assert_eq!(AtomicU32::new(0).fetch("Ada".to_owned()).await, Ok("Ada".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn breaker_that_opens_during_the_pause_ends_the_call_with_the_last_failure() {
    let _fresh = testing::isolate();
    let service = Service::failing(9);
    let trip = async {
        sleep(50 * MS).await;
        breaker_of(tried).trip();
    };
    let (answer, ()) = futures::join!(tried(&service), trip);
    assert_eq!((answer, service.runs.get()), (Err(Trouble::Down), 1));
    assert_eq!(breaker_of(tried).snapshot().totals.rejected, 1);
}

#[tokio::test(start_paused = true)]
async fn only_failures_that_match_are_retried() {
    #[circuit_breaker(
        ignore_if = |answer| matches!(answer, Err(Trouble::Missing)),
        retry(attempts = 3, if = |answer| !matches!(answer, Err(Trouble::Busy(_))))
    )]
    async fn picky(runs: &Cell<u32>, trouble: fn() -> Trouble) -> Result<u32, Trouble> {
        runs.set(runs.get() + 1);
        Err(trouble())
    }
    let _fresh = testing::isolate();
    let runs = Cell::new(0);
    let troubles: [fn() -> Trouble; 3] = [|| Trouble::Missing, || Trouble::Busy(MS), || Trouble::Down];
    for (trouble, expected) in troubles.into_iter().zip([1, 2, 5]) {
        assert_eq!(picky(&runs, trouble).await, Err(trouble()));
        assert_eq!(runs.get(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_of_a_failure_is_honoured() {
    #[circuit_breaker(failure_threshold = 9, retry(attempts = 2, backoff = "10ms", max_backoff = "5s"))]
    async fn busy(wait: Duration, runs: &Cell<u32>) -> Result<u32, Trouble> {
        runs.set(runs.get() + 1);
        if runs.get() == 1 { Err(Trouble::Busy(wait)) } else { Ok(runs.get()) }
    }
    let _fresh = testing::isolate();
    let began = Instant::now();
    assert_eq!(busy(3_000 * MS, &Cell::new(0)).await, Ok(2));
    assert_eq!(began.elapsed(), 3_000 * MS);
    // The delay exceeds the limit: no retry, rather than one that comes too early.
    assert_eq!(busy(6_000 * MS, &Cell::new(0)).await, Err(Trouble::Busy(6_000 * MS)));
    assert_eq!(began.elapsed(), 3_000 * MS);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_has_its_own_deadline_and_time_outs_are_retried() {
    #[circuit_breaker(call_timeout = "1s", retry(attempts = 3, backoff = "100ms", jitter = false))]
    async fn hangs(runs: &Cell<u32>) -> Result<u32, Trouble> {
        runs.set(runs.get() + 1);
        if runs.get() < 3 {
            sleep(60_000 * MS).await;
        }
        Ok(runs.get())
    }
    let _fresh = testing::isolate();
    let began = Instant::now();
    assert_eq!(hangs(&Cell::new(0)).await, Ok(3));
    assert_eq!(began.elapsed(), 2_300 * MS);
    assert_eq!(breaker_of(hangs).snapshot().totals.timed_out, 2);
}

#[tokio::test(start_paused = true)]
async fn fallback_runs_after_the_last_attempt() {
    #[circuit_breaker(retry(attempts = 2), clone(name), fallback = |cause| match cause {
        CallError::Inner(Trouble::Down) => Ok(name),
        _ => Err(Trouble::Missing),
    })]
    async fn any(name: String, runs: Rc<Cell<u32>>) -> Result<String, Trouble> {
        runs.set(runs.get() + 1);
        drop(name);
        Err(Trouble::Down)
    }
    #[circuit_breaker(retry(attempts = 2), fallback = older, fallback_on = "failure")]
    fn failure(base: u32, runs: &Cell<u32>) -> Result<u32, Trouble> {
        runs.set(runs.get() + 1);
        if base > 0 { Err(Trouble::Down) } else { Ok(0) }
    }
    fn older(base: u32, _runs: &Cell<u32>) -> Result<u32, Trouble> {
        base.checked_sub(1).ok_or(Trouble::Missing)
    }
    #[circuit_breaker(retry(attempts = 2), fallback = Ok(name.len()), fallback_on = "rejection")]
    async fn rejection(name: String, runs: &Cell<u32>) -> Result<usize, Trouble> {
        runs.set(runs.get() + 1);
        Err(Trouble::Down)
    }
    let _fresh = testing::isolate();
    let runs = Rc::new(Cell::new(0));
    assert_eq!(any("Ada".to_owned(), Rc::clone(&runs)).await, Ok("Ada".to_owned()));
    assert_eq!(runs.take(), 2);
    assert_eq!(failure(7, &runs), Ok(6));
    assert_eq!(runs.take(), 2);
    assert_eq!(rejection("Ada".to_owned(), &runs).await, Err(Trouble::Down));
    assert_eq!(runs.take(), 2);
    breaker_of(rejection).trip();
    assert_eq!(rejection("Ada".to_owned(), &runs).await, Ok(3));
    assert_eq!(runs.take(), 0);
}

#[tokio::test(start_paused = true)]
async fn cloned_argument_is_as_it_was_passed_in_each_attempt() {
    #[circuit_breaker(retry(attempts = 3), clone(words, number))]
    async fn changes(
        mut words: Vec<u32>,
        mut number: u32,
        runs: &Cell<u32>,
    ) -> Result<Vec<u32>, Trouble> {
        number += 1;
        words.push(number);
        runs.set(runs.get() + 1);
        if runs.get() < 3 { Err(Trouble::Down) } else { Ok(words) }
    }
    let _fresh = testing::isolate();
    assert_eq!(changes(vec![1], 1, &Cell::new(0)).await, Ok(vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn change_behind_a_reference_stays_for_the_next_attempt() {
    #[circuit_breaker(retry(attempts = 3))]
    async fn changed(words: &mut Vec<usize>) -> Result<(), Trouble> {
        words.push(words.len());
        if words.len() < 3 { Err(Trouble::Down) } else { Ok(()) }
    }
    #[circuit_breaker(retry(attempts = 3))]
    async fn stored_last(words: &mut Vec<usize>, runs: &Cell<u32>) -> Result<(), Trouble> {
        let mut copy = words.clone();
        copy.push(copy.len());
        runs.set(runs.get() + 1);
        if runs.get() < 3 {
            return Err(Trouble::Down);
        }
        *words = copy;
        Ok(())
    }
    let _fresh = testing::isolate();
    let (mut words, runs) = (Vec::new(), Cell::new(0));
    assert_eq!(changed(&mut words).await, Ok(()));
    assert_eq!(words, [0, 1, 2]);
    assert_eq!(stored_last(&mut words, &runs).await, Ok(()));
    assert_eq!((words, runs.get()), (vec![0, 1, 2, 3], 3));
}

#[tokio::test(start_paused = true)]
async fn output_that_is_not_send_leaves_the_future_send() {
    /// An error that must stay on its thread.
    struct Local(Rc<u32>);
    impl From<BreakerError> for Local {
        fn from(_: BreakerError) -> Self {
            Self(Rc::new(0))
        }
    }
    #[circuit_breaker(retry(attempts = 2), clone(name))]
    async fn generic<T: Send + Clone>(name: T, number: &u32) -> Result<T, Local> {
        yield_now().await;
        if *number > 1 { Err(Local(Rc::new(*number))) } else { Ok(name) }
    }
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(assert_send(generic("Ada", &1)).await.ok(), Some("Ada"));
    let error = assert_send(generic("Ada".to_owned(), &2)).await.err();
    assert_eq!(error.map(|local| *local.0), Some(2));
}

/// The budget is a tenth of the last calls, and ten.
#[tokio::test(start_paused = true)]
async fn budget_caps_the_retries_of_a_breaker() {
    #[circuit_breaker(failure_threshold = 10_000, retry(attempts = 2, budget = 0.1))]
    async fn poor(service: &Service) -> Result<u32, Trouble> {
        service.call()
    }
    let _fresh = testing::isolate();
    let service = Service::failing(10_000);
    for _ in 0..1_000 {
        drop(futures::poll!(std::pin::pin!(poor(&service))));
    }
    let retried = breaker_of(poor).snapshot().totals.retried;
    assert_eq!(retried, 110);
}

#[test]
fn shared_breaker_serves_functions_that_retry() {
    use std::sync::LazyLock;
    static OWN: LazyLock<CircuitBreaker> = LazyLock::new(|| {
        let clock = breaker_runtime::ManualClock::new();
        CircuitBreaker::builder("own").clock(clock).build().expect("a breaker")
    });
    #[circuit_breaker(breaker = OWN, retry(attempts = 4, backoff = "1h", max_backoff = "1d"))]
    fn first(service: &Service) -> Result<u32, Trouble> {
        service.call()
    }
    assert_eq!(first(&Service::failing(3)), Ok(4));
    assert_eq!(OWN.snapshot().totals.retried, 3);
}
