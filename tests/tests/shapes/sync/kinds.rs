//! Functions with qualifiers, and their outputs.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};
use std::num::NonZero;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker, testing};
use breaker_tests::{Ended, TestError, prove, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
extern "C" fn callback(works: bool) -> Result<(), Code> {
    if works { Ok(()) } else { Err(Code(NonZero::<i32>::MIN)) }
}

#[repr(transparent)]
struct Code(NonZero<i32>);

const REJECTED: Code = Code(NonZero::<i32>::MAX);

impl From<BreakerError> for Code {
    fn from(_: BreakerError) -> Self {
        REJECTED
    }
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", failure_if = |code| *code < 0, fallback = 1, fallback_on = "rejection")]
extern "C-unwind" fn code(works: i32) -> i32 {
    if works == 1 { 0 } else { -1 }
}

#[test]
fn extern_functions_are_protected() {
    prove(breaker_of(callback), |works| match callback(works) {
        Ok(()) => Ended::Worked,
        Err(code) if code.0 == REJECTED.0 => Ended::Rejected,
        Err(_) => Ended::Failed,
    });
    let pointer: extern "C-unwind" fn(i32) -> i32 = code;
    prove(breaker_of(code), |works| match pointer(works.into()) {
        0 => Ended::Worked,
        1 => Ended::Rejected,
        _ => Ended::Failed,
    });
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |_| true,
    fallback = resume_unwind(Box::new(Ended::Rejected))
)]
fn exit(code: i32) -> ! {
    resume_unwind(Box::new(if code == 0 { Ended::Worked } else { Ended::Failed }))
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |_| true,
    fallback = |cause| resume_unwind(Box::new(cause.rejection().cloned())),
    fallback_on = "any"
)]
fn forever(bound: u32) -> ! {
    let mut round = 0;
    loop {
        round += 1;
        assert!(round < bound, "bound");
    }
}

#[test]
fn function_that_never_returns_is_protected() {
    let _fresh = testing::isolate();
    let ended = |code| {
        let payload = catch_unwind(|| exit(code)).expect_err("it never returns");
        *payload.downcast::<Ended>().expect("what the function threw")
    };
    assert_eq!([ended(0), ended(1)], [Ended::Worked, Ended::Failed]);
    assert_eq!(breaker_of(exit).state(), State::Open);
    assert_eq!(ended(0), Ended::Rejected);
    breaker_of(exit).reset();
    assert_eq!(ended(0), Ended::Worked);
    for _ in 0..2 {
        let payload = catch_unwind(|| forever(3)).expect_err("it never returns");
        assert_eq!(payload.downcast_ref(), Some(&"bound"));
    }
    let payload = catch_unwind(|| forever(3)).expect_err("it never returns");
    let rejection = payload.downcast_ref::<Option<BreakerError>>();
    assert!(rejection.expect("the fallback's payload").is_some());
}

// A body of nothing but `todo!()` is the shape under test: users annotate functions before they write
// them.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn later(_user: &str) -> Result<Vec<u32>, TestError> {
    todo!()
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn later_with_text(works: bool) -> Result<impl Iterator<Item = u32>, TestError> {
    if works {
        return Ok(std::iter::empty());
    }
    todo!("{works}")
}

#[test]
fn body_of_todo_is_accepted() {
    let _fresh = testing::isolate();
    for _ in 0..2 {
        catch_unwind(|| later("anna")).expect_err("not written");
    }
    assert_eq!(breaker_of(later).state(), State::Open);
    assert!(matches!(later("anna"), Err(TestError::Rejected(_))));
    prove(breaker_of(later_with_text), |works| {
        match catch_unwind(|| Ended::from(later_with_text(works))) {
            Ok(ended) => ended,
            Err(_) => Ended::Failed,
        }
    });
}

static LOCKED: Mutex<u32> = Mutex::new(7);

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn locked(works: bool, mutex: &Mutex<u32>) -> Result<MutexGuard<'_, u32>, TestError> {
    work(works)?;
    let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(guard)
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn borrowed<'c>(works: bool, cell: &'c RefCell<Vec<u32>>) -> Result<Ref<'c, [u32]>, TestError> {
    work(works)?;
    Ok(Ref::map(cell.borrow(), |list| &list[..]))
}

#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |text| text.is_empty(),
    fallback = "rejected".into(),
    fallback_on = "rejection"
)]
fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains('<') { text.replace('<', "&lt;").into() } else { Cow::Borrowed(text) }
}

fn double(number: u32) -> u32 {
    number * 2
}

#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
fn chosen(works: bool, twice: bool) -> Result<fn(u32) -> u32, TestError> {
    work(works)?;
    if twice {
        return Ok(double);
    }
    Ok(|number| number)
}

#[test]
fn guards_cows_and_function_pointers_are_returned() {
    prove(breaker_of(locked), |works| locked(works, &LOCKED).inspect(|guard| assert_eq!(**guard, 7)));
    let cell = RefCell::new(vec![7]);
    prove(breaker_of(borrowed), |works| {
        borrowed(works, &cell).inspect(|list| assert_eq!(list[..], [7]))
    });
    for text in ["text", "<text"] {
        prove(breaker_of(escaped), |works| match &*escaped(if works { text } else { "" }) {
            "" => Ended::Failed,
            "rejected" => Ended::Rejected,
            "text" | "&lt;text" => Ended::Worked,
            other => panic!("{other}"),
        });
    }
    for twice in [true, false] {
        prove(breaker_of(chosen), |works| {
            chosen(works, twice).inspect(|call| assert_eq!(call(3), if twice { 6 } else { 3 }))
        });
    }
}

#[test]
fn function_pointer_goes_through_the_breaker() {
    let pointer: fn(_, _) -> Result<_, TestError> = chosen;
    prove(breaker_of(chosen), |works| pointer(works, true));
    let cell = Cell::new(pointer);
    prove(breaker_of(chosen), |works| (cell.get())(works, false));
}
