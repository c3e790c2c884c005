//! What the compiler says of borrows in the bare functions, it says of the annotated ones.
//!
//! Each case is a module; `// with:` lists the options with which it is annotated.

#![allow(dead_code, unused_imports, unused_mut, unused_variables, unused_assignments)]

use std::future::Future;
use std::pin::Pin;

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};

pub struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

async fn pause() {}

fn consume<T>(_value: T) {}

fn change<T>(_value: &mut T) {}

// case: sync
// with: | failure_if = Result::is_err | fallback = |_| Err(Error), fallback_on = "rejection" | fallback = |_| Err(Error)
@
pub fn moved(s: String) -> Result<String, Error> {
    consume(s);
    Ok(s)
}

@
pub fn moved_in_loop(s: String) -> Result<(), Error> {
    for _ in 0..2 {
        consume(s);
    }
    Ok(())
}

@
pub fn borrowed_after_move(s: String) -> Result<usize, Error> {
    consume(s);
    Ok(s.len())
}

@
pub fn local_moved(s: &str) -> Result<String, Error> {
    let local = s.to_owned();
    consume(local);
    Ok(local)
}

@
pub fn not_mutable(s: String) -> Result<usize, Error> {
    change(&mut s);
    Ok(1)
}

@
pub fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    change(s);
    s.push('a');
    Ok(1)
}

@
pub fn pushed(s: String) -> Result<usize, Error> {
    s.push('a');
    Ok(1)
}

@
pub fn assigned(s: u32) -> Result<u32, Error> {
    s += 1;
    Ok(s)
}

@
pub fn returned<'a>(s: String) -> Result<&'a str, Error> {
    Ok(&s)
}

@
pub fn returned_part<'a>(s: String) -> Result<&'a str, Error> {
    Ok(s.trim())
}

@
pub fn returned_local<'a>(s: &str) -> Result<&'a str, Error> {
    let local = s.to_owned();
    Ok(&local)
}

@
pub fn moved_while_borrowed(s: String) -> Result<usize, Error> {
    let borrowed = &s;
    consume(s);
    Ok(borrowed.len())
}

@
pub fn borrowed_twice(mut s: String) -> Result<usize, Error> {
    let first = &mut s;
    let second = &mut s;
    change(first);
    change(second);
    Ok(1)
}

@
pub fn borrowed_and_changed(mut s: String) -> Result<usize, Error> {
    let first = &s;
    change(&mut s);
    Ok(first.len())
}

@
pub fn temporary(s: &str) -> Result<usize, Error> {
    let text = s.to_owned().as_str();
    Ok(text.len())
}

@
pub fn moved_out_of_reference(s: &String) -> Result<String, Error> {
    Ok(*s)
}

@
pub fn not_long_enough(s: &str) -> Result<usize, Error> {
    let longer;
    {
        let shorter = String::new();
        longer = &shorter;
    }
    Ok(longer.len())
}

@
pub fn wrong_lifetime<'a, 'b>(a: &'a str, b: &'b str) -> Result<&'a str, Error> {
    Ok(b)
}

@
pub fn pattern((a, b): (String, String)) -> Result<String, Error> {
    consume(a);
    Ok(a)
}

@
pub fn spawned(s: String) -> Result<usize, Error> {
    let closure = move || s.len();
    Ok(closure() + s.len())
}

@
pub fn thread(s: &str) -> Result<usize, Error> {
    std::thread::spawn(move || s.len());
    Ok(1)
}

@
pub fn uninitialized(s: &str) -> Result<usize, Error> {
    let length: usize;
    Ok(length)
}

@
pub fn text_beside_owned(s: &str, other: String) -> Result<usize, Error> {
    consume(other);
    Ok(s.len() + other.len())
}

@
pub fn references_beside_owned(s: &String, list: &[u8], other: String, more: Vec<u8>) -> Result<usize, Error> {
    s.push('a');
    list[0] = 1;
    more.push(2);
    consume(other);
    Ok(s.len() + other.len())
}

@
pub fn assigned_twice(s: &str) -> Result<usize, Error> {
    let length = 1;
    length = 2;
    Ok(length)
}

@
pub fn assigned_while_borrowed(mut s: String) -> Result<usize, Error> {
    let borrowed = &s;
    s = String::new();
    Ok(borrowed.len())
}

pub struct Client {
    name: String,
}

impl Client {
    @
    pub fn moved_out(&self) -> Result<String, Error> {
        Ok(self.name)
    }

    @
    pub fn not_mutable(&self) -> Result<(), Error> {
        self.name.push('a');
        Ok(())
    }

    @
    pub fn not_mutable_beside_owned(&self, other: String) -> Result<(), Error> {
        self.name.push_str(&other);
        consume(other);
        Ok(())
    }

    @
    pub fn method_not_mutable_beside_owned(&self, other: String) -> Result<(), Error> {
        self.set(other);
        Ok(())
    }

    fn set(&mut self, other: String) {
        self.name = other;
    }

    @
    pub fn moved_out_beside_owned(&self, other: String) -> Result<String, Error> {
        consume(other);
        consume(other);
        Ok(self.name)
    }

    @
    pub fn consumed(self) -> Result<String, Error> {
        consume(self);
        Ok(self.name)
    }

    @
    pub fn consumed_part(self) -> Result<String, Error> {
        consume(self.name);
        Ok(self.name)
    }

    @
    pub fn not_declared_mutable(self) -> Result<String, Error> {
        self.name.push('a');
        Ok(self.name)
    }

    @
    pub fn lent_twice(&mut self) -> Result<(), Error> {
        let first = &mut self.name;
        let second = &mut self.name;
        change(first);
        change(second);
        Ok(())
    }

    @
    pub fn returned<'a>(self) -> Result<&'a str, Error> {
        Ok(&self.name)
    }
}

// case: asynchronous
// with: | failure_if = Result::is_err | fallback = |_| Err(Error), fallback_on = "rejection" | fallback = |_| Err(Error)
@
pub async fn moved(s: String) -> Result<String, Error> {
    pause().await;
    consume(s);
    Ok(s)
}

@
pub async fn moved_in_loop(s: String) -> Result<(), Error> {
    pause().await;
    for _ in 0..2 {
        consume(s);
    }
    Ok(())
}

@
pub async fn borrowed_after_move(s: String) -> Result<usize, Error> {
    pause().await;
    consume(s);
    Ok(s.len())
}

@
pub async fn local_moved(s: &str) -> Result<String, Error> {
    pause().await;
    let local = s.to_owned();
    consume(local);
    Ok(local)
}

@
pub async fn not_mutable(s: String) -> Result<usize, Error> {
    pause().await;
    change(&mut s);
    Ok(1)
}

@
pub async fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    pause().await;
    change(s);
    s.push('a');
    Ok(1)
}

@
pub async fn pushed(s: String) -> Result<usize, Error> {
    pause().await;
    s.push('a');
    Ok(1)
}

@
pub async fn assigned(s: u32) -> Result<u32, Error> {
    pause().await;
    s += 1;
    Ok(s)
}

@
pub async fn returned<'a>(s: String) -> Result<&'a str, Error> {
    pause().await;
    Ok(&s)
}

@
pub async fn returned_part<'a>(s: String) -> Result<&'a str, Error> {
    pause().await;
    Ok(s.trim())
}

@
pub async fn returned_local<'a>(s: &str) -> Result<&'a str, Error> {
    pause().await;
    let local = s.to_owned();
    Ok(&local)
}

@
pub async fn moved_while_borrowed(s: String) -> Result<usize, Error> {
    pause().await;
    let borrowed = &s;
    consume(s);
    Ok(borrowed.len())
}

@
pub async fn borrowed_twice(mut s: String) -> Result<usize, Error> {
    pause().await;
    let first = &mut s;
    let second = &mut s;
    change(first);
    change(second);
    Ok(1)
}

@
pub async fn borrowed_and_changed(mut s: String) -> Result<usize, Error> {
    pause().await;
    let first = &s;
    change(&mut s);
    Ok(first.len())
}

@
pub async fn temporary(s: &str) -> Result<usize, Error> {
    pause().await;
    let text = s.to_owned().as_str();
    Ok(text.len())
}

@
pub async fn moved_out_of_reference(s: &String) -> Result<String, Error> {
    pause().await;
    Ok(*s)
}

@
pub async fn not_long_enough(s: &str) -> Result<usize, Error> {
    pause().await;
    let longer;
    {
        let shorter = String::new();
        longer = &shorter;
    }
    Ok(longer.len())
}

@
pub async fn wrong_lifetime<'a, 'b>(a: &'a str, b: &'b str) -> Result<&'a str, Error> {
    pause().await;
    Ok(b)
}

@
pub async fn pattern((a, b): (String, String)) -> Result<String, Error> {
    pause().await;
    consume(a);
    Ok(a)
}

@
pub async fn spawned(s: String) -> Result<usize, Error> {
    pause().await;
    let closure = move || s.len();
    Ok(closure() + s.len())
}

@
pub async fn thread(s: &str) -> Result<usize, Error> {
    pause().await;
    std::thread::spawn(move || s.len());
    Ok(1)
}

@
pub async fn uninitialized(s: &str) -> Result<usize, Error> {
    pause().await;
    let length: usize;
    Ok(length)
}

@
pub async fn assigned_twice(s: &str) -> Result<usize, Error> {
    pause().await;
    let length = 1;
    length = 2;
    Ok(length)
}

@
pub async fn assigned_while_borrowed(mut s: String) -> Result<usize, Error> {
    pause().await;
    let borrowed = &s;
    s = String::new();
    Ok(borrowed.len())
}

pub struct Client {
    name: String,
}

impl Client {
    @
    pub async fn moved_out(&self) -> Result<String, Error> {
    pause().await;
        Ok(self.name)
    }

    @
    pub async fn not_mutable(&self) -> Result<(), Error> {
    pause().await;
        self.name.push('a');
        Ok(())
    }

    @
    pub async fn consumed(self) -> Result<String, Error> {
    pause().await;
        consume(self);
        Ok(self.name)
    }

    @
    pub async fn consumed_part(self) -> Result<String, Error> {
    pause().await;
        consume(self.name);
        Ok(self.name)
    }

    @
    pub async fn not_declared_mutable(self) -> Result<String, Error> {
    pause().await;
        self.name.push('a');
        Ok(self.name)
    }

    @
    pub async fn lent_twice(&mut self) -> Result<(), Error> {
    pause().await;
        let first = &mut self.name;
        let second = &mut self.name;
        change(first);
        change(second);
        Ok(())
    }

    @
    pub async fn returned<'a>(self) -> Result<&'a str, Error> {
    pause().await;
        Ok(&self.name)
    }
}

// case: future
// with: | failure_if = Result::is_err | fallback = |_| Err(Error), fallback_on = "rejection" | fallback = |_| Err(Error)
@
pub fn moved(s: String) -> impl Future<Output = Result<String, Error>> {
    async move {
        consume(s);
        Ok(s)
    }
}

@
pub fn moved_in_loop(s: String) -> impl Future<Output = Result<(), Error>> {
    async move {
        for _ in 0..2 {
            consume(s);
        }
        Ok(())
    }
}

@
pub fn borrowed_after_move(s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        consume(s);
        Ok(s.len())
    }
}

@
pub fn local_moved(s: &str) -> impl Future<Output = Result<String, Error>> {
    async move {
        let local = s.to_owned();
        consume(local);
        Ok(local)
    }
}

@
pub fn not_mutable(s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        change(&mut s);
        Ok(1)
    }
}

@
pub fn not_mutable_reference(s: &String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        change(s);
        s.push('a');
        Ok(1)
    }
}

@
pub fn pushed(s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        s.push('a');
        Ok(1)
    }
}

@
pub fn assigned(s: u32) -> impl Future<Output = Result<u32, Error>> {
    async move {
        s += 1;
        Ok(s)
    }
}

@
pub fn moved_while_borrowed(s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        let borrowed = &s;
        consume(s);
        Ok(borrowed.len())
    }
}

@
pub fn borrowed_twice(mut s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        let first = &mut s;
        let second = &mut s;
        change(first);
        change(second);
        Ok(1)
    }
}

@
pub fn borrowed_and_changed(mut s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        let first = &s;
        change(&mut s);
        Ok(first.len())
    }
}

@
pub fn moved_out_of_reference(s: &String) -> impl Future<Output = Result<String, Error>> {
    async move {
        Ok(*s)
    }
}

@
pub fn wrong_lifetime<'a, 'b>(a: &'a str, b: &'b str) -> impl Future<Output = Result<&'a str, Error>> {
    async move {
        Ok(b)
    }
}

@
pub fn pattern((a, b): (String, String)) -> impl Future<Output = Result<String, Error>> {
    async move {
        consume(a);
        Ok(a)
    }
}

@
pub fn spawned(s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        let closure = move || s.len();
        Ok(closure() + s.len())
    }
}

@
pub fn assigned_twice(s: &str) -> impl Future<Output = Result<usize, Error>> {
    async move {
        let length = 1;
        length = 2;
        Ok(length)
    }
}

@
pub fn assigned_while_borrowed(mut s: String) -> impl Future<Output = Result<usize, Error>> {
    async move {
        let borrowed = &s;
        s = String::new();
        Ok(borrowed.len())
    }
}

@
pub fn moved_before(s: String) -> impl Future<Output = Result<String, Error>> {
    consume(s);
    async move { Ok(s) }
}

@
pub fn changed_before(s: String) -> impl Future<Output = Result<String, Error>> {
    s.push('a');
    async move { Ok(s) }
}

@
pub fn lent_to_future(s: String) -> impl Future<Output = Result<usize, Error>> {
    async { Ok(s.len()) }
}

@
pub fn lent_to_future_by_reference(s: String) -> impl Future<Output = Result<usize, Error>> {
    let borrowed = &s;
    async move { Ok(borrowed.len()) }
}

// case: boxed
// with: | failure_if = Result::is_err | fallback = |_| Err(Error), fallback_on = "rejection" | fallback = |_| Err(Error)
@
pub fn moved(s: String) -> Pin<Box<dyn Future<Output = Result<String, Error>>>> {
    Box::pin(async move {
        consume(s);
        Ok(s)
    })
}

@
pub fn moved_in_loop(s: String) -> Pin<Box<dyn Future<Output = Result<(), Error>>>> {
    Box::pin(async move {
        for _ in 0..2 {
            consume(s);
        }
        Ok(())
    })
}

@
pub fn borrowed_after_move(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        consume(s);
        Ok(s.len())
    })
}

@
pub fn local_moved(s: &str) -> Pin<Box<dyn Future<Output = Result<String, Error>> + '_>> {
    Box::pin(async move {
        let local = s.to_owned();
        consume(local);
        Ok(local)
    })
}

@
pub fn not_mutable(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        change(&mut s);
        Ok(1)
    })
}

@
pub fn not_mutable_reference(s: &String) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + '_>> {
    Box::pin(async move {
        change(s);
        s.push('a');
        Ok(1)
    })
}

@
pub fn pushed(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        s.push('a');
        Ok(1)
    })
}

@
pub fn assigned(s: u32) -> Pin<Box<dyn Future<Output = Result<u32, Error>>>> {
    Box::pin(async move {
        s += 1;
        Ok(s)
    })
}

@
pub fn moved_while_borrowed(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        let borrowed = &s;
        consume(s);
        Ok(borrowed.len())
    })
}

@
pub fn borrowed_twice(mut s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        let first = &mut s;
        let second = &mut s;
        change(first);
        change(second);
        Ok(1)
    })
}

@
pub fn borrowed_and_changed(mut s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        let first = &s;
        change(&mut s);
        Ok(first.len())
    })
}

@
pub fn moved_out_of_reference(s: &String) -> Pin<Box<dyn Future<Output = Result<String, Error>> + '_>> {
    Box::pin(async move {
        Ok(*s)
    })
}

@
pub fn wrong_lifetime<'a, 'b>(a: &'a str, b: &'b str) -> Pin<Box<dyn Future<Output = Result<&'a str, Error>>>> {
    Box::pin(async move {
        Ok(b)
    })
}

@
pub fn pattern((a, b): (String, String)) -> Pin<Box<dyn Future<Output = Result<String, Error>>>> {
    Box::pin(async move {
        consume(a);
        Ok(a)
    })
}

@
pub fn spawned(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        let closure = move || s.len();
        Ok(closure() + s.len())
    })
}

@
pub fn assigned_twice(s: &str) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + '_>> {
    Box::pin(async move {
        let length = 1;
        length = 2;
        Ok(length)
    })
}

@
pub fn assigned_while_borrowed(mut s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async move {
        let borrowed = &s;
        s = String::new();
        Ok(borrowed.len())
    })
}

@
pub fn moved_before(s: String) -> Pin<Box<dyn Future<Output = Result<String, Error>>>> {
    consume(s);
    Box::pin(async move { Ok(s) })
}

@
pub fn changed_before(s: String) -> Pin<Box<dyn Future<Output = Result<String, Error>>>> {
    s.push('a');
    Box::pin(async move { Ok(s) })
}

@
pub fn lent_to_future(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    Box::pin(async { Ok(s.len()) })
}

@
pub fn lent_to_future_by_reference(s: String) -> Pin<Box<dyn Future<Output = Result<usize, Error>>>> {
    let borrowed = &s;
    Box::pin(async move { Ok(borrowed.len()) })
}
