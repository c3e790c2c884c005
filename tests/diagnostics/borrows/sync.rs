// case: sync
// with:
// with: failure_if = Result::is_err
// with: fallback = |_| Err(Error), fallback_on = "rejection"
// with: fallback = |_| Err(Error)
// with: probe = async || true
// with: key = some_key()
// with: max_concurrent = 4, max_wait = "1s"
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

// case: sync_with_memory
// with: last_good(key = some_key())
// with: last_good(key = some_key()), key = some_key(), fallback = |_| Err(Error)
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
pub fn not_mutable(s: String) -> Result<usize, Error> {
    change(&mut s);
    Ok(1)
}

@
pub fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    s.push('a');
    Ok(1)
}

@
pub fn moved_while_borrowed(s: String) -> Result<usize, Error> {
    let borrowed = &s;
    consume(s);
    Ok(borrowed.len())
}

// case: sync_with_retry
// with: retry(attempts = 2)
// with: retry(attempts = 2), fallback = |_| Err(Error)
@
pub fn local_moved(s: &str) -> Result<String, Error> {
    let local = s.to_owned();
    consume(local);
    Ok(local)
}

@
pub fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    s.push('a');
    Ok(1)
}

@
pub fn not_mutable_local(s: &str) -> Result<usize, Error> {
    let local = s.to_owned();
    change(&mut local);
    Ok(1)
}

@
pub fn returned_local<'a>(s: &str) -> Result<&'a str, Error> {
    let local = s.to_owned();
    Ok(&local)
}

@
pub fn local_moved_while_borrowed(s: &str) -> Result<usize, Error> {
    let local = s.to_owned();
    let borrowed = &local;
    consume(local);
    Ok(borrowed.len())
}

@
pub fn not_mutable_reference_beside_owned(s: &String, other: String) -> Result<usize, Error> {
    s.push('a');
    Ok(other.len())
}

@
pub fn not_mutable_behind_reference(s: &(String, u8), other: Vec<u8>) -> Result<usize, Error> {
    s.0.push('a');
    Ok(other.len())
}

@
pub fn assigned_behind_reference(s: &u8, other: String) -> Result<usize, Error> {
    *s = 7;
    Ok(other.len())
}

pub struct Client {
    name: String,
}

impl Client {
    @
    pub fn not_mutable(&self, s: &str) -> Result<(), Error> {
            self.name.push_str(s);
        Ok(())
    }

    @
    pub fn moved_out(&self) -> Result<String, Error> {
            Ok(self.name)
    }
}

// case: sync_with_kept_arguments
// with: fallback = |_| kept(s)
// with: fallback = kept
// with: fallback = |_| kept(s), fallback_on = "rejection"
@
pub fn not_mutable_reference(s: &String) -> Result<usize, Error> {
    s.push('a');
    Ok(1)
}

@
pub fn local_moved(s: &String) -> Result<usize, Error> {
    let local = s.to_owned();
    consume(local);
    Ok(local.len())
}

// case: sync_with_kept_beside_owned
// with: fallback = |_| kept(s)
@
pub fn not_mutable_reference(s: &String, other: String) -> Result<usize, Error> {
    s.push('a');
    Ok(other.len())
}
