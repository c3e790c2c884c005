//! Errors of databases: which are the database's fault, and which the caller's.
//!
//! With the option `classify`, the features `sqlx`, `tokio-postgres`, `rusqlite` and `redis` let the
//! [class](crate::classify::Class) of an error decide how the call counts. A violated constraint or a
//! missing row is an answer, and so a success; a refused connection is a failure.
//!
//! ```
//! # #[cfg(feature = "rusqlite")] {
//! use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};
//! use rusqlite::{Connection, Error};
//!
//! #[circuit_breaker(failure_threshold = 1, classify, fallback = none)]
//! fn name_of(shop: &Connection, user: u32) -> Result<String, Error> {
//!     shop.query_row("SELECT name FROM users WHERE id = ?1", [user], |row| row.get(0))
//! }
//!
//! fn none(_shop: &Connection, _user: u32) -> Result<String, Error> {
//!     Err(Error::QueryReturnedNoRows)
//! }
//!
//! let shop = Connection::open_in_memory()?;
//! shop.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", [])?;
//! assert_eq!(name_of(&shop, 7), Err(Error::QueryReturnedNoRows));
//! assert_eq!(breaker_of(name_of).state(), State::Closed);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where the error of the driver is inside of your own, pass its class on, as
//! [`classify`](crate::classify) shows. In a `Box<dyn Error>` it is found.
//!
//! # Versions
//!
//! | feature | error | versions | Rust |
//! |---|---|---|---|
//! | `sqlx` | `sqlx::Error` | 0.8.3 to 0.9 | 1.85; 1.94 with 0.9 |
//! | `tokio-postgres` | `tokio_postgres::Error` | 0.7.10 to 0.7 | 1.85 |
//! | `rusqlite` | `rusqlite::Error` | 0.37 to 0.43 | 1.85; 1.89 from 0.41 |
//! | `redis` | `redis::RedisError` | 1 | 1.85; 1.88 from 1.2.3 |
//!
//! The error has to be that of the version which the lock file has for this crate. If a program depends
//! on an older one of the range and the compiler finds no [`Classify`](crate::classify::Classify) for
//! its error, the lock file has two: `cargo update -p sqlx-core@0.9.0 --precise 0.8.6`, with the numbers
//! that `cargo tree -d` shows, makes them one. `rusqlite` brings no SQLite: the program chooses, by the
//! features of `rusqlite`, whether it is built or found.
//!
//! # SQLSTATE
//!
//! The code that PostgreSQL and its relatives report, in `tokio-postgres` and `sqlx`, and MySQL in
//! `sqlx`. Two characters are those with which the code begins. The names are those of the [appendix of
//! PostgreSQL's manual][appendix] and of [MySQL's list][mysql].
//!
//! | code | class | why |
//! |---|---|---|
//! | `00`, `01`, `02` | `Success` | completed, with a warning, without data |
//! | `08` | `NoAnswer` | connection exception. MySQL has `08004` for too many connections and `08S01` while it shuts down; PgBouncer has `08P01` when it has no connection left for a client |
//! | `53` | `ServerError` | insufficient resources: a full disk, no memory |
//! | `53300` | `RateLimited` | too many connections |
//! | `57` | `ServerError` | operator intervention: shutdown, crash, a server that still starts |
//! | `57014`, `70100` | `NoAnswer` | the statement was cancelled, mostly by `statement_timeout`. A cancellation that the program asked for has the same code |
//! | `40003` | `NoAnswer` | it is unknown whether the statement completed |
//! | `58`, `F0`, `XX` | `ServerError` | system error, configuration file, internal error such as a corrupted index |
//! | `HV00N` | `ServerError` | the foreign server of a foreign table cannot be reached |
//! | `25P03`, `25P04`, `57P05` | `Neutral` | the session or transaction was open for longer than a limit, by the doing of its client |
//! | `25006` | `Neutral` | a write in a read-only transaction: the caller's, or a standby after a failover |
//! | `40` | `ClientError` | rolled back, as of a deadlock or a serialization failure: the database works, and the transaction can be tried again |
//! | `55` | `ClientError` | not in the state for that, such as a row that is locked, with `NOWAIT` or at `lock_timeout`: held by another transaction |
//! | `28` | `ClientError` | wrong password, unknown user |
//! | `22`, `23`, `42` | `ClientError` | wrong data, a violated constraint, syntax or access rule |
//! | `03`, `09`, `0A`, `0B`, `0F`, `0L`, `0P`, `0Z`, `10`, `20`, `21`, `24`, `25`, `26`, `27`, `2B`, `2D`, `2F`, `34`, `38`, `39`, `3B`, `3D`, `3F`, `44`, `54`, `72`, `HV`, `P0` | `ClientError` | what the statement asks for is at fault |
//! | any other, as MySQL's `HY000` | `Neutral` | it does not say which side is at fault |
//!
//! [appendix]: https://www.postgresql.org/docs/current/errcodes-appendix.html
//! [mysql]: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
//!
//! # SQLite
//!
//! The [result code][sqlite] in `rusqlite`, and in `sqlx`. An extended code counts as the plain one that
//! is in it, unless it is listed.
//!
//! | code | class | why |
//! |---|---|---|
//! | `5`, `261`, `262`, `773` | `RateLimited` | busy: another connection holds the lock, for longer than the busy time-out |
//! | `517` | `ClientError` | the transaction began before the last write of another: begin it again |
//! | `6` | `ClientError` | locked by another statement of the same connection |
//! | `14` | `NoAnswer` | the file cannot be opened |
//! | `2`, `3`, `7`, `10`, `11`, `13`, `15`, `22`, `26` | `ServerError` | internal error, permission, no memory, input or output, a corrupted file, a full disk, a locking protocol, a large file, no database |
//! | `1`, `4`, `12`, `16`, `17`, `18`, `19`, `20`, `21`, `23`, `25` | `ClientError` | SQL error, aborted, unknown operation, schema, too large, constraint, type, misuse, not authorised, range |
//! | `8`, `9` | `Neutral` | read-only: opened so, or by the file system; interrupted by the program |
//!
//! [sqlite]: https://www.sqlite.org/rescode.html
//!
//! # Redis
//!
//! The word with which an [error reply][redis] begins.
//!
//! | reply | class | why |
//! |---|---|---|
//! | `LOADING`, `CLUSTERDOWN`, `MASTERDOWN` | `ServerError` | it starts, or has no master |
//! | `READONLY` | `ServerError` | a write that reached a replica, mostly after a failover |
//! | `OOM`, `MISCONF`, `NOREPLICAS`, `BUSY` | `ServerError` | no memory left, writes cannot be saved, too few replicas, a script that does not end |
//! | `ERR max number of clients reached` | `RateLimited` | too many connections |
//! | `TRYAGAIN` | `Neutral` | the slot is being moved |
//! | `MOVED`, `ASK`, `CROSSSLOT` | `ClientError` | for a cluster another client is needed, or another key |
//! | `ERR`, `WRONGTYPE`, `NOSCRIPT`, `EXECABORT`, `NOAUTH`, `WRONGPASS`, `NOPERM`, `NOTBUSY`, `NOSUB` | `ClientError` | what the command asks for is at fault |
//! | any other, as of a module or of a script | `ClientError` | it answered |
//!
//! [redis]: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
//!
//! # Errors without a code
//!
//! | error | class | why |
//! |---|---|---|
//! | input and output, a connection that is closed, TLS of `sqlx` | `NoAnswer` | the connection failed |
//! | `sqlx`: `PoolTimedOut` | `NoAnswer` | no connection came free or could be made. A pool that is too small, or leaks, looks the same |
//! | `sqlx`: `Protocol`, `WorkerCrashed`; `redis`: an answer that cannot be parsed | `ServerError` | the answer is broken |
//! | `redis`: a Sentinel that knows no master or replica, no connection to a node of the cluster | `NoAnswer` | nothing to ask |
//! | no row, or more than one; an unknown type | `ClientError` | it answered |
//! | `redis`: authentication | `ClientError` | wrong password |
//! | a pool that the program closed, configuration, parameters that cannot be sent, a value that cannot be read, any other | `Neutral` | before the database was asked, or after it answered |

#![expect(clippy::doc_markdown, reason = "names of products, not of code")]
