// case: with_fallback_path
// with: fallback = other
// with: fallback = other, fallback_on = "rejection"
// with: retry(attempts = 2), fallback = other
// with: fallback = other, clone(number)
// with: fallback = |_cause| other(number)
// with: fallback = |_| other(number)
// with: retry(attempts = 2)
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

// case: plain_values
// with: failure_if = |_| false, fallback = Client::spare(), fallback_on = "rejection"
// with: failure_if = |_| false, fallback = |_cause| Client::spare()
// with: failure_if = |_| false, fallback = Client::spare(), key = some_key()
/// A client.
pub struct Client;

impl Client {
    /// Returns another client.
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
// with: failure_if = |&()| false, fallback = ()
// with: failure_if = |&()| false, fallback = (), fallback_on = "rejection"
// with: failure_if = |&()| false, fallback = |_cause| ()
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
// with:
// with: fallback = |_cause| Err(Error)
@
pub fn unconditional(number: u32) -> Result<u32, Error> {
    unconditional(number + 1)
}

@
pub fn conditional(number: u32) -> Result<u32, Error> {
    if number == 0 { Ok(0) } else { conditional(number - 1) }
}

// case: with_deadline
// with: call_timeout = "1s"
// with: call_timeout = "1s", fallback = |_cause| Err(Error)
// with: total_timeout = "1s"
// with: total_timeout = "2s", call_timeout = "1s", retry(attempts = 2), fallback = |_cause| Err(Error)
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
// with: failure_if = |_| false, fallback = panic!("closed")
// with: failure_if = |_| false, fallback = panic!("closed"), fallback_on = "rejection"
// with: failure_if = |_| false, fallback = |_cause| panic!("closed")
// with: failure_if = |_| false, fallback = |_| panic!("closed"), fallback_on = "rejection"
// with: failure_if = |_| false, fallback = panic!("closed"), key = some_key()
// with: failure_if = |_| false, fallback = panic!("closed"), retry(attempts = 2)
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

// case: lifetimes
// with:
// with: fallback = |_cause| Err(Error)
// with: key = some_key()
// with: max_concurrent = 4, max_wait = "1s"
// with: failure_if = Result::is_err
@
pub fn elidable<'a>(text: &'a str) -> Result<&'a str, Error> {
    Ok(text)
}

@
pub async fn elidable_in_future<'a>(text: &'a str) -> Result<&'a str, Error> {
    pause().await;
    Ok(text)
}

@
pub fn needed<'a>(text: &'a str, _other: &str) -> Result<&'a str, Error> {
    Ok(text)
}

@
pub fn elidable_in_object<'a>(text: &'a str) -> Result<Box<dyn ToString + 'a>, Error> {
    Ok(Box::new(text))
}

@
pub fn not_returned<'a>(text: &'a str) -> Result<usize, Error> {
    Ok(text.len())
}

@
pub fn iterator<'a>(list: &'a [u32]) -> Result<impl Iterator<Item = u32> + 'a, Error> {
    Ok(list.iter().copied())
}

/// A client.
pub struct Client(String);

impl Client {
    @
    pub fn get<'a>(&'a self, _key: &str) -> Result<&'a str, Error> {
        Ok(&self.0)
    }

    @
    pub async fn get_in_future<'a>(&'a self, _key: &str) -> Result<&'a str, Error> {
        pause().await;
        Ok(&self.0)
    }

    @
    pub fn of_argument<'a>(&self, key: &'a str) -> Result<&'a str, Error> {
        Ok(key)
    }
}

// case: bodies
// with:
// with: fallback = |_cause| Err(Error)
// with: retry(attempts = 2)
@
pub fn inner_attribute(number: u32) -> Result<u32, Error> {
    #![allow(unused_mut, clippy::arithmetic_side_effects, reason = "on the function")]
    let mut number = number + 1;
    Ok(number)
}

@
pub async fn inner_attribute_in_future(number: u32) -> Result<u32, Error> {
    #![allow(unused_mut)]
    let mut number = number;
    pause().await;
    Ok(number)
}

@
pub fn default_type(number: f64) -> Result<f64, Error> {
    Ok(number * 2.0)
}

@
pub fn unwraps(mutex: &std::sync::Mutex<u32>) -> Result<u32, Error> {
    Ok(*mutex.lock().unwrap())
}

@
pub fn diverges(number: u32) -> Result<u32, Error> {
    if number == 1 {
        todo!()
    }
    unimplemented!()
}

@
pub fn labels(number: u32) -> Result<u32, Error> {
    'unused: loop {
        break;
    }
    let value = 'block: {
        if number > 3 {
            break 'block 1;
        }
        2
    };
    number;
    Ok(value)
}

// case: large_errors
// with:
// with: key = some_key()
@
pub fn large_error(number: u32) -> Result<u32, Large> {
    if number == 1 { Err(Large([0; 400])) } else { Ok(number) }
}

@
pub async fn large_error_in_future(number: u32) -> Result<u32, Large> {
    pause().await;
    Ok(number)
}

/// A large error.
pub struct Large([u8; 400]);

impl From<BreakerError> for Large {
    fn from(_: BreakerError) -> Self {
        Self([0; 400])
    }
}
