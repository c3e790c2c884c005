//! A crate that denies every lint it can. The main test is that it compiles, under clippy as well.

#![deny(warnings, clippy::pedantic, missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]

pub mod shop;

use breaker_runtime::{breaker_of, name_clashes};
use breaker_tests::{Ended, TestError, paused, prove, prove_async};
use shop::{Cart, Client, Fetch};

#[test]
fn sync_functions_are_protected() {
    prove(shop::load_breaker(), |works| shop::load(works, "7"));
    prove(breaker_of(shop::carts), |works| {
        shop::carts(works, &["a", "b"]).inspect(|carts| assert_eq!(carts.clone().count(), 2))
    });
    prove(breaker_of(shop::first::<u8>), |works| shop::first(works, &mut [1, 2]).map(|first| *first));
    prove(breaker_of(shop::price), |works| match shop::price(works, ("tea", 7), Cart::default()) {
        Some(0) => Ended::Rejected,
        Some(_) => Ended::Worked,
        None => Ended::Failed,
    });
    prove(breaker_of(shop::parts), |works| match shop::parts(works, (3, 4)) {
        Ok(3) => Ended::Rejected,
        ended => ended.into(),
    });
}

#[test]
fn methods_are_protected() {
    let mut client = Client::new("shop");
    prove(Client::get_breaker(), |works| client.get(works).map(str::len));
    prove(breaker_of(Client::rename), |works| {
        client.rename(works, "market".to_owned()).map(|name| name.len())
    });
    prove(breaker_of(Client::close), |works| Client::new("shop").close(works));
    prove(breaker_of(<Client as Fetch>::fetch), |works| client.fetch(works));
    prove(breaker_of(<Client as Fetch>::fetch_twice), |works| client.fetch_twice(works));
}

#[test]
fn async_functions_are_protected() {
    paused(async {
        let client = Client::new("shop");
        prove_async(shop::order_breaker(), async |works| shop::order(works, Cart::default()).await)
            .await;
        prove_async(breaker_of(shop::eager), async |works| shop::eager(works, 7).await).await;
        prove_async(breaker_of(shop::boxed), async |works| shop::boxed(works, "a").await).await;
        prove_async(breaker_of(Client::ask), async |works| client.ask(works, &[7]).await).await;
        prove_async(breaker_of(shop::stock), async |works| match shop::stock(works, "tea").await {
            0 => Ended::Failed,
            u32::MAX => Ended::Rejected,
            _ => Ended::Worked,
        })
        .await;
    });
}

#[test]
fn fallbacks_answer_rejections_and_failures() {
    paused(async {
        let _fresh = breaker_runtime::testing::isolate();
        assert_eq!(shop::popular(false, &["a"]), Ok(vec!["a".to_owned()]));
        assert_eq!(shop::popular_async(false, Cart::default()).await, Ok(1));
        assert_eq!(shop::either(false, 7).await, Ok(8));
        assert_eq!(shop::boxed_or_cached(false, 7).await, Ok(9));
        assert_eq!((shop::tried(false, 7), shop::tried(true, 7)), (Ok(6), Ok(7)));
        assert!(matches!(shop::explained(false, String::new()), Err(TestError::Other(_))));
    });
}

#[test]
fn names_are_unique() {
    assert_eq!(name_clashes().len(), 0);
}
