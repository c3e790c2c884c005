//! The nodes of a cluster, each with its connection; a single server is one node.
//!
//! Which node keeps a group is learned from the nodes themselves: one that does not keep it answers
//! `MOVED` or `ASK` with the address of another one, and is asked once per group. A complete map of the
//! cluster is not read, as a process has few groups, and the right to read it may be missing. When a
//! node fails, its groups are looked for at the others, which know the replica that has replaced it.

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use redis::{ServerErrorKind, Value};

use super::address::Address;
use super::connection::Connection;
use super::wire;
use crate::fleet::store::GroupName;

/// The number of slots of a cluster.
const SLOTS: u16 = 16_384;

/// The nodes that are known.
#[derive(Debug)]
pub(super) struct Nodes {
    seed: Arc<Connection>,
    address: Address,
    deadline: Duration,
    state: Mutex<KnownNodes>,
}

#[derive(Debug, Default)]
struct KnownNodes {
    /// The nodes that another node has named, by address.
    named: BTreeMap<(String, u16), Arc<Connection>>,
    /// The owners of slots.
    owners: HashMap<u16, Arc<Connection>>,
    /// The node that is asked first, in the order of `all`.
    first: usize,
}

/// A part of an exchange that one node gets: the indices of its requests.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) node: Arc<Connection>,
    /// Whether the node is asked for slots that it is about to get.
    pub(super) asking: bool,
    pub(super) requests: Vec<usize>,
}

/// The answer of a node that does not keep a group.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Redirection {
    host: String,
    port: u16,
    /// Whether it holds for one request alone, while the slot moves.
    asking: bool,
}

impl Nodes {
    pub(super) fn new(address: Address, deadline: Duration) -> Self {
        let seed = Arc::new(Connection::new(address.clone(), deadline));
        Self { seed, address, deadline, state: Mutex::default() }
    }

    /// Returns where the first server is, without secrets.
    pub(super) fn place(&self) -> String {
        self.address.place()
    }

    /// Returns the node that is asked where nothing is known.
    pub(super) fn first(&self) -> Arc<Connection> {
        let state = self.state();
        self.all(&state).nth(state.first).map_or_else(|| Arc::clone(&self.seed), Arc::clone)
    }

    /// Adds a request to the batch of the node that keeps its group, as far as is known.
    pub(super) fn sort(&self, batches: &mut Vec<Batch>, request: usize, group: &GroupName) {
        let owner = {
            let state = self.state();
            // A single server owns everything, and never says so.
            let slot = (!state.owners.is_empty()).then(|| slot(group));
            slot.and_then(|slot| state.owners.get(&slot).cloned())
        };
        add(batches, owner.unwrap_or_else(|| self.first()), false, request);
    }

    /// Adds a request to the batch of the node to which another one has sent it.
    pub(super) fn redirect(
        &self,
        batches: &mut Vec<Batch>,
        request: usize,
        group: &GroupName,
        to: Redirection,
    ) {
        let Redirection { host, port, asking } = to;
        let mut state = self.state();
        let node = state.named.entry((host, port)).or_insert_with_key(|(host, port)| {
            Arc::new(Connection::new(self.address.at(host, *port), self.deadline))
        });
        let node = Arc::clone(node);
        if !asking {
            state.owners.insert(slot(group), Arc::clone(&node));
        }
        drop(state);
        add(batches, node, asking, request);
    }

    /// Looks elsewhere for the groups of a node that has failed.
    pub(super) fn forget(&self, node: &Arc<Connection>) {
        let mut state = self.state();
        state.owners.retain(|_, owner| !Arc::ptr_eq(owner, node));
        let all: Vec<_> = self.all(&state).collect();
        if all.get(state.first).is_some_and(|first| Arc::ptr_eq(first, node)) {
            state.first = (state.first + 1) % all.len();
        }
    }

    fn all<'s>(&'s self, state: &'s KnownNodes) -> impl Iterator<Item = &'s Arc<Connection>> {
        std::iter::once(&self.seed).chain(state.named.values())
    }

    fn state(&self) -> MutexGuard<'_, KnownNodes> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(batches: &mut Vec<Batch>, node: Arc<Connection>, asking: bool, request: usize) {
    let same = |batch: &&mut Batch| Arc::ptr_eq(&batch.node, &node) && batch.asking == asking;
    match batches.iter_mut().find(same) {
        Some(batch) => batch.requests.push(request),
        None => batches.push(Batch { node, asking, requests: vec![request] }),
    }
}

/// Reads the answer of a node of a cluster that does not keep the group: `MOVED 3999 127.0.0.1:6381`. A
/// node without a name for itself leaves the host out, and is at that of the node which has answered.
pub(super) fn redirection(answer: &Value, from: &Connection) -> Option<Redirection> {
    let Value::ServerError(error) = answer else { return None };
    let asking = match error.kind()? {
        ServerErrorKind::Moved => false,
        ServerErrorKind::Ask => true,
        _ => return None,
    };
    let (host, port) = error.details()?.split_whitespace().nth(1)?.rsplit_once(':')?;
    let host = if host.is_empty() { from.host()? } else { host.to_owned() };
    Some(Redirection { host, port: port.parse().ok()?, asking })
}

/// Returns the slot of a group's keys: the CRC-16 (XMODEM) of what is in braces.
pub(super) fn slot(group: &GroupName) -> u16 {
    let crc = wire::tag(group).bytes().fold(0_u16, |crc, byte| {
        let crc = crc ^ (u16::from(byte) << 8);
        (0..8).fold(crc, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    });
    crc % SLOTS
}

/// Waits for all of some futures, which make progress at the same time.
pub(super) async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    let mut futures: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    poll_fn(|context| {
        let waiting = futures.iter_mut().zip(&mut outputs).filter(|(_, output)| output.is_none());
        for (future, output) in waiting {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *output = Some(value);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_of_a_group_is_that_of_its_keys() {
        // As `CLUSTER KEYSLOT` answers.
        assert_eq!(slot(&GroupName::new("payments")), 7_802);
        assert_eq!(slot(&GroupName::new("shop ")), 12_120);
    }
}
