//! The till of the shop alone, which `tests/order_queue.rs` kills repeatedly.
//!
//! `order_worker DATABASE PAYMENTS`: the file with the orders, and the address of the payments service.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use breaker_examples::shop;

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    let database = words.next().map(PathBuf::from);
    let payments = words.next().and_then(|word| word.to_str()?.parse().ok());
    let (Some(database), Some(payments), None) = (database, payments, words.next()) else {
        eprintln!(
            "usage: order_worker DATABASE PAYMENTS, such as: order_worker orders.db 127.0.0.1:4000"
        );
        return ExitCode::from(2);
    };
    match shop::take_orders(&database, payments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
