//! 9 errors: values of `probe` that cannot be an async function of the crate, and options that need it.

use breaker_runtime::{BreakerError, Key, circuit_breaker, declare};

async fn ping() -> bool {
    true
}

fn sync() -> bool {
    true
}

async fn of_key(_host: Key) {}

async fn number() -> u32 {
    7
}

async fn not_send() {
    let here = std::rc::Rc::new(7);
    ping().await;
    drop(here);
}

struct Client;

impl Client {
    async fn ping() {}

    #[circuit_breaker(probe = Self::ping)]
    fn method(&self) -> Result<(), BreakerError> {
        Ok(())
    }
}

#[circuit_breaker(probe = "ping")]
fn text() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe = sync)]
fn sync_probe() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe = of_key)]
fn without_a_key() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe = number)]
fn says_nothing() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe = not_send)]
fn stays_on_its_thread() -> Result<(), BreakerError> {
    Ok(())
}

#[circuit_breaker(probe_every = "5s")]
fn nothing_to_send() -> Result<(), BreakerError> {
    Ok(())
}

declare! {
    static DB: timeout = "10s";
}

#[circuit_breaker(breaker = DB, probe = ping, probe_every = "5s")]
fn of_another() -> Result<(), BreakerError> {
    Ok(())
}

fn main() {}
