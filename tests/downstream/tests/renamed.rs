//! The runtime under another name, and functions of an earlier edition.

use std::collections::BTreeMap;

use breaker_tests::{paused, prove, prove_async, Ended};
use breaker_tests_downstream::{
    boxed, eager, fetch, fetch_or_cached, load, load_breaker, resilient, BoxError, Client,
};
use resilience::{breaker_of, testing, BreakerError};

fn ended<T>(result: Result<T, BoxError>) -> Ended {
    match result {
        Ok(_) => Ended::Worked,
        Err(error) if error.is::<BreakerError>() => Ended::Rejected,
        Err(_) => Ended::Failed,
    }
}

#[test]
fn sync_functions_are_protected() {
    let mut map = BTreeMap::new();
    prove(load_breaker(), |works| ended(load(works, &mut map, "a").map(|count| *count += 1)));
    assert_eq!(map["a"], 3);
    assert_eq!(load_breaker().name(), "breaker_tests_downstream::load");
    let client = Client::new("text");
    prove(Client::<u8>::get_breaker(), |works| ended(client.get(works)));
}

#[test]
fn async_functions_are_protected() {
    paused(async {
        prove_async(breaker_of(fetch), async |works| ended(fetch(works, "text").await)).await;
        prove_async(breaker_of(boxed), async |works| ended(boxed(works).await)).await;
        prove_async(breaker_of(fetch_or_cached), async |works| {
            match fetch_or_cached(works, ("text", 7)).await {
                Ok(7) => Ended::Rejected,
                other => ended(other),
            }
        })
        .await;
        let _fresh = testing::isolate();
        assert_eq!(eager(true, "text").await.ok(), Some(4));
        assert_eq!(eager(false, "text").await.ok(), Some(5));
    });
}

resilient!(through_a_macro);

#[test]
fn function_that_a_macro_of_another_crate_writes_is_protected() {
    prove(breaker_of(through_a_macro), |works| ended(through_a_macro(works)));
    assert_eq!(breaker_of(through_a_macro).name(), "renamed::through_a_macro");
}
