//! `exclude`: errors that match a pattern count neither as success nor as failure.

use std::io;

use breaker_runtime::{BreakerError, CircuitBreaker, State, breaker_of, circuit_breaker, testing};

use self::ShopError::{Down, Invalid};

#[derive(Clone, Debug, PartialEq)]
enum ShopError {
    NotFound { id: u32 },
    Invalid(&'static str),
    Http { status: u16 },
    Down,
    Rejected,
}

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        Self::Rejected
    }
}

type Answer<T = ()> = Result<T, ShopError>;

fn counts(breaker: &CircuitBreaker) -> (u64, u64, u64) {
    let totals = breaker.snapshot().totals;
    (totals.success, totals.failure, totals.ignored)
}

#[circuit_breaker(failure_threshold = 2, exclude = ShopError::NotFound { .. } | ShopError::Invalid(_))]
fn sync(answer: Answer) -> Answer {
    answer
}

#[circuit_breaker(failure_threshold = 2, exclude = | ShopError::NotFound { .. } | ShopError::Invalid("name" | "city"))]
async fn later(answer: Answer) -> Result<(), ShopError> {
    answer
}

#[circuit_breaker(failure_threshold = 2, exclude = ShopError::NotFound { id: 0..=9 } | ShopError::Invalid(..))]
fn future(answer: Answer) -> impl Future<Output = Answer> {
    async move { answer }
}

const INVALID: &str = "name";

#[circuit_breaker(
    failure_threshold = 2,
    exclude = ShopError::NotFound { .. } | ShopError::Invalid(INVALID),
    call_timeout = "5s"
)]
async fn in_time(answer: Answer) -> Answer {
    answer
}

#[tokio::test(start_paused = true)]
async fn excluded_error_counts_neither_way_in_every_shape() {
    let not_found = || Err(ShopError::NotFound { id: 7 });
    let invalid = || Err(ShopError::Invalid("name"));
    let breakers = [breaker_of(sync), breaker_of(later), breaker_of(future), breaker_of(in_time)];
    for (shape, breaker) in breakers.into_iter().enumerate() {
        let _fresh = testing::isolate();
        for answer in
            [Err(ShopError::Down), not_found(), invalid(), Ok(()), Err(ShopError::Down), not_found()]
        {
            let returned = match shape {
                0 => sync(answer.clone()),
                1 => later(answer.clone()).await,
                2 => future(answer.clone()).await,
                _ => in_time(answer.clone()).await,
            };
            assert_eq!(returned, answer, "the answer is the body's");
        }
        assert_eq!(counts(breaker), (1, 2, 3), "{breaker:?}");
        assert_eq!(breaker.state(), State::Closed, "the success was between the failures");
        let _ = match shape {
            0 => sync(Err(ShopError::Down)),
            1 => later(Err(ShopError::Down)).await,
            2 => future(Err(ShopError::Down)).await,
            _ => in_time(Err(ShopError::Down)).await,
        };
        assert_eq!(breaker.state(), State::Open, "an excluded error does not end a streak");
    }
}

#[circuit_breaker(exclude = ShopError::Http { status } if (400..500).contains(status) && *status != limit)]
fn with_guard(answer: Answer<u8>, limit: u16) -> Answer<u8> {
    answer
}

#[test]
fn guard_of_the_pattern_sees_its_bindings_and_the_arguments() {
    let _fresh = testing::isolate();
    for status in [404, 429, 500] {
        let _ = with_guard(Err(ShopError::Http { status }), 429);
    }
    assert_eq!(counts(breaker_of(with_guard)), (0, 2, 1));
}

#[circuit_breaker(
    exclude = ShopError::NotFound { .. },
    ignore_if = |answer| *answer == Ok(0),
    failure_if = |answer| !matches!(answer, Ok(1) | Err(ShopError::Invalid(_))),
    fallback = Ok(9),
    retry(attempts = 2, jitter = false, backoff = "1ns")
)]
fn with_others(answer: Answer<u8>) -> Answer<u8> {
    answer.clone()
}

#[test]
fn excluded_error_is_asked_first_and_has_neither_fallback_nor_retry() {
    let _fresh = testing::isolate();
    let not_found = Err(ShopError::NotFound { id: 7 });
    assert_eq!(with_others(not_found.clone()), not_found, "excluded");
    assert_eq!(with_others(Ok(0)), Ok(0), "ignored");
    assert_eq!(with_others(Ok(1)), Ok(1), "a success");
    assert_eq!(
        with_others(Err(ShopError::Invalid(""))),
        Err(ShopError::Invalid("")),
        "a success as well"
    );
    assert_eq!(with_others(Ok(2)), Ok(9), "a failure");
    assert_eq!(counts(breaker_of(with_others)), (2, 2, 2));
    assert_eq!(breaker_of(with_others).snapshot().totals.retried, 1);
}

struct Client;

impl Client {
    const GONE: u16 = 410;

    #[circuit_breaker(exclude = Status(Self::GONE | 404))]
    fn of_constants(&self, answer: Result<(), Status>) -> Result<(), Status> {
        answer
    }

    #[circuit_breaker(exclude = error if error.kind() == io::ErrorKind::NotFound)]
    fn of_a_struct(&self, kind: Option<io::ErrorKind>) -> io::Result<()> {
        kind.map_or(Ok(()), |kind| Err(kind.into()))
    }
}

#[derive(Debug)]
struct Status(u16);

impl From<BreakerError> for Status {
    fn from(_: BreakerError) -> Self {
        Self(503)
    }
}

macro_rules! through_a_macro {
    ($name:ident, $excluded:pat, $one:pat_param, $guard:expr) => {
        #[circuit_breaker(exclude = $excluded, name = stringify!($name))]
        fn $name(answer: Answer) -> Answer {
            let guarded = |answer: Answer| {
                #[circuit_breaker(exclude = $one if $guard, name = "guarded")]
                fn guarded(answer: Answer) -> Answer {
                    answer
                }
                guarded(answer)
            };
            guarded(answer)
        }
    };
}

through_a_macro!(of_a_macro, ShopError::NotFound { .. } | ShopError::Down, ShopError::Invalid(_), true);

#[test]
fn pattern_may_be_of_constants_an_alias_or_a_macro() {
    let _fresh = testing::isolate();
    for status in [404, 410, 500] {
        let _ = Client.of_constants(Err(Status(status)));
    }
    assert_eq!(counts(breaker_of(Client::of_constants)), (0, 1, 2));
    for kind in [Some(io::ErrorKind::NotFound), Some(io::ErrorKind::TimedOut), None] {
        let _ = Client.of_a_struct(kind);
    }
    assert_eq!(counts(breaker_of(Client::of_a_struct)), (1, 1, 1));
    for error in [ShopError::NotFound { id: 1 }, ShopError::Down, ShopError::Invalid("")] {
        let _ = of_a_macro(Err(error));
    }
    assert_eq!(counts(breaker_of(of_a_macro)), (0, 1, 2));
    let guarded = breaker_runtime::breaker("guarded").expect("it is registered");
    assert_eq!(counts(&guarded), (0, 2, 1));
}

impl breaker_runtime::classify::Classify for ShopError {
    fn class(&self) -> breaker_runtime::classify::Class {
        breaker_runtime::classify::Class::ServerError
    }
}

#[circuit_breaker(classify, exclude = ShopError::NotFound { .. })]
fn classified(answer: Answer) -> Answer {
    answer
}

#[test]
fn excluded_error_is_asked_before_its_class() {
    let _fresh = testing::isolate();
    let _ = (classified(Err(ShopError::NotFound { id: 1 })), classified(Err(ShopError::Down)));
    assert_eq!(counts(breaker_of(classified)), (0, 1, 1));
}

const TOO_MANY: u16 = 429;

#[circuit_breaker(exclude = Invalid("name") | Down | ShopError::Http { status: TOO_MANY })]
fn imported(answer: Answer) -> Answer {
    answer
}

/// Pitfall: a constant that is not in scope is a variable in a pattern, and matches everything.
#[test]
fn imported_variant_or_constant_matches_itself_alone() {
    let _fresh = testing::isolate();
    let excluded = [ShopError::Down, ShopError::Invalid("name"), ShopError::Http { status: 429 }];
    for error in excluded.into_iter().chain([ShopError::Rejected, ShopError::Http { status: 500 }]) {
        let _ = imported(Err(error));
    }
    assert_eq!(counts(breaker_of(imported)), (0, 2, 3));
}
