//! 6 errors: outputs that cannot be remembered.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use breaker_runtime::{BreakerError, Aged, circuit_breaker};

struct Items(Vec<u32>);

#[circuit_breaker(last_good(key = user))]
async fn not_clone(user: u32) -> Result<Items, BreakerError> {
    Ok(Items(vec![user]))
}

#[circuit_breaker(last_good(key = user))]
async fn not_clone_and_stale(user: u32) -> Result<Aged<Items>, BreakerError> {
    Ok(Items(vec![user]).into())
}

#[circuit_breaker(last_good(key = ()))]
fn not_send(user: u32) -> Result<Rc<u32>, BreakerError> {
    Ok(user.into())
}

#[circuit_breaker(last_good(key = ()))]
fn borrowed(name: &str) -> Result<&str, BreakerError> {
    Ok(name.trim())
}

#[circuit_breaker(last_good(key = ()))]
async fn perhaps_borrowed<'a>(name: &'a str) -> Result<Cow<'a, str>, BreakerError> {
    Ok(name.into())
}

#[circuit_breaker(last_good(key = ()))]
fn borrowed_later(name: &str) -> impl Future<Output = Result<(u32, &str), BreakerError>> {
    async move { Ok((1, name)) }
}

trait Checks<T> {}

impl<T> Checks<T> for () {}

/// Returns a value without a borrow; an `Err` is not remembered.
#[circuit_breaker(last_good(key = ()), failure_if = Result::is_err, fallback = Err(name))]
fn works(
    name: &str,
) -> Result<(&'static str, fn(&str) -> bool, Arc<dyn for<'n> Checks<&'n str> + Send + Sync>), &str> {
    Ok(("name", str::is_empty, Arc::new(())))
}

fn main() {
    drop((not_clone(1), not_clone_and_stale(1), perhaps_borrowed("me"), borrowed_later("me")));
    let _ = (borrowed("me"), not_send(1), Items(Vec::new()).0, works("me"));
}
