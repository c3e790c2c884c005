//! The functions of the `no_std` crate are protected.

use breaker_runtime::breaker_of;
use breaker_tests::{Ended, paused, prove, prove_async};
use breaker_tests_no_std::{Error, boxed, boxed_or_empty, later, sync, sync_breaker, unnamed};

fn ended(result: Result<String, Error>) -> Ended {
    match result {
        Ok(text) if text.is_empty() => Ended::Rejected,
        Ok(_) => Ended::Worked,
        Err(Error::Down) => Ended::Failed,
        Err(Error::Rejected(_)) => Ended::Rejected,
    }
}

#[test]
fn functions_of_a_no_std_crate_are_protected() {
    prove(sync_breaker(), |works| ended(sync(works)));
    paused(async {
        prove_async(breaker_of(boxed), async |works| ended(boxed(works).await)).await;
        prove_async(breaker_of(boxed_or_empty), async |works| ended(boxed_or_empty(works).await)).await;
        prove_async(breaker_of(unnamed), async |works| ended(unnamed(works).await)).await;
        let _fresh = breaker_runtime::testing::isolate();
        assert_eq!(ended(later(true).await), Ended::Worked);
    });
}
