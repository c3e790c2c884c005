// case: asynchronous
// with:
// with: failure_if = Result::is_err
// with: fallback = |_| Err(Error), fallback_on = "rejection"
// with: fallback = |_| Err(Error)
// with: total_timeout = "2s"
// with: total_timeout = "2s", call_timeout = "1s", fallback = |_| Err(Error)
// with: max_concurrent = 4, max_wait = "1s"
// with: probe = async || true, abandoned_threshold = 3
// with: key = some_key()
// with: call_timeout = "1s", key = some_key()
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

// case: asynchronous_with_memory
// with: last_good(key = some_key())
// with: last_good(key = some_key()), key = some_key(), fallback = |_| Err(Error)
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
pub async fn not_mutable(s: String) -> Result<usize, Error> {
    pause().await;
    change(&mut s);
    Ok(1)
}

@
pub async fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    pause().await;
    s.push('a');
    Ok(1)
}

@
pub async fn moved_while_borrowed(s: String) -> Result<usize, Error> {
    pause().await;
    let borrowed = &s;
    consume(s);
    Ok(borrowed.len())
}

// case: asynchronous_with_retry
// with: retry(attempts = 2)
// with: retry(attempts = 2), fallback = |_| Err(Error)
@
pub async fn local_moved(s: &str) -> Result<String, Error> {
    pause().await;
    let local = s.to_owned();
    consume(local);
    Ok(local)
}

@
pub async fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    pause().await;
    s.push('a');
    Ok(1)
}

@
pub async fn not_mutable_local(s: &str) -> Result<usize, Error> {
    pause().await;
    let local = s.to_owned();
    change(&mut local);
    Ok(1)
}

@
pub async fn returned_local<'a>(s: &str) -> Result<&'a str, Error> {
    pause().await;
    let local = s.to_owned();
    Ok(&local)
}

@
pub async fn local_moved_while_borrowed(s: &str) -> Result<usize, Error> {
    pause().await;
    let local = s.to_owned();
    let borrowed = &local;
    consume(local);
    Ok(borrowed.len())
}

@
pub async fn not_mutable_reference_beside_owned(s: &String, other: String) -> Result<usize, Error> {
    pause().await;
    s.push('a');
    Ok(other.len())
}

@
pub async fn not_mutable_behind_reference(s: &(String, u8), other: Vec<u8>) -> Result<usize, Error> {
    pause().await;
    s.0.push('a');
    Ok(other.len())
}

@
pub async fn assigned_behind_reference(s: &u8, other: String) -> Result<usize, Error> {
    pause().await;
    *s = 7;
    Ok(other.len())
}

pub struct Client {
    name: String,
}

impl Client {
    @
    pub async fn not_mutable(&self, s: &str) -> Result<(), Error> {
    pause().await;
        self.name.push_str(s);
        Ok(())
    }

    @
    pub async fn moved_out(&self) -> Result<String, Error> {
    pause().await;
        Ok(self.name)
    }
}

// case: asynchronous_with_kept_arguments
// with: fallback = |_| kept(s)
// with: fallback = kept
// with: fallback = |_| kept(s), fallback_on = "rejection"
@
pub async fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    pause().await;
    s.push('a');
    Ok(1)
}

@
pub async fn local_moved(s: &String) -> Result<usize, Error> {
    pause().await;
    let local = s.to_owned();
    consume(local);
    Ok(local.len())
}

// case: asynchronous_with_kept_beside_owned
// with: fallback = |_| kept(s)
@
pub async fn not_mutable_reference(s: &String, other: String) -> Result<usize, Error> {
    pause().await;
    s.push('a');
    Ok(other.len())
}
