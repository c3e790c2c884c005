// case: functions
// with:
// with: key = some_key()
// with: fallback = |_| Err(Error)
// with: fallback = Err(Error), fallback_on = "rejection"
// with: failure_if = Result::is_err, fallback = Err(Error), key = some_key()
// with: last_good(key = some_key())
// with: max_concurrent = 4, max_wait = "1s"
@
pub fn tuple((left, right): (Watched, String), _: Watched, third: Watched) -> Answer {
    Ok(left.0.len() + right.len())
}

@
pub async fn tuple_later((left, _): (Watched, Watched), _: Watched, third: Watched) -> Answer {
    pause().await;
    Ok(left.0.len())
}

@
pub fn tuple_future((left, _): (Watched, Watched), _: Watched, third: Watched) -> impl Future<Output = Answer> {
    async move { Ok(left.0.len()) }
}

@
pub fn tuple_boxed(
    (left, _): (Watched, Watched),
    _: Watched,
    third: Watched,
) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    Box::pin(async move { Ok(left.0.len()) })
}

@
pub fn fields(&(user, _): &(u32, u8), (x, y): (Watched, Watched), mut text: String, unused: Watched) -> Answer {
    text.push('a');
    Ok(text.len() + y.0.len())
}

@
pub async fn fields_later(Point { x, .. }: &Point, mut text: String, _unused: Watched, _: &str) -> Answer {
    text.push('a');
    pause().await;
    Ok(text.len())
}

@
pub fn generic<T: AsRef<str>>([first, ..]: &[T; 3], Wrap(value): Wrap<T>, _: impl Fn(&str) -> usize) -> Answer {
    Ok(value.as_ref().len())
}

@
pub fn iterates((from, to): (usize, usize), _: Watched) -> Result<impl Iterator<Item = usize>, Error> {
    Ok(from..to)
}

#[cfg(all())]
@
pub fn configured(#[cfg(all())] (one, two): (Watched, u8), #[cfg(any())] other: u8, _: Watched) -> Answer {
    Ok(one.0.len())
}

pub struct Wrap<T>(pub T);

// case: retries
// with: retry(attempts = 2)
// with: retry(attempts = 2), key = some_key(), fallback = |_| Err(Error)
@
pub fn tuple((left, right): (Watched, String), _: Watched, third: String) -> Answer {
    Ok(left.0.len() + right.len())
}

@
pub async fn tuple_later((left, _): (Watched, Watched), _: Watched, third: Watched) -> Answer {
    pause().await;
    Ok(left.0.len())
}

// case: fallback_functions
// with: fallback = other
// with: fallback = other, retry(attempts = 2)
@
pub fn called((left, _): (u8, u8), _: u8, [.., last]: [u8; 2], number: u8) -> Answer {
    let number = number + left + last;
    Ok(number.into())
}

@
pub async fn called_later((left, _): (u8, u8), _: u8, [.., last]: [u8; 2], number: u8) -> Answer {
    let number = number + left + last;
    pause().await;
    Ok(number.into())
}

fn other(_: (u8, u8), _: u8, _: [u8; 2], number: u8) -> Answer {
    Ok(number.into())
}

// case: methods
// with:
// with: key = some_key()
// with: fallback = |_| Err(Error)
pub struct Client {
    pub name: Watched,
    pub other: Watched,
}

impl Client {
    @
    pub fn consumes(self, (left, _): (Watched, Watched), _: Watched) -> Answer {
        Ok(self.name.0.len() + left.0.len())
    }

    @
    pub fn changes(mut self, _: Watched, (left, _): (Watched, Watched)) -> Answer {
        self.name = Watched(String::new());
        Ok(left.0.len())
    }

    @
    pub fn borrows(&self, (left, _): (Watched, Watched), _: Watched) -> Answer {
        Ok(left.0.len())
    }

    @
    pub async fn borrows_later(&mut self, (left, _): (Watched, Watched), _: Watched) -> Answer {
        pause().await;
        Ok(left.0.len())
    }

    @
    pub async fn boxed(self: Box<Self>, Point { x, .. }: Point, _: Watched) -> Answer {
        Ok(x.0.len())
    }

    @
    pub fn future(&self, (left, _): (Watched, Watched), _: Watched) -> impl Future<Output = Answer> {
        async move { Ok(left.0.len()) }
    }
}

/// A trait of the user.
pub trait Store {
    @
    fn load(&self, (left, _): (Watched, Watched), _: Watched) -> Answer {
        Ok(left.0.len())
    }

    @
    async fn load_later(&self, (left, _): (Watched, Watched), _: Watched) -> Answer {
        pause().await;
        Ok(left.0.len())
    }
}

impl Store for Client {
    @
    fn load(&self, (left, _): (Watched, Watched), other: Watched) -> Answer {
        Ok(left.0.len())
    }

    @
    async fn load_later(&self, (_, right): (Watched, Watched), _: Watched) -> Answer {
        Ok(right.0.len())
    }
}

// case: async_traits
// with:
// with: key = some_key()
// with: fallback = |_| Err(Error)
pub struct Client;

#[async_trait]
pub trait Store {
    @
    async fn load(&self, (left, _): (Watched, Watched), _: Watched) -> Answer {
        pause().await;
        Ok(left.0.len())
    }
}

#[async_trait]
impl Store for Client {
    @
    async fn load(&self, (_, right): (Watched, Watched), other: Watched) -> Answer {
        pause().await;
        Ok(right.0.len())
    }
}

// case: streams
// with:
// with: first_item = "5s"
// with: key = some_key()
@
pub fn opaque((from, _): (usize, Watched), _: Watched) -> impl Stream<Item = Answer> {
    stream::iter([Ok(from)])
}

@
pub fn boxed((from, _): (usize, Watched), _: Watched, mut to: usize) -> BoxStream<'static, Answer> {
    to += 1;
    stream::iter([Ok(from), Ok(to)]).boxed()
}

@
pub async fn connects(
    (from, _): (usize, Watched),
    _: Watched,
) -> Result<impl Stream<Item = Answer>, Error> {
    pause().await;
    Ok(stream::iter([Ok(from)]))
}
