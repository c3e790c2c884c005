//! The code that the attribute writes, written here without it, with a manual clock.

use std::cell::Cell;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::__private::{AskAged as _, AskAll as _, AskOk as _, of};
use crate::layers::last_good::{Aged, LastGood, LastGoodLimits, Owner};
use crate::{CircuitBreaker, ManualClock};

/// The code that the attribute writes for a function with this output. Each use of the macro is another
/// function.
macro_rules! memory {
    ($last_good:expr, $breaker:expr, $key:expr, $output:ty) => {
        (&&&of::<$output>()).remembers().memory::<$output, _, _>(
            ($last_good, || ()),
            Owner($breaker.inner()),
            $key,
        )
    };
}

mod naive_map;
mod user_code;

const SECOND: Duration = Duration::from_secs(1);

fn breaker() -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("last good").clock(clock.clone()).build().unwrap();
    (breaker, clock)
}

/// Returns a cache for one test.
fn last_good(limits: LastGoodLimits) -> &'static LastGood {
    Box::leak(Box::new(LastGood::new(limits)))
}

type Answer = Result<String, ()>;

#[test]
fn last_success_of_a_key_is_its_answer() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT);
    let memory = |key: u32| memory!(own, breaker, key, Answer);
    assert_eq!(memory(1).recall(), None);
    memory(1).learn(&Ok("a".to_owned()));
    memory(2).learn(&Ok("b".to_owned()));
    memory(1).learn(&Ok("c".to_owned()));
    assert_eq!(memory(1).recall(), Some(Ok("c".to_owned())));
    assert_eq!(memory(2).recall(), Some(Ok("b".to_owned())));
    assert_eq!(memory(3).recall(), None);
    assert_eq!(own.len(), 2);
}

#[test]
fn err_that_counts_as_a_success_is_not_remembered() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT);
    let memory = || memory!(own, breaker, (), Answer);
    memory().learn(&Err(()));
    assert_eq!(memory().recall(), None);
    memory().learn(&Ok("a".to_owned()));
    memory().learn(&Err(()));
    assert_eq!(memory().recall(), Some(Ok("a".to_owned())));
}

#[test]
fn answer_is_good_until_it_is_older_than_max_age() {
    for max_age in [Duration::from_micros(1), Duration::from_millis(10), SECOND, 60 * SECOND] {
        let (breaker, clock) = breaker();
        let own = last_good(LastGoodLimits::DEFAULT.with_max_age(max_age));
        let memory = || memory!(own, breaker, "key", Answer);
        memory().learn(&Ok("a".to_owned()));
        clock.advance(max_age);
        assert!(memory().recall().is_some(), "{max_age:?}");
        clock.advance(Duration::from_micros(1));
        assert!(memory().recall().is_none(), "{max_age:?}");
        assert_eq!(own.len(), 0, "answers that are too old are removed");
        memory().learn(&Ok("b".to_owned()));
        assert!(memory().recall().is_some(), "{max_age:?}");
    }
}

#[test]
fn max_age_of_any_length_works_at_any_time() {
    let (breaker, clock) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_max_age(Duration::MAX));
    let memory = || memory!(own, breaker, "key", Answer);
    memory().learn(&Ok("a".to_owned()));
    clock.advance(Duration::from_secs(100 * 365 * 24 * 60 * 60));
    assert!(memory().recall().is_some());
}

#[test]
fn answers_from_memory_are_counted() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT);
    let memory = || memory!(own, breaker, (), Answer);
    memory().recall();
    memory().learn(&Ok("a".to_owned()));
    assert_eq!(breaker.snapshot().totals.last_good, 0);
    memory().recall();
    memory().recall();
    assert_eq!(breaker.snapshot().totals.last_good, 2);
}

#[test]
fn stale_answer_reports_its_age() {
    let (breaker, clock) = breaker();
    let (result, option, plain) = (
        last_good(LastGoodLimits::DEFAULT),
        last_good(LastGoodLimits::DEFAULT),
        last_good(LastGoodLimits::DEFAULT),
    );
    let of_result = || memory!(result, breaker, 1, Result<Aged<u32>, String>);
    let of_option = || memory!(option, breaker, 1, Option<Aged<u32>>);
    let of_plain = || memory!(plain, breaker, 1, Aged<u32>);
    of_result().learn(&Ok(7.into()));
    of_option().learn(&Some(7.into()));
    of_plain().learn(&7.into());
    for age in [Duration::ZERO, SECOND, 10 * SECOND] {
        clock.advance(age);
        let age = age + if age > SECOND { SECOND } else { Duration::ZERO };
        assert_eq!(of_result().recall(), Some(Ok(Aged::with_age(7, age))));
        assert_eq!(of_option().recall(), Some(Some(Aged::with_age(7, age))));
        assert_eq!(of_plain().recall(), Some(Aged::with_age(7, age)));
    }
}

#[test]
fn answer_that_was_old_when_learnt_is_older_when_recalled() {
    let (breaker, clock) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_max_age(60 * SECOND));
    let memory = || memory!(own, breaker, (), Result<Aged<u32>, ()>);
    memory().learn(&Ok(Aged::with_age(7, 50 * SECOND)));
    clock.advance(10 * SECOND);
    assert_eq!(memory().recall(), Some(Ok(Aged::with_age(7, 60 * SECOND))));
    clock.advance(Duration::from_micros(1));
    assert_eq!(memory().recall(), None);
}

#[test]
fn output_that_is_no_result_is_remembered_whole() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT);
    let memory = || memory!(own, breaker, (), Option<u32>);
    memory().learn(&Some(7));
    assert_eq!(memory().recall(), Some(Some(7)));
}

#[test]
fn error_needs_neither_clone_nor_send() {
    struct Error(#[allow(dead_code)] std::rc::Rc<Cell<u32>>);
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT);
    let memory = || memory!(own, breaker, (), Result<u32, Error>);
    memory().learn(&Ok(7));
    assert!(matches!(memory().recall(), Some(Ok(7))));
}

/// Does the same as an annotated generic function: one memory for all type parameters.
#[allow(clippy::extra_unused_type_parameters, reason = "it distinguishes the instantiations")]
fn generic<T: 'static + Clone + Send + Sync, Tag>(
    own: &'static LastGood,
    breaker: &CircuitBreaker,
    learnt: Option<T>,
) -> Option<Result<T, ()>> {
    let memory = memory!(own, breaker, (), Result<T, ()>);
    match learnt {
        Some(learnt) => {
            memory.learn(&Ok(learnt));
            None
        }
        None => memory.recall(),
    }
}

#[test]
fn instantiations_of_a_generic_function_have_answers_of_their_own() {
    struct One;
    struct Other;
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT);
    generic::<u32, One>(own, &breaker, Some(1));
    generic::<u32, Other>(own, &breaker, Some(2));
    generic::<String, One>(own, &breaker, Some("3".to_owned()));
    assert_eq!(generic::<u32, One>(own, &breaker, None), Some(Ok(1)));
    assert_eq!(generic::<u32, Other>(own, &breaker, None), Some(Ok(2)));
    assert_eq!(generic::<String, One>(own, &breaker, None), Some(Ok("3".to_owned())));
    assert_eq!(generic::<String, Other>(own, &breaker, None), None);
    assert_eq!(generic::<&'static str, One>(own, &breaker, None), None);
}

#[test]
fn stored_answers_do_not_exceed_the_capacity() {
    let (breaker, _) = breaker();
    for capacity in [1, 2, 10, 2_000] {
        let own = last_good(LastGoodLimits::DEFAULT.with_capacity(capacity));
        let memory = |key: u32| memory!(own, breaker, key, Result<u32, ()>);
        for key in 0..5_000 {
            memory(key).learn(&Ok(key));
            assert!(own.len() <= capacity as usize);
            assert_eq!(memory(key).recall(), Some(Ok(key)), "the newest is remembered");
        }
        let kept = (0..5_000).filter(|&key| memory(key).recall().is_some()).count();
        assert_eq!(kept, own.len());
    }
}

/// A thread remembers where it has stored an answer, also after that place is another key's.
#[test]
fn newest_answer_is_found_whichever_threads_learn_and_push_out() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_capacity(2));
    let memory = |key: u32| memory!(own, breaker, key, Answer);
    let turn = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (memory, turn) = (&memory, &turn);
            scope.spawn(move || {
                for round in (0..600).filter(|round| round % 3 == thread) {
                    while turn.load(Ordering::Acquire) != round {
                        std::thread::yield_now();
                    }
                    // The other two find this one's place, or that it is gone.
                    let key = round * round % 7 % 4;
                    memory(key).learn(&Ok(format!("{key} in {round}")));
                    assert_eq!(memory(key).recall(), Some(Ok(format!("{key} in {round}"))));
                    assert!(own.len() <= 2);
                    turn.store(round + 1, Ordering::Release);
                }
            });
        }
    });
}

#[test]
fn answer_is_dropped_when_it_is_replaced_or_pushed_out() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_capacity(1));
    let memory = |key: u32| memory!(own, breaker, key, Result<Arc<()>, ()>);
    let [first, second, third] = [(); 3].map(|()| Ok(Arc::new(())));
    let is_kept = |answer: &Result<Arc<()>, ()>| Arc::strong_count(answer.as_ref().unwrap()) > 1;
    memory(1).learn(&first);
    memory(1).learn(&second);
    assert_eq!([&first, &second].map(is_kept), [false, true]);
    drop(memory(1).recall());
    memory(2).learn(&third);
    assert_eq!([&first, &second, &third].map(is_kept), [false, false, true]);
    drop(memory(2).recall());
    memory(2).learn(&first);
    assert_eq!([&first, &second, &third].map(is_kept), [true, false, false]);
}

#[test]
fn capacity_or_age_out_of_range_is_refused() {
    for capacity in [1, 10_000_000] {
        assert_eq!(LastGoodLimits::DEFAULT.with_capacity(capacity).capacity, capacity);
    }
    for capacity in [0, 10_000_001] {
        assert!(catch_unwind(|| LastGoodLimits::DEFAULT.with_capacity(capacity)).is_err());
    }
    assert!(catch_unwind(|| LastGoodLimits::DEFAULT.with_max_age(Duration::ZERO)).is_err());
}

/// Each answer names the key under which it was learnt.
#[test]
fn threads_that_learn_and_recall_together_get_answers_of_their_key() {
    const KEYS: u32 = 64;
    let (breaker, clock) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_capacity(KEYS / 2));
    let memory = |key: u32| memory!(own, breaker, key, Answer);
    let seen = Mutex::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8_u32 {
            let (memory, clock, seen) = (&memory, &clock, &seen);
            scope.spawn(move || {
                let mut answered = 0;
                for round in 0..2_000 {
                    let key = (round * 7 + thread) % KEYS;
                    memory(key).learn(&Ok(format!("{key}")));
                    let key = (round * 5 + thread) % KEYS;
                    if let Some(answer) = memory(key).recall() {
                        assert_eq!(answer, Ok(format!("{key}")));
                        answered += 1;
                    }
                    clock.advance(Duration::from_micros(1));
                }
                *seen.lock().unwrap() += answered;
            });
        }
    });
    assert!(own.len() <= KEYS as usize / 2);
    assert_eq!(breaker.snapshot().totals.last_good, *seen.lock().unwrap());
    assert!(*seen.lock().unwrap() > 0);
}

#[cfg(feature = "test-util")]
#[test]
fn isolated_test_has_its_own_memory() {
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_capacity(2));
    let memory = |key: u32| memory!(own, breaker, key, Result<u32, ()>);
    memory(1).learn(&Ok(1));
    {
        let fresh = crate::registry::testing::isolate();
        assert_eq!(memory(1).recall(), None);
        for key in 1..10 {
            memory(key).learn(&Ok(2));
        }
        let set = fresh.set();
        let seen = std::thread::scope(|scope| {
            let inside = || {
                let _fresh = set.enter();
                memory(9).recall()
            };
            scope.spawn(inside).join().unwrap()
        });
        assert_eq!(seen, Some(Ok(2)));
        let _inner = crate::registry::testing::isolate();
        assert_eq!(memory(9).recall(), None);
    }
    assert_eq!((memory(1).recall(), memory(9).recall()), (Some(Ok(1)), None));
}
