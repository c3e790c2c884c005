// case: layers
// with: failure_threshold = 1_000_000 | failure_threshold = 1_000_000, key = some_key(), failure_if = Result::is_err | failure_threshold = 1_000_000, last_good(key = some_key()) | failure_threshold = 1_000_000, max_concurrent = 9, max_wait = "1s" | failure_threshold = 1_000_000, fallback = Err(Error), fallback_on = "rejection"
@
fn sync_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn async_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn at_once_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
fn sync_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn async_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn at_once_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
fn sync_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
async fn async_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
async fn at_once_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
fn sync_wild(how: u8, a: D, _: D, c: D) -> Answer {
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_wild(how: u8, a: D, _: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_wild(how: u8, a: D, _: D, c: D) -> Answer {
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
async fn async_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?;
    Ok(())
}

@
async fn at_once_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
fn sync_lock_and_writer(how: u8, lock: D, writer: D) -> Answer {
    keep(&writer); step(how)?; consume(lock);
    Ok(())
}

@
async fn async_lock_and_writer(how: u8, lock: D, writer: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&writer); step(how)?; consume(lock);
    Ok(())
}

@
async fn at_once_lock_and_writer(how: u8, lock: D, writer: D) -> Answer {
    keep(&writer); step(how)?; consume(lock);
    Ok(())
}

@
fn sync_consumed_first(how: u8, a: D, b: D, c: D) -> Answer {
    consume(a); step(how)?; keep(&c); keep(&b);
    Ok(())
}

@
async fn async_consumed_first(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    consume(a); step(how)?; keep(&c); keep(&b);
    Ok(())
}

@
async fn at_once_consumed_first(how: u8, a: D, b: D, c: D) -> Answer {
    consume(a); step(how)?; keep(&c); keep(&b);
    Ok(())
}

@
fn sync_consumed_last(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&b); step(how)?; consume(a); consume(c);
    Ok(())
}

@
async fn async_consumed_last(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; consume(a); consume(c);
    Ok(())
}

@
async fn at_once_consumed_last(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&b); step(how)?; consume(a); consume(c);
    Ok(())
}

@
fn sync_moved_to_local(how: u8, a: D, b: D, c: D) -> Answer {
    let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
    Ok(())
}

@
async fn async_moved_to_local(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
    Ok(())
}

@
async fn at_once_moved_to_local(how: u8, a: D, b: D, c: D) -> Answer {
    let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
    Ok(())
}

@
fn sync_locals(how: u8, a: D, b: D) -> Answer {
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
async fn async_locals(how: u8, a: D, b: D) -> Answer {
    keep(&how);
    pause().await;
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
async fn at_once_locals(how: u8, a: D, b: D) -> Answer {
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
fn sync_one(how: u8, a: D) -> Answer {
    step(how)?; keep(&a);
    Ok(())
}

@
async fn async_one(how: u8, a: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&a);
    Ok(())
}

@
async fn at_once_one(how: u8, a: D) -> Answer {
    step(how)?; keep(&a);
    Ok(())
}

@
fn sync_one_consumed(how: u8, a: D) -> Answer {
    step(how)?; consume(a);
    Ok(())
}

@
async fn async_one_consumed(how: u8, a: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; consume(a);
    Ok(())
}

@
async fn at_once_one_consumed(how: u8, a: D) -> Answer {
    step(how)?; consume(a);
    Ok(())
}

@
fn sync_one_split(how: u8, pair: Pair) -> Answer {
    keep(&pair.b); step(how)?; consume(pair.b);
    Ok(())
}

@
async fn async_one_split(how: u8, pair: Pair) -> Answer {
    keep(&how);
    pause().await;
    keep(&pair.b); step(how)?; consume(pair.b);
    Ok(())
}

@
async fn at_once_one_split(how: u8, pair: Pair) -> Answer {
    keep(&pair.b); step(how)?; consume(pair.b);
    Ok(())
}

@
fn sync_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
async fn async_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
async fn at_once_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
fn sync_field_consumed(how: u8, c: D, pair: Pair) -> Answer {
    step(how)?; keep(&c); consume(pair.b);
    Ok(())
}

@
async fn async_field_consumed(how: u8, c: D, pair: Pair) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); consume(pair.b);
    Ok(())
}

@
async fn at_once_field_consumed(how: u8, c: D, pair: Pair) -> Answer {
    step(how)?; keep(&c); consume(pair.b);
    Ok(())
}

@
fn sync_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
async fn async_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
async fn at_once_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
fn sync_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
async fn async_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
async fn at_once_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
fn sync_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
async fn async_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
async fn at_once_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
fn sync_mutable(how: u8, mut a: D, mut b: D) -> Answer {
    a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
    Ok(())
}

@
async fn async_mutable(how: u8, mut a: D, mut b: D) -> Answer {
    keep(&how);
    pause().await;
    a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
    Ok(())
}

@
async fn at_once_mutable(how: u8, mut a: D, mut b: D) -> Answer {
    a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
    Ok(())
}

@
fn sync_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
async fn async_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
async fn at_once_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
fn sync_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
async fn async_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
async fn at_once_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
fn sync_branches(how: u8, a: D, b: D, c: D) -> Answer {
    if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
    Ok(())
}

@
async fn async_branches(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
    Ok(())
}

@
async fn at_once_branches(how: u8, a: D, b: D, c: D) -> Answer {
    if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
    Ok(())
}

@
fn sync_captured(how: u8, a: D, b: D, c: D) -> Answer {
    let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_captured(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_captured(how: u8, a: D, b: D, c: D) -> Answer {
    let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

@
async fn async_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    keep(&how);
    pause().await;
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

@
async fn at_once_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

struct Own {
    a: D,
    b: D,
}

fn own() -> Own {
    Own { a: D("own.a"), b: D("own.b") }
}

impl Own {
    @
    fn sync_used(self, how: u8, a: D, b: D) -> Answer {
        keep(&self); keep(&a); keep(&b); step(how)?;
        Ok(())
    }

    @
    async fn async_used(self, how: u8, a: D, b: D) -> Answer {
        pause().await;
        keep(&self); keep(&a); keep(&b); step(how)?;
        Ok(())
    }

    @
    fn sync_unused(self, how: u8, _a: D, b: D) -> Answer {
        step(how)?;
        Ok(())
    }

    @
    async fn async_unused(self, how: u8, _a: D, b: D) -> Answer {
        pause().await;
        step(how)?;
        Ok(())
    }

    @
    fn sync_fields(self, how: u8, c: D) -> Answer {
        keep(&self.b); step(how)?; keep(&c); keep(&self.a);
        Ok(())
    }

    @
    async fn async_fields(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&self.b); step(how)?; keep(&c); keep(&self.a);
        Ok(())
    }

    @
    fn sync_consumed(self, how: u8, c: D) -> Answer {
        keep(&c); step(how)?; consume(self);
        Ok(())
    }

    @
    async fn async_consumed(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&c); step(how)?; consume(self);
        Ok(())
    }

    @
    fn sync_field_consumed(self, how: u8, c: D) -> Answer {
        keep(&c); step(how)?; consume(self.b);
        Ok(())
    }

    @
    async fn async_field_consumed(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&c); step(how)?; consume(self.b);
        Ok(())
    }

    @
    fn sync_alone(self, how: u8) -> Answer {
        step(how)?; keep(&self.b);
        Ok(())
    }

    @
    async fn async_alone(self, how: u8) -> Answer {
        pause().await;
        step(how)?; keep(&self.b);
        Ok(())
    }

    @
    fn sync_boxed(self: Box<Self>, how: u8, c: D, (d, _): (D, D)) -> Answer {
        step(how)?; keep(&d); keep(&c); keep(&self);
        Ok(())
    }

    @
    async fn async_boxed(self: Box<Self>, how: u8, c: D, (d, _): (D, D)) -> Answer {
        pause().await;
        step(how)?; keep(&d); keep(&c); keep(&self);
        Ok(())
    }

    @
    fn sync_borrowed(&self, how: u8, a: D, b: D) -> Answer {
        step(how)?; keep(&b); keep(&a); keep(self);
        Ok(())
    }

    @
    async fn async_borrowed(&self, how: u8, a: D, b: D) -> Answer {
        pause().await;
        step(how)?; keep(&b); keep(&a); keep(self);
        Ok(())
    }

}

@
fn sync_one_beside_text(how: u8, name: &str, a: D, text: String) -> Answer {
    keep(&name); step(how)?; consume(text); step(how)?; consume(a);
    Ok(())
}

@
async fn at_once_one_beside_text(how: u8, name: &str, a: D, text: String) -> Answer {
    keep(&name); step(how)?; consume(text); step(how)?; consume(a);
    Ok(())
}

pub fn run() {
    sync("sync_used", &[0, 1, 2], |how| sync_used(how, D("a"), D("b"), D("c")));
    future("async_used", &[0, 1, 2], |how| async_used(how, D("a"), D("b"), D("c")));
    future("at_once_used", &[0, 1, 2], |how| at_once_used(how, D("a"), D("b"), D("c")));
    sync("sync_used_otherwise", &[0, 1, 2], |how| sync_used_otherwise(how, D("a"), D("b"), D("c")));
    future("async_used_otherwise", &[0, 1, 2], |how| async_used_otherwise(how, D("a"), D("b"), D("c")));
    future("at_once_used_otherwise", &[0, 1, 2], |how| at_once_used_otherwise(how, D("a"), D("b"), D("c")));
    sync("sync_unused", &[0, 1, 2], |how| sync_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("async_unused", &[0, 1, 2], |how| async_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("at_once_unused", &[0, 1, 2], |how| at_once_unused(how, D("a"), D("b"), D("c"), D("d")));
    sync("sync_wild", &[0, 1, 2], |how| sync_wild(how, D("a"), D("b"), D("c")));
    future("async_wild", &[0, 1, 2], |how| async_wild(how, D("a"), D("b"), D("c")));
    future("at_once_wild", &[0, 1, 2], |how| at_once_wild(how, D("a"), D("b"), D("c")));
    sync("sync_all_unused", &[0, 1, 2], |how| sync_all_unused(how, D("a"), D("b"), D("c")));
    future("async_all_unused", &[0, 1, 2], |how| async_all_unused(how, D("a"), D("b"), D("c")));
    future("at_once_all_unused", &[0, 1, 2], |how| at_once_all_unused(how, D("a"), D("b"), D("c")));
    sync("sync_lock_and_writer", &[0, 1, 2], |how| sync_lock_and_writer(how, D("lock"), D("writer")));
    future("async_lock_and_writer", &[0, 1, 2], |how| async_lock_and_writer(how, D("lock"), D("writer")));
    future("at_once_lock_and_writer", &[0, 1, 2], |how| at_once_lock_and_writer(how, D("lock"), D("writer")));
    sync("sync_consumed_first", &[0, 1, 2], |how| sync_consumed_first(how, D("a"), D("b"), D("c")));
    future("async_consumed_first", &[0, 1, 2], |how| async_consumed_first(how, D("a"), D("b"), D("c")));
    future("at_once_consumed_first", &[0, 1, 2], |how| at_once_consumed_first(how, D("a"), D("b"), D("c")));
    sync("sync_consumed_last", &[0, 1, 2], |how| sync_consumed_last(how, D("a"), D("b"), D("c")));
    future("async_consumed_last", &[0, 1, 2], |how| async_consumed_last(how, D("a"), D("b"), D("c")));
    future("at_once_consumed_last", &[0, 1, 2], |how| at_once_consumed_last(how, D("a"), D("b"), D("c")));
    sync("sync_moved_to_local", &[0, 1, 2], |how| sync_moved_to_local(how, D("a"), D("b"), D("c")));
    future("async_moved_to_local", &[0, 1, 2], |how| async_moved_to_local(how, D("a"), D("b"), D("c")));
    future("at_once_moved_to_local", &[0, 1, 2], |how| at_once_moved_to_local(how, D("a"), D("b"), D("c")));
    sync("sync_locals", &[0, 1, 2], |how| sync_locals(how, D("a"), D("b")));
    future("async_locals", &[0, 1, 2], |how| async_locals(how, D("a"), D("b")));
    future("at_once_locals", &[0, 1, 2], |how| at_once_locals(how, D("a"), D("b")));
    sync("sync_one", &[0, 1, 2], |how| sync_one(how, D("a")));
    sync("sync_one_beside_text", &[0, 1, 2], |how| sync_one_beside_text(how, "", D("a"), String::new()));
    future("at_once_one_beside_text", &[0, 1, 2], |how| at_once_one_beside_text(how, "", D("a"), String::new()));
    future("async_one", &[0, 1, 2], |how| async_one(how, D("a")));
    future("at_once_one", &[0, 1, 2], |how| at_once_one(how, D("a")));
    sync("sync_one_consumed", &[0, 1, 2], |how| sync_one_consumed(how, D("a")));
    future("async_one_consumed", &[0, 1, 2], |how| async_one_consumed(how, D("a")));
    future("at_once_one_consumed", &[0, 1, 2], |how| at_once_one_consumed(how, D("a")));
    sync("sync_one_split", &[0, 1, 2], |how| sync_one_split(how, Pair::new()));
    future("async_one_split", &[0, 1, 2], |how| async_one_split(how, Pair::new()));
    future("at_once_one_split", &[0, 1, 2], |how| at_once_one_split(how, Pair::new()));
    sync("sync_fields", &[0, 1, 2], |how| sync_fields(how, Pair::new(), D("c")));
    future("async_fields", &[0, 1, 2], |how| async_fields(how, Pair::new(), D("c")));
    future("at_once_fields", &[0, 1, 2], |how| at_once_fields(how, Pair::new(), D("c")));
    sync("sync_field_consumed", &[0, 1, 2], |how| sync_field_consumed(how, D("c"), Pair::new()));
    future("async_field_consumed", &[0, 1, 2], |how| async_field_consumed(how, D("c"), Pair::new()));
    future("at_once_field_consumed", &[0, 1, 2], |how| at_once_field_consumed(how, D("c"), Pair::new()));
    sync("sync_tuple", &[0, 1, 2], |how| sync_tuple(how, (D("a"), D("b")), D("c")));
    future("async_tuple", &[0, 1, 2], |how| async_tuple(how, (D("a"), D("b")), D("c")));
    future("at_once_tuple", &[0, 1, 2], |how| at_once_tuple(how, (D("a"), D("b")), D("c")));
    sync("sync_tuple_rest", &[0, 1, 2], |how| sync_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("async_tuple_rest", &[0, 1, 2], |how| async_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("at_once_tuple_rest", &[0, 1, 2], |how| at_once_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    sync("sync_tuples", &[0, 1, 2], |how| sync_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("async_tuples", &[0, 1, 2], |how| async_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("at_once_tuples", &[0, 1, 2], |how| at_once_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    sync("sync_tuple_unused", &[0, 1, 2], |how| sync_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("async_tuple_unused", &[0, 1, 2], |how| async_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("at_once_tuple_unused", &[0, 1, 2], |how| at_once_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    sync("sync_structure", &[0, 1, 2], |how| sync_structure(how, Pair::new(), D("c")));
    future("async_structure", &[0, 1, 2], |how| async_structure(how, Pair::new(), D("c")));
    future("at_once_structure", &[0, 1, 2], |how| at_once_structure(how, Pair::new(), D("c")));
    sync("sync_structure_first_last", &[0, 1, 2], |how| sync_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("async_structure_first_last", &[0, 1, 2], |how| async_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("at_once_structure_first_last", &[0, 1, 2], |how| at_once_structure_first_last(how, D("c"), Pair::new(), D("d")));
    sync("sync_mutable", &[0, 1, 2], |how| sync_mutable(how, D("a"), D("b")));
    future("async_mutable", &[0, 1, 2], |how| async_mutable(how, D("a"), D("b")));
    future("at_once_mutable", &[0, 1, 2], |how| at_once_mutable(how, D("a"), D("b")));
    sync("sync_references", &[0, 1, 2], |how| sync_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    future("async_references", &[0, 1, 2], |how| async_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    future("at_once_references", &[0, 1, 2], |how| at_once_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    sync("sync_boxed", &[0, 1, 2], |how| sync_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("async_boxed", &[0, 1, 2], |how| async_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("at_once_boxed", &[0, 1, 2], |how| at_once_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    sync("sync_generic", &[0, 1, 2], |how| sync_generic(how, D("a"), (D("b"), 1), "text"));
    future("async_generic", &[0, 1, 2], |how| async_generic(how, D("a"), (D("b"), 1), "text"));
    future("at_once_generic", &[0, 1, 2], |how| at_once_generic(how, D("a"), (D("b"), 1), "text"));
    sync("sync_branches", &[0, 1, 2], |how| sync_branches(how, D("a"), D("b"), D("c")));
    future("async_branches", &[0, 1, 2], |how| async_branches(how, D("a"), D("b"), D("c")));
    future("at_once_branches", &[0, 1, 2], |how| at_once_branches(how, D("a"), D("b"), D("c")));
    sync("sync_captured", &[0, 1, 2], |how| sync_captured(how, D("a"), D("b"), D("c")));
    future("async_captured", &[0, 1, 2], |how| async_captured(how, D("a"), D("b"), D("c")));
    future("at_once_captured", &[0, 1, 2], |how| at_once_captured(how, D("a"), D("b"), D("c")));
    sync("sync_shared", &[0, 1, 2], |how| sync_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("async_shared", &[0, 1, 2], |how| async_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("at_once_shared", &[0, 1, 2], |how| at_once_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    sync("sync_self_used", &[0, 1, 2], |how| own().sync_used(how, D("a"), D("b")));
    future("async_self_used", &[0, 1, 2], |how| own().async_used(how, D("a"), D("b")));
    sync("sync_self_unused", &[0, 1, 2], |how| own().sync_unused(how, D("a"), D("b")));
    future("async_self_unused", &[0, 1, 2], |how| own().async_unused(how, D("a"), D("b")));
    sync("sync_self_fields", &[0, 1, 2], |how| own().sync_fields(how, D("c")));
    future("async_self_fields", &[0, 1, 2], |how| own().async_fields(how, D("c")));
    sync("sync_self_consumed", &[0, 1, 2], |how| own().sync_consumed(how, D("c")));
    future("async_self_consumed", &[0, 1, 2], |how| own().async_consumed(how, D("c")));
    sync("sync_self_field_consumed", &[0, 1, 2], |how| own().sync_field_consumed(how, D("c")));
    future("async_self_field_consumed", &[0, 1, 2], |how| own().async_field_consumed(how, D("c")));
    sync("sync_self_alone", &[0, 1, 2], |how| own().sync_alone(how));
    future("async_self_alone", &[0, 1, 2], |how| own().async_alone(how));
    sync("sync_self_boxed", &[0, 1, 2], |how| Box::new(own()).sync_boxed(how, D("c"), (D("d"), D("rest"))));
    future("async_self_boxed", &[0, 1, 2], |how| Box::new(own()).async_boxed(how, D("c"), (D("d"), D("rest"))));
    sync("sync_self_borrowed", &[0, 1, 2], |how| own().sync_borrowed(how, D("a"), D("b")));
    future("async_self_borrowed", &[0, 1, 2], |how| async move { own().async_borrowed(how, D("a"), D("b")).await });
}

// case: with_fallback
// with: failure_threshold = 1_000_000, fallback = |_| Err(Error) | failure_threshold = 1_000_000, fallback = Err(Error), key = some_key() | failure_threshold = 1_000_000, fallback = Err(Error), last_good(key = some_key())
@
fn sync_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn async_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn at_once_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
fn sync_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn async_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn at_once_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
fn sync_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
async fn async_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
async fn at_once_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
fn sync_wild(how: u8, a: D, _: D, c: D) -> Answer {
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_wild(how: u8, a: D, _: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_wild(how: u8, a: D, _: D, c: D) -> Answer {
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
async fn async_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?;
    Ok(())
}

@
async fn at_once_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
fn sync_lock_and_writer(how: u8, lock: D, writer: D) -> Answer {
    keep(&writer); step(how)?; consume(lock);
    Ok(())
}

@
async fn async_lock_and_writer(how: u8, lock: D, writer: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&writer); step(how)?; consume(lock);
    Ok(())
}

@
async fn at_once_lock_and_writer(how: u8, lock: D, writer: D) -> Answer {
    keep(&writer); step(how)?; consume(lock);
    Ok(())
}

@
fn sync_consumed_first(how: u8, a: D, b: D, c: D) -> Answer {
    consume(a); step(how)?; keep(&c); keep(&b);
    Ok(())
}

@
async fn async_consumed_first(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    consume(a); step(how)?; keep(&c); keep(&b);
    Ok(())
}

@
async fn at_once_consumed_first(how: u8, a: D, b: D, c: D) -> Answer {
    consume(a); step(how)?; keep(&c); keep(&b);
    Ok(())
}

@
fn sync_consumed_last(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&b); step(how)?; consume(a); consume(c);
    Ok(())
}

@
async fn async_consumed_last(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; consume(a); consume(c);
    Ok(())
}

@
async fn at_once_consumed_last(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&b); step(how)?; consume(a); consume(c);
    Ok(())
}

@
fn sync_moved_to_local(how: u8, a: D, b: D, c: D) -> Answer {
    let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
    Ok(())
}

@
async fn async_moved_to_local(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
    Ok(())
}

@
async fn at_once_moved_to_local(how: u8, a: D, b: D, c: D) -> Answer {
    let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
    Ok(())
}

@
fn sync_locals(how: u8, a: D, b: D) -> Answer {
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
async fn async_locals(how: u8, a: D, b: D) -> Answer {
    keep(&how);
    pause().await;
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
async fn at_once_locals(how: u8, a: D, b: D) -> Answer {
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
fn sync_one(how: u8, a: D) -> Answer {
    step(how)?; keep(&a);
    Ok(())
}

@
async fn async_one(how: u8, a: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&a);
    Ok(())
}

@
async fn at_once_one(how: u8, a: D) -> Answer {
    step(how)?; keep(&a);
    Ok(())
}

@
fn sync_one_consumed(how: u8, a: D) -> Answer {
    step(how)?; consume(a);
    Ok(())
}

@
async fn async_one_consumed(how: u8, a: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; consume(a);
    Ok(())
}

@
async fn at_once_one_consumed(how: u8, a: D) -> Answer {
    step(how)?; consume(a);
    Ok(())
}

@
fn sync_one_split(how: u8, pair: Pair) -> Answer {
    keep(&pair.b); step(how)?; consume(pair.b);
    Ok(())
}

@
async fn async_one_split(how: u8, pair: Pair) -> Answer {
    keep(&how);
    pause().await;
    keep(&pair.b); step(how)?; consume(pair.b);
    Ok(())
}

@
async fn at_once_one_split(how: u8, pair: Pair) -> Answer {
    keep(&pair.b); step(how)?; consume(pair.b);
    Ok(())
}

@
fn sync_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
async fn async_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
async fn at_once_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
fn sync_field_consumed(how: u8, c: D, pair: Pair) -> Answer {
    step(how)?; keep(&c); consume(pair.b);
    Ok(())
}

@
async fn async_field_consumed(how: u8, c: D, pair: Pair) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); consume(pair.b);
    Ok(())
}

@
async fn at_once_field_consumed(how: u8, c: D, pair: Pair) -> Answer {
    step(how)?; keep(&c); consume(pair.b);
    Ok(())
}

@
fn sync_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
async fn async_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
async fn at_once_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
fn sync_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
async fn async_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
async fn at_once_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
fn sync_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
async fn async_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
async fn at_once_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
fn sync_mutable(how: u8, mut a: D, mut b: D) -> Answer {
    a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
    Ok(())
}

@
async fn async_mutable(how: u8, mut a: D, mut b: D) -> Answer {
    keep(&how);
    pause().await;
    a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
    Ok(())
}

@
async fn at_once_mutable(how: u8, mut a: D, mut b: D) -> Answer {
    a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
    Ok(())
}

@
fn sync_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
async fn async_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
async fn at_once_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
fn sync_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
async fn async_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
async fn at_once_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
fn sync_branches(how: u8, a: D, b: D, c: D) -> Answer {
    if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
    Ok(())
}

@
async fn async_branches(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
    Ok(())
}

@
async fn at_once_branches(how: u8, a: D, b: D, c: D) -> Answer {
    if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
    Ok(())
}

@
fn sync_captured(how: u8, a: D, b: D, c: D) -> Answer {
    let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_captured(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_captured(how: u8, a: D, b: D, c: D) -> Answer {
    let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

@
async fn async_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    keep(&how);
    pause().await;
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

@
async fn at_once_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

struct Own {
    a: D,
    b: D,
}

fn own() -> Own {
    Own { a: D("own.a"), b: D("own.b") }
}

impl Own {
    @
    fn sync_used(self, how: u8, a: D, b: D) -> Answer {
        keep(&self); keep(&a); keep(&b); step(how)?;
        Ok(())
    }

    @
    async fn async_used(self, how: u8, a: D, b: D) -> Answer {
        pause().await;
        keep(&self); keep(&a); keep(&b); step(how)?;
        Ok(())
    }

    @
    fn sync_unused(self, how: u8, _a: D, b: D) -> Answer {
        step(how)?;
        Ok(())
    }

    @
    async fn async_unused(self, how: u8, _a: D, b: D) -> Answer {
        pause().await;
        step(how)?;
        Ok(())
    }

    @
    fn sync_fields(self, how: u8, c: D) -> Answer {
        keep(&self.b); step(how)?; keep(&c); keep(&self.a);
        Ok(())
    }

    @
    async fn async_fields(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&self.b); step(how)?; keep(&c); keep(&self.a);
        Ok(())
    }

    @
    fn sync_consumed(self, how: u8, c: D) -> Answer {
        keep(&c); step(how)?; consume(self);
        Ok(())
    }

    @
    async fn async_consumed(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&c); step(how)?; consume(self);
        Ok(())
    }

    @
    fn sync_field_consumed(self, how: u8, c: D) -> Answer {
        keep(&c); step(how)?; consume(self.b);
        Ok(())
    }

    @
    async fn async_field_consumed(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&c); step(how)?; consume(self.b);
        Ok(())
    }

    @
    fn sync_alone(self, how: u8) -> Answer {
        step(how)?; keep(&self.b);
        Ok(())
    }

    @
    async fn async_alone(self, how: u8) -> Answer {
        pause().await;
        step(how)?; keep(&self.b);
        Ok(())
    }

    @
    fn sync_boxed(self: Box<Self>, how: u8, c: D, (d, _): (D, D)) -> Answer {
        step(how)?; keep(&d); keep(&c); keep(&self);
        Ok(())
    }

    @
    async fn async_boxed(self: Box<Self>, how: u8, c: D, (d, _): (D, D)) -> Answer {
        pause().await;
        step(how)?; keep(&d); keep(&c); keep(&self);
        Ok(())
    }

    @
    fn sync_borrowed(&self, how: u8, a: D, b: D) -> Answer {
        step(how)?; keep(&b); keep(&a); keep(self);
        Ok(())
    }

    @
    async fn async_borrowed(&self, how: u8, a: D, b: D) -> Answer {
        pause().await;
        step(how)?; keep(&b); keep(&a); keep(self);
        Ok(())
    }

}

pub fn run() {
    sync("sync_used", &[0, 2], |how| sync_used(how, D("a"), D("b"), D("c")));
    future("async_used", &[0, 2], |how| async_used(how, D("a"), D("b"), D("c")));
    future("at_once_used", &[0, 2], |how| at_once_used(how, D("a"), D("b"), D("c")));
    sync("sync_used_otherwise", &[0, 2], |how| sync_used_otherwise(how, D("a"), D("b"), D("c")));
    future("async_used_otherwise", &[0, 2], |how| async_used_otherwise(how, D("a"), D("b"), D("c")));
    future("at_once_used_otherwise", &[0, 2], |how| at_once_used_otherwise(how, D("a"), D("b"), D("c")));
    sync("sync_unused", &[0, 2], |how| sync_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("async_unused", &[0, 2], |how| async_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("at_once_unused", &[0, 2], |how| at_once_unused(how, D("a"), D("b"), D("c"), D("d")));
    sync("sync_wild", &[0, 2], |how| sync_wild(how, D("a"), D("b"), D("c")));
    future("async_wild", &[0, 2], |how| async_wild(how, D("a"), D("b"), D("c")));
    future("at_once_wild", &[0, 2], |how| at_once_wild(how, D("a"), D("b"), D("c")));
    sync("sync_all_unused", &[0, 2], |how| sync_all_unused(how, D("a"), D("b"), D("c")));
    future("async_all_unused", &[0, 2], |how| async_all_unused(how, D("a"), D("b"), D("c")));
    future("at_once_all_unused", &[0, 2], |how| at_once_all_unused(how, D("a"), D("b"), D("c")));
    sync("sync_lock_and_writer", &[0, 2], |how| sync_lock_and_writer(how, D("lock"), D("writer")));
    future("async_lock_and_writer", &[0, 2], |how| async_lock_and_writer(how, D("lock"), D("writer")));
    future("at_once_lock_and_writer", &[0, 2], |how| at_once_lock_and_writer(how, D("lock"), D("writer")));
    sync("sync_consumed_first", &[0, 2], |how| sync_consumed_first(how, D("a"), D("b"), D("c")));
    future("async_consumed_first", &[0, 2], |how| async_consumed_first(how, D("a"), D("b"), D("c")));
    future("at_once_consumed_first", &[0, 2], |how| at_once_consumed_first(how, D("a"), D("b"), D("c")));
    sync("sync_consumed_last", &[0, 2], |how| sync_consumed_last(how, D("a"), D("b"), D("c")));
    future("async_consumed_last", &[0, 2], |how| async_consumed_last(how, D("a"), D("b"), D("c")));
    future("at_once_consumed_last", &[0, 2], |how| at_once_consumed_last(how, D("a"), D("b"), D("c")));
    sync("sync_moved_to_local", &[0, 2], |how| sync_moved_to_local(how, D("a"), D("b"), D("c")));
    future("async_moved_to_local", &[0, 2], |how| async_moved_to_local(how, D("a"), D("b"), D("c")));
    future("at_once_moved_to_local", &[0, 2], |how| at_once_moved_to_local(how, D("a"), D("b"), D("c")));
    sync("sync_locals", &[0, 2], |how| sync_locals(how, D("a"), D("b")));
    future("async_locals", &[0, 2], |how| async_locals(how, D("a"), D("b")));
    future("at_once_locals", &[0, 2], |how| at_once_locals(how, D("a"), D("b")));
    sync("sync_one", &[0, 2], |how| sync_one(how, D("a")));
    future("async_one", &[0, 2], |how| async_one(how, D("a")));
    future("at_once_one", &[0, 2], |how| at_once_one(how, D("a")));
    sync("sync_one_consumed", &[0, 2], |how| sync_one_consumed(how, D("a")));
    future("async_one_consumed", &[0, 2], |how| async_one_consumed(how, D("a")));
    future("at_once_one_consumed", &[0, 2], |how| at_once_one_consumed(how, D("a")));
    sync("sync_one_split", &[0, 2], |how| sync_one_split(how, Pair::new()));
    future("async_one_split", &[0, 2], |how| async_one_split(how, Pair::new()));
    future("at_once_one_split", &[0, 2], |how| at_once_one_split(how, Pair::new()));
    sync("sync_fields", &[0, 2], |how| sync_fields(how, Pair::new(), D("c")));
    future("async_fields", &[0, 2], |how| async_fields(how, Pair::new(), D("c")));
    future("at_once_fields", &[0, 2], |how| at_once_fields(how, Pair::new(), D("c")));
    sync("sync_field_consumed", &[0, 2], |how| sync_field_consumed(how, D("c"), Pair::new()));
    future("async_field_consumed", &[0, 2], |how| async_field_consumed(how, D("c"), Pair::new()));
    future("at_once_field_consumed", &[0, 2], |how| at_once_field_consumed(how, D("c"), Pair::new()));
    sync("sync_tuple", &[0, 2], |how| sync_tuple(how, (D("a"), D("b")), D("c")));
    future("async_tuple", &[0, 2], |how| async_tuple(how, (D("a"), D("b")), D("c")));
    future("at_once_tuple", &[0, 2], |how| at_once_tuple(how, (D("a"), D("b")), D("c")));
    sync("sync_tuple_rest", &[0, 2], |how| sync_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("async_tuple_rest", &[0, 2], |how| async_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("at_once_tuple_rest", &[0, 2], |how| at_once_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    sync("sync_tuples", &[0, 2], |how| sync_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("async_tuples", &[0, 2], |how| async_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("at_once_tuples", &[0, 2], |how| at_once_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    sync("sync_tuple_unused", &[0, 2], |how| sync_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("async_tuple_unused", &[0, 2], |how| async_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("at_once_tuple_unused", &[0, 2], |how| at_once_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    sync("sync_structure", &[0, 2], |how| sync_structure(how, Pair::new(), D("c")));
    future("async_structure", &[0, 2], |how| async_structure(how, Pair::new(), D("c")));
    future("at_once_structure", &[0, 2], |how| at_once_structure(how, Pair::new(), D("c")));
    sync("sync_structure_first_last", &[0, 2], |how| sync_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("async_structure_first_last", &[0, 2], |how| async_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("at_once_structure_first_last", &[0, 2], |how| at_once_structure_first_last(how, D("c"), Pair::new(), D("d")));
    sync("sync_mutable", &[0, 2], |how| sync_mutable(how, D("a"), D("b")));
    future("async_mutable", &[0, 2], |how| async_mutable(how, D("a"), D("b")));
    future("at_once_mutable", &[0, 2], |how| at_once_mutable(how, D("a"), D("b")));
    sync("sync_references", &[0, 2], |how| sync_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    future("async_references", &[0, 2], |how| async_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    future("at_once_references", &[0, 2], |how| at_once_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    sync("sync_boxed", &[0, 2], |how| sync_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("async_boxed", &[0, 2], |how| async_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("at_once_boxed", &[0, 2], |how| at_once_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    sync("sync_generic", &[0, 2], |how| sync_generic(how, D("a"), (D("b"), 1), "text"));
    future("async_generic", &[0, 2], |how| async_generic(how, D("a"), (D("b"), 1), "text"));
    future("at_once_generic", &[0, 2], |how| at_once_generic(how, D("a"), (D("b"), 1), "text"));
    sync("sync_branches", &[0, 2], |how| sync_branches(how, D("a"), D("b"), D("c")));
    future("async_branches", &[0, 2], |how| async_branches(how, D("a"), D("b"), D("c")));
    future("at_once_branches", &[0, 2], |how| at_once_branches(how, D("a"), D("b"), D("c")));
    sync("sync_captured", &[0, 2], |how| sync_captured(how, D("a"), D("b"), D("c")));
    future("async_captured", &[0, 2], |how| async_captured(how, D("a"), D("b"), D("c")));
    future("at_once_captured", &[0, 2], |how| at_once_captured(how, D("a"), D("b"), D("c")));
    sync("sync_shared", &[0, 2], |how| sync_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("async_shared", &[0, 2], |how| async_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("at_once_shared", &[0, 2], |how| at_once_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    sync("sync_self_used", &[0, 2], |how| own().sync_used(how, D("a"), D("b")));
    future("async_self_used", &[0, 2], |how| own().async_used(how, D("a"), D("b")));
    sync("sync_self_unused", &[0, 2], |how| own().sync_unused(how, D("a"), D("b")));
    future("async_self_unused", &[0, 2], |how| own().async_unused(how, D("a"), D("b")));
    sync("sync_self_fields", &[0, 2], |how| own().sync_fields(how, D("c")));
    future("async_self_fields", &[0, 2], |how| own().async_fields(how, D("c")));
    sync("sync_self_consumed", &[0, 2], |how| own().sync_consumed(how, D("c")));
    future("async_self_consumed", &[0, 2], |how| own().async_consumed(how, D("c")));
    sync("sync_self_field_consumed", &[0, 2], |how| own().sync_field_consumed(how, D("c")));
    future("async_self_field_consumed", &[0, 2], |how| own().async_field_consumed(how, D("c")));
    sync("sync_self_alone", &[0, 2], |how| own().sync_alone(how));
    future("async_self_alone", &[0, 2], |how| own().async_alone(how));
    sync("sync_self_boxed", &[0, 2], |how| Box::new(own()).sync_boxed(how, D("c"), (D("d"), D("rest"))));
    future("async_self_boxed", &[0, 2], |how| Box::new(own()).async_boxed(how, D("c"), (D("d"), D("rest"))));
    sync("sync_self_borrowed", &[0, 2], |how| own().sync_borrowed(how, D("a"), D("b")));
    future("async_self_borrowed", &[0, 2], |how| async move { own().async_borrowed(how, D("a"), D("b")).await });
}

// case: with_retry
// with: failure_threshold = 1_000_000, retry(attempts = 2, if = |_| false)
@
fn sync_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn async_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn at_once_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
fn sync_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn async_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn at_once_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
fn sync_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
async fn async_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
async fn at_once_unused(how: u8, a: D, b: D, _c: D, d: D) -> Answer {
    keep(&a); step(how)?; keep(&d);
    Ok(())
}

@
fn sync_wild(how: u8, a: D, _: D, c: D) -> Answer {
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_wild(how: u8, a: D, _: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_wild(how: u8, a: D, _: D, c: D) -> Answer {
    step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
async fn async_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?;
    Ok(())
}

@
async fn at_once_all_unused(how: u8, _a: D, _: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
fn sync_locals(how: u8, a: D, b: D) -> Answer {
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
async fn async_locals(how: u8, a: D, b: D) -> Answer {
    keep(&how);
    pause().await;
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
async fn at_once_locals(how: u8, a: D, b: D) -> Answer {
    let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
    Ok(())
}

@
fn sync_one(how: u8, a: D) -> Answer {
    step(how)?; keep(&a);
    Ok(())
}

@
async fn async_one(how: u8, a: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&a);
    Ok(())
}

@
async fn at_once_one(how: u8, a: D) -> Answer {
    step(how)?; keep(&a);
    Ok(())
}

@
fn sync_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
async fn async_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
async fn at_once_fields(how: u8, pair: Pair, c: D) -> Answer {
    keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
    Ok(())
}

@
fn sync_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn async_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
async fn at_once_tuple(how: u8, (a, b): (D, D), c: D) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&c);
    Ok(())
}

@
fn sync_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Answer {
    step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
async fn async_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
async fn at_once_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Answer {
    step(how)?; keep(&b); keep(&d);
    Ok(())
}

@
fn sync_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
async fn async_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
async fn at_once_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Answer {
    step(how)?; keep(&c); keep(&a);
    Ok(())
}

@
fn sync_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
async fn async_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
async fn at_once_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Answer {
    step(how)?; keep(&c); keep(&b); keep(&d);
    Ok(())
}

@
fn sync_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
async fn async_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    keep(&how);
    pause().await;
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
async fn at_once_references(how: u8, a: D, ref b: D, (ref c, d): (D, D), e: D) -> Answer {
    step(how)?; keep(b); keep(c); keep(&d); keep(&a); keep(&e);
    Ok(())
}

@
fn sync_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn async_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&how);
    pause().await;
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
async fn at_once_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Answer {
    keep(&c); step(how)?; keep(&b); keep(&a);
    Ok(())
}

@
fn sync_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
async fn async_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&how);
    pause().await;
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
async fn at_once_generic(how: u8, a: impl Drop, b: (D, u8), text: &str) -> Answer {
    keep(&b); step(how)?; keep(&a); keep(&text);
    Ok(())
}

@
fn sync_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

@
async fn async_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    keep(&how);
    pause().await;
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

@
async fn at_once_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Answer {
    let again = a.clone(); step(how)?; keep(&again); keep(&b);
    Ok(())
}

struct Own {
    a: D,
    b: D,
}

fn own() -> Own {
    Own { a: D("own.a"), b: D("own.b") }
}

impl Own {
    @
    fn sync_used(self, how: u8, a: D, b: D) -> Answer {
        keep(&self); keep(&a); keep(&b); step(how)?;
        Ok(())
    }

    @
    async fn async_used(self, how: u8, a: D, b: D) -> Answer {
        pause().await;
        keep(&self); keep(&a); keep(&b); step(how)?;
        Ok(())
    }

    @
    fn sync_unused(self, how: u8, _a: D, b: D) -> Answer {
        step(how)?;
        Ok(())
    }

    @
    async fn async_unused(self, how: u8, _a: D, b: D) -> Answer {
        pause().await;
        step(how)?;
        Ok(())
    }

    @
    fn sync_fields(self, how: u8, c: D) -> Answer {
        keep(&self.b); step(how)?; keep(&c); keep(&self.a);
        Ok(())
    }

    @
    async fn async_fields(self, how: u8, c: D) -> Answer {
        pause().await;
        keep(&self.b); step(how)?; keep(&c); keep(&self.a);
        Ok(())
    }

    @
    fn sync_alone(self, how: u8) -> Answer {
        step(how)?; keep(&self.b);
        Ok(())
    }

    @
    async fn async_alone(self, how: u8) -> Answer {
        pause().await;
        step(how)?; keep(&self.b);
        Ok(())
    }

    @
    fn sync_boxed(self: Box<Self>, how: u8, c: D, (d, _): (D, D)) -> Answer {
        step(how)?; keep(&d); keep(&c); keep(&self);
        Ok(())
    }

    @
    async fn async_boxed(self: Box<Self>, how: u8, c: D, (d, _): (D, D)) -> Answer {
        pause().await;
        step(how)?; keep(&d); keep(&c); keep(&self);
        Ok(())
    }

    @
    fn sync_borrowed(&self, how: u8, a: D, b: D) -> Answer {
        step(how)?; keep(&b); keep(&a); keep(self);
        Ok(())
    }

    @
    async fn async_borrowed(&self, how: u8, a: D, b: D) -> Answer {
        pause().await;
        step(how)?; keep(&b); keep(&a); keep(self);
        Ok(())
    }

}

pub fn run() {
    sync("sync_used", &[0, 1, 2], |how| sync_used(how, D("a"), D("b"), D("c")));
    future("async_used", &[0, 1, 2], |how| async_used(how, D("a"), D("b"), D("c")));
    future("at_once_used", &[0, 1, 2], |how| at_once_used(how, D("a"), D("b"), D("c")));
    sync("sync_used_otherwise", &[0, 1, 2], |how| sync_used_otherwise(how, D("a"), D("b"), D("c")));
    future("async_used_otherwise", &[0, 1, 2], |how| async_used_otherwise(how, D("a"), D("b"), D("c")));
    future("at_once_used_otherwise", &[0, 1, 2], |how| at_once_used_otherwise(how, D("a"), D("b"), D("c")));
    sync("sync_unused", &[0, 1, 2], |how| sync_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("async_unused", &[0, 1, 2], |how| async_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("at_once_unused", &[0, 1, 2], |how| at_once_unused(how, D("a"), D("b"), D("c"), D("d")));
    sync("sync_wild", &[0, 1, 2], |how| sync_wild(how, D("a"), D("b"), D("c")));
    future("async_wild", &[0, 1, 2], |how| async_wild(how, D("a"), D("b"), D("c")));
    future("at_once_wild", &[0, 1, 2], |how| at_once_wild(how, D("a"), D("b"), D("c")));
    sync("sync_all_unused", &[0, 1, 2], |how| sync_all_unused(how, D("a"), D("b"), D("c")));
    future("async_all_unused", &[0, 1, 2], |how| async_all_unused(how, D("a"), D("b"), D("c")));
    future("at_once_all_unused", &[0, 1, 2], |how| at_once_all_unused(how, D("a"), D("b"), D("c")));
    sync("sync_locals", &[0, 1, 2], |how| sync_locals(how, D("a"), D("b")));
    future("async_locals", &[0, 1, 2], |how| async_locals(how, D("a"), D("b")));
    future("at_once_locals", &[0, 1, 2], |how| at_once_locals(how, D("a"), D("b")));
    sync("sync_one", &[0, 1, 2], |how| sync_one(how, D("a")));
    future("async_one", &[0, 1, 2], |how| async_one(how, D("a")));
    future("at_once_one", &[0, 1, 2], |how| at_once_one(how, D("a")));
    sync("sync_fields", &[0, 1, 2], |how| sync_fields(how, Pair::new(), D("c")));
    future("async_fields", &[0, 1, 2], |how| async_fields(how, Pair::new(), D("c")));
    future("at_once_fields", &[0, 1, 2], |how| at_once_fields(how, Pair::new(), D("c")));
    sync("sync_tuple", &[0, 1, 2], |how| sync_tuple(how, (D("a"), D("b")), D("c")));
    future("async_tuple", &[0, 1, 2], |how| async_tuple(how, (D("a"), D("b")), D("c")));
    future("at_once_tuple", &[0, 1, 2], |how| at_once_tuple(how, (D("a"), D("b")), D("c")));
    sync("sync_tuple_rest", &[0, 1, 2], |how| sync_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("async_tuple_rest", &[0, 1, 2], |how| async_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("at_once_tuple_rest", &[0, 1, 2], |how| at_once_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    sync("sync_tuples", &[0, 1, 2], |how| sync_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("async_tuples", &[0, 1, 2], |how| async_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("at_once_tuples", &[0, 1, 2], |how| at_once_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    sync("sync_tuple_unused", &[0, 1, 2], |how| sync_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("async_tuple_unused", &[0, 1, 2], |how| async_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("at_once_tuple_unused", &[0, 1, 2], |how| at_once_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    sync("sync_structure", &[0, 1, 2], |how| sync_structure(how, Pair::new(), D("c")));
    future("async_structure", &[0, 1, 2], |how| async_structure(how, Pair::new(), D("c")));
    future("at_once_structure", &[0, 1, 2], |how| at_once_structure(how, Pair::new(), D("c")));
    sync("sync_structure_first_last", &[0, 1, 2], |how| sync_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("async_structure_first_last", &[0, 1, 2], |how| async_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("at_once_structure_first_last", &[0, 1, 2], |how| at_once_structure_first_last(how, D("c"), Pair::new(), D("d")));
    sync("sync_references", &[0, 1, 2], |how| sync_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    future("async_references", &[0, 1, 2], |how| async_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    future("at_once_references", &[0, 1, 2], |how| at_once_references(how, D("a"), D("b"), (D("c"), D("d")), D("e")));
    sync("sync_boxed", &[0, 1, 2], |how| sync_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("async_boxed", &[0, 1, 2], |how| async_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("at_once_boxed", &[0, 1, 2], |how| at_once_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    sync("sync_generic", &[0, 1, 2], |how| sync_generic(how, D("a"), (D("b"), 1), "text"));
    future("async_generic", &[0, 1, 2], |how| async_generic(how, D("a"), (D("b"), 1), "text"));
    future("at_once_generic", &[0, 1, 2], |how| at_once_generic(how, D("a"), (D("b"), 1), "text"));
    sync("sync_shared", &[0, 1, 2], |how| sync_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("async_shared", &[0, 1, 2], |how| async_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("at_once_shared", &[0, 1, 2], |how| at_once_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    sync("sync_self_used", &[0, 1, 2], |how| own().sync_used(how, D("a"), D("b")));
    future("async_self_used", &[0, 1, 2], |how| own().async_used(how, D("a"), D("b")));
    sync("sync_self_unused", &[0, 1, 2], |how| own().sync_unused(how, D("a"), D("b")));
    future("async_self_unused", &[0, 1, 2], |how| own().async_unused(how, D("a"), D("b")));
    sync("sync_self_fields", &[0, 1, 2], |how| own().sync_fields(how, D("c")));
    future("async_self_fields", &[0, 1, 2], |how| own().async_fields(how, D("c")));
    sync("sync_self_alone", &[0, 1, 2], |how| own().sync_alone(how));
    future("async_self_alone", &[0, 1, 2], |how| own().async_alone(how));
    sync("sync_self_boxed", &[0, 1, 2], |how| Box::new(own()).sync_boxed(how, D("c"), (D("d"), D("rest"))));
    future("async_self_boxed", &[0, 1, 2], |how| Box::new(own()).async_boxed(how, D("c"), (D("d"), D("rest"))));
    sync("sync_self_borrowed", &[0, 1, 2], |how| own().sync_borrowed(how, D("a"), D("b")));
    future("async_self_borrowed", &[0, 1, 2], |how| async move { own().async_borrowed(how, D("a"), D("b")).await });
}

// case: with_fallback_path
// with: failure_threshold = 1_000_000, fallback = spare | failure_threshold = 1_000_000, fallback = spare, fallback_on = "failure" | failure_threshold = 1_000_000, fallback = spare, fallback_on = "rejection" | failure_threshold = 1_000_000, fallback = |_| spare(how, a, b, c) | failure_threshold = 1_000_000, retry(attempts = 2, if = |_| false), fallback = spare
fn spare(how: u8, a: D, b: D, c: D) -> Answer {
    Err(Error)
}

@
fn sync_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
async fn async_used(how: u8, a: D, b: D, c: D) -> Answer {
    pause().await;
    keep(&a); keep(&b); keep(&c); step(how)?;
    Ok(())
}

@
fn sync_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
async fn async_used_otherwise(how: u8, a: D, b: D, c: D) -> Answer {
    pause().await;
    keep(&c); keep(&a); step(how)?; keep(&b);
    Ok(())
}

@
fn sync_unused(how: u8, a: D, b: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

@
async fn async_unused(how: u8, a: D, b: D, c: D) -> Answer {
    pause().await;
    step(how)?;
    Ok(())
}

pub fn run() {
    sync("sync_used", &[0, 2], |how| sync_used(how, D("a"), D("b"), D("c")));
    future("async_used", &[0, 2], |how| async_used(how, D("a"), D("b"), D("c")));
    sync("sync_used_otherwise", &[0, 2], |how| sync_used_otherwise(how, D("a"), D("b"), D("c")));
    future("async_used_otherwise", &[0, 2], |how| async_used_otherwise(how, D("a"), D("b"), D("c")));
    sync("sync_unused", &[0, 2], |how| sync_unused(how, D("a"), D("b"), D("c")));
    future("async_unused", &[0, 2], |how| async_unused(how, D("a"), D("b"), D("c")));
}

// case: with_fallback_of_one
// with: failure_threshold = 1_000_000, fallback = |_| { consume(c); Err(Error) } | failure_threshold = 1_000_000, fallback = |_| { consume(a); Err(Error) }
@
fn sync_used(how: u8, a: D, b: D, c: D) -> Answer {
    keep(&b);
    keep(&a);
    step(how)?;
    keep(&c);
    Ok(())
}

@
fn sync_unused(how: u8, a: D, b: D, c: D) -> Answer {
    step(how)?;
    Ok(())
}

pub fn run() {
    sync("sync_used", &[0, 2], |how| sync_used(how, D("a"), D("b"), D("c")));
    sync("sync_unused", &[0, 2], |how| sync_unused(how, D("a"), D("b"), D("c")));
}

// case: futures
// with: failure_threshold = 1_000_000 | failure_threshold = 1_000_000, failure_if = Result::is_err | failure_threshold = 1_000_000, fallback = |_| Err(Error) | failure_threshold = 1_000_000, fallback = Err(Error), fallback_on = "rejection" | failure_threshold = 1_000_000, last_good(key = some_key())
@
fn future_used(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&a); keep(&b); keep(&c); step(how)?;
        Ok(())
    }
}

@
fn boxed_used(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&a); keep(&b); keep(&c); step(how)?;
        Ok(())
    })
}

@
fn future_used_otherwise(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&c); keep(&a); step(how)?; keep(&b);
        Ok(())
    }
}

@
fn boxed_used_otherwise(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&c); keep(&a); step(how)?; keep(&b);
        Ok(())
    })
}

@
fn future_unused(how: u8, a: D, b: D, _c: D, d: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&a); step(how)?; keep(&d);
        Ok(())
    }
}

@
fn boxed_unused(how: u8, a: D, b: D, _c: D, d: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&a); step(how)?; keep(&d);
        Ok(())
    })
}

@
fn future_wild(how: u8, a: D, _: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&a); keep(&c);
        Ok(())
    }
}

@
fn boxed_wild(how: u8, a: D, _: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&a); keep(&c);
        Ok(())
    })
}

@
fn future_all_unused(how: u8, _a: D, _: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?;
        Ok(())
    }
}

@
fn boxed_all_unused(how: u8, _a: D, _: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?;
        Ok(())
    })
}

@
fn future_lock_and_writer(how: u8, lock: D, writer: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&writer); step(how)?; consume(lock);
        Ok(())
    }
}

@
fn boxed_lock_and_writer(how: u8, lock: D, writer: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&writer); step(how)?; consume(lock);
        Ok(())
    })
}

@
fn future_consumed_first(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        consume(a); step(how)?; keep(&c); keep(&b);
        Ok(())
    }
}

@
fn boxed_consumed_first(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        consume(a); step(how)?; keep(&c); keep(&b);
        Ok(())
    })
}

@
fn future_consumed_last(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&b); step(how)?; consume(a); consume(c);
        Ok(())
    }
}

@
fn boxed_consumed_last(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&b); step(how)?; consume(a); consume(c);
        Ok(())
    })
}

@
fn future_moved_to_local(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
        Ok(())
    }
}

@
fn boxed_moved_to_local(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        let d = b; step(how)?; keep(&a); keep(&c); keep(&d);
        Ok(())
    })
}

@
fn future_locals(how: u8, a: D, b: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
        Ok(())
    }
}

@
fn boxed_locals(how: u8, a: D, b: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        let local = D("local"); keep(&a); step(how)?; let later = D("later"); keep(&b);
        Ok(())
    })
}

@
fn future_one(how: u8, a: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&a);
        Ok(())
    }
}

@
fn boxed_one(how: u8, a: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&a);
        Ok(())
    })
}

@
fn future_one_consumed(how: u8, a: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; consume(a);
        Ok(())
    }
}

@
fn boxed_one_consumed(how: u8, a: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; consume(a);
        Ok(())
    })
}

@
fn future_one_split(how: u8, pair: Pair) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&pair.b); step(how)?; consume(pair.b);
        Ok(())
    }
}

@
fn boxed_one_split(how: u8, pair: Pair) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&pair.b); step(how)?; consume(pair.b);
        Ok(())
    })
}

@
fn future_fields(how: u8, pair: Pair, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
        Ok(())
    }
}

@
fn boxed_fields(how: u8, pair: Pair, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&pair.b); step(how)?; keep(&c); keep(&pair.a);
        Ok(())
    })
}

@
fn future_field_consumed(how: u8, c: D, pair: Pair) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&c); consume(pair.b);
        Ok(())
    }
}

@
fn boxed_field_consumed(how: u8, c: D, pair: Pair) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&c); consume(pair.b);
        Ok(())
    })
}

@
fn future_tuple(how: u8, (a, b): (D, D), c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&b); step(how)?; keep(&a); keep(&c);
        Ok(())
    }
}

@
fn boxed_tuple(how: u8, (a, b): (D, D), c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&b); step(how)?; keep(&a); keep(&c);
        Ok(())
    })
}

@
fn future_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&c); step(how)?; keep(&b); keep(&a);
        Ok(())
    }
}

@
fn boxed_tuple_rest(how: u8, a: D, (b, _): (D, D), c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&c); step(how)?; keep(&b); keep(&a);
        Ok(())
    })
}

@
fn future_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&b); keep(&a);
        Ok(())
    }
}

@
fn boxed_tuples(how: u8, (a, _): (D, D), (_, b): (D, D)) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&b); keep(&a);
        Ok(())
    })
}

@
fn future_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&b); keep(&d);
        Ok(())
    }
}

@
fn boxed_tuple_unused(how: u8, a: D, (b, _c): (D, D), d: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&b); keep(&d);
        Ok(())
    })
}

@
fn future_structure(how: u8, Pair { a, .. }: Pair, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&c); keep(&a);
        Ok(())
    }
}

@
fn boxed_structure(how: u8, Pair { a, .. }: Pair, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&c); keep(&a);
        Ok(())
    })
}

@
fn future_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        step(how)?; keep(&c); keep(&b); keep(&d);
        Ok(())
    }
}

@
fn boxed_structure_first_last(how: u8, c: D, Pair { b, .. }: Pair, d: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        step(how)?; keep(&c); keep(&b); keep(&d);
        Ok(())
    })
}

@
fn future_mutable(how: u8, mut a: D, mut b: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
        Ok(())
    }
}

@
fn boxed_mutable(how: u8, mut a: D, mut b: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        a.0 = "a changed"; step(how)?; b = D("b changed"); keep(&a);
        Ok(())
    })
}

@
fn future_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        keep(&c); step(how)?; keep(&b); keep(&a);
        Ok(())
    }
}

@
fn boxed_boxed(how: u8, a: Box<D>, b: Option<D>, c: Vec<D>) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        keep(&c); step(how)?; keep(&b); keep(&a);
        Ok(())
    })
}

@
fn future_branches(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
        Ok(())
    }
}

@
fn boxed_branches(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        if how == 0 { consume(b); return Ok(()); } keep(&a); keep(&c); step(how)?;
        Ok(())
    })
}

@
fn future_captured(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
        Ok(())
    }
}

@
fn boxed_captured(how: u8, a: D, b: D, c: D) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        let closure = move || keep(&b); closure(); step(how)?; keep(&a); keep(&c);
        Ok(())
    })
}

@
fn future_shared(how: u8, a: Arc<D>, b: Arc<D>) -> impl Future<Output = Answer> {
    async move {
        pause().await;
        let again = a.clone(); step(how)?; keep(&again); keep(&b);
        Ok(())
    }
}

@
fn boxed_shared(how: u8, a: Arc<D>, b: Arc<D>) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    print!(" begun");
    Box::pin(async move {
        pause().await;
        let again = a.clone(); step(how)?; keep(&again); keep(&b);
        Ok(())
    })
}

@
fn eager_none(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    keep(&a);
    async move {
        step(how)?;
        Ok(())
    }
}

@
fn eager_one(how: u8, a: D, b: D, c: D) -> impl Future<Output = Answer> {
    consume(b);
    async move {
        step(how)?;
        Ok(())
    }
}

pub fn run() {
    future("future_used", &[0, 2], |how| future_used(how, D("a"), D("b"), D("c")));
    future("boxed_used", &[0, 2], |how| boxed_used(how, D("a"), D("b"), D("c")));
    future("future_used_otherwise", &[0, 2], |how| future_used_otherwise(how, D("a"), D("b"), D("c")));
    future("boxed_used_otherwise", &[0, 2], |how| boxed_used_otherwise(how, D("a"), D("b"), D("c")));
    future("future_unused", &[0, 2], |how| future_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("boxed_unused", &[0, 2], |how| boxed_unused(how, D("a"), D("b"), D("c"), D("d")));
    future("future_wild", &[0, 2], |how| future_wild(how, D("a"), D("b"), D("c")));
    future("boxed_wild", &[0, 2], |how| boxed_wild(how, D("a"), D("b"), D("c")));
    future("future_all_unused", &[0, 2], |how| future_all_unused(how, D("a"), D("b"), D("c")));
    future("boxed_all_unused", &[0, 2], |how| boxed_all_unused(how, D("a"), D("b"), D("c")));
    future("future_lock_and_writer", &[0, 2], |how| future_lock_and_writer(how, D("lock"), D("writer")));
    future("boxed_lock_and_writer", &[0, 2], |how| boxed_lock_and_writer(how, D("lock"), D("writer")));
    future("future_consumed_first", &[0, 2], |how| future_consumed_first(how, D("a"), D("b"), D("c")));
    future("boxed_consumed_first", &[0, 2], |how| boxed_consumed_first(how, D("a"), D("b"), D("c")));
    future("future_consumed_last", &[0, 2], |how| future_consumed_last(how, D("a"), D("b"), D("c")));
    future("boxed_consumed_last", &[0, 2], |how| boxed_consumed_last(how, D("a"), D("b"), D("c")));
    future("future_moved_to_local", &[0, 2], |how| future_moved_to_local(how, D("a"), D("b"), D("c")));
    future("boxed_moved_to_local", &[0, 2], |how| boxed_moved_to_local(how, D("a"), D("b"), D("c")));
    future("future_locals", &[0, 2], |how| future_locals(how, D("a"), D("b")));
    future("boxed_locals", &[0, 2], |how| boxed_locals(how, D("a"), D("b")));
    future("future_one", &[0, 2], |how| future_one(how, D("a")));
    future("boxed_one", &[0, 2], |how| boxed_one(how, D("a")));
    future("future_one_consumed", &[0, 2], |how| future_one_consumed(how, D("a")));
    future("boxed_one_consumed", &[0, 2], |how| boxed_one_consumed(how, D("a")));
    future("future_one_split", &[0, 2], |how| future_one_split(how, Pair::new()));
    future("boxed_one_split", &[0, 2], |how| boxed_one_split(how, Pair::new()));
    future("future_fields", &[0, 2], |how| future_fields(how, Pair::new(), D("c")));
    future("boxed_fields", &[0, 2], |how| boxed_fields(how, Pair::new(), D("c")));
    future("future_field_consumed", &[0, 2], |how| future_field_consumed(how, D("c"), Pair::new()));
    future("boxed_field_consumed", &[0, 2], |how| boxed_field_consumed(how, D("c"), Pair::new()));
    future("future_tuple", &[0, 2], |how| future_tuple(how, (D("a"), D("b")), D("c")));
    future("boxed_tuple", &[0, 2], |how| boxed_tuple(how, (D("a"), D("b")), D("c")));
    future("future_tuple_rest", &[0, 2], |how| future_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("boxed_tuple_rest", &[0, 2], |how| boxed_tuple_rest(how, D("a"), (D("b"), D("rest")), D("c")));
    future("future_tuples", &[0, 2], |how| future_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("boxed_tuples", &[0, 2], |how| boxed_tuples(how, (D("a"), D("a rest")), (D("b rest"), D("b"))));
    future("future_tuple_unused", &[0, 2], |how| future_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("boxed_tuple_unused", &[0, 2], |how| boxed_tuple_unused(how, D("a"), (D("b"), D("c")), D("d")));
    future("future_structure", &[0, 2], |how| future_structure(how, Pair::new(), D("c")));
    future("boxed_structure", &[0, 2], |how| boxed_structure(how, Pair::new(), D("c")));
    future("future_structure_first_last", &[0, 2], |how| future_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("boxed_structure_first_last", &[0, 2], |how| boxed_structure_first_last(how, D("c"), Pair::new(), D("d")));
    future("future_mutable", &[0, 2], |how| future_mutable(how, D("a"), D("b")));
    future("boxed_mutable", &[0, 2], |how| boxed_mutable(how, D("a"), D("b")));
    future("future_boxed", &[0, 2], |how| future_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("boxed_boxed", &[0, 2], |how| boxed_boxed(how, Box::new(D("a")), Some(D("b")), vec![D("c0"), D("c1")]));
    future("future_branches", &[0, 2], |how| future_branches(how, D("a"), D("b"), D("c")));
    future("boxed_branches", &[0, 2], |how| boxed_branches(how, D("a"), D("b"), D("c")));
    future("future_captured", &[0, 2], |how| future_captured(how, D("a"), D("b"), D("c")));
    future("boxed_captured", &[0, 2], |how| boxed_captured(how, D("a"), D("b"), D("c")));
    future("future_shared", &[0, 2], |how| future_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("boxed_shared", &[0, 2], |how| boxed_shared(how, Arc::new(D("a")), Arc::new(D("b"))));
    future("eager_none", &[0, 2], |how| eager_none(how, D("a"), D("b"), D("c")));
    future("eager_one", &[0, 2], |how| eager_one(how, D("a"), D("b"), D("c")));
}
