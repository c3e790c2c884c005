//! Names that breakers get without the option `name`.

use breaker_runtime::{CircuitBreaker, breaker, breaker_of, circuit_breaker, find_breaker_of};
use breaker_tests::{TestError, work};

#[circuit_breaker]
fn free(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker]
async fn asynchronous(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker]
fn generic<T: Default, const LETTER: char>(works: bool) -> Result<T, TestError> {
    work(works)?;
    Ok(T::default())
}

#[track_caller]
fn assert_named(breaker: &CircuitBreaker, name: &str) {
    let full = format!("{}::{name}", module_path!());
    assert_eq!(breaker.name(), full);
    let found = breaker_runtime::breaker(&full).expect("it is in the registry");
    assert_eq!(found.name(), full);
}

#[test]
fn function_is_named_by_its_path() {
    assert_named(breaker_of(free), "free");
    assert_named(breaker_of(asynchronous), "asynchronous");
    assert_named(breaker_of(generic::<Vec<fn(u8) -> u8>, '>'>), "generic");
}

#[test]
fn nested_function_is_named_by_its_path() {
    #[circuit_breaker]
    fn nested() -> Result<&'static CircuitBreaker, TestError> {
        #[circuit_breaker]
        fn nested() -> Result<(), TestError> {
            Ok(())
        }
        Ok(breaker_of(nested))
    }
    let around = "nested_function_is_named_by_its_path";
    assert_named(breaker_of(nested), &format!("{around}::nested"));
    assert_named(nested().expect("it works"), &format!("{around}::nested::nested"));
}

#[test]
fn functions_in_closures_and_async_blocks_are_named_by_their_paths() {
    let around = "functions_in_closures_and_async_blocks_are_named_by_their_paths";
    let closure = || {
        #[circuit_breaker]
        fn nested() -> Result<(), TestError> {
            Ok(())
        }
        breaker_of(nested)
    };
    assert_named(closure(), &format!("{around}::nested"));
    let block = async {
        #[circuit_breaker]
        async fn nested_async() -> Result<(), TestError> {
            Ok(())
        }
        breaker_of(nested_async)
    };
    let breaker = futures::executor::block_on(block);
    assert_named(breaker, &format!("{around}::nested_async"));
}

#[circuit_breaker]
async fn around_another() -> Result<&'static CircuitBreaker, TestError> {
    #[circuit_breaker(accessor = inner_breaker)]
    fn inner() -> Result<(), TestError> {
        Ok(())
    }
    inner()?;
    assert!(std::ptr::eq(inner_breaker(), breaker_of(inner)));
    Ok(inner_breaker())
}

#[test]
fn function_in_an_async_one_is_named_by_its_path() {
    let inner = futures::executor::block_on(around_another()).expect("it works");
    assert_named(breaker_of(around_another), "around_another");
    assert_named(inner, "around_another::inner");
}

struct Client;

struct Other<T>(T);

impl Client {
    #[circuit_breaker]
    fn get(&self) -> Result<(), TestError> {
        Ok(())
    }
}

impl<T> Other<T> {
    #[circuit_breaker]
    fn get(&self) -> Result<&T, TestError> {
        Ok(&self.0)
    }
}

#[test]
fn methods_of_the_same_name_are_named_by_their_types() {
    assert_named(breaker_of(Client::get), "Client::get");
    assert_named(breaker_of(Other::<u8>::get), "Other::get");
    assert!(Client.get().is_ok() && Other(7).get().is_ok());
}

struct Buffer<T, const N: usize>([T; N]);

impl<const N: usize> Buffer<u8, N> {
    #[circuit_breaker]
    fn fill(&mut self) -> Result<(), TestError> {
        self.0 = [8; N];
        Ok(())
    }
}

impl<const N: usize> Buffer<u16, N> {
    #[circuit_breaker]
    fn fill(&mut self) -> Result<(), TestError> {
        self.0 = [16; N];
        Ok(())
    }
}

impl<const N: usize> Buffer<u32, N> {
    fn fill(&mut self) {
        self.0 = [32; N];
    }
}

#[test]
fn methods_of_instances_of_one_type_are_named_by_their_generics() {
    assert_named(breaker_of(Buffer::<u8, 3>::fill), "Buffer<u8, N>::fill");
    assert_named(breaker_of(Buffer::<u16, 3>::fill), "Buffer<u16, N>::fill");
    assert!(find_breaker_of(Buffer::<u32, 3>::fill).is_none());
    assert!(Buffer([0_u8]).fill().is_ok() && Buffer([0_u16]).fill().is_ok());
    Buffer([0_u32]).fill();
}

trait Fetch {
    fn fetch(&self) -> Result<(), TestError>;

    #[circuit_breaker]
    fn fetch_all(&self) -> Result<(), TestError> {
        self.fetch()
    }
}

impl Fetch for Client {
    #[circuit_breaker]
    fn fetch(&self) -> Result<(), TestError> {
        Ok(())
    }
}

impl<T> Fetch for Other<T> {
    #[circuit_breaker]
    fn fetch(&self) -> Result<(), TestError> {
        Ok(())
    }
}

impl<T: Fetch> Fetch for &[T] {
    #[circuit_breaker]
    fn fetch(&self) -> Result<(), TestError> {
        self.iter().try_for_each(T::fetch)
    }
}

trait Count<T> {
    #[circuit_breaker]
    fn count(&self, _wanted: T) -> Result<usize, TestError> {
        Ok(0)
    }
}

impl<T> Count<T> for Client {}

impl<T: Copy> Count<[T; 2]> for fn(T) -> T {
    #[circuit_breaker]
    fn count(&self, wanted: [T; 2]) -> Result<usize, TestError> {
        Ok(wanted.map(self).len())
    }
}

#[test]
fn methods_of_trait_impls_are_named_by_type_and_trait() {
    let own = module_path!();
    let fetch = format!("{own}::Fetch");
    for (breaker, name) in [
        (breaker_of(<Client as Fetch>::fetch), format!("<{own}::Client as {fetch}>::fetch")),
        (breaker_of(<Other<u8> as Fetch>::fetch), format!("<{own}::Other as {fetch}>::fetch")),
        (breaker_of(<&[Client] as Fetch>::fetch), format!("<&[_] as {fetch}>::fetch")),
        (
            breaker_of(<fn(u8) -> u8 as Count<[u8; 2]>>::count),
            format!("<fn(_) -> _ as {own}::Count>::count"),
        ),
    ] {
        assert_eq!(breaker.name(), name);
        assert!(breaker_runtime::breaker(&name).is_some());
    }
    assert_named(breaker_of(<Client as Fetch>::fetch_all), "Fetch::fetch_all");
    assert_named(breaker_of(<Client as Count<u8>>::count), "Count::count");
    assert!(Client.fetch_all().is_ok() && Other(7).fetch_all().is_ok());
    assert!((&[Client][..]).fetch_all().is_ok() && Client.count(7).is_ok());
    let same: fn(u8) -> u8 = |number| number;
    assert_eq!(same.count([7, 8]), Ok(2));
}

mod outside {
    use super::{Client, TestError, circuit_breaker};

    impl Client {
        #[circuit_breaker]
        pub(super) fn put(&self) -> Result<(), TestError> {
            Ok(())
        }
    }

    impl super::Fetch for u8 {
        #[circuit_breaker]
        fn fetch(&self) -> Result<(), TestError> {
            Ok(())
        }
    }
}

const _: () = {
    impl Fetch for u16 {
        #[circuit_breaker]
        fn fetch(&self) -> Result<(), TestError> {
            Ok(())
        }
    }

    impl Client {
        #[circuit_breaker]
        fn delete(&self) -> Result<(), TestError> {
            Ok(())
        }
    }
};

#[test]
fn method_of_an_impl_in_another_module_or_a_const_is_found() {
    let breakers = [
        breaker_of(Client::put),
        breaker_of(Client::delete),
        breaker_of(<u8 as Fetch>::fetch),
        breaker_of(<u16 as Fetch>::fetch),
    ];
    for (at, own) in breakers.iter().enumerate() {
        assert!(breakers[..at].iter().all(|other| other.name() != own.name()));
        assert!(breaker(own.name()).is_some());
    }
    assert!(Client.put().is_ok() && Client.delete().is_ok());
    assert!(7_u8.fetch_all().is_ok() && 7_u16.fetch().is_ok());
    assert!(breakers.iter().all(|breaker| breaker.snapshot().totals.success == 1));
}

mod popular {
    use super::{TestError, circuit_breaker, work};

    #[circuit_breaker]
    pub(super) fn popular(works: bool) -> Result<(), TestError> {
        work(works)
    }
}

use popular::popular;

#[test]
fn function_is_imported_from_a_module_of_the_same_name() {
    assert_named(breaker_of(popular), "popular::popular");
    assert!(std::ptr::eq(breaker_of(popular), breaker_of(popular::popular)));
    assert!(popular(true).is_ok());
}

#[circuit_breaker(name = "payments")]
fn pay() -> Result<(), TestError> {
    Ok(())
}

const PREFIXED: &str = concat!("shop::", "carts");

#[circuit_breaker(name = PREFIXED)]
fn carts() -> Result<(), TestError> {
    Ok(())
}

#[test]
fn explicit_name_replaces_the_path() {
    for (breaker, name) in [(breaker_of(pay), "payments"), (breaker_of(carts), "shop::carts")] {
        assert_eq!(breaker.name(), name);
        assert!(breaker_runtime::breaker(name).is_some());
    }
    assert!(pay().is_ok() && carts().is_ok());
}
