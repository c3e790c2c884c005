// case: dead_functions
// with:
// with: timeout = "1s"
// with: fallback = |_cause| Err(Error)
// with: fallback = Err(Error), fallback_on = "rejection"
// with: key = number
// with: retry(attempts = 2)
// with: last_good(key = number)
// with: max_concurrent = 4, max_wait = "1s"
// with: failure_if = Result::is_err
// with: failure_if = Result::is_err, ignore_if = Result::is_ok
// with: breaker = SHARED
// with: probe = async || true
// with: key = number, outlier
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
// with:
// with: fallback = |_| Err(Error)
// with: retry(attempts = 2)
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
