//! The subscription to changes, with a heartbeat: a connection that the network dropped without a word
//! is noticed within two seconds.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use redis::{Msg, RedisError};
use tokio::time::{sleep, timeout};

use super::CHANNEL;
use super::connection::{Connection, Live};
use super::failure::{of_connecting, of_exchange};
use crate::fleet::store::notices::Notices;
use crate::fleet::store::{GroupName, StoreError, StoreErrorKind, StoreFuture, Watch};

/// The pause between two pings.
const PAUSE: Duration = Duration::from_millis(750);
/// The time for the answer to a ping. With the pause, it stays below two seconds.
const PATIENCE: Duration = Duration::from_secs(1);

type Pinged = Result<Pinger, StoreError>;

/// The sender of pings: the connection itself, or the half of a subscription that sends.
enum Pinger {
    Shared(MultiplexedConnection),
    Own(PubSubSink),
}

/// The subscription of this process.
pub(super) struct RedisWatch {
    source: WatchSource,
    beat: Pin<Box<dyn Future<Output = Pinged> + Send>>,
}

enum WatchSource {
    /// The server pushes on the connection of the exchanges.
    Pushed(Arc<Notices>),
    /// A connection of its own, for a server that speaks RESP2 only.
    Subscribed(PubSubStream),
}

/// Subscribes on a connection.
pub(super) async fn open(connection: &Connection, mut live: Live) -> Result<RedisWatch, StoreError> {
    let (source, pinger) = match live.pushed {
        Some(notices) => {
            live.commands.subscribe(CHANNEL).await.map_err(|error| of_exchange(&error))?;
            (WatchSource::Pushed(notices), Pinger::Shared(live.commands))
        }
        None => {
            let mut subscriber = connection.subscriber().await?;
            subscriber.subscribe(CHANNEL).await.map_err(|error| of_connecting(&error))?;
            let (sink, stream) = subscriber.split();
            (WatchSource::Subscribed(stream), Pinger::Own(sink))
        }
    };
    Ok(RedisWatch { source, beat: Box::pin(beat(pinger)) })
}

/// Waits, and then sees whether the server answers.
async fn beat(mut pinger: Pinger) -> Pinged {
    sleep(PAUSE).await;
    let ping = async {
        match &mut pinger {
            Pinger::Shared(connection) => redis::cmd("PING").exec_async(connection).await,
            Pinger::Own(sink) => sink.ping::<redis::Value>().await.map(drop),
        }
    };
    let error = |error: RedisError| of_exchange(&error);
    match timeout(PATIENCE, ping).await {
        Ok(answered) => answered.map(|()| pinger).map_err(error),
        Err(_) => Err(StoreError::new(StoreErrorKind::TimedOut, "")),
    }
}

impl Watch for RedisWatch {
    fn next(&mut self) -> StoreFuture<'_, BTreeSet<GroupName>> {
        Box::pin(async move {
            loop {
                tokio::select! {
                    names = self.source.next() => {
                        return names.ok_or_else(|| {
                            StoreError::new(StoreErrorKind::Unreachable, "")
                        });
                    }
                    pinged = &mut self.beat => match pinged {
                        Ok(pinger) => self.beat = Box::pin(beat(pinger)),
                        Err(error) => {
                            // A future that has ended must not be polled again.
                            self.beat = Box::pin(std::future::pending());
                            self.source.end();
                            return Err(error);
                        }
                    }
                }
            }
        })
    }
}

impl WatchSource {
    async fn next(&mut self) -> Option<BTreeSet<GroupName>> {
        match self {
            Self::Pushed(notices) => notices.next().await,
            Self::Subscribed(stream) => {
                let message: Msg = poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await?;
                Some(message.get_payload::<String>().iter().map(GroupName::new).collect())
            }
        }
    }

    fn end(&self) {
        if let Self::Pushed(notices) = self {
            notices.end();
        }
    }
}
