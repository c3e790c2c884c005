// case: by_value
// with:
// with: key = some_key()
// with: failure_if = Result::is_err
// with: fallback = Err(Error), fallback_on = "rejection"
// with: fallback = |_| Err(Error)
// with: max_concurrent = 4, max_wait = "1s"
// with: last_good(key = some_key())
@
pub fn not_consumed(text: String, other: Vec<u8>) -> Result<usize, Error> {
    Ok(text.len() + other.len())
}

@
pub fn beside_reference(name: &str, text: String, list: Vec<Option<String>>) -> Result<usize, Error> {
    Ok(name.len() + text.len() + list.len())
}

@
pub fn watched(one: Watched, other: Watched) -> Result<usize, Error> {
    Ok(one.0.len() + other.0.len())
}

@
pub fn not_mutated(text: &mut String) -> Result<usize, Error> {
    Ok(text.len())
}

@
pub fn one_not_consumed(text: String) -> Result<usize, Error> {
    Ok(text.len())
}

@
pub fn consumed(text: String) -> Result<String, Error> {
    Ok(text)
}

@
pub fn passed_by_ref(number: &u32, text: &String, list: &Vec<u8>) -> Result<usize, Error> {
    Ok(text.len() + list.len() + *number as usize)
}

@
pub fn pattern((left, right): (String, u32)) -> Result<usize, Error> {
    Ok(left.len() + right as usize)
}

@
pub fn mutable(mut text: String) -> Result<String, Error> {
    text.push('a');
    Ok(text)
}

@
pub fn underscore(_text: String) -> Result<usize, Error> {
    Ok(1)
}

@
pub fn used_underscore(_text: &str) -> Result<usize, Error> {
    Ok(_text.len())
}

@
pub fn generic<T: ToString>(value: T) -> Result<String, Error> {
    Ok(value.to_string())
}

// case: methods
// with:
// with: fallback = |_cause| Err(Error)
// with: retry(attempts = 2)
// with: key = some_key()
/// A client.
pub struct Client {
    name: String,
}

impl Client {
    @
    pub fn new() -> Result<Self, Error> {
        Ok(Self { name: String::new() })
    }

    @
    pub fn name(&self) -> Result<&str, Error> {
        Ok(&self.name)
    }

    @
    pub fn unused_self(&self) -> Result<u32, Error> {
        Ok(1)
    }

    @
    pub async fn unused_self_in_future(&self) -> Result<u32, Error> {
        pause().await;
        Ok(1)
    }

    @
    pub fn to_name(self: Box<Self>, number: u32) -> Result<String, Error> {
        Ok(self.name.clone())
    }

    @
    pub fn not_consumed(&self, text: String) -> Result<usize, Error> {
        Ok(text.len())
    }

    @
    pub fn not_consumed_beside_field(&self, text: String) -> Result<usize, Error> {
        Ok(self.name.len() + text.len())
    }

    @
    fn recursive(&self, number: u32) -> Result<u32, Error> {
        if number == 0 { Ok(0) } else { self.recursive(number - 1) }
    }
}
