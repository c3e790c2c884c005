//! `accessor = ..`: the function that returns the breaker.

#![allow(clippy::needless_lifetimes, reason = "a lifetime with a name is a shape of its own")]

use breaker_runtime::{CircuitBreaker, breaker_of, circuit_breaker};
use breaker_tests::{TestError, prove, work};

#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = load_breaker)]
fn load(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn accessor_beside_a_function_returns_its_breaker() {
    prove(load_breaker(), load);
    assert!(std::ptr::eq(load_breaker(), breaker_of(load)));
    assert_eq!(load_breaker().name(), concat!(module_path!(), "::load"));
}

struct Client<T>(T);

impl<T: Clone> Client<T> {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = Self::get_breaker)]
    fn get(&self, works: bool) -> Result<T, TestError> {
        work(works)?;
        Ok(self.0.clone())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = Self::put_breaker)]
    fn put<U: Into<T>>(&mut self, works: bool, value: U) -> Result<(), TestError> {
        work(works)?;
        self.0 = value.into();
        Ok(())
    }
}

#[test]
fn accessor_of_a_method_returns_its_breaker() {
    prove(Client::<u8>::get_breaker(), |works| Client("text").get(works));
    assert!(std::ptr::eq(Client::<u8>::get_breaker(), Client::<u16>::get_breaker()));
    assert!(std::ptr::eq(Client::<u8>::get_breaker(), breaker_of(Client::<String>::get)));
    assert_eq!(Client::<u8>::get_breaker().name(), concat!(module_path!(), "::Client::get"));
    let mut client = Client(0_u32);
    prove(Client::<u8>::put_breaker(), |works| client.put(works, 7_u8));
    assert_eq!(client.0, 7);
}

trait Load {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = Self::load_breaker)]
    fn load(&self, works: bool) -> Result<(), TestError> {
        work(works)
    }
}

impl Load for u8 {}

impl Load for u16 {}

#[test]
fn accessor_of_a_default_method_returns_its_breaker() {
    prove(<u8 as Load>::load_breaker(), |works| 7_u8.load(works));
    assert!(std::ptr::eq(<u8 as Load>::load_breaker(), <u16 as Load>::load_breaker()));
    assert!(std::ptr::eq(<u8 as Load>::load_breaker(), breaker_of(<u8 as Load>::load)));
}

mod inner {
    use super::{TestError, circuit_breaker, work};

    #[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = seen_breaker)]
    pub(super) fn seen(works: bool) -> Result<(), TestError> {
        work(works)
    }

    #[circuit_breaker(accessor = hidden_breaker)]
    #[allow(dead_code)]
    fn hidden(works: bool) -> Result<(), TestError> {
        work(works)
    }
}

// An import of a private function would not compile, and this one is used only while `inner` has none.
#[allow(unused_imports)]
use inner::*;

fn hidden_breaker() -> &'static str {
    "not that of the module"
}

#[test]
fn accessor_is_as_visible_as_its_function() {
    prove(inner::seen_breaker(), inner::seen);
    prove(seen_breaker(), seen);
    assert_eq!(hidden_breaker(), "not that of the module");
}

#[circuit_breaker(accessor = absent_breaker)]
#[cfg(any())]
fn absent() -> NoSuchType {}

#[cfg(any())]
#[circuit_breaker(accessor = absent_breaker)]
fn absent() -> NoSuchType {}

#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = absent_breaker)]
#[cfg(not(any(target_os = "none")))]
#[cfg(not(any()))]
fn absent(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn accessor_goes_with_its_function_under_a_cfg() {
    prove(absent_breaker(), absent);
}

#[test]
fn accessor_is_a_plain_function_whatever_its_function_is() {
    #[circuit_breaker(accessor = generic_breaker)]
    fn generic<'a, T, const N: usize>(items: &'a [T; N]) -> Result<&'a [T], TestError>
    where
        T: Clone,
    {
        Ok(items)
    }
    #[circuit_breaker(accessor = external_breaker)]
    #[allow(improper_ctypes_definitions)]
    extern "C-unwind" fn external() -> Result<(), TestError> {
        Ok(())
    }
    #[circuit_breaker(accessor = asynchronous_breaker)]
    async fn asynchronous() -> Result<(), TestError> {
        Ok(())
    }
    let accessors: [fn() -> &'static CircuitBreaker; 3] =
        [generic_breaker, external_breaker, asynchronous_breaker];
    let names = accessors.map(|accessor| accessor().name().rsplit("::").next());
    assert_eq!(names, ["generic", "external", "asynchronous"].map(Some));
    assert_eq!(generic(&[7]), Ok(&[7][..]));
    assert_eq!(external(), Ok(()));
    assert_eq!(futures::executor::block_on(asynchronous()), Ok(()));
    assert!(accessors.iter().all(|accessor| accessor().snapshot().totals.success == 1));
}
