//! `last_good`: the last success answers where a fallback would run.

use std::pin::Pin;
use std::time::Duration;

use breaker_runtime::{Aged, BreakerError, breaker_of, circuit_breaker, testing};
use breaker_tests::{TestError, work};
use tokio::task::yield_now;
use tokio::time::{advance, sleep};

const MINUTE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rates(u32);

#[circuit_breaker(last_good(key = currency, max_age = "10m"), failure_threshold = 2)]
async fn rates(currency: &str, answer: Option<u32>) -> Result<Rates, TestError> {
    yield_now().await;
    answer.map(Rates).ok_or(TestError::Down)
}

#[tokio::test(start_paused = true)]
async fn last_success_of_the_key_replaces_a_failure_and_a_rejection() {
    let _fresh = testing::isolate();
    assert_eq!(rates("EUR", None).await, Err(TestError::Down));
    assert_eq!(rates("EUR", Some(7)).await, Ok(Rates(7)));
    assert_eq!(rates("EUR", Some(8)).await, Ok(Rates(8)));
    assert_eq!(rates("EUR", None).await, Ok(Rates(8)));
    assert_eq!(rates("USD", None).await, Err(TestError::Down));
    assert_eq!(breaker_of(rates).state(), breaker_runtime::State::Open);
    assert_eq!(rates("EUR", None).await, Ok(Rates(8)));
    assert!(matches!(rates("USD", None).await, Err(TestError::Rejected(_))));
    let totals = breaker_of(rates).snapshot().totals;
    // The breaker counts the outcomes of the dependency.
    assert_eq!((totals.success, totals.failure, totals.last_good), (2, 3, 2));
}

#[tokio::test(start_paused = true)]
async fn answer_is_used_until_max_age() {
    let _fresh = testing::isolate();
    assert_eq!(rates("EUR", Some(7)).await, Ok(Rates(7)));
    advance(10 * MINUTE).await;
    assert_eq!(rates("EUR", None).await, Ok(Rates(7)));
    advance(Duration::from_millis(100)).await;
    assert_eq!(rates("EUR", None).await, Err(TestError::Down));
}

struct Shop {
    name: String,
}

impl Shop {
    #[circuit_breaker(last_good(key = (&self.name, id)))]
    fn sync(&self, id: u32, works: bool) -> Result<String, TestError> {
        work(works).map(|()| format!("{}/{id}", self.name))
    }

    #[circuit_breaker(last_good(key = self.name))]
    fn future(&self, works: bool) -> impl Future<Output = Result<String, TestError>> {
        let name = self.name.clone();
        async move { work(works).map(|()| name) }
    }

    #[circuit_breaker(last_good(key = self.name), fallback_on = "rejection")]
    fn boxed(&self, works: bool) -> Pin<Box<dyn Future<Output = Result<String, TestError>> + Send>> {
        let name = self.name.clone();
        Box::pin(async move { work(works).map(|()| name) })
    }
}

#[async_trait::async_trait]
trait Named {
    async fn named(&self, works: bool) -> Result<String, TestError>;
}

#[async_trait::async_trait]
impl Named for Shop {
    #[circuit_breaker(last_good(key = self.name))]
    async fn named(&self, works: bool) -> Result<String, TestError> {
        work(works).map(|()| self.name.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn functions_of_every_shape_store_their_success() {
    let _fresh = testing::isolate();
    let shop = Shop { name: "tea".to_owned() };
    assert_eq!(shop.sync(1, true), Ok("tea/1".to_owned()));
    assert_eq!(shop.sync(1, false), Ok("tea/1".to_owned()));
    assert_eq!(shop.sync(2, false), Err(TestError::Down));
    for works in [true, false] {
        assert_eq!(shop.future(works).await, Ok("tea".to_owned()));
        assert_eq!(shop.named(works).await, Ok("tea".to_owned()));
    }
    assert_eq!(shop.boxed(true).await, Ok("tea".to_owned()));
    assert_eq!(shop.boxed(false).await, Err(TestError::Down));
    breaker_of(Shop::boxed).trip();
    assert_eq!(shop.boxed(false).await, Ok("tea".to_owned()));
}

/// The fallback runs if nothing is remembered, under the same condition.
#[tokio::test(start_paused = true)]
async fn fallback_runs_if_there_is_no_last_success() {
    #[circuit_breaker(last_good(key = ()), fallback = Ok(name))]
    async fn any(name: String, works: bool) -> Result<String, TestError> {
        work(works).map(|()| name.to_uppercase())
    }
    #[circuit_breaker(last_good(key = name), fallback = Ok(name), fallback_on = "rejection")]
    async fn rejection(name: String, works: bool) -> Result<String, TestError> {
        work(works).map(|()| name)
    }
    #[circuit_breaker(
        last_good(key = name),
        fallback = Ok(name),
        fallback_on = "rejection",
        call_timeout = "1s"
    )]
    async fn in_time(name: String, works: bool) -> Result<String, TestError> {
        sleep(MINUTE).await;
        work(works).map(|()| name)
    }
    #[circuit_breaker(last_good(key = n), failure_if = Option::is_none, fallback = None)]
    fn optional(n: u32, works: bool) -> Option<u32> {
        works.then_some(n)
    }
    let _fresh = testing::isolate();
    assert_eq!(any("a".to_owned(), false).await, Ok("a".to_owned()));
    assert_eq!(any("a".to_owned(), true).await, Ok("A".to_owned()));
    assert_eq!(any("b".to_owned(), false).await, Ok("A".to_owned()));
    let totals = breaker_of(any).snapshot().totals;
    assert_eq!((totals.fallback, totals.last_good), (1, 1));
    assert_eq!(rejection("a".to_owned(), true).await, Ok("a".to_owned()));
    assert_eq!(rejection("a".to_owned(), false).await, Err(TestError::Down));
    breaker_of(rejection).trip();
    assert_eq!(rejection("a".to_owned(), false).await, Ok("a".to_owned()));
    assert_eq!(rejection("b".to_owned(), false).await, Ok("b".to_owned()));
    assert_eq!(breaker_of(rejection).snapshot().totals.fallback, 1);
    assert!(matches!(in_time("a".to_owned(), true).await, Err(TestError::Rejected(_))));
    breaker_of(in_time).trip();
    assert_eq!(in_time("a".to_owned(), true).await, Ok("a".to_owned()));
    assert_eq!((optional(7, true), optional(7, false), optional(8, false)), (Some(7), Some(7), None));
}

#[tokio::test(start_paused = true)]
async fn ignored_outcome_is_returned_and_not_stored() {
    #[circuit_breaker(last_good, ignore_if = Result::is_err)]
    async fn ignored() -> Result<u32, TestError> {
        yield_now().await;
        Err(TestError::Down)
    }
    let _fresh = testing::isolate();
    assert_eq!(ignored().await, Err(TestError::Down));
}

#[tokio::test(start_paused = true)]
async fn aged_answer_reports_its_age() {
    #[circuit_breaker(last_good(key = currency), retry(attempts = 2, backoff = "1s", jitter = false))]
    async fn aged(currency: &str, answer: Option<u32>) -> Result<Aged<Rates>, TestError> {
        Ok(answer.map(Rates).ok_or(TestError::Down)?.into())
    }
    let _fresh = testing::isolate();
    let fresh = aged("EUR", Some(7)).await.expect("a success");
    assert_eq!((fresh.age(), &*fresh), (None, &Rates(7)));
    advance(MINUTE).await;
    // After two attempts and the pause between them.
    let stale = aged("EUR", None).await.expect("an answer from memory");
    assert_eq!((stale.age(), stale.into_inner()), (Some(MINUTE + Duration::from_secs(1)), Rates(7)));
}

#[tokio::test(start_paused = true)]
async fn generic_function_stores_by_type_and_stays_send() {
    #[circuit_breaker(last_good(key = ()))]
    async fn generic<T: Clone + Send + Sync + 'static>(answer: Option<T>) -> Result<T, BreakerError> {
        yield_now().await;
        match answer {
            Some(answer) => Ok(answer),
            None => Err(breaker_of(rates).try_acquire().expect_err("it is open")),
        }
    }
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let _fresh = testing::isolate();
    breaker_of(rates).trip();
    assert_eq!(assert_send(generic(Some("a"))).await, Ok("a"));
    assert_eq!(generic(Some(1)).await, Ok(1));
    assert_eq!(generic::<&str>(None).await, Ok("a"));
    assert_eq!(generic::<i32>(None).await, Ok(1));
    assert!(generic::<bool>(None).await.is_err());
}
