//! What lints say of the bare functions, they say of the annotated ones.
//!
//! Each case is a module; `// with:` lists the options with which it is annotated.

#![warn(clippy::pedantic, clippy::restriction, missing_docs, unused, unreachable_pub, let_underscore_drop)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    reason = "all of them are compared"
)]

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

#[allow(unused_imports, reason = "the bare program has none")]
use breaker_runtime::circuit_breaker;
use breaker_runtime::{BreakerError, CircuitBreaker};

/// An error.
#[derive(Debug)]
pub struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

/// A breaker of the user's.
pub static SHARED: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("shared").build().expect("valid"));

/// A key.
pub fn some_key() -> u8 {
    7
}

/// Has a destructor.
pub struct Watched(String);

impl Drop for Watched {
    fn drop(&mut self) {}
}

/// A fallback.
pub fn other(number: u32) -> Result<u32, Error> {
    Ok(number)
}

/// Waits.
async fn pause() {
    std::future::ready(()).await;
}

// case: dead_functions
// with: | timeout = "1s" | fallback = |_cause| Err(Error) | fallback = Err(Error), fallback_on = "rejection" | key = number | retry(attempts = 2) | last_good(key = number) | max_concurrent = 4, max_wait = "1s" | failure_if = Result::is_err | failure_if = Result::is_err, ignore_if = Result::is_ok | breaker = SHARED
fn called(number: u32) -> u32 {
    number
}

@
fn sync(number: u32) -> Result<u32, Error> {
    Ok(called(number))
}

@
async fn asynchronous(number: u32) -> Result<u32, Error> {
    pause().await;
    Ok(called(number))
}

@
fn future(number: u32) -> impl Future<Output = Result<u32, Error>> {
    async move { Ok(called(number)) }
}

@
fn boxed(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>>>> {
    Box::pin(async move { Ok(called(number)) })
}

struct Client;

impl Client {
    @
    fn method(&self, number: u32) -> Result<u32, Error> {
        Ok(called(number))
    }

    @
    async fn asynchronous(&self, number: u32) -> Result<u32, Error> {
        pause().await;
        Ok(called(number))
    }
}

// case: expected_dead_code
// with: | fallback = |_| Err(Error) | retry(attempts = 2)
#[expect(dead_code)]
@
fn below(number: u32) -> Result<u32, Error> {
    Ok(number)
}

@
#[expect(dead_code)]
fn above(number: u32) -> Result<u32, Error> {
    Ok(number)
}

@
#[expect(dead_code)]
async fn asynchronous(number: u32) -> Result<u32, Error> {
    pause().await;
    Ok(number)
}

// case: public
// with: | timeout = "1s" | fallback = |_cause| Err(Error) | fallback = |_| Err(Error), fallback_on = "rejection" | key = number | last_good(key = number) | max_concurrent = 4, max_wait = "1s" | failure_if = Result::is_err | failure_if = Result::is_err, ignore_if = Result::is_ok | breaker = SHARED
@
pub fn sync(number: u32) -> Result<u32, Error> {
    Ok(number + 1)
}

/// Has a text.
@
pub async fn asynchronous(number: u32) -> Result<u32, Error> {
    pause().await;
    Ok(number + 1)
}

@
pub async fn without_await(number: u32) -> Result<u32, Error> {
    Ok(number + 1)
}

/// Has a text.
@
pub fn future(number: u32) -> impl Future<Output = Result<u32, Error>> {
    async move { Ok(number + 1) }
}

@
pub fn boxed(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>>>> {
    Box::pin(async move { Ok(number + 1) })
}

@
pub fn panics(number: u32) -> Result<u32, Error> {
    assert!(number > 1);
    Ok(Some(number).unwrap())
}

@
pub fn indexes(number: u32) -> Result<u32, Error> {
    if number > 5 {
        panic!("too large");
    }
    let list = [1, 2, 3];
    Ok(list[number as usize])
}

@
pub async fn panics_in_future(number: u32) -> Result<u32, Error> {
    pause().await;
    Ok(Some(number).expect("a number"))
}

@
pub unsafe fn unsafe_function(number: u32) -> Result<u32, Error> {
    Ok(number)
}

@
pub fn returns(number: u32) -> Result<u32, Error> {
    return Ok(number);
}

@
pub async fn returns_in_future(number: u32) -> Result<u32, Error> {
    pause().await;
    return Ok(number);
}

@
pub fn returns_at_branches(number: u32) -> Result<u32, Error> {
    if number > 5 {
        return Err(Error);
    } else {
        return Ok(number);
    }
}

@
pub fn unreachable_statement(number: u32) -> Result<u32, Error> {
    return Ok(number);
    let never = 1;
    Ok(never)
}

@
pub fn lets_and_returns(number: u32) -> Result<u32, Error> {
    let result = Ok(number);
    result
}

@
pub fn needless_question_mark(number: u32) -> Result<u32, Error> {
    Ok(called(number)?)
}

fn called(number: u32) -> Result<u32, Error> {
    if number == 0 { Err(Error) } else { Ok(number) }
}

@
pub fn unused_inside(number: u32) -> Result<u32, Error> {
    let unused = 1;
    let mut not_mutated = number;
    called(1);
    Ok(not_mutated)
}

@
pub async fn unused_inside_future(number: u32) -> Result<u32, Error> {
    let unused = 1;
    let mut not_mutated = number;
    pause();
    pause().await;
    Ok(not_mutated)
}

@
pub fn unused_mut(mut number: u32) -> Result<u32, Error> {
    Ok(number)
}

@
pub fn unused_argument(number: u32, unused: u32) -> Result<u32, Error> {
    Ok(number)
}

@
pub async fn unused_argument_in_future(number: u32, unused: String) -> Result<u32, Error> {
    pause().await;
    Ok(number)
}

@
pub fn many_arguments(number: u32, _: u8, _b: u8, _c: u8, _d: bool, _e: bool, _f: bool, _g: bool) -> Result<u32, Error> {
    Ok(number)
}

@
pub fn blocks(number: u32) -> Result<u32, Error> {
    if { let a = number; a > 2 } { Ok(number) } else { Err(Error) }
}

@
pub fn shadows(number: u32) -> Result<u32, Error> {
    let number = number + 1;
    let number = number as u64 as u32;
    Ok(number)
}

@
pub fn long(number: u32) -> Result<u32, Error> {
    let closure = |value: u32| value + 1;
    match number {
        1 => Ok(1),
        _ => Ok(closure(number)),
    }
}

@
pub fn items_after(number: u32) -> Result<u32, Error> {
    let next = number + 1;
    fn inner(number: u32) -> u32 {
        number
    }
    Ok(inner(next))
}

@
pub fn pure(number: u32) -> Result<u32, Error> {
    Ok(number)
}

// case: with_fallback_path
// with: fallback = other | fallback = other, fallback_on = "rejection" | retry(attempts = 2), fallback = other | fallback = other, clone(number) | fallback = |_cause| other(number) | fallback = |_| other(number) | retry(attempts = 2)
@
pub fn sync(number: u32) -> Result<u32, Error> {
    Ok(number + 1)
}

@
pub async fn asynchronous(number: u32) -> Result<u32, Error> {
    pause().await;
    return Ok(number + 1);
}

@
pub async fn without_await(number: u32) -> Result<u32, Error> {
    Ok(number + 1)
}

@
pub fn future(number: u32) -> impl Future<Output = Result<u32, Error>> {
    async move { Ok(number + 1) }
}

@
pub fn boxed(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>>>> {
    Box::pin(async move { Ok(number + 1) })
}

@
pub fn panics(number: u32) -> Result<u32, Error> {
    assert!(number > 1);
    return Ok(Some(number).unwrap());
}

// case: by_value
// with: | key = some_key() | failure_if = Result::is_err | fallback = Err(Error), fallback_on = "rejection" | fallback = |_| Err(Error) | max_concurrent = 4, max_wait = "1s" | last_good(key = some_key())
@
pub fn not_consumed(text: String, other: Vec<u8>) -> Result<usize, Error> {
    Ok(text.len() + other.len())
}

@
pub fn beside_reference(name: &str, text: String, list: Vec<Option<String>>) -> Result<usize, Error> {
    Ok(name.len() + text.len() + list.len())
}

@
pub fn watched(one: Watched, other: Watched) -> Result<usize, Error> {
    Ok(one.0.len() + other.0.len())
}

@
pub fn not_mutated(text: &mut String) -> Result<usize, Error> {
    Ok(text.len())
}

@
pub fn one_not_consumed(text: String) -> Result<usize, Error> {
    Ok(text.len())
}

@
pub fn consumed(text: String) -> Result<String, Error> {
    Ok(text)
}

@
pub fn passed_by_ref(number: &u32, text: &String, list: &Vec<u8>) -> Result<usize, Error> {
    Ok(text.len() + list.len() + *number as usize)
}

@
pub fn pattern((left, right): (String, u32)) -> Result<usize, Error> {
    Ok(left.len() + right as usize)
}

@
pub fn mutable(mut text: String) -> Result<String, Error> {
    text.push('a');
    Ok(text)
}

@
pub fn underscore(_text: String) -> Result<usize, Error> {
    Ok(1)
}

@
pub fn used_underscore(_text: &str) -> Result<usize, Error> {
    Ok(_text.len())
}

@
pub fn generic<T: ToString>(value: T) -> Result<String, Error> {
    Ok(value.to_string())
}

// case: methods
// with: | fallback = |_cause| Err(Error) | retry(attempts = 2) | key = some_key()
/// A client.
pub struct Client {
    name: String,
}

impl Client {
    @
    pub fn new() -> Result<Self, Error> {
        Ok(Self { name: String::new() })
    }

    @
    pub fn name(&self) -> Result<&str, Error> {
        Ok(&self.name)
    }

    @
    pub fn unused_self(&self) -> Result<u32, Error> {
        Ok(1)
    }

    @
    pub async fn unused_self_in_future(&self) -> Result<u32, Error> {
        pause().await;
        Ok(1)
    }

    @
    pub fn to_name(self: Box<Self>, number: u32) -> Result<String, Error> {
        Ok(self.name.clone())
    }

    @
    pub fn not_consumed(&self, text: String) -> Result<usize, Error> {
        Ok(text.len())
    }

    @
    pub fn not_consumed_beside_field(&self, text: String) -> Result<usize, Error> {
        Ok(self.name.len() + text.len())
    }

    @
    fn recursive(&self, number: u32) -> Result<u32, Error> {
        if number == 0 { Ok(0) } else { self.recursive(number - 1) }
    }
}

// case: plain_values
// with: failure_if = |_| false, fallback = Client::spare(), fallback_on = "rejection" | failure_if = |_| false, fallback = |_cause| Client::spare() | failure_if = |_| false, fallback = Client::spare(), key = some_key()
/// A client.
pub struct Client;

impl Client {
    /// Another one.
    pub fn spare() -> Self {
        Self
    }

    @
    pub fn new() -> Self {
        Self
    }

    @
    pub fn with(number: u32) -> Self {
        let client = Self;
        return client;
    }
}

// case: nothing
// with: failure_if = |&()| false, fallback = () | failure_if = |&()| false, fallback = (), fallback_on = "rejection" | failure_if = |&()| false, fallback = |_cause| ()
@
pub fn unit(number: u32) {
    let _number = number;
}

@
pub fn returns(number: u32) {
    called(number);
    return;
}

@
pub async fn unit_in_future(number: u32) {
    pause().await;
    let _number = number;
}

@
pub async fn returns_in_future(number: u32) {
    pause().await;
    return;
}

fn called(number: u32) {}

// case: recursion
// with: | fallback = |_cause| Err(Error)
@
pub fn unconditional(number: u32) -> Result<u32, Error> {
    unconditional(number + 1)
}

@
pub fn conditional(number: u32) -> Result<u32, Error> {
    if number == 0 { Ok(0) } else { conditional(number - 1) }
}

// case: with_deadline
// with: call_timeout = "1s" | call_timeout = "1s", fallback = |_cause| Err(Error)
@
pub async fn asynchronous(number: u32) -> Result<u32, Error> {
    pause().await;
    return Ok(number);
}

@
pub async fn without_await(number: u32) -> Result<u32, Error> {
    assert!(number > 1);
    Ok(number)
}

// case: never
// with: failure_if = |_| false, fallback = panic!("closed") | failure_if = |_| false, fallback = panic!("closed"), fallback_on = "rejection" | failure_if = |_| false, fallback = |_cause| panic!("closed") | failure_if = |_| false, fallback = |_| panic!("closed"), fallback_on = "rejection" | failure_if = |_| false, fallback = panic!("closed"), key = some_key() | failure_if = |_| false, fallback = panic!("closed"), retry(attempts = 2)
@
pub fn ends(number: u32) -> ! {
    panic!("{number}")
}

@
pub fn never(number: u32) -> ! {
    loop {
        if number == 1 {
            panic!("{number}");
        }
    }
    let after = 1;
}

@
pub fn unreachable_code(number: u32) -> ! {
    panic!("{number}");
    std::process::exit(1)
}

@
pub async fn never_in_future(number: u32) -> ! {
    pause().await;
    panic!("{number}")
}
