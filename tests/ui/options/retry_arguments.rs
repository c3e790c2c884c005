//! 8 errors: arguments that an attempt would change for the next one, and `clone`.

use breaker_runtime::{BreakerError, circuit_breaker};

#[circuit_breaker(retry)]
fn counts(mut n: u32) -> Result<u32, BreakerError> {
    n += 1;
    Ok(n)
}

#[circuit_breaker(retry, clone(name))]
fn only_one_of_them(mut n: u32, mut name: String) -> Result<String, BreakerError> {
    n += 1;
    name.push('!');
    Ok(format!("{n} {name}"))
}

#[circuit_breaker(retry(attempts = 2))]
fn a_part((mut n, m): (u32, u32)) -> Result<u32, BreakerError> {
    n += m;
    Ok(n)
}

#[circuit_breaker(retry, fallback = Ok(n))]
fn with_a_fallback(mut n: u32) -> Result<u32, BreakerError> {
    n += 1;
    Ok(n)
}

#[circuit_breaker(retry, clone(m))]
fn no_such_argument(n: u32) -> Result<u32, BreakerError> {
    Ok(n)
}

#[circuit_breaker(retry, clone)]
fn no_list(mut n: u32) -> Result<u32, BreakerError> {
    n += 1;
    Ok(n)
}

#[circuit_breaker(clone(n))]
fn unneeded(n: u32) -> Result<u32, BreakerError> {
    Ok(n)
}

#[derive(Clone)]
struct Cart(Vec<u32>);

impl Cart {
    #[circuit_breaker(retry)]
    fn add(mut self, item: u32) -> Result<Self, BreakerError> {
        self.0.push(item);
        Ok(self)
    }
}

fn main() {
    let _ = (counts(1), only_one_of_them(1, String::new()), a_part((1, 2)), with_a_fallback(1));
    let _ = (no_such_argument(1), no_list(1), unneeded(1), Cart(Vec::new()).add(1));
}
