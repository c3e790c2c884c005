// case: eager
// with: failure_threshold = 1_000_000
// with: failure_threshold = 1_000_000, failure_if = Result::is_err
// with: failure_threshold = 1_000_000, fallback = |_| Err(Error)
// with: failure_threshold = 1_000_000, fallback = Err(Error), fallback_on = "rejection"
// with: failure_threshold = 1_000_000, last_good(key = some_key())
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
    future("eager_none", &[0, 2], |how| eager_none(how, D("a"), D("b"), D("c")));
    future("eager_one", &[0, 2], |how| eager_one(how, D("a"), D("b"), D("c")));
}
