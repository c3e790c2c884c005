//! The till alone, in a process that can be killed: it reads orders as lines, and writes receipts as
//! lines.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use breaker_runtime::breaker_of;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::backends::{Payments, client};
use super::calls;
use super::database::Cart;
use super::error::ShopError;
use super::orders::Orders;
use super::service::Breakers;
use super::till::{Receipt, Till};

/// The open period of a process that lives for a tenth of a second: the breaker opens, probes and closes
/// within that time.
const OPEN_PERIOD: Duration = Duration::from_millis(40);
const RAMP: Duration = Duration::from_millis(120);
const DEADLINE: Duration = Duration::from_secs(1);

/// The longest time to drain the queue after the last order: longer than an order may rest.
const LAST_DRAIN: Duration = Duration::from_secs(45);

/// Takes orders from standard input, one a line (`CUSTOMER CENTS`), until its end, and drains the queue
/// meanwhile and after. Writes `ready` to standard output, and then the receipt of each customer:
/// `paid CUSTOMER`, `taken CUSTOMER`, or `refused CUSTOMER`.
///
/// # Errors
///
/// If the orders cannot be opened, standard input cannot be read, or the queue is not empty in time.
pub async fn take_orders(database: &Path, payments: SocketAddr) -> io::Result<()> {
    let orders = Orders::open(database)?;
    let payments = Payments::new(&client()?, payments, DEADLINE);
    let till = Arc::new(Till::new(orders, payments, Breakers::With));
    let quick = |options: breaker_runtime::ConfigUpdate| options.probe_every(OPEN_PERIOD / 2).ramp(RAMP);
    breaker_of(calls::charge).reconfigure(quick).map_err(io::Error::other)?;
    println!("ready");

    let drained = Arc::clone(&till);
    let drain = tokio::spawn(async move { drained.drain().await });
    serve_customers(&till, BufReader::new(tokio::io::stdin()).lines()).await?;
    let empty = async {
        while till.orders.waiting() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = timeout(LAST_DRAIN, empty).await;
    drain.abort();
    in_time.map_err(|_| io::Error::other(format!("{} orders are still queued", till.orders.waiting())))
}

async fn serve_customers(till: &Arc<Till>, mut lines: Lines<BufReader<Stdin>>) -> io::Result<()> {
    let mut customers = JoinSet::new();
    while let Some(line) = lines.next_line().await? {
        let cart = parse(&line).ok_or_else(|| io::Error::other(format!("no order: `{line}`")))?;
        let till = Arc::clone(till);
        customers.spawn(async move { serve(&till, cart).await });
    }
    customers.join_all().await;
    Ok(())
}

async fn serve(till: &Till, cart: Cart) {
    let customer = cart.customer;
    match till.check_out(cart).await {
        Ok(Receipt::Paid(_)) => println!("paid {customer}"),
        Ok(Receipt::Taken(_)) => println!("taken {customer}"),
        Err(ShopError::Declined) => println!("refused {customer}"),
        Err(error) => eprintln!("customer {customer} gets no answer: {error}"),
    }
}

fn parse(line: &str) -> Option<Cart> {
    let (customer, cents) = line.split_once(' ')?;
    Some(Cart { customer: customer.parse().ok()?, cents: cents.parse().ok()? })
}
