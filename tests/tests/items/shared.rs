//! `breaker = PATH`: a breaker that functions share.

use std::sync::LazyLock;
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, breaker, breaker_of, breakers, circuit_breaker, testing};
use breaker_tests::{TestError, prove, work};

pub(crate) mod pool {
    use super::{CircuitBreaker, Duration, LazyLock};

    pub(crate) static DB: LazyLock<CircuitBreaker> = LazyLock::new(|| {
        CircuitBreaker::builder("database")
            .failure_threshold(2)
            .timeout(Duration::from_secs(1))
            .build()
            .expect("valid")
    });
}

#[circuit_breaker(breaker = pool::DB)]
fn read(works: bool) -> Result<u32, TestError> {
    work(works)?;
    Ok(7)
}

struct Table<T>(T);

impl<T> Table<T> {
    #[circuit_breaker(breaker = crate::shared::pool::DB, accessor = Self::write_breaker)]
    fn write<U: Into<T>>(&mut self, works: bool, row: U) -> Result<(), TestError> {
        work(works)?;
        self.0 = row.into();
        Ok(())
    }

    #[circuit_breaker(breaker = pool::DB, fallback = |_| Ok(0), fallback_on = "rejection")]
    fn count(&self, works: bool) -> Result<usize, TestError> {
        work(works)?;
        Ok(1)
    }
}

#[test]
fn functions_share_a_breaker_of_the_user() {
    prove(&pool::DB, read);
    prove(breaker_of(read), |works| Table(0_u32).write(works, 7_u8));
    let mut reads = false;
    prove(breaker_of(Table::<u8>::write::<u8>), |works| {
        reads = !reads;
        if reads { read(works).map(drop) } else { Table(0_u8).write(works, 7) }
    });
    for breaker in [breaker_of(read), breaker_of(Table::<u8>::count), Table::<u8>::write_breaker()] {
        assert!(std::ptr::eq(breaker, &raw const *pool::DB));
    }
}

#[test]
fn shared_breaker_takes_fallbacks() {
    let _fresh = testing::isolate();
    pool::DB.trip();
    assert_eq!(Table(0).count(true), Ok(0));
    assert!(matches!(read(true), Err(TestError::Rejected(_))));
    assert_eq!(pool::DB.snapshot().totals.fallback, 1);
}

#[test]
fn shared_breaker_is_listed_once_under_its_own_name() {
    assert_eq!(breakers().filter(|breaker| breaker.name().starts_with("database")).count(), 1);
    assert_eq!(breaker("database").map(|breaker| breaker.name()), Some(breaker_of(read).name()));
    assert!(breakers().all(|breaker| !breaker.name().ends_with("::read")));
}
