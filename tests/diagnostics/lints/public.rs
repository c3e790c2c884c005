// case: public
// with:
// with: timeout = "1s"
// with: fallback = |_cause| Err(Error)
// with: fallback = |_| Err(Error), fallback_on = "rejection"
// with: key = number
// with: last_good(key = number)
// with: max_concurrent = 4, max_wait = "1s"
// with: failure_if = Result::is_err
// with: failure_if = Result::is_err, ignore_if = Result::is_ok
// with: breaker = SHARED
// with: abandoned_threshold = 3
// with: abandoned_threshold = off, probe = async || true
// with: key = number, outlier(stdev = 1.9)
@
pub fn sync(number: u32) -> Result<u32, Error> {
    Ok(number + 1)
}

/// Has a doc comment.
@
pub async fn asynchronous(number: u32) -> Result<u32, Error> {
    pause().await;
    Ok(number + 1)
}

@
pub async fn without_await(number: u32) -> Result<u32, Error> {
    Ok(number + 1)
}

/// Has a doc comment.
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
