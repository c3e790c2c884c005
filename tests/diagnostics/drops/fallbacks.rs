// case: with_fallback_path
// with: failure_threshold = 1_000_000, fallback = spare
// with: failure_threshold = 1_000_000, fallback = spare, fallback_on = "failure"
// with: failure_threshold = 1_000_000, fallback = spare, fallback_on = "rejection"
// with: failure_threshold = 1_000_000, fallback = |_| spare(how, a, b, c)
// with: failure_threshold = 1_000_000, retry(attempts = 2, if = |_| false), fallback = spare
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
// with: failure_threshold = 1_000_000, fallback = |_| { consume(c); Err(Error) }
// with: failure_threshold = 1_000_000, fallback = |_| { consume(a); Err(Error) }
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
