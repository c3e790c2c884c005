//! 3 errors: outputs that `classify` cannot judge, or that cannot carry a rejection.

use breaker_runtime::classify::{Class, Classify};
use breaker_runtime::{BreakerError, circuit_breaker};

struct ShopError;

impl From<BreakerError> for ShopError {
    fn from(_: BreakerError) -> Self {
        ShopError
    }
}

struct Silent;

impl Classify for Silent {
    fn class(&self) -> Class {
        Class::NoAnswer
    }
}

#[circuit_breaker(classify)]
fn own_error() -> Result<Vec<u32>, ShopError> {
    Err(ShopError)
}

#[circuit_breaker(classify, fallback = None)]
async fn no_result() -> Option<u32> {
    Some(7)
}

#[circuit_breaker(classify)]
fn no_conversion() -> Result<u32, Silent> {
    Err(Silent)
}

fn main() {
    let _ = (own_error(), no_result(), no_conversion());
}
