//! The connection of this process to its fleet: [`connect`].

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::breaker::CircuitBreaker;
use crate::breaker::fleet_link::FleetWaker;
use crate::fleet::agent::{Agent, AgentOrder};
use crate::fleet::error::{FleetError, FleetErrorKind};
use crate::fleet::event::{FleetEvent, FleetSubscription};
use crate::fleet::options::FleetOptions;
use crate::fleet::protocol::message::ProcessId;
use crate::fleet::status::FleetStatus;
use crate::fleet::store::redis::{Address, RedisStore};
use crate::fleet::store::{GroupName, GroupStore};
use crate::support::subscribers::Subscribers;

/// The connection of this process to its fleet. From [`connect`]; clones are the same connection.
///
/// Dropping it changes nothing: the background task goes on until [`leave`](Self::leave), or until its
/// runtime ends.
#[derive(Clone)]
pub struct Fleet(Arc<FleetConnection>);

/// The part that the handles and the agent share.
pub(super) struct FleetConnection {
    pub(super) store: Arc<dyn GroupStore>,
    pub(super) process: ProcessId,
    pub(super) name: Arc<str>,
    pub(super) waker: Arc<FleetWaker>,
    pub(super) listeners: Arc<Subscribers<FleetEvent>>,
    pub(super) status: Mutex<FleetStatus>,
    /// Whether the agent runs.
    pub(super) alive: AtomicBool,
    orders: mpsc::UnboundedSender<AgentOrder>,
}

/// Where the agent finds the breakers of its process.
pub(super) type FindBreakers = Arc<dyn Fn() -> Vec<CircuitBreaker> + Send + Sync>;

/// The connection of the process, if it has one.
static CONNECTED: Mutex<Weak<FleetConnection>> = Mutex::new(Weak::new());

/// Connects this process to its fleet, through the Redis server at `url`, and returns at once: the
/// connection is made in the background, by a task of the current tokio runtime.
///
/// From then on the breakers with the option [`shared`](crate::circuit_breaker#shared) are shared, those
/// that exist and those that are made later. The URL is `redis://user:password@host:port/database`,
/// `rediss://..` for TLS, with the feature `redis-tls`, or `redis+unix:///path`. Valkey works as well.
/// Of a [cluster](crate::guide::fleet#a-cluster) any node will do: the others are found through it.
///
/// A process connects once. When the runtime ends, or after [`Fleet::leave`], each breaker decides by
/// itself, and the process can connect again, on another runtime.
///
/// # Errors
///
/// [`FleetErrorKind::Address`] if the URL cannot be used, or a certificate or key of the options cannot
/// be read; the error repeats nothing of them. [`FleetErrorKind::Connected`] if the process is
/// connected: [`connected`] returns that connection. [`FleetErrorKind::NoRuntime`] outside a tokio
/// runtime. A server that cannot be reached is no error.
#[expect(clippy::needless_pass_by_value, reason = "options are made for one connection")]
pub fn connect(url: &str, options: FleetOptions) -> Result<Fleet, FleetError> {
    let address = Address::parse(url)
        .map_err(|error| FleetError::new(FleetErrorKind::Address, error.to_string()))?;
    #[cfg(feature = "redis-tls")]
    let address = with_certificates(address, &options)?;
    let runtime = runtime()?;
    let mut connected = connected_slot();
    if connected.upgrade().is_some_and(|other| other.alive.load(Ordering::Acquire)) {
        return Err(FleetError::new(
            FleetErrorKind::Connected,
            "fleet: this process is connected already; use the `Fleet` of `fleet::connected`",
        ));
    }
    let store = Arc::new(RedisStore::new(address, options.deadline));
    let find: FindBreakers = Arc::new(crate::registry::breakers_of_process);
    let fleet = Fleet::start(store, options.name().into(), find, &runtime, true);
    *connected = Arc::downgrade(&fleet.0);
    Ok(fleet)
}

#[cfg(feature = "redis-tls")]
fn with_certificates(address: Address, options: &FleetOptions) -> Result<Address, FleetError> {
    let address = match &options.authorities {
        Some(pem) => address.with_authorities(pem.as_slice()),
        None => address,
    };
    let address = match &options.identity {
        Some([certificate, key]) => address.with_identity(certificate.as_slice(), key.as_slice()),
        None => address,
    };
    address.check().map_err(|error| FleetError::new(FleetErrorKind::Address, error.to_string()))?;
    Ok(address)
}

/// Returns the connection of this process; `None` if it has none, or if its runtime has ended.
pub fn connected() -> Option<Fleet> {
    let connection = connected_slot().upgrade()?;
    connection.alive.load(Ordering::Acquire).then_some(Fleet(connection))
}

fn connected_slot() -> MutexGuard<'static, Weak<FleetConnection>> {
    CONNECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn runtime() -> Result<Handle, FleetError> {
    Handle::try_current().map_err(|_| {
        FleetError::new(
            FleetErrorKind::NoRuntime,
            "fleet: there is no tokio runtime on this thread; call `connect` inside one",
        )
    })
}

/// Returns a random number for a request, from 1 to 2^53 - 1.
pub(super) fn draw() -> u64 {
    fastrand::u64(1..1 << 53)
}

impl Fleet {
    /// Starts the agent. `blocking` says that `find` may block its thread for a moment.
    pub(super) fn start(
        store: Arc<dyn GroupStore>,
        name: Arc<str>,
        find: FindBreakers,
        runtime: &Handle,
        blocking: bool,
    ) -> Self {
        let (orders, receiver) = mpsc::unbounded_channel();
        let status = FleetStatus::unknown(&name, store.address());
        let connection = Arc::new(FleetConnection {
            store,
            process: ProcessId(draw()),
            waker: Arc::default(),
            listeners: Arc::default(),
            status: Mutex::new(status),
            name,
            alive: AtomicBool::new(true),
            orders,
        });
        let agent = Agent::new(Arc::clone(&connection), find, blocking);
        runtime.spawn(agent.run(receiver));
        Self(connection)
    }

    /// Returns what this process knows of its fleet. Nothing is asked for it.
    pub fn status(&self) -> FleetStatus {
        self.0.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls `listener` for each change of the fleet that is no change of one breaker's state, until the
    /// [`FleetSubscription`] is dropped. It runs in the background task, without a lock; a panic in it
    /// is caught and dropped. It should be quick, as the task waits for it.
    pub fn on_event(&self, listener: impl Fn(&FleetEvent) + Send + Sync + 'static) -> FleetSubscription {
        FleetSubscription(self.0.listeners.subscribe(listener))
    }

    /// Leaves the fleet: gives a lease back, ends the background task, and lets each breaker decide by
    /// itself. Waits for the store for as long as the deadline of an exchange. For the end of a process.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped leaves as well.
    pub async fn leave(self) {
        let (done, left) = tokio::sync::oneshot::channel();
        if self.0.orders.send(AgentOrder::Leave(done)).is_ok() {
            // An error means that the task has ended, and with it the membership.
            let _ = left.await;
        }
    }

    pub(super) fn store(&self) -> &dyn GroupStore {
        &*self.0.store
    }

    pub(super) fn process(&self) -> ProcessId {
        self.0.process
    }

    /// Lets the agent look at a group.
    pub(super) fn look_at(&self, group: GroupName) {
        // Without an agent there is nothing to update.
        let _ = self.0.orders.send(AgentOrder::Look(group));
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("process", &self.0.name).finish_non_exhaustive()
    }
}
