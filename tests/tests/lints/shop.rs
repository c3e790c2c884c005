//! Annotated functions of many shapes, each as a careful author writes it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::Duration;

use breaker_runtime::{BreakerError, CallError, CircuitBreaker, circuit_breaker};
use breaker_tests::{TestError, work};

/// The number of consecutive failures that open a breaker.
const FAILURES: u32 = 2;

/// The items that a customer wants.
#[derive(Clone, Debug, Default)]
pub struct Cart {
    items: Vec<String>,
}

/// Parses a number.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = load_breaker)]
pub fn load(works: bool, text: &str) -> Result<u32, TestError> {
    const LEAST: u32 = 1;

    work(works)?;
    let number: u32 = text.parse()?;
    if number < LEAST {
        return Err(TestError::Down);
    }
    Ok(number)
}

/// Returns a number, from a service with its own error type.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    classify,
    retry(attempts = 2),
    fallback_on = "failure",
    fallback = Ok(0)
)]
pub async fn classified(works: bool) -> Result<u32, BreakerError> {
    if !works {
        return Err(rejected());
    }
    tokio::task::yield_now().await;
    Ok(7)
}

fn rejected() -> BreakerError {
    static CLOSED: LazyLock<BreakerError> = LazyLock::new(|| {
        let breaker = CircuitBreaker::builder("classified").build().expect("in range");
        breaker.force_open();
        breaker.try_acquire().expect_err("forced open")
    });
    CLOSED.clone()
}

/// Returns all carts.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = FAILURES, timeout = Duration::from_secs(1))]
pub fn carts<'n>(
    works: bool,
    names: &'n [&str],
) -> Result<impl Iterator<Item = Cart> + Clone + use<'n>, TestError> {
    work(works)?;
    Ok(names.iter().map(|name| Cart { items: vec![(*name).to_owned()] }))
}

/// Returns the first item.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
pub fn first<T>(works: bool, items: &mut [T]) -> Result<&mut T, TestError>
where
    T: Clone,
{
    work(works)?;
    items.first_mut().ok_or(TestError::Down)
}

/// Returns the price of a product.
#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = Option::is_none,
    ignore_if = |price: &Option<u32>| *price == Some(1),
    fallback = Some(0),
    fallback_on = "rejection"
)]
#[must_use]
pub fn price(works: bool, (product, mut price): (&str, u32), cart: Cart) -> Option<u32> {
    if !works {
        return None;
    }
    let mut items = cart.items;
    items.push(product.to_owned());
    price += u32::try_from(items.len()).ok()?;
    Some(price)
}

/// Destructures a pattern.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", fallback = rejected_parts, fallback_on = "rejection")]
pub fn parts(works: bool, (left, right): (u32, u32)) -> Result<u32, TestError> {
    work(works)?;
    Ok(left + right)
}

fn rejected_parts(works: bool, parts: (u32, u32)) -> Result<u32, TestError> {
    work(works).map(|()| parts.0)
}

/// A client of the shop.
#[derive(Debug)]
pub struct Client {
    name: String,
}

impl Client {
    /// Creates a client of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Returns the name.
    ///
    /// # Errors
    ///
    /// If the service is down.
    #[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = Self::get_breaker)]
    pub fn get(&self, works: bool) -> Result<&str, TestError> {
        work(works)?;
        Ok(&self.name)
    }

    /// Changes the name.
    ///
    /// # Errors
    ///
    /// If the service is down.
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    pub fn rename(&mut self, works: bool, name: String) -> Result<&mut String, TestError> {
        work(works)?;
        self.name = name;
        Ok(&mut self.name)
    }

    /// Closes the client.
    ///
    /// # Errors
    ///
    /// If the service is down.
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    pub fn close(mut self, works: bool) -> Result<String, TestError> {
        work(works)?;
        self.name.clear();
        Ok(self.name)
    }

    /// Requests items.
    ///
    /// # Errors
    ///
    /// If the service is down.
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    pub async fn ask(&self, works: bool, items: &[u32]) -> Result<BTreeMap<u32, String>, TestError> {
        const NONE: u32 = 0;

        tokio::task::yield_now().await;
        work(works)?;
        if items.contains(&NONE) {
            return Ok(BTreeMap::new());
        }
        Ok(items.iter().map(|item| (*item, self.name.clone())).collect())
    }
}

/// A source to fetch from.
pub trait Fetch {
    /// Fetches.
    ///
    /// # Errors
    ///
    /// If the service is down.
    fn fetch(&self, works: bool) -> Result<usize, TestError>;

    /// Fetches twice.
    ///
    /// # Errors
    ///
    /// If the service is down.
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch_twice(&self, works: bool) -> Result<usize, TestError> {
        work(works)?;
        Ok(2)
    }
}

impl Fetch for Client {
    #[circuit_breaker(failure_threshold = 2, timeout = "1s")]
    fn fetch(&self, works: bool) -> Result<usize, TestError> {
        work(works)?;
        Ok(self.name.len())
    }
}

/// Orders the items of a cart.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(failure_threshold = 2, timeout = "1s", accessor = order_breaker)]
pub async fn order(works: bool, mut cart: Cart) -> Result<usize, TestError> {
    cart.items.push("tea".to_owned());
    tokio::task::yield_now().await;
    work(works)?;
    Ok(cart.items.len())
}

/// Returns a future, and begins at once.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
pub fn eager(works: bool, number: u32) -> impl Future<Output = Result<u32, TestError>> + Send {
    let next = number + 1;
    async move {
        work(works)?;
        Ok(next)
    }
}

/// Returns a boxed future.
#[circuit_breaker(failure_threshold = 2, timeout = "1s")]
pub fn boxed(
    works: bool,
    text: &str,
) -> Pin<Box<dyn Future<Output = Result<usize, TestError>> + Send + '_>> {
    if text.is_empty() {
        return Box::pin(async { Ok(0) });
    }
    Box::pin(async move {
        work(works)?;
        Ok(text.len())
    })
}

/// Counts the products.
#[circuit_breaker(
    failure_threshold = 2,
    timeout = "1s",
    failure_if = |stock| *stock == 0,
    fallback = u32::MAX,
    fallback_on = "rejection"
)]
pub async fn stock(works: bool, product: &str) -> u32 {
    tokio::task::yield_now().await;
    if works { u32::try_from(product.len()).unwrap_or(1) } else { 0 }
}

/// A breaker that functions share.
pub static SHARED: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    CircuitBreaker::builder("shared").failure_threshold(FAILURES).build().expect("valid settings")
});

/// Returns popular items.
///
/// # Errors
///
/// Never, because the fallback works.
#[circuit_breaker(breaker = SHARED, fallback = popular_items)]
pub fn popular(works: bool, names: &[&str]) -> Result<Vec<String>, TestError> {
    work(works)?;
    Ok(names.iter().rev().map(ToString::to_string).collect())
}

fn popular_items(works: bool, names: &[&str]) -> Result<Vec<String>, TestError> {
    work(!works)?;
    Ok(names.iter().map(ToString::to_string).collect())
}

/// Returns the number of popular items of a cart.
///
/// # Errors
///
/// If the fallback fails.
#[circuit_breaker(fallback = popular_items_async, clone(cart))]
pub async fn popular_async(works: bool, mut cart: Cart) -> Result<usize, TestError> {
    cart.items.clear();
    tokio::task::yield_now().await;
    work(works)?;
    Ok(cart.items.len())
}

async fn popular_items_async(works: bool, cart: Cart) -> Result<usize, TestError> {
    tokio::task::yield_now().await;
    work(!works)?;
    Ok(cart.items.len() + 1)
}

/// Returns one of two futures.
#[circuit_breaker(fallback = |_| Ok(number + 1))]
pub fn either(works: bool, number: u32) -> impl Future<Output = Result<u32, TestError>> {
    async move { work(works).map(|()| number) }
}

/// Returns one of two boxed futures.
#[circuit_breaker(fallback = Ok(number + 2), fallback_on = "failure")]
pub fn boxed_or_cached(
    works: bool,
    number: u32,
) -> Pin<Box<dyn Future<Output = Result<u32, TestError>> + Send>> {
    Box::pin(async move { work(works).map(|()| number) })
}

/// Tries twice. The error has nothing to drop.
///
/// # Errors
///
/// If the service is down, and the number is 0.
#[circuit_breaker(retry(attempts = 2, backoff = "1ms"), fallback = one_less, fallback_on = "failure")]
pub fn tried(works: bool, number: u32) -> Result<u32, Refused> {
    if works { Ok(number) } else { Err(Refused) }
}

fn one_less(_works: bool, number: u32) -> Result<u32, Refused> {
    number.checked_sub(1).ok_or(Refused)
}

/// An error without a reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused;

impl From<BreakerError> for Refused {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

/// Returns the reason of a failure.
///
/// # Errors
///
/// If the service is down.
#[circuit_breaker(
    fallback = |cause| match cause {
        CallError::Breaker(rejection) => Err(rejection.into()),
        CallError::Inner(error) => Err(TestError::Other(format!("{user}: {error}"))),
    },
    clone(user)
)]
pub fn explained(works: bool, user: String) -> Result<String, TestError> {
    work(works)?;
    Ok(user + "!")
}

/// Ends the process.
///
/// # Panics
///
/// Always.
#[circuit_breaker(failure_if = |_| true, fallback = panic!("the shop is closed"))]
pub fn exit(code: u8) -> ! {
    panic!("closing with {code}")
}
