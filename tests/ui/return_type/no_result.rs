//! 8 errors: outputs that show no failure, or cannot carry a rejection.

use breaker_runtime::circuit_breaker;

#[circuit_breaker]
fn f1(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

#[circuit_breaker(fallback = None)]
async fn f2(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

#[circuit_breaker(fallback = |_| None, fallback_on = "failure")]
fn f3(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

#[circuit_breaker(fallback = |_| None, fallback_on = "rejection")]
async fn f4(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

#[circuit_breaker(failure_if = |stock| stock.is_none())]
fn f5(item: u32) -> Option<u32> {
    item.checked_sub(1)
}

#[circuit_breaker]
fn f6(count: usize) -> Vec<usize> {
    (0..count).collect()
}

#[circuit_breaker]
fn f7() {}

#[circuit_breaker]
async fn f8() -> () {}

fn main() {
    let _ = f1(1);
    let _ = f2(1);
    let _ = f3(1);
    let _ = f4(1);
    let _ = f5(1);
    let _ = f6(1);
    let _ = f7();
    let _ = f8();
}
