//! Names of the user that the expansion uses as well.

use breaker_runtime::{CallError, breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove, work};

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    clone(clone_of_text),
    fallback = |cause| Err(keep(cause, place + answer + permit + call + argument_0, &clone_of_text))
)]
#[allow(clippy::too_many_arguments)]
fn arguments(
    (admitted, argument_1): (bool, u32),
    place: u32,
    answer: u32,
    permit: u32,
    call: u32,
    argument_0: u32,
    clone_of_text: String,
    clone_of_clone_of_text: &str,
    rules: u32,
    run: u32,
) -> Result<u32, TestError> {
    let cause = argument_1 + rules + run;
    work(admitted)?;
    assert_eq!(clone_of_text, clone_of_clone_of_text);
    drop(clone_of_text);
    Ok(place + answer + permit + call + argument_0 + cause)
}

fn keep(cause: CallError<TestError>, sum: u32, text: &str) -> TestError {
    assert_eq!((sum, text), (2 + 3 + 4 + 5 + 6, "text"));
    match cause {
        CallError::Breaker(rejection) => rejection.into(),
        CallError::Inner(error) => error,
    }
}

#[test]
fn arguments_named_like_the_locals_of_the_expansion_keep_their_values() {
    prove(breaker_of(arguments), |works| {
        let sum = arguments((works, 1), 2, 3, 4, 5, 6, "text".to_owned(), "text", 7, 8);
        sum.inspect(|sum| assert_eq!(*sum, 36))
    });
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = passed_on, fallback_on = "rejection")]
fn passed((place, cause): (bool, &str), argument_0: u32, permit: &str) -> Result<u32, TestError> {
    assert_eq!((argument_0, cause, permit), (7, "cause", "permit"));
    work(place)?;
    Ok(argument_0)
}

fn passed_on((place, cause): (bool, &str), argument_0: u32, permit: &str) -> Result<u32, TestError> {
    assert_eq!((argument_0, cause, permit), (7, "cause", "permit"));
    work(place).map(|()| 0)
}

#[test]
fn arguments_of_those_names_reach_the_fallback() {
    prove(breaker_of(passed), |works| match passed((works, "cause"), 7, "permit") {
        Ok(0) => Ended::Rejected,
        Ok(_) => Ended::Worked,
        Err(_) => Ended::Failed,
    });
}

mod constants {
    #![allow(non_upper_case_globals)]

    use super::{CallError, Ended, TestError, breaker_of, circuit_breaker, prove, work};

    pub(super) const place: u32 = 1;
    pub(super) static cause: u32 = 2;
    pub(super) static admitted: u32 = 3;
    pub(super) const answer: u32 = 4;
    pub(super) static permit: u32 = 5;
    pub(super) const call: u32 = 6;
    pub(super) static argument_0: u32 = 7;
    pub(super) static clone_of_text: u32 = 8;
    pub(super) const PLACE: u32 = 2;
    pub(super) const HERE: &str = "here";
    #[allow(non_camel_case_types)]
    pub(super) struct Here(pub(super) u32);

    #[circuit_breaker(
        name = HERE,
        failure_threshold = PLACE,
        timeout = std::time::Duration::from_secs(place as u64),
        clone(text),
        fallback = |reason| match reason {
            CallError::Breaker(rejection) => Err(rejection.into()),
            CallError::Inner(error) => {
                assert_eq!(text.len(), 4);
                Err(error)
            }
        }
    )]
    fn with_fallback((works, number): (bool, u32), text: String) -> Result<u32, TestError> {
        work(works)?;
        drop(text);
        let Here(one) = Here(1);
        Ok(place
            + cause
            + admitted
            + answer
            + permit
            + call
            + argument_0
            + clone_of_text
            + PLACE
            + one
            + number)
    }

    #[circuit_breaker(failure_threshold = PLACE, timeout = "1s", fallback = instead, fallback_on = "rejection")]
    fn on_rejection((works, number): (bool, u32)) -> Result<u32, TestError> {
        work(works)?;
        Ok(number + place)
    }

    fn instead((works, _): (bool, u32)) -> Result<u32, TestError> {
        work(works).map(|()| 0)
    }

    #[circuit_breaker(failure_threshold = PLACE, timeout = "1s", fallback = answered, clone(text))]
    async fn asynchronous((works, number): (bool, u32), text: String) -> Result<u32, TestError> {
        work(works)?;
        Ok(number + place + u32::try_from(text.len()).unwrap())
    }

    fn answered((works, _): (bool, u32), text: String) -> Result<u32, TestError> {
        if text == "text" { instead((works, 0)) } else { Err(TestError::Other(text)) }
    }

    #[test]
    fn statics_and_constants_of_those_names_do_not_collide() {
        prove(breaker_of(with_fallback), |works| {
            with_fallback((works, 1), "text".to_owned()).inspect(|sum| assert_eq!(*sum, 40))
        });
        assert_eq!(breaker_of(with_fallback).name(), "here");
        prove(breaker_of(on_rejection), |works| match on_rejection((works, 1)) {
            Ok(0) => Ended::Rejected,
            Ok(_) => Ended::Worked,
            Err(_) => Ended::Failed,
        });
        let _fresh = breaker_runtime::testing::isolate();
        let ask = |works| futures::executor::block_on(asynchronous((works, 1), "text".to_owned()));
        assert_eq!(ask(true), Ok(6));
        assert_eq!((ask(false), ask(false)), (Err(TestError::Down), Err(TestError::Down)));
        assert_eq!(ask(true), Ok(0));
    }
}

mod shadowed {
    //! Names of the prelude and of `core` that the user has defined.
    #![allow(dead_code, non_camel_case_types, unused_macros)]

    use super::{TestError, breaker_of, circuit_breaker, prove, work};

    struct Ok;
    struct Err;
    struct Some;
    struct None;
    struct Option;
    struct Fn;
    struct FnOnce;
    struct Box;
    struct str;
    mod core {}
    mod std {}
    mod breaker_runtime {}
    mod inventory {}

    type Outcome = ::core::result::Result<(), TestError>;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = taken_breaker)]
    fn taken(works: bool) -> Outcome {
        work(works)
    }

    #[circuit_breaker(
        failure_threshold = 2,
        timeout = "1s",
        fallback = |cause| match cause {
            super::CallError::Breaker(rejection) => rejected(rejection),
            super::CallError::Inner(error) => failed(error),
        }
    )]
    fn taken_with_fallback(works: bool) -> Outcome {
        work(works)
    }

    fn rejected(rejection: ::breaker_runtime::BreakerError) -> Outcome {
        failed(rejection.into())
    }

    fn failed(error: TestError) -> Outcome {
        ::core::result::Result::Err(error)
    }

    #[test]
    fn names_of_the_prelude_may_be_redefined() {
        prove(taken_breaker(), taken);
        prove(breaker_of(taken_with_fallback), taken_with_fallback);
    }
}

mod bare {
    #![no_implicit_prelude]

    use ::breaker_runtime::{breaker_of, circuit_breaker};
    use ::breaker_tests::{TestError, prove, work};
    use ::core::prelude::v1::test;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn without_prelude(works: bool) -> ::core::result::Result<(), TestError> {
        work(works)
    }

    #[test]
    fn module_without_a_prelude_compiles() {
        prove(breaker_of(without_prelude), without_prelude);
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
async fn with_types_of_its_own(works: bool) -> Result<u32, TestError> {
    use std::option::Option as Result;

    struct TestError(u32);

    let own: Result<TestError> = Some(TestError(7));
    work(works)?;
    Ok(own.map_or(0, |TestError(number)| number))
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = with_items_of_its_own_failed)]
fn with_items_of_its_own((works, _): (bool, u32)) -> Result<u32, TestError> {
    use std::option::Option as Result;

    const SEVEN: Result<u32> = Some(7);

    work(works)?;
    Ok(SEVEN.unwrap_or(0))
}

fn with_items_of_its_own_failed((works, number): (bool, u32)) -> Result<u32, TestError> {
    work(works).map(|()| number)
}

#[test]
fn items_of_the_body_stand_for_nothing_outside_it() {
    let call = |works| futures::executor::block_on(with_types_of_its_own(works));
    prove(breaker_of(with_types_of_its_own), |works| call(works).inspect(|seven| assert_eq!(*seven, 7)));
    prove(breaker_of(with_items_of_its_own), |works| match with_items_of_its_own((works, 8)) {
        Ok(8) => Ended::Rejected,
        Ok(_) => Ended::Worked,
        Err(_) => Ended::Failed,
    });
}
