// case: future
// with:
// with: failure_if = Result::is_err
// with: fallback = |_| Err(Error), fallback_on = "rejection"
// with: fallback = |_| Err(Error)
// with: key = some_key()
// with: call_timeout = "1s", fallback = |_| Err(Error)
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
