//! The statements and items that a body may have.

use std::thread;

use breaker_runtime::{CircuitBreaker, breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, prove, work};

type Inner = (&'static CircuitBreaker, fn(bool) -> Result<(), TestError>);

#[test]
fn nested_function_has_its_own_breaker() {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn outer(works: bool) -> Result<Inner, TestError> {
        #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
        fn inner(works: bool) -> Result<(), TestError> {
            work(works)
        }
        work(works)?;
        Ok((breaker_of(inner), inner))
    }
    prove(breaker_of(outer), outer);
    let (breaker, inner) = outer(true).expect("it works");
    prove(breaker, inner);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn with_items(works: bool) -> Result<u32, TestError> {
    use std::collections::BTreeMap as Map;

    const SEVEN: u32 = 7;
    static EIGHT: u32 = 8;

    #[derive(Clone, Copy)]
    struct Pair(u32, u32);

    impl Pair {
        fn sum(self) -> u32 {
            self.0 + self.1
        }
    }

    trait Twice {
        fn twice(&self) -> u32;
    }

    impl Twice for Pair {
        fn twice(&self) -> u32 {
            double!(self.sum())
        }
    }

    macro_rules! double {
        ($value:expr) => {
            $value * 2
        };
    }
    use double;

    mod inner {
        pub(super) fn one() -> u32 {
            1
        }
    }

    work(works)?;
    let map = Map::from([(inner::one(), Pair(SEVEN, EIGHT))]);
    Ok(map[&1].twice())
}

#[test]
fn items_may_be_in_the_body() {
    prove(breaker_of(with_items), |works| with_items(works).inspect(|sum| assert_eq!(*sum, 30)));
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn with_inner_attributes(works: bool) -> Result<(), TestError> {
    //! An inner doc comment of the function.
    #![allow(unused_variables)]
    #![allow(clippy::let_unit_value, reason = "the inner comment")]
    let unused = ();
    work(works)
}

#[test]
fn inner_attributes_may_be_in_the_body() {
    prove(breaker_of(with_inner_attributes), with_inner_attributes);
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn on_a_thread(works: bool, text: String) -> Result<usize, TestError> {
    let thread = thread::spawn(move || {
        work(works)?;
        Ok(text.len())
    });
    thread.join().map_err(|_| TestError::Down)?
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn in_a_scope<'t>(works: bool, text: &'t str, lengths: &mut Vec<usize>) -> Result<&'t str, TestError> {
    thread::scope(|scope| {
        let thread = scope.spawn(|| work(works));
        lengths.push(text.len());
        thread.join().map_err(|_| TestError::Down)?
    })?;
    Ok(text)
}

#[test]
fn threads_and_scopes_may_be_in_the_body() {
    prove(breaker_of(on_a_thread), |works| on_a_thread(works, "text".to_owned()));
    let mut lengths = Vec::new();
    prove(breaker_of(in_a_scope), |works| in_a_scope(works, "text", &mut lengths));
    assert_eq!(lengths, [4; 5]);
}

#[test]
fn calls_from_other_threads_count() {
    let fresh = testing::isolate();
    thread::scope(|scope| {
        for _ in 0..2 {
            let set = fresh.set();
            scope.spawn(move || {
                let _fresh = set.enter();
                on_a_thread(false, String::new()).unwrap_err();
            });
        }
    });
    assert!(matches!(on_a_thread(true, String::new()), Err(TestError::Rejected(_))));
    let set = fresh.set();
    let rejected = thread::spawn(move || {
        let _fresh = set.enter();
        on_a_thread(true, String::new())
    });
    assert!(matches!(rejected.join(), Ok(Err(TestError::Rejected(_)))));
}

macro_rules! fallible {
    ($ok:ty) => {
        Result<$ok, TestError>
    };
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn typed_by_a_macro(works: bool) -> fallible!(Vec<u8>) {
    work(works)?;
    Ok("7".bytes().collect())
}

#[test]
fn return_type_may_come_from_a_macro() {
    prove(breaker_of(typed_by_a_macro), |works| {
        typed_by_a_macro(works).inspect(|bytes| assert_eq!(bytes, b"7"))
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn labelled(rows: &[&[Option<u32>]]) -> Result<u32, TestError> {
    let mut sum = 0;
    'rows: for row in rows {
        for cell in *row {
            let Some(number) = cell else {
                continue 'rows;
            };
            if *number == 0 {
                break 'rows;
            }
            sum += number;
        }
    }
    let sum = 'checked: {
        if sum < 100 {
            break 'checked sum;
        }
        return Err(TestError::Other(sum.to_string()));
    };
    let 1..=50 = sum else { return Err(TestError::Down) };
    Ok(sum)
}

#[test]
fn labels_and_let_else_may_be_in_the_body() {
    let works: [&[Option<u32>]; 3] = [&[Some(1), None, Some(100)], &[Some(2), Some(0)], &[Some(100)]];
    for fails in [100, 60] {
        let fails: [&[Option<u32>]; 1] = [&[Some(fails)]];
        prove(breaker_of(labelled), |now| {
            labelled(if now { &works } else { &fails }).inspect(|sum| assert_eq!(*sum, 3))
        });
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn with_closures(works: bool, mut list: Vec<u32>) -> Result<Vec<u32>, TestError> {
    let mut push = |number| list.push(number);
    push(1);
    push(2);
    let checked = || -> Result<(), TestError> {
        if works {
            return Ok(());
        }
        work(works)
    };
    checked()?;
    let block = async {
        work(works)?;
        Ok::<_, TestError>(list)
    };
    futures::executor::block_on(block)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn conditional(works: bool) -> Result<Ended, TestError> {
    #[cfg(any())]
    compile_error!("cfg in a body");
    if let Err(error) = work(works) { Err(error) } else { Ok(Ended::Worked) }
}

#[test]
fn closures_async_blocks_and_cfgs_may_be_in_the_body() {
    prove(breaker_of(with_closures), |works| {
        with_closures(works, vec![0]).inspect(|list| assert_eq!(list, &[0, 1, 2]))
    });
    prove(breaker_of(conditional), conditional);
}
