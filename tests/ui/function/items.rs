//! 4 errors: items that are no functions.

use breaker_runtime::circuit_breaker;

#[circuit_breaker]
struct Client;

#[circuit_breaker]
impl Client {
    fn get(&self) {}
}

#[circuit_breaker]
trait Fetch {
    fn fetch(&self) {}
}

#[circuit_breaker]
mod shop {}

fn main() {
    Client.get();
}
