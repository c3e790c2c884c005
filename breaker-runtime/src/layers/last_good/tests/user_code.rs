//! Keys and answers with code of their own: it may panic, and call the cache that calls it.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{breaker, last_good};
use crate::__private::{AskOk as _, of};
use crate::CircuitBreaker;
use crate::layers::last_good::{LastGood, LastGoodLimits, Owner};

thread_local! {
    static PANICS: Cell<bool> = const { Cell::new(false) };
}

fn may_panic(what: &str) {
    assert!(!PANICS.get(), "{what}");
}

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    PANICS.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    PANICS.set(false);
    result.is_err()
}

/// A value that panics in any of its traits on request.
struct Moody(u32);

impl Clone for Moody {
    fn clone(&self) -> Self {
        may_panic("clone");
        Self(self.0)
    }
}

impl Hash for Moody {
    fn hash<H: Hasher>(&self, state: &mut H) {
        may_panic("hash");
        self.0.hash(state);
    }
}

impl PartialEq for Moody {
    fn eq(&self, other: &Self) -> bool {
        may_panic("eq");
        self.0 == other.0
    }
}

impl Eq for Moody {}

#[test]
fn panic_in_user_code_leaves_the_memory_usable() {
    struct MoodyDrop(bool);
    impl Clone for MoodyDrop {
        fn clone(&self) -> Self {
            Self(true)
        }
    }
    impl Drop for MoodyDrop {
        fn drop(&mut self) {
            if self.0 {
                may_panic("drop");
            }
        }
    }
    let (breaker, _) = breaker();
    let own = last_good(LastGoodLimits::DEFAULT.with_capacity(1));
    let memory = |key: u32| memory!(own, breaker, Moody(key), Result<Moody, ()>);
    memory(1).learn(&Ok(Moody(7)));
    assert!(panics(|| memory(1).learn(&Ok(Moody(8)))));
    assert!(panics(|| memory(1).recall()));
    let answer = memory(1).recall().unwrap().unwrap();
    assert_eq!(answer.0, 7);

    let own = last_good(LastGoodLimits::DEFAULT.with_capacity(1));
    let memory = |key: u32| memory!(own, breaker, key, Result<MoodyDrop, ()>);
    let good = Ok(MoodyDrop(false));
    memory(1).learn(&good);
    assert!(!panics(|| memory(1).learn(&good)), "dropped where it is replaced");
    assert!(!panics(|| memory(2).learn(&good)), "dropped where it is pushed out");
    assert!(memory(2).recall().is_some());
    assert!(memory(1).recall().is_none());
}

/// A value that uses the memory which holds it, while it is cloned, compared, hashed and dropped.
#[derive(Debug)]
struct Nosy(u32);

static NOSY: LastGood = LastGood::new(LastGoodLimits::DEFAULT.with_capacity(3));
static ASKED: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static ASKING: Cell<bool> = const { Cell::new(false) };
    static OWNER: CircuitBreaker = CircuitBreaker::builder("nosy").build().unwrap();
}

fn ask() {
    if ASKING.replace(true) {
        return;
    }
    ASKED.fetch_add(1, Ordering::Relaxed);
    OWNER.with(|breaker| {
        for key in 0..4 {
            nosy(breaker, key).learn(&Ok(Nosy(key)));
            nosy(breaker, key).recall();
        }
    });
    ASKING.set(false);
}

fn nosy(
    breaker: &CircuitBreaker,
    key: u32,
) -> crate::layers::last_good::Memory<'_, Nosy, Result<Nosy, ()>> {
    memory!(&NOSY, breaker, Nosy(key), Result<Nosy, ()>)
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        ask();
        Self(self.0)
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        ask();
    }
}

impl Hash for Nosy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ask();
        self.0.hash(state);
    }
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        ask();
        self.0 == other.0
    }
}

impl Eq for Nosy {}

#[test]
fn user_code_may_use_the_memory_that_calls_it() {
    OWNER.with(|breaker| {
        for round in 0..100 {
            nosy(breaker, round % 5).learn(&Ok(Nosy(round)));
            nosy(breaker, round % 5).recall();
        }
    });
    assert!(ASKED.load(Ordering::Relaxed) > 500);
    assert!(NOSY.len() <= 3);
}
