//! 4 errors: error types without `From<BreakerError>`, of the crate or of another one.

use breaker_runtime::circuit_breaker;

struct ShopError;

#[circuit_breaker]
fn f1(item: u32) -> Result<u32, ShopError> {
    if item == 0 { Err(ShopError) } else { Ok(item) }
}

#[circuit_breaker]
async fn f2(item: u32) -> Result<u32, ShopError> {
    if item == 0 { Err(ShopError) } else { Ok(item) }
}

#[circuit_breaker]
fn f3(item: u32) -> impl Future<Output = Result<u32, ShopError>> {
    async move { if item == 0 { Err(ShopError) } else { Ok(item) } }
}

#[circuit_breaker]
fn f4(item: &str) -> Result<u32, std::num::ParseIntError> {
    item.parse()
}

fn main() {
    let _ = f1(1);
    let _ = f2(1);
    let _ = f3(1);
    let _ = f4("1");
}
