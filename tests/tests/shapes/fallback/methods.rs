//! Fallbacks that are methods.

use std::sync::Arc;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{TestError, work};

use super::{On, prove, prove_async};

type Answer = Result<String, TestError>;

struct Cache(&'static str);

impl Cache {
    fn lookup(&self, _: bool, user: u32) -> Answer {
        Ok(format!("{} for {user}", self.0))
    }
}

#[derive(Clone)]
struct Shop {
    cache: Arc<Cache>,
}

trait Items {
    fn items(&self, works: bool, user: u32) -> Answer;
}

impl Items for Shop {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = self.popular)]
    fn items(&self, works: bool, user: u32) -> Answer {
        work(works && user == 7).map(|()| "worked".to_owned())
    }
}

impl Shop {
    fn popular(&self, works: bool, user: u32) -> Answer {
        self.cache.lookup(works, user)
    }

    async fn popular_later(&self, works: bool, user: u32) -> Answer {
        self.cache.lookup(works, user)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = self.popular_later)]
    async fn items_later(&self, works: bool, user: u32) -> Answer {
        work(works && user == 7).map(|()| "worked".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = self.cache.lookup, fallback_on = "rejection")]
    fn items_of_cache(&self, works: bool, user: u32) -> Answer {
        work(works && user == 7).map(|()| "worked".to_owned())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = self.popular, fallback_on = "failure")]
    fn items_in_future(self: Arc<Self>, works: bool, user: u32) -> impl Future<Output = Answer> {
        async move { work(works && user == 7).map(|()| "worked".to_owned()) }
    }
}

struct Fixed {
    answer: Result<&'static str, ()>,
}

impl Fixed {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = { self.answer.map_err(|()| TestError::Down) })]
    fn of_field(&self, works: bool) -> Result<&'static str, TestError> {
        work(works).map(|()| "worked")
    }
}

#[test]
fn method_of_self_is_called_with_the_other_arguments() {
    let shop = Shop { cache: Arc::new(Cache("tea")) };
    prove(breaker_of(<Shop as Items>::items), On::Any, "tea for 7", |works| shop.items(works, 7));
    prove(breaker_of(Shop::items_of_cache), On::Rejection, "tea for 7", |works| {
        shop.items_of_cache(works, 7)
    });
    let fixed = Fixed { answer: Ok("fixed") };
    prove(breaker_of(Fixed::of_field), On::Any, "fixed", |works| fixed.of_field(works));
}

#[tokio::test(start_paused = true)]
async fn async_method_of_self_is_awaited() {
    let shop = Arc::new(Shop { cache: Arc::new(Cache("tea")) });
    let call = async |works| shop.items_later(works, 7).await;
    prove_async(breaker_of(Shop::items_later), On::Any, "tea for 7", call).await;
    let call = async |works| Arc::clone(&shop).items_in_future(works, 7).await;
    prove_async(breaker_of(Shop::items_in_future), On::Failure, "tea for 7", call).await;
}
