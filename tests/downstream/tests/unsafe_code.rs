//! Functions that only unsafe code can call, or that run on some processors only.

#![warn(unsafe_op_in_unsafe_fn)]

use std::future::Future;

use breaker_tests::{paused, prove, prove_async, work, Ended, TestError};
use resilience::{breaker_of, circuit_breaker, testing, State};

/// # Safety
///
/// `pointer` must be valid.
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
unsafe fn read(works: bool, pointer: *const u32) -> Result<u32, TestError> {
    work(works)?;
    // SAFETY: the caller guarantees that the pointer is valid.
    Ok(unsafe { *pointer })
}

/// # Safety
///
/// `pointer` must be valid.
#[allow(unsafe_op_in_unsafe_fn)]
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
unsafe fn read_without_a_block(works: bool, pointer: *const u32) -> Result<u32, TestError> {
    work(works)?;
    Ok(*pointer)
}

struct Slot(*mut u32);

impl Slot {
    /// # Safety
    ///
    /// The pointer must be valid.
    #[allow(unsafe_op_in_unsafe_fn)]
    #[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
    unsafe fn get_mut(&mut self, works: bool) -> Result<&mut u32, TestError> {
        work(works)?;
        Ok(&mut *self.0)
    }
}

/// # Safety
///
/// `pointer` must be valid.
#[circuit_breaker(
    crate = resilience,
    failure_threshold = 2,
    timeout = "1s",
    // SAFETY: the caller guarantees that the pointer is valid.
    fallback = |_| Ok(unsafe { *pointer } + 1),
    fallback_on = "rejection"
)]
#[allow(improper_ctypes_definitions)]
unsafe extern "C-unwind" fn read_or_next(works: bool, pointer: *const u32) -> Result<u32, TestError> {
    work(works)?;
    // SAFETY: the caller guarantees that the pointer is valid.
    Ok(unsafe { *pointer })
}

#[test]
fn unsafe_functions_are_protected() {
    let seven = 7;
    // SAFETY: the pointer is valid.
    prove(breaker_of(read), |works| unsafe { read(works, &raw const seven) });
    // SAFETY: the pointer is valid.
    prove(breaker_of(read_without_a_block), |works| unsafe {
        read_without_a_block(works, &raw const seven)
    });
    let mut number = 7;
    let mut slot = Slot(&raw mut number);
    prove(breaker_of(Slot::get_mut), |works| {
        // SAFETY: the pointer is valid.
        Ended::from(unsafe { slot.get_mut(works) }.map(|number| *number += 1))
    });
    assert_eq!(number, 10);
    // SAFETY: the pointer is valid.
    prove(breaker_of(read_or_next), |works| match unsafe { read_or_next(works, &raw const seven) } {
        Ok(8) => Ended::Rejected,
        other => other.into(),
    });
}

#[circuit_breaker(crate = resilience, failure_threshold = 2)]
async unsafe fn read_later(works: bool, pointer: *const u32) -> Result<u32, TestError> {
    work(works)?;
    // SAFETY: the caller guarantees that the pointer is valid.
    Ok(unsafe { *pointer })
}

#[test]
fn unsafe_async_functions_are_protected() {
    let _fresh = testing::isolate();
    // SAFETY: the pointer is valid.
    let call = |works| futures::executor::block_on(unsafe { read_later(works, &7) });
    assert_eq!(call(true), Ok(7));
    assert_eq!((call(false), call(false)), (Err(TestError::Down), Err(TestError::Down)));
    assert_eq!(breaker_of(read_later).state(), State::Open);
    assert!(matches!(call(true), Err(TestError::Rejected(_))));
}

struct Register(u32);

impl Register {
    #[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
    async unsafe fn read(&self, works: bool) -> Result<&u32, TestError> {
        tokio::task::yield_now().await;
        work(works)?;
        Ok(&self.0)
    }
}

/// # Safety
///
/// `pointer` must be valid.
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
async unsafe fn through(pointer: *const bool) -> Result<(), TestError> {
    tokio::task::yield_now().await;
    // SAFETY: the caller guarantees that the pointer is valid.
    let works = unsafe { *pointer };
    work(works)
}

/// # Safety
///
/// `pointer` must be valid.
#[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
unsafe fn future(pointer: *const bool) -> impl Future<Output = Result<(), TestError>> {
    // SAFETY: the caller guarantees that the pointer is valid.
    let works = unsafe { *pointer };
    async move { work(works) }
}

#[test]
fn unsafe_futures_that_wait_are_protected() {
    let register = Register(1);
    // SAFETY: nothing is asked for.
    let call = async |works| unsafe { register.read(works) }.await.copied();
    paused(prove_async(breaker_of(Register::read), call));
    // SAFETY: the pointer outlives the call.
    let call = async |works| unsafe { through(&raw const works) }.await;
    paused(prove_async(breaker_of(through), call));
    // SAFETY: the pointer outlives the call.
    let call = async |works| unsafe { future(&raw const works) }.await;
    paused(prove_async(breaker_of(future), call));
}

#[cfg(target_arch = "x86_64")]
mod processor {
    use std::arch::x86_64::{_mm_add_epi32, _mm_cvtsi128_si32, _mm_set1_epi32};

    use super::{breaker_of, circuit_breaker, prove, work, TestError};

    #[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s")]
    #[target_feature(enable = "sse2")]
    fn doubled(works: bool, number: i32) -> Result<i32, TestError> {
        work(works)?;
        let vector = _mm_set1_epi32(number);
        Ok(_mm_cvtsi128_si32(_mm_add_epi32(vector, vector)))
    }

    #[target_feature(enable = "sse2,avx2")]
    #[circuit_breaker(crate = resilience, failure_threshold = 2, timeout = "1s", fallback = halved, fallback_on = "failure")]
    unsafe fn doubled_or_halved(works: bool, number: i32) -> Result<i32, TestError> {
        work(works)?;
        doubled(works, number)
    }

    fn halved(works: bool, number: i32) -> Result<i32, TestError> {
        work(!works).map(|()| number / 2)
    }

    #[test]
    fn functions_with_target_features_are_protected() {
        // SAFETY: every processor of this architecture has the feature.
        prove(breaker_of(doubled), |works| {
            unsafe { doubled(works, 7) }.inspect(|it| assert_eq!(*it, 14))
        });
        if std::is_x86_feature_detected!("avx2") {
            let _fresh = super::testing::isolate();
            // SAFETY: the processor has the features.
            let call = |works| unsafe { doubled_or_halved(works, 4) };
            assert_eq!((call(true), call(false)), (Ok(8), Ok(2)));
        }
    }
}
