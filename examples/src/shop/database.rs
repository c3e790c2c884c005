//! The orders on disk, in a database of `rusqlite`. Everything in this file blocks.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Result, Row, ToSql};
use serde::{Deserialize, Serialize};

/// The longest wait for a process that has the database open. One that was killed has left it long
/// before.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The partial index has the queue alone: its head is found in the same time after a million orders.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS orders (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        key         TEXT NOT NULL UNIQUE,
        customer    INTEGER NOT NULL,
        cents       INTEGER NOT NULL,
        state       TEXT NOT NULL DEFAULT 'accepted' CHECK (state IN ('accepted', 'charged', 'refused')),
        queued      INTEGER NOT NULL DEFAULT FALSE,
        attempts    INTEGER NOT NULL DEFAULT 0,
        accepted_at INTEGER NOT NULL,
        tried_at    INTEGER,
        settled_at  INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS orders_to_charge ON orders (id) WHERE state = 'accepted';
";

/// An order as a customer requests it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Cart {
    pub(super) customer: u32,
    pub(super) cents: u32,
}

/// An order with its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: i64,
    /// The idempotency key: payments charges it once, however often it is sent.
    pub(super) key: String,
    pub(super) customer: u32,
    pub(super) cents: u32,
}

/// The progress of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OrderState {
    /// The order must be charged.
    Accepted,
    Charged,
    /// The order must not be charged.
    Refused,
}

/// An order with its history.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Record {
    #[serde(flatten)]
    pub(super) order: Order,
    pub(super) state: OrderState,
    /// Whether it was settled out of the queue, after the customer had left.
    pub(super) queued: bool,
    /// The attempts to charge it that ended; one that the process did not survive is not counted.
    pub(super) attempts: u32,
}

pub(super) struct Database(Connection);

impl Database {
    /// Opens the database; fails if another process has it open. Unless it is `durable`, a power cut
    /// loses the last commits.
    pub(super) fn open(path: &Path, durable: bool) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // The system releases this lock with the process, however it ends: the exclusion of other
        // processes needs no lease, and no cleanup after a crash.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Each commit is on the disk before it returns. With NORMAL, the default of many guides, a power
        // cut loses the last ones, although customers have a receipt.
        connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "OFF" })?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(connection))
    }

    /// Adds an order. It is durable when this returns.
    pub(super) fn insert(&self, Cart { customer, cents }: Cart) -> Result<Order> {
        self.0.query_row(
            "INSERT INTO orders (key, customer, cents, accepted_at)
             VALUES (lower(hex(randomblob(16))), ?, ?, ?)
             RETURNING id, key, customer, cents",
            (customer, cents, now()),
            order,
        )
    }

    /// Returns the oldest order to charge of which `is_free` holds, and its attempts so far.
    pub(super) fn first(&self, is_free: impl Fn(i64) -> bool) -> Result<Option<(Order, u32)>> {
        let mut query = self.0.prepare(
            "SELECT id, key, customer, cents, attempts FROM orders WHERE state = 'accepted' ORDER BY id",
        )?;
        let mut rows = query.query(())?;
        while let Some(row) = rows.next()? {
            if is_free(row.get(0)?) {
                return Ok(Some((order(row)?, row.get(4)?)));
            }
        }
        Ok(None)
    }

    /// Records an attempt that left open whether the order was charged.
    pub(super) fn note_attempt(&self, id: i64) -> Result<()> {
        let noted = "UPDATE orders SET attempts = attempts + 1, tried_at = ? WHERE id = ?";
        self.0.execute(noted, (now(), id)).map(|_| ())
    }

    /// Records the attempt that settled the order. A settled order stays as it is.
    pub(super) fn settle(&self, id: i64, state: OrderState, queued: bool) -> Result<()> {
        self.0
            .execute(
                "UPDATE orders SET state = ?1, queued = ?2, attempts = attempts + 1, tried_at = ?3,
                     settled_at = ?3
                 WHERE id = ?4 AND state = 'accepted'",
                (state, queued, now(), id),
            )
            .map(|_| ())
    }

    /// Returns the number of orders to charge.
    pub(super) fn unsettled(&self) -> Result<u32> {
        self.0.query_row("SELECT count(*) FROM orders WHERE state = 'accepted'", (), |row| row.get(0))
    }

    /// Returns the last orders, at most this many, the newest first.
    pub(super) fn records(&self, most: u32) -> Result<Vec<Record>> {
        let all = "SELECT id, key, customer, cents, state, queued, attempts FROM orders
                   ORDER BY id DESC LIMIT ?";
        let mut query = self.0.prepare(all)?;
        let records = query.query_map((most,), |row| {
            let (state, queued, attempts) = (row.get(4)?, row.get(5)?, row.get(6)?);
            Ok(Record { order: order(row)?, state, queued, attempts })
        })?;
        records.collect()
    }
}

/// Reads an order from the first four columns.
fn order(row: &Row<'_>) -> Result<Order> {
    Ok(Order { id: row.get(0)?, key: row.get(1)?, customer: row.get(2)?, cents: row.get(3)? })
}

/// Returns the milliseconds since the epoch, for readers: no decision of the queue depends on a clock
/// that can be set.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(i64::MAX)
}

impl ToSql for OrderState {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Self::Accepted => "accepted",
            Self::Charged => "charged",
            Self::Refused => "refused",
        }))
    }
}

impl FromSql for OrderState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "accepted" => Ok(Self::Accepted),
            "charged" => Ok(Self::Charged),
            "refused" => Ok(Self::Refused),
            _ => Err(rusqlite::types::FromSqlError::InvalidType),
        }
    }
}
