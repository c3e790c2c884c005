//! The store in Redis: one call of a script for each request, all of an exchange in one pipeline.
//!
//! The scripts hold the rules, so that the server decides each request at once and by its own clock;
//! they are the same rules as those of `Group::step`, against which random tests compare them. They are
//! sent by their digest, and in full to a server that does not know them.

mod address;
mod connection;
mod failure;
#[cfg(test)]
mod tests;
mod watch;
mod wire;

use std::sync::LazyLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Script, ServerErrorKind, Value};

pub(crate) use self::address::Address;
use self::connection::Connection;
use self::failure::of_exchange;
use crate::fleet::protocol::message::{BUCKETS, LIVENESS, MAX_EPOCH, MOST_BUCKETS, Request};
use crate::fleet::store::{
    GroupName, GroupStore, StoreAnswer, StoreAnswers, StoreError, StoreErrorKind, StoreFuture, Watch,
};

/// The channel on which the scripts publish names of groups.
const CHANNEL: &str = "breaker:1:changes";

const CLOCK: &str = include_str!("clock.lua");

/// The script, with the clock of the server.
static SCRIPT: LazyLock<ScriptText> = LazyLock::new(|| ScriptText::with_clock(CLOCK));

/// The scripts of this folder as one.
#[derive(Debug)]
struct ScriptText {
    text: String,
    digest: String,
}

impl ScriptText {
    fn with_clock(clock: &str) -> Self {
        let numbers = format!(
            "local LIVENESS, BUCKETS, MOST_BUCKETS = {LIVENESS}, {BUCKETS}, {MOST_BUCKETS}\n\
             local MAX_EPOCH, CHANNEL = {MAX_EPOCH}, '{CHANNEL}'\n"
        );
        let text = [
            &*numbers,
            clock,
            include_str!("state.lua"),
            include_str!("members.lua"),
            include_str!("evidence.lua"),
            include_str!("rules.lua"),
            include_str!("view.lua"),
            include_str!("main.lua"),
        ]
        .concat();
        let digest = Script::new(&text).get_hash().to_owned();
        Self { text, digest }
    }
}

/// The store in a Redis server.
#[derive(Debug)]
pub(crate) struct RedisStore {
    connection: Connection,
    script: &'static ScriptText,
    /// The time on the server's clock in milliseconds that a test sets.
    #[cfg(test)]
    wall: Option<std::sync::Arc<std::sync::atomic::AtomicU64>>,
}

impl RedisStore {
    /// Returns a store that connects with its first exchange. Each exchange ends within `deadline`.
    pub(crate) fn new(address: Address, deadline: Duration) -> Self {
        Self {
            connection: Connection::new(address, deadline),
            script: &SCRIPT,
            #[cfg(test)]
            wall: None,
        }
    }

    /// Returns the store with a clock that a test sets, in milliseconds.
    #[cfg(test)]
    fn with_wall(mut self, wall: std::sync::Arc<std::sync::atomic::AtomicU64>) -> Self {
        (self.script, self.wall) = (&tests::SCRIPT_WITH_SET_CLOCK, Some(wall));
        self
    }

    /// Returns a call of the script, by its digest or with its text.
    fn call(&self, form: CallForm, (group, request): &(GroupName, Request)) -> Cmd {
        let (name, script) = match form {
            CallForm::Digest => ("EVALSHA", &self.script.digest),
            CallForm::Text => ("EVAL", &self.script.text),
        };
        let mut call = redis::cmd(name);
        let keys = wire::keys(group);
        call.arg(script).arg(keys.len()).arg(&keys[..]);
        wire::append(&mut call, group, request);
        #[cfg(test)]
        if let Some(wall) = &self.wall {
            call.arg(wall.load(std::sync::atomic::Ordering::SeqCst));
        }
        call
    }

    async fn send(
        &self,
        mut connection: MultiplexedConnection,
        requests: &[(GroupName, Request)],
    ) -> Result<StoreAnswers, StoreError> {
        let calls = requests.iter().map(|request| self.call(CallForm::Digest, request));
        let mut values = run(&mut connection, calls.collect()).await?;
        let unknown: Vec<usize> =
            (0..values.len()).filter(|&at| is_unknown_script(&values[at])).collect();
        if !unknown.is_empty() {
            // The first call makes the script known, so that the others need not repeat its text.
            let form = |nth| if nth == 0 { CallForm::Text } else { CallForm::Digest };
            let calls = unknown.iter().enumerate().map(|(nth, &at)| self.call(form(nth), &requests[at]));
            let found = run(&mut connection, calls.collect()).await?;
            for (at, value) in unknown.into_iter().zip(found) {
                values[at] = value;
            }
        }
        shared_fault(values.into_iter().map(answer).collect())
    }
}

/// How a call names the script.
#[derive(Clone, Copy)]
enum CallForm {
    Digest,
    Text,
}

impl GroupStore for RedisStore {
    fn exchange<'a>(&'a self, requests: &'a [(GroupName, Request)]) -> StoreFuture<'a, StoreAnswers> {
        Box::pin(async move {
            if requests.is_empty() {
                return Ok(Vec::new());
            }
            self.connection.with(|live| self.send(live.commands, requests)).await
        })
    }

    fn address(&self) -> String {
        self.connection.place()
    }

    fn watch(&self) -> StoreFuture<'_, Box<dyn Watch>> {
        Box::pin(async move {
            let watch = self.connection.with(|live| watch::open(&self.connection, live)).await?;
            Ok(Box::new(watch) as Box<dyn Watch>)
        })
    }
}

/// Runs commands in one pipeline. An error of one of them is its answer.
async fn run(connection: &mut MultiplexedConnection, calls: Vec<Cmd>) -> Result<Vec<Value>, StoreError> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let expected = calls.len();
    let mut pipeline = Pipeline::with_capacity(expected);
    for call in calls {
        pipeline.add_command(call);
    }
    pipeline.ignore_errors();
    let values: Vec<Value> =
        pipeline.query_async(connection).await.map_err(|error| of_exchange(&error))?;
    if values.len() == expected {
        Ok(values)
    } else {
        Err(StoreError::new(StoreErrorKind::Unreadable, "the number of answers"))
    }
}

/// Returns the error that all answers are, if they are one: then it is no fault of the groups.
fn shared_fault(answers: StoreAnswers) -> Result<StoreAnswers, StoreError> {
    match &answers[..] {
        [Err(first), rest @ ..] if rest.iter().all(|other| is_error_of(other, first.kind())) => {
            Err(first.clone())
        }
        _ => Ok(answers),
    }
}

fn is_error_of(answer: &StoreAnswer, kind: StoreErrorKind) -> bool {
    answer.as_ref().is_err_and(|error| error.kind() == kind)
}

fn is_unknown_script(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}

fn answer(value: Value) -> StoreAnswer {
    match value {
        Value::ServerError(error) => Err(of_exchange(&error.into())),
        value => wire::view(value),
    }
}
