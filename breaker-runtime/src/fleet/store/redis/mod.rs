//! The store in Redis: one call of a script for each request, all of an exchange in one pipeline.
//!
//! The scripts hold the rules, so that the server decides each request at once and by its own clock;
//! they are the same rules as those of `Group::step`, against which random tests compare them. They are
//! sent by their digest, and in full to a server that does not know them.

mod address;
mod connection;
mod failure;
mod nodes;
#[cfg(test)]
mod tests;
mod watch;
mod wire;

use std::sync::LazyLock;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, Script, ServerErrorKind, Value};
use tokio::time::{Instant, timeout_at};

pub(crate) use self::address::Address;
use self::failure::{ends_connection, of_exchange};
use self::nodes::{Batch, Nodes, join_all, redirection};
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
    nodes: Nodes,
    deadline: Duration,
    script: &'static ScriptText,
    /// The time on the server's clock in milliseconds that a test sets.
    #[cfg(test)]
    wall: Option<std::sync::Arc<std::sync::atomic::AtomicU64>>,
}

impl RedisStore {
    /// Returns a store that connects with its first exchange. Each exchange ends within `deadline`.
    pub(crate) fn new(address: Address, deadline: Duration) -> Self {
        Self {
            nodes: Nodes::new(address, deadline),
            deadline,
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

    /// Sends the requests of one node, and returns its answers.
    async fn send(
        &self,
        mut connection: MultiplexedConnection,
        asking: bool,
        requests: &[&(GroupName, Request)],
    ) -> Result<Vec<Value>, StoreError> {
        let calls = requests.iter().map(|request| self.call(CallForm::Digest, request));
        let mut values = run(&mut connection, asking, calls.collect()).await?;
        let unknown: Vec<usize> =
            (0..values.len()).filter(|&at| is_unknown_script(&values[at])).collect();
        if !unknown.is_empty() {
            // The first call makes the script known, so that the others need not repeat its text.
            let form = |nth| if nth == 0 { CallForm::Text } else { CallForm::Digest };
            let calls = unknown.iter().enumerate().map(|(nth, &at)| self.call(form(nth), requests[at]));
            let found = run(&mut connection, asking, calls.collect()).await?;
            for (at, value) in unknown.into_iter().zip(found) {
                values[at] = value;
            }
        }
        Ok(values)
    }

    /// Sends requests to their nodes, and those that a node does not keep to the node that it names.
    async fn send_all(&self, requests: &[(GroupName, Request)]) -> StoreAnswers {
        let until = Instant::now() + self.deadline;
        let mut answers: Vec<_> = requests.iter().map(|_| Err(late())).collect();
        let mut batches = Vec::new();
        for (at, (group, _)) in requests.iter().enumerate() {
            self.nodes.sort(&mut batches, at, group);
        }
        for redirections_left in (0..=REDIRECTIONS).rev() {
            let sent = batches.iter().map(|batch| self.send_batch(batch, requests, until));
            let results = join_all(sent.collect()).await;
            let mut redirected = Vec::new();
            for (Batch { node, requests: parts, .. }, result) in batches.iter().zip(results) {
                let values = result.unwrap_or_else(|error| {
                    self.nodes.forget(node);
                    for &at in parts {
                        answers[at] = Err(error.clone());
                    }
                    Vec::new()
                });
                for (&at, value) in parts.iter().zip(values) {
                    match redirection(&value, node).filter(|_| redirections_left > 0) {
                        Some(to) => self.nodes.redirect(&mut redirected, at, &requests[at].0, to),
                        None => answers[at] = answer(value),
                    }
                }
            }
            batches = redirected;
            if batches.is_empty() {
                break;
            }
        }
        answers
    }

    async fn send_batch(
        &self,
        Batch { node, asking, requests: parts }: &Batch,
        requests: &[(GroupName, Request)],
        until: Instant,
    ) -> Result<Vec<Value>, StoreError> {
        let parts: Vec<_> = parts.iter().map(|&at| &requests[at]).collect();
        let send = node.with(async |live| {
            let values = self.send(live.commands, *asking, &parts).await?;
            fault_of_node(&values).map_or(Ok(values), Err)
        });
        timeout_at(until, send).await.unwrap_or_else(|_| Err(late()))
    }
}

fn late() -> StoreError {
    StoreError::new(StoreErrorKind::TimedOut, "")
}

/// How often a request is sent on at most: a slot that moves has two nodes.
const REDIRECTIONS: u32 = 3;

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
            shared_fault(self.send_all(requests).await)
        })
    }

    fn address(&self) -> String {
        self.nodes.place()
    }

    fn watch(&self) -> StoreFuture<'_, Box<dyn Watch>> {
        Box::pin(async move {
            // Any node: a cluster passes on what is published at one of them to all.
            let node = self.nodes.first();
            let watch = node.with(|live| watch::open(&node, live)).await;
            let watch = watch.inspect_err(|_| self.nodes.forget(&node))?;
            Ok(Box::new(watch) as Box<dyn Watch>)
        })
    }
}

/// Runs commands in one pipeline. An error of one of them is its answer. With `asking`, a node runs them
/// for slots that it is about to get.
async fn run(
    connection: &mut MultiplexedConnection,
    asking: bool,
    calls: Vec<Cmd>,
) -> Result<Vec<Value>, StoreError> {
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let expected = calls.len();
    let mut pipeline = Pipeline::with_capacity(expected);
    for call in calls {
        if asking {
            pipeline.add_command(redis::cmd("ASKING")).ignore();
        }
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

/// Returns the error that all answers of a node are, if it is one after which the node is left.
fn fault_of_node(values: &[Value]) -> Option<StoreError> {
    let errors = values.iter().map(|value| match value {
        Value::ServerError(error) => Some(of_exchange(&error.clone().into())),
        _ => None,
    });
    let errors = errors.collect::<Option<Vec<_>>>()?;
    let first = errors.first()?;
    let same = errors.iter().all(|other| other.kind() == first.kind());
    (same && ends_connection(first)).then(|| first.clone())
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
