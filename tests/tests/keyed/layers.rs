//! A breaker per key under the other layers, in functions of every shape.

use std::pin::Pin;
use std::time::Duration;

use breaker_runtime::{State, circuit_breaker, keyed_breakers_of, testing};
use breaker_tests::{TestError, work};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

struct Client {
    host: String,
}

impl Client {
    #[circuit_breaker(key = self.host, failure_threshold = 1)]
    fn future(&self, works: bool) -> impl Future<Output = Result<&str, TestError>> + Send {
        async move { work(works).map(|()| self.host.as_str()) }
    }

    #[circuit_breaker(key = self.host, failure_threshold = 1, fallback = Ok(0), fallback_on = "rejection")]
    fn boxed(&self, works: bool) -> Pin<Box<dyn Future<Output = Result<usize, TestError>> + Send + '_>> {
        Box::pin(async move { work(works).map(|()| self.host.len()) })
    }
}

#[async_trait::async_trait]
trait Fetch {
    async fn fetch(&self, works: bool) -> Result<String, TestError>;
}

#[async_trait::async_trait]
impl Fetch for Client {
    #[circuit_breaker(key = &self.host, failure_threshold = 1)]
    async fn fetch(&self, works: bool) -> Result<String, TestError> {
        yield_now().await;
        work(works).map(|()| self.host.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn function_that_returns_a_future_has_a_breaker_for_each_key() {
    let _fresh = testing::isolate();
    let [one, other] = ["one", "other"].map(|host| Client { host: host.to_owned() });
    assert_eq!(one.future(false).await, Err(TestError::Down));
    assert!(matches!(one.future(true).await, Err(TestError::Rejected(_))));
    assert_eq!(other.future(true).await, Ok("other"));
    assert_eq!(one.boxed(false).await, Err(TestError::Down));
    assert_eq!((one.boxed(true).await, other.boxed(true).await), (Ok(0), Ok(5)));
    assert_eq!(one.fetch(false).await, Err(TestError::Down));
    assert!(matches!(one.fetch(true).await, Err(TestError::Rejected(_))));
    assert_eq!(other.fetch(true).await, Ok("other".to_owned()));
}

#[circuit_breaker(
    key = host,
    failure_threshold = 2,
    call_timeout = "1s",
    max_concurrent = 1,
    max_wait = "2s",
    retry(attempts = 2, backoff = "100ms", jitter = false),
    last_good(key = (host, item)),
    fallback = Ok(format!("none of {host}"))
)]
async fn stack(host: &str, item: u32, takes: Duration) -> Result<String, TestError> {
    sleep(takes).await;
    Ok(format!("{host}/{item}"))
}

const SHORT: Duration = Duration::from_millis(500);
const LONG: Duration = Duration::from_secs(9);

#[tokio::test(start_paused = true)]
async fn each_key_has_its_own_deadline_permits_retries_and_answers() {
    let _fresh = testing::isolate();
    let began = Instant::now();
    // Two calls for one host run one after the other, and the other host does not wait for them.
    let answers = futures::join!(stack("a", 1, SHORT), stack("a", 2, SHORT), stack("b", 1, SHORT));
    assert_eq!((answers.0, answers.1), (Ok("a/1".to_owned()), Ok("a/2".to_owned())));
    assert_eq!((answers.2, began.elapsed()), (Ok("b/1".to_owned()), 2 * SHORT));
    // Two time-outs, and the last good answer; the breaker of that host is open after them.
    assert_eq!(stack("a", 1, LONG).await, Ok("a/1".to_owned()));
    assert_eq!(stack("a", 3, SHORT).await, Ok("none of a".to_owned()));
    assert_eq!(stack("b", 3, SHORT).await, Ok("b/3".to_owned()));
    let breakers = keyed_breakers_of(stack);
    let of = |host: &str| breakers.find(host).expect("it was called").snapshot();
    assert_eq!((of("a").state, of("b").state), (State::Open, State::Closed));
    let totals = of("a").totals;
    assert_eq!((totals.success, totals.failure, totals.timed_out, totals.retried), (2, 2, 2, 1));
    assert_eq!((totals.rejected, totals.last_good, totals.fallback), (1, 1, 1));
    assert_eq!(of("b").totals.success, 2);
    let sum = breakers.template().snapshot().totals;
    assert_eq!((sum.success, sum.failure, sum.timed_out, sum.retried), (4, 2, 2, 1));
    assert_eq!((sum.rejected, sum.last_good, sum.fallback), (1, 1, 1));
}
