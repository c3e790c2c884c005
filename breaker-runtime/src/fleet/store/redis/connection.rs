//! The connection to the server: made when it is first needed, and made anew when it is lost.
//!
//! It is made inside the exchange that needs it, under the deadline of that exchange: no task of its own
//! runs, and a future that is dropped leaves nothing behind. After a failure the next attempt waits for
//! a random time that doubles, and exchanges until then fail at once.
//!
//! The crate's own `ConnectionManager` is not used: it keeps an error that is not of the network, such
//! as a wrong password, for as long as it lives, and never replaces a connection that only times out.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, ProtocolVersion, PushInfo, PushKind,
    RedisError,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::address::Address;
use super::failure::{ends_connection, of_connecting};
use crate::fleet::store::notices::Notices;
use crate::fleet::store::{StoreError, StoreErrorKind};

/// The first wait before a new attempt; each failure doubles it.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// The longest wait: a fleet agrees again within two seconds after its store is back.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The connection of this process.
#[derive(Debug)]
pub(super) struct Connection {
    address: Address,
    /// The time for everything that one exchange needs, connecting included.
    deadline: Duration,
    link: Mutex<Link>,
}

#[derive(Debug, Default)]
struct Link {
    live: Option<Live>,
    /// Attempts that failed since the last success.
    failures: u32,
    /// Why there is no connection, and when the next attempt may start.
    lost: Option<(StoreError, Instant)>,
    made: u64,
}

/// A connection that works, as far as is known.
#[derive(Clone)]
pub(super) struct Live {
    number: u64,
    pub(super) commands: MultiplexedConnection,
    /// Receives what the server pushes; `None` if it speaks only the older protocol, RESP2.
    pub(super) pushed: Option<Arc<Notices>>,
}

impl Live {
    /// Returns whether the server has closed the connection, or its heartbeat has failed.
    fn has_ended(&self) -> bool {
        self.pushed.as_ref().is_some_and(|pushed| pushed.has_ended())
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("number", &self.number)
            .field("resp3", &self.pushed.is_some())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(address: Address, deadline: Duration) -> Self {
        Self { address, deadline, link: Mutex::default() }
    }

    /// Returns the name or address of the server's host; `None` for a socket.
    pub(super) fn host(&self) -> Option<String> {
        self.address.host()
    }

    /// Runs something with the connection, within the deadline. The connection is given up if the error
    /// says that it is of no further use.
    pub(super) async fn with<T, F>(&self, run: impl FnOnce(Live) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut used = None;
        let result = timeout(self.deadline, async {
            let live = self.live().await?;
            used = Some(live.number);
            run(live).await
        })
        .await
        .unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::TimedOut, "")));
        // Copied, so that no reference to the result is held while this waits.
        let failed = result.as_ref().err().filter(|error| ends_connection(error)).cloned();
        if let Some((error, number)) = failed.zip(used) {
            self.give_up(number, error).await;
        }
        result
    }

    async fn live(&self) -> Result<Live, StoreError> {
        let mut link = self.link.lock().await;
        link.live.take_if(|live| live.has_ended());
        if let Some(live) = &link.live {
            return Ok(live.clone());
        }
        match &link.lost {
            Some((error, until)) if Instant::now() < *until => return Err(error.clone()),
            _ => {}
        }
        // Counted before the attempt, so that one that is cut off by the deadline counts as well.
        link.fail(StoreError::new(StoreErrorKind::TimedOut, "while connecting"));
        let made = connect(&self.address, self.deadline).await;
        let (commands, pushed) = made.inspect_err(|error| link.explain(error))?;
        link.made += 1;
        let live = Live { number: link.made, commands, pushed };
        (link.live, link.failures, link.lost) = (Some(live.clone()), 0, None);
        Ok(live)
    }

    /// Gives up a connection, unless another one has replaced it.
    pub(super) async fn give_up(&self, number: u64, error: StoreError) {
        let mut link = self.link.lock().await;
        if let Some(live) = link.live.take_if(|live| live.number == number) {
            if let Some(pushed) = live.pushed {
                pushed.end();
            }
            link.fail(error);
        }
    }

    /// Makes a connection that only subscribes, for a server that does not push.
    pub(super) async fn subscriber(&self) -> Result<redis::aio::PubSub, StoreError> {
        let client = self.address.client(ProtocolVersion::RESP2)?;
        client.get_async_pubsub().await.map_err(|error| of_connecting(&error))
    }
}

impl Link {
    fn fail(&mut self, error: StoreError) {
        let doubled = FIRST_WAIT.saturating_mul(1 << self.failures.min(8)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        // Between half of the wait and all of it: the processes of a fleet do not come back in step.
        let wait = doubled.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.lost = Some((error, Instant::now() + wait));
    }

    fn explain(&mut self, error: &StoreError) {
        if let Some((reason, _)) = &mut self.lost {
            *reason = error.clone();
        }
    }
}

type Made = (MultiplexedConnection, Option<Arc<Notices>>);

async fn connect(address: &Address, deadline: Duration) -> Result<Made, StoreError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(deadline))
        .set_response_timeout(Some(deadline));
    let notices = Arc::new(Notices::default());
    let sink = Arc::clone(&notices);
    let pushing = config.clone().set_push_sender(move |pushed: PushInfo| {
        receive(&sink, pushed);
        Ok::<(), ()>(())
    });
    match open(address.client(ProtocolVersion::RESP3)?, &pushing).await {
        Ok(commands) => Ok((commands, Some(notices))),
        Err(error) if lacks_resp3(&error) => {
            let commands = open(address.client(ProtocolVersion::RESP2)?, &config).await;
            commands.map(|commands| (commands, None)).map_err(|error| of_connecting(&error))
        }
        Err(error) => Err(of_connecting(&error)),
    }
}

/// Takes a message of the server. Runs on the task of the connection, and does not wait.
fn receive(notices: &Notices, pushed: PushInfo) {
    match pushed.kind {
        PushKind::Disconnection => notices.end(),
        PushKind::Message => {
            if let Some(Ok(name)) = pushed.data.into_iter().nth(1).map(String::from_redis_value) {
                notices.add(&name);
            }
        }
        _ => {}
    }
}

async fn open(
    client: Client,
    config: &AsyncConnectionConfig,
) -> Result<MultiplexedConnection, RedisError> {
    client.get_multiplexed_async_connection_with_config(config).await
}

/// Returns whether the server refused `HELLO`: it is older than Redis 6, the command has another name,
/// or this user may not use it.
fn lacks_resp3(error: &RedisError) -> bool {
    let unknown = |detail: &str| detail.starts_with("unknown command");
    error.kind() == ErrorKind::RESP3NotSupported
        || matches!(error.code(), Some("NOPROTO" | "NOPERM"))
        || error.code() == Some("ERR") && error.detail().is_some_and(unknown)
}
