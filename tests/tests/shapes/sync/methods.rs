//! Methods of every receiver.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use breaker_runtime::{breaker_of, circuit_breaker};
use breaker_tests::{Ended, TestError, prove, work};

#[derive(Clone, Default)]
struct Client {
    log: Vec<u32>,
    calls: Cell<u32>,
}

impl Client {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_ref(&self, works: bool) -> Result<&[u32], TestError> {
        self.calls.set(self.calls.get() + 1);
        work(works)?;
        Ok(&self.log)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_mut(&mut self, works: bool) -> Result<&mut u32, TestError> {
        work(works)?;
        self.log.push(0);
        let calls = self.calls.get_mut();
        *calls += 1;
        self.log.last_mut().ok_or(TestError::Down)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_value(self, works: bool) -> Result<Vec<u32>, TestError> {
        work(works)?;
        Ok(self.log)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_mut_value(mut self, works: bool) -> Result<Self, TestError> {
        self.log.push(7);
        work(works)?;
        Ok(self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_arc(self: Arc<Self>, works: bool) -> Result<Arc<Self>, TestError> {
        work(works)?;
        Ok(self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_ref_to_arc(self: &Arc<Self>, works: bool) -> Result<Arc<Self>, TestError> {
        work(works)?;
        Ok(Arc::clone(self))
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_rc(self: Rc<Self>, works: bool) -> Result<usize, TestError> {
        work(works)?;
        Ok(Rc::strong_count(&self))
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_box(mut self: Box<Self>, works: bool) -> Result<Box<Self>, TestError> {
        self.log.push(7);
        work(works)?;
        Ok(self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn by_pin(mut self: Pin<&mut Self>, works: bool) -> Result<Pin<&mut Self>, TestError> {
        work(works)?;
        self.as_mut().log.push(7);
        Ok(self)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn made(works: bool) -> Result<Self, TestError> {
        work(works)?;
        Ok(Self { log: Self::logged(7), ..Self::default() })
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn ping(works: bool) -> Result<(), TestError> {
        work(works)
    }

    fn logged(number: u32) -> Vec<u32> {
        vec![number]
    }
}

#[test]
fn shared_receiver_is_protected() {
    let client = Client { log: vec![7], ..Client::default() };
    prove(breaker_of(Client::by_ref), |works| client.by_ref(works).inspect(|log| assert_eq!(log, &[7])));
    assert_eq!(client.calls.get(), 5);
}

#[test]
fn exclusive_receiver_with_a_borrowed_return_is_protected() {
    let mut client = Client::default();
    prove(breaker_of(Client::by_mut), |works| Ended::from(client.by_mut(works).map(|last| *last = 7)));
    assert_eq!((client.log, client.calls.get()), (vec![7; 3], 3));
}

#[test]
fn receiver_by_value_is_protected() {
    let client = Client { log: vec![1], ..Client::default() };
    prove(breaker_of(Client::by_value), |works| {
        client.clone().by_value(works).inspect(|log| assert_eq!(log, &[1]))
    });
    prove(breaker_of(Client::by_mut_value), |works| {
        client.clone().by_mut_value(works).inspect(|client| assert_eq!(client.log, [1, 7]))
    });
}

#[test]
fn receiver_by_smart_pointer_is_protected() {
    #[allow(clippy::arc_with_non_send_sync)]
    let client = Arc::new(Client::default());
    prove(breaker_of(Client::by_arc), |works| {
        Arc::clone(&client).by_arc(works).inspect(|same| assert!(Arc::ptr_eq(same, &client)))
    });
    prove(breaker_of(Client::by_ref_to_arc), |works| {
        client.by_ref_to_arc(works).inspect(|same| assert!(Arc::ptr_eq(same, &client)))
    });
    assert_eq!(Arc::strong_count(&client), 1);
    let client = Rc::new(Client::default());
    prove(breaker_of(Client::by_rc), |works| {
        Rc::clone(&client).by_rc(works).inspect(|count| assert_eq!(*count, 2))
    });
    prove(breaker_of(Client::by_box), |works| {
        Box::new(Client::default()).by_box(works).inspect(|client| assert_eq!(client.log, [7]))
    });
    let mut client = Client::default();
    prove(breaker_of(Client::by_pin), |works| {
        Ended::from(Pin::new(&mut client).by_pin(works).map(|pin| assert_eq!(pin.log[0], 7)))
    });
    assert_eq!(client.log, [7; 3]);
}

#[test]
fn associated_functions_are_protected() {
    prove(breaker_of(Client::made), |works| {
        Client::made(works).inspect(|client| assert_eq!(client.log, [7]))
    });
    prove(breaker_of(Client::ping), Client::ping);
}

struct Cache<'c, T, const N: usize> {
    items: &'c [T; N],
}

impl<'c, T: Clone + PartialEq, const N: usize> Cache<'c, T, N> {
    const LAST: usize = N - 1;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn find<U>(&self, wanted: &U) -> Result<&'c T, TestError>
    where
        T: PartialEq<U>,
    {
        let mut items = self.items[..=Self::LAST].iter();
        items.find(|item| *item == wanted).ok_or(TestError::Down)
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn all(works: bool, items: &'c [T; N]) -> Result<Cache<'c, T, N>, TestError> {
        work(works)?;
        Ok(Self { items })
    }
}

#[test]
fn method_of_a_generic_impl_is_protected() {
    let cache = Cache { items: &[1, 2, 3] };
    prove(breaker_of(Cache::<u8, 1>::find::<u8>), |works| cache.find(&if works { 3 } else { 4 }));
    prove(breaker_of(Cache::<u8, 1>::all), |works| Cache::all(works, &["a", "b"]));
}

trait Fetch {
    type Item: Clone;

    fn item(&self) -> Self::Item;

    fn fetch(&self, works: bool) -> Result<Self::Item, TestError>;

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch_twice(&self, works: bool) -> Result<[Self::Item; 2], TestError> {
        work(works)?;
        Ok([self.item(), self.item()])
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn made(works: bool) -> Result<Self, TestError>
    where
        Self: Default,
    {
        work(works)?;
        Ok(Self::default())
    }
}

impl Fetch for Client {
    type Item = u32;

    fn item(&self) -> u32 {
        7
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch(&self, works: bool) -> Result<Self::Item, TestError> {
        work(works)?;
        Ok(self.item())
    }
}

impl<T: Fetch> Fetch for [T; 1] {
    type Item = T::Item;

    fn item(&self) -> T::Item {
        self[0].item()
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch(&self, works: bool) -> Result<T::Item, TestError> {
        work(works)?;
        Ok(self.item())
    }

    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch_twice(&self, works: bool) -> Result<[T::Item; 2], TestError> {
        work(works)?;
        Ok([self.item(), self.item()])
    }
}

#[test]
fn method_of_a_trait_impl_is_protected() {
    let client = Client::default();
    prove(breaker_of(<Client as Fetch>::fetch), |works| client.fetch(works));
    let clients = [client];
    prove(breaker_of(<[Client; 1] as Fetch>::fetch), |works| clients.fetch(works));
    prove(breaker_of(<[Client; 1] as Fetch>::fetch_twice), |works| clients.fetch_twice(works));
    let object: &dyn Fetch<Item = u32> = &Client::default();
    prove(breaker_of(<Client as Fetch>::fetch), |works| object.fetch(works));
}

#[test]
fn default_method_of_a_trait_is_protected() {
    let client = Client::default();
    let breaker = breaker_of(<Client as Fetch>::fetch_twice);
    prove(breaker, |works| client.fetch_twice(works).inspect(|items| assert_eq!(items, &[7, 7])));
    assert_eq!(breaker.name(), concat!(module_path!(), "::Fetch::fetch_twice"));
    assert!(!std::ptr::eq(breaker, breaker_of(<[Client; 1] as Fetch>::fetch_twice)));
    prove(breaker_of(<Client as Fetch>::made), <Client as Fetch>::made);
}
