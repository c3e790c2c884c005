//! One breaker object on several functions, as in pybreaker.
//!
//! The clock is moved manually, so that the program never waits:
//! `cargo run -p breaker-examples --bin pybreaker_style`

use std::fmt::{self, Debug, Display};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use breaker_runtime::{BreakerError, CircuitBreaker, ManualClock, circuit_breaker};

static CLOCK: LazyLock<ManualClock> = LazyLock::new(ManualClock::new);

/// pybreaker: `db_breaker = CircuitBreaker(fail_max=3, reset_timeout=60, success_threshold=1)`
static DB: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    CircuitBreaker::builder("db")
        .failure_threshold(3)
        .timeout(Duration::from_secs(60))
        .success_threshold(1)
        .clock(CLOCK.clone())
        .build()
        .expect("these options are in range")
});

/// Finds a customer. pybreaker: `@db_breaker`, and `exclude=[NoSuchCustomer]` on the breaker. Here each
/// function names the errors that it ignores.
#[circuit_breaker(breaker = DB, ignore_if = |found| matches!(found, Err(DbError::NoSuchCustomer)))]
fn customer(id: u32) -> Result<&'static str, DbError> {
    connect()?;
    if id == 1 { Ok("Ada") } else { Err(DbError::NoSuchCustomer) }
}

#[circuit_breaker(breaker = DB)]
fn rename(_id: u32, _name: &str) -> Result<(), DbError> {
    connect()
}

/// Counts the orders of a customer. The attribute is the same on an `async` function.
#[circuit_breaker(breaker = DB)]
async fn count_orders(_customer: u32) -> Result<u32, DbError> {
    tokio::task::yield_now().await;
    connect().map(|()| 42)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // pybreaker: `db_breaker.add_listener(...)`, with `state_change`
    let _listening = DB.on_event(|event| println!("    {event}"));

    println!("The database is up.");
    show("customer 1", &customer(1));
    show("customer 2", &customer(2));

    println!("\nIt goes down. Three failures trip the breaker, whichever functions they come from.");
    DATABASE_IS_UP.store(false, Ordering::Relaxed);
    show("customer 1", &customer(1));
    show("rename 1", &rename(1, "Grace"));
    show("orders of 1", &count_orders(1).await);
    show("customer 1", &customer(1));

    println!("\nA minute later it is still down: the probe fails.");
    CLOCK.advance(Duration::from_secs(60));
    show("customer 1", &customer(1));
    show("orders of 1", &count_orders(1).await);

    println!("\nAnother minute later it is up again: the probe closes the breaker.");
    CLOCK.advance(Duration::from_secs(60));
    DATABASE_IS_UP.store(true, Ordering::Relaxed);
    show("rename 1", &rename(1, "Grace"));
    show("orders of 1", &count_orders(1).await);

    println!("\nManual commands.");
    DB.trip(); // pybreaker: `db_breaker.open()`
    show("customer 1", &customer(1));
    DB.reset(); // pybreaker: `db_breaker.close()`
    show("customer 1", &customer(1));

    // pybreaker: `db_breaker.current_state`, `db_breaker.fail_counter`
    let snapshot = DB.snapshot();
    println!("\n{} is {}, with {} failures in a row.", snapshot.name, snapshot.state, snapshot.streak);
}

fn show<T: Debug>(call: &str, answer: &Result<T, DbError>) {
    match answer {
        Ok(answer) => println!("{call:<12} {answer:?}"),
        Err(error) => println!("{call:<12} {error}"),
    }
}

static DATABASE_IS_UP: AtomicBool = AtomicBool::new(true);

fn connect() -> Result<(), DbError> {
    if DATABASE_IS_UP.load(Ordering::Relaxed) { Ok(()) } else { Err(DbError::Refused) }
}

#[derive(Debug)]
enum DbError {
    Refused,
    NoSuchCustomer,
    /// pybreaker: `CircuitBreakerError`
    Breaker(BreakerError),
}

impl From<BreakerError> for DbError {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error)
    }
}

impl Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("failed: connection refused"),
            Self::NoSuchCustomer => f.write_str("no such customer (ignored by the breaker)"),
            Self::Breaker(error) => write!(f, "rejected: {error}"),
        }
    }
}
