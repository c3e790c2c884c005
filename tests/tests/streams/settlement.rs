//! A stream settles its call once, whatever ends it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use breaker_runtime::{CircuitBreaker, ErrorKind, State, breaker_of, circuit_breaker, testing};
use futures::{Stream, StreamExt};

use crate::common::{Act, Fault, Item, Script, numbers, poll, script, settled};

#[circuit_breaker(failure_threshold = 3)]
fn call(stream: Script) -> impl Stream<Item = Item> + Unpin {
    stream
}

fn breaker() -> &'static CircuitBreaker {
    breaker_of(call)
}

const OK: Act = Act::Yield(Ok(7));
const ERR: Act = Act::Yield(Err(Fault::Broken));

#[test]
fn end_of_a_stream_is_a_success() {
    let _fresh = testing::isolate();
    let mut stream = call(numbers(1));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(1))));
    assert_eq!(settled(breaker()), (0, 0, 0, 0), "it may still be cut");
    assert_eq!(poll(&mut stream), Poll::Ready(None));
    assert_eq!(settled(breaker()), (1, 0, 0, 0));
    drop(stream);
    assert_eq!(settled(breaker()), (1, 0, 0, 0));
}

#[test]
fn err_item_is_a_failure_at_once_and_only_once() {
    let _fresh = testing::isolate();
    let mut stream = call(script([OK, ERR, ERR, OK]));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Err(Fault::Broken))));
    assert_eq!(settled(breaker()), (0, 1, 0, 0));
    // Later items of the body's stream are passed on.
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Err(Fault::Broken))));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    assert_eq!(poll(&mut stream), Poll::Ready(None));
    assert_eq!(settled(breaker()), (0, 1, 0, 0));
}

#[test]
fn stream_that_is_dropped_by_its_reader_is_cancelled() {
    let _fresh = testing::isolate();
    drop(call(numbers(3)));
    for items in 1_u32..=3 {
        let mut stream = call(numbers(3));
        for _ in 0..items {
            assert!(matches!(poll(&mut stream), Poll::Ready(Some(Ok(_)))));
        }
        drop(stream);
        assert_eq!(settled(breaker()), (0, 0, 0, u64::from(items) + 1));
    }
}

#[test]
fn poll_after_the_end_returns_none() {
    let _fresh = testing::isolate();
    let mut stream = call(script([]));
    for _ in 0..3 {
        assert_eq!(poll(&mut stream), Poll::Ready(None));
    }
    assert_eq!(settled(breaker()), (1, 0, 0, 0));
    breaker().force_open();
    let mut rejected = call(numbers(1));
    assert!(matches!(poll(&mut rejected), Poll::Ready(Some(Err(Fault::Breaker(_))))));
    for _ in 0..3 {
        assert_eq!(poll(&mut rejected), Poll::Ready(None));
    }
    assert_eq!(breaker().snapshot().totals.rejected, 1);
}

/// A subscription that its readers end, and a stream that never begins.
#[test]
fn stream_dropped_after_an_item_is_never_a_failure_and_before_one_in_the_end() {
    #[circuit_breaker(abandoned_threshold = 2, failure_threshold = 1)]
    fn subscribe(script: Script) -> impl Stream<Item = Item> + Unpin {
        script
    }
    let _fresh = testing::isolate();
    let breaker = breaker_of(subscribe);
    for _ in 0..20 {
        assert_eq!(poll(&mut subscribe(script([OK, Act::Hang]))), Poll::Ready(Some(Ok(7))));
    }
    for begins in [false, false, true, false, false] {
        let acts = if begins { [OK, Act::Hang] } else { [Act::Hang, OK] };
        let _ = poll(&mut subscribe(script(acts)));
    }
    assert_eq!((settled(breaker), breaker.state()), ((0, 0, 0, 25), State::Closed));
    assert_eq!(poll(&mut subscribe(script([Act::Hang]))), Poll::Pending);
    assert_eq!((settled(breaker), breaker.state()), ((0, 1, 0, 25), State::Open));
}

#[test]
fn panic_in_a_stream_is_one_failure_and_its_end() {
    let _fresh = testing::isolate();
    let mut stream = call(script([OK, Act::Panic, OK]));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut stream))).is_err());
    assert_eq!(settled(breaker()), (0, 1, 0, 0));
    assert_eq!(poll(&mut stream), Poll::Ready(None), "it is not polled again");
    drop(stream);
    assert_eq!(settled(breaker()), (0, 1, 0, 0));
}

#[test]
fn panic_in_the_body_is_a_failure() {
    #[circuit_breaker]
    fn panics(panics: bool) -> impl Stream<Item = Item> {
        assert!(!panics, "planned");
        numbers(1)
    }
    assert!(catch_unwind(|| drop(panics(true))).is_err());
    assert_eq!(settled(breaker_of(panics)), (0, 1, 0, 0));
}

#[test]
fn panic_in_the_predicate_is_a_failure() {
    #[circuit_breaker(failure_if = |_: &Item| panic!("planned"))]
    fn judged() -> impl Stream<Item = Item> + Unpin {
        numbers(1)
    }
    let mut stream = judged();
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut stream))).is_err());
    assert_eq!((settled(breaker_of(judged)), poll(&mut stream)), ((0, 1, 0, 0), Poll::Ready(None)));
}

#[test]
fn body_is_gone_before_its_permit_is_settled() {
    struct Watching(Script, &'static str);
    impl Drop for Watching {
        fn drop(&mut self) {
            let breaker = breaker_runtime::breaker(self.1).expect("listed");
            assert_eq!(settled(&breaker), (0, 0, 0, 0));
            assert!(breaker.try_acquire().is_err(), "its permit is still held");
        }
    }
    impl Stream for Watching {
        type Item = Item;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> Poll<Option<Item>> {
            self.0.poll_next_unpin(context)
        }
    }
    #[circuit_breaker(name = "ends", max_concurrent = 1)]
    fn ends() -> impl Stream<Item = Item> + Unpin {
        Watching(script([]), "ends")
    }
    #[circuit_breaker(name = "dropped", max_concurrent = 1)]
    fn dropped() -> impl Stream<Item = Item> + Unpin {
        Watching(script([OK]), "dropped")
    }
    let mut stream = ends();
    assert_eq!(poll(&mut stream), Poll::Ready(None));
    drop(dropped());
}

#[test]
fn concurrency_permit_of_a_failed_stream_is_held_until_it_ends() {
    #[circuit_breaker(max_concurrent = 1)]
    fn limited() -> impl Stream<Item = Item> + Unpin {
        script([ERR, OK])
    }
    let free = || breaker_of(limited).try_acquire().is_ok();
    let mut stream = limited();
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Err(Fault::Broken))));
    assert_eq!((settled(breaker_of(limited)).1, free()), (1, false));
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Ok(7))));
    assert_eq!(poll(&mut stream), Poll::Ready(None));
    assert!(free());

    let mut stream = limited();
    assert_eq!(poll(&mut stream), Poll::Ready(Some(Err(Fault::Broken))));
    drop(stream);
    assert!(free());
}

#[test]
fn predicates_judge_each_item() {
    #[circuit_breaker(
        failure_if = |item: &Item| matches!(item, Ok(13) | Err(Fault::Broken)),
        ignore_if = |item: &Item| matches!(item, Err(Fault::Refused))
    )]
    fn judged(acts: Vec<Act>) -> impl Stream<Item = Item> {
        script(acts)
    }
    let outcome = |acts: &[Act]| {
        let _fresh = testing::isolate();
        let _ = futures::executor::block_on(judged(acts.to_vec()).collect::<Vec<_>>());
        settled(breaker_of(judged))
    };
    let refused = Act::Yield(Err(Fault::Refused));
    assert_eq!(outcome(&[OK]), (1, 0, 0, 0));
    assert_eq!(outcome(&[OK, Act::Yield(Ok(13)), OK]), (0, 1, 0, 0));
    assert_eq!(outcome(std::slice::from_ref(&refused)), (0, 0, 1, 0));
    assert_eq!(outcome(&[refused, ERR]), (0, 1, 0, 0), "a failure outweighs what is ignored");
}

#[test]
fn open_breaker_rejects_with_one_item() {
    let _fresh = testing::isolate();
    breaker().trip();
    let items: Vec<Item> = futures::executor::block_on(call(numbers(3)).collect());
    assert_eq!(items, [Err(Fault::Breaker(ErrorKind::Open))]);
    assert_eq!((breaker().state(), settled(breaker())), (State::Open, (0, 0, 0, 0)));
}

/// Each call is settled exactly once, for every short script and every number of polls.
#[test]
fn every_call_is_settled_exactly_once() {
    let acts = [OK, ERR, Act::Hang, Act::Panic];
    let mut calls = 0;
    let _fresh = testing::isolate();
    for first in 0..=acts.len() {
        for second in 0..=acts.len() {
            for third in 0..=acts.len() {
                for polls in 0..5 {
                    let chosen = [first, second, third].map(|index| acts.get(index).cloned());
                    run(chosen.into_iter().flatten(), polls);
                    calls += 1;
                    let (success, failure, ignored, cancelled) = settled(breaker());
                    let totals = breaker().snapshot().totals;
                    let all = success + failure + ignored + cancelled + totals.late;
                    assert_eq!(all, calls, "{first} {second} {third} {polls}");
                    assert_eq!(breaker().snapshot().in_flight, 0);
                    breaker().reset();
                }
            }
        }
    }
}

fn run(acts: impl IntoIterator<Item = Act>, polls: u32) {
    let mut stream = call(script(acts));
    for _ in 0..polls {
        let _ = catch_unwind(AssertUnwindSafe(|| poll(&mut stream)));
    }
}
