//! The handle that users hold: [`CircuitBreaker`].

use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::{Arc, Weak};

use crate::breaker::borrowed::BorrowedBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::keyed_breakers::KeyedBreakers;
#[cfg(feature = "tower")]
use crate::breaker::owned_permit::ServicePermit;
#[cfg(feature = "tower")]
use crate::breaker::permit::{Permit, SettlePermit};
#[cfg(feature = "test-util")]
use crate::breaker::shadow;
use crate::config::Config;
use crate::keyed::group::BorrowedMember;
#[cfg(feature = "tokio")]
use crate::keyed::group::KeyedGroup;
#[cfg(feature = "tower")]
use crate::state::token::CallToken;
#[cfg(feature = "tokio")]
use crate::support::contain::contained;
#[cfg(feature = "tokio")]
use crate::types::key::BreakerKey;
use crate::types::key::{Key, label};
#[cfg(feature = "tower")]
use crate::types::outcome::Verdict;
use crate::types::snapshot::{Snapshot, State};

/// A circuit breaker.
///
/// This is a handle: clones are the same breaker. It can be shared by reference, by clone, or from a
/// `static` (`static DB: LazyLock<CircuitBreaker>`), and every method may be called from any thread and
/// from inside a protected call or a listener.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CallError, CircuitBreaker, State};
///
/// let breaker = CircuitBreaker::builder("catalogue")
///     .failure_threshold(2)
///     .timeout(Duration::from_secs(30))
///     .build()?;
///
/// for _ in 0..2 {
///     let failed = breaker.call(|| Err::<(), _>("connection refused"));
///     assert_eq!(failed, Err(CallError::Inner("connection refused")));
/// }
/// assert_eq!(breaker.state(), State::Open);
///
/// let rejected = breaker.call(|| -> Result<(), &str> { unreachable!("the breaker is open") });
/// assert!(matches!(rejected, Err(CallError::Breaker(_))));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct CircuitBreaker(InnerRef);

/// A reference to all of one breaker.
enum InnerRef {
    Static(&'static Inner),
    /// A reference from a constant, which cannot look into it.
    Declared(&'static ManuallyDrop<Inner>),
    Shared(Arc<Inner>),
    /// The breaker of a key, without a share in the count of its `Arc`.
    Borrowed(BorrowedBreaker),
}

impl Clone for InnerRef {
    #[inline]
    fn clone(&self) -> Self {
        // One comparison for a breaker that was built, as in `own_inner`.
        if let Self::Shared(inner) = self { Self::Shared(Arc::clone(inner)) } else { self.clone_apart() }
    }
}

impl InnerRef {
    #[inline(never)]
    fn clone_apart(&self) -> Self {
        match self {
            Self::Static(inner) => Self::Static(inner),
            Self::Declared(inner) => Self::Declared(inner),
            Self::Shared(inner) => Self::Shared(Arc::clone(inner)),
            Self::Borrowed(borrowed) => Self::Shared(Arc::clone(borrowed.inner())),
        }
    }

    /// Returns the breaker of any reference.
    #[inline(never)]
    fn inner_apart(&self) -> &Inner {
        // Not by its name in the `match`, which would be a jump table.
        if let Self::Borrowed(borrowed) = self {
            return borrowed.inner();
        }
        match self {
            Self::Static(inner) => inner,
            Self::Declared(inner) => inner,
            Self::Shared(inner) => inner,
            Self::Borrowed(borrowed) => borrowed.inner(),
        }
    }
}

/// A reference to a breaker that does not keep it alive.
#[derive(Clone)]
pub(crate) enum WeakBreaker {
    /// A breaker that is never dropped.
    Permanent(CircuitBreaker),
    Shared(Weak<Inner>),
    /// The breaker of a key, which its group finds. Without a `Weak` to it: the group takes a breaker
    /// for used while there is one.
    #[cfg(feature = "tokio")]
    Keyed {
        group: Weak<KeyedGroup<Inner>>,
        key: Key,
        address: usize,
    },
}

impl WeakBreaker {
    /// Returns what identifies the breaker while this reference exists.
    #[cfg(feature = "tokio")]
    pub(crate) fn address(&self) -> usize {
        match self {
            Self::Permanent(breaker) => ptr::from_ref(breaker.own_inner()).addr(),
            Self::Shared(inner) => inner.as_ptr().addr(),
            Self::Keyed { address, .. } => *address,
        }
    }

    /// Returns the handle, unless the breaker was dropped. May run the `Eq` of a key of the user's.
    pub(crate) fn upgrade(&self) -> Option<CircuitBreaker> {
        match self {
            Self::Permanent(breaker) => Some(breaker.clone()),
            Self::Shared(inner) => inner.upgrade().map(CircuitBreaker::from_shared),
            #[cfg(feature = "tokio")]
            Self::Keyed { group, key, address } => {
                let group = group.upgrade()?;
                let found = contained(|| key.with_key(|key| group.peek(key))).flatten()?;
                (Arc::as_ptr(&found).addr() == *address).then(|| CircuitBreaker::from_shared(found))
            }
        }
    }
}

impl CircuitBreaker {
    /// Returns a reference that does not keep the breaker alive.
    pub(crate) fn downgrade(&self) -> WeakBreaker {
        match &self.0 {
            InnerRef::Shared(inner) => WeakBreaker::Shared(Arc::downgrade(inner)),
            InnerRef::Borrowed(borrowed) => WeakBreaker::Shared(Arc::downgrade(borrowed.inner())),
            InnerRef::Static(_) | InnerRef::Declared(_) => WeakBreaker::Permanent(self.clone()),
        }
    }

    pub(crate) const fn from_static(inner: &'static Inner) -> Self {
        Self(InnerRef::Static(inner))
    }

    pub(crate) const fn declared(inner: &'static ManuallyDrop<Inner>) -> Self {
        Self(InnerRef::Declared(inner))
    }

    pub(crate) fn from_shared(inner: Arc<Inner>) -> Self {
        Self(InnerRef::Shared(inner))
    }

    /// Returns the handle to the breaker of a key, if there is one.
    #[inline]
    pub(crate) fn from_borrowed(member: BorrowedMember<Inner>) -> Option<Self> {
        match BorrowedBreaker::new(member) {
            Ok(borrowed) => Some(Self(InnerRef::Borrowed(borrowed))),
            Err(shared) => shared.map(Self::from_shared),
        }
    }

    /// Returns the breaker that this handle means on the current thread: in the scope of a test its
    /// shadow.
    #[inline(always)]
    pub(crate) fn inner(&self) -> &Inner {
        let inner = self.own_inner();
        #[cfg(feature = "test-util")]
        if let Some(shadow) = shadow::shadow(inner, || self.clone()) {
            return shadow;
        }
        inner
    }

    /// Returns the breaker itself, also in the scope of a test.
    #[inline(always)]
    pub(crate) fn own_inner(&self) -> &Inner {
        // One comparison for a breaker that was built, where a `match` makes a jump table.
        if let InnerRef::Shared(inner) = &self.0 { inner } else { self.0.inner_apart() }
    }

    /// Records a success of a call, and drops the handle.
    #[cfg(feature = "tower")]
    #[inline(always)]
    pub(crate) fn succeed(self, token: CallToken) {
        // By value: a handle that is dropped where it is would be held in memory.
        match self.0 {
            InnerRef::Shared(inner) => inner.succeed(token),
            other => Self(other).succeed_apart(token),
        }
    }

    #[cfg(feature = "tower")]
    #[inline(never)]
    fn succeed_apart(self, token: CallToken) {
        self.own_inner().succeed(token);
    }

    /// Settles a call by a verdict that is no success, and drops the handle.
    #[cfg(feature = "tower")]
    #[cold]
    #[inline(never)]
    pub(crate) fn settle_apart(self, token: CallToken, verdict: Verdict) {
        Permit::new(self.own_inner(), token).settle(verdict);
    }

    /// Admits a call of a closed breaker that was built. The permit takes the handle.
    ///
    /// # Errors
    ///
    /// The handle, of any other breaker.
    #[cfg(feature = "tower")]
    #[inline(always)]
    pub(crate) fn try_fast_admit(self) -> Result<ServicePermit, Self> {
        match self.0 {
            InnerRef::Shared(inner) => match inner.cell.word().try_fast_admit() {
                Some(token) => Ok(ServicePermit::from_token(Self(InnerRef::Shared(inner)), token)),
                None => Err(Self(InnerRef::Shared(inner))),
            },
            other => Err(Self(other)),
        }
    }

    /// Admits a call as [`try_fast_admit`](Self::try_fast_admit) does, by a handle that is
    /// [bound](Self::into_scoped) to the scope of the current thread.
    #[cfg(feature = "tower")]
    #[inline(always)]
    pub(crate) fn try_fast_admit_scoped(&self) -> Result<ServicePermit, Self> {
        // Asked before it is cloned: the clone is then known to be of the same kind.
        match &self.0 {
            InnerRef::Shared(inner) if !cfg!(feature = "test-util") => {
                match inner.cell.word().try_fast_admit() {
                    Some(token) => {
                        let breaker = Self(InnerRef::Shared(Arc::clone(inner)));
                        Ok(ServicePermit::from_token(breaker, token))
                    }
                    None => Err(self.clone()),
                }
            }
            _ => self.clone().into_scoped().try_fast_admit(),
        }
    }

    /// Returns a handle that means the same breaker on every thread: the one that this handle means on
    /// the current one.
    pub(crate) fn into_scoped(self) -> Self {
        #[cfg(feature = "test-util")]
        if let Some(shadow) = shadow::shadow(self.own_inner(), || self.clone()) {
            return Self::from_static(shadow);
        }
        self
    }

    /// Returns the name, which is unique among the breakers alive. Those of [keys](Self::key) share that
    /// of their group.
    pub fn name(&self) -> &'static str {
        self.inner().name()
    }

    /// Returns the key that it is for; `None` unless it is one of [`KeyedBreakers`].
    pub fn key(&self) -> Option<&Key> {
        self.inner().key()
    }

    /// Returns the breakers of keys that this is the [template](KeyedBreakers::template) of; `None` if
    /// it is no template.
    pub fn keyed(&self) -> Option<KeyedBreakers> {
        KeyedBreakers::of(self.clone())
    }

    /// Returns whether this is the [template](KeyedBreakers::template) of breakers of keys.
    ///
    /// [`breakers`](crate::breakers) lists a template and then its keys, and the totals of the template
    /// are the sum over its keys. To add up the calls of a process, take the breakers without a key; to
    /// look at states, take those that are no template:
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, State, breakers};
    ///
    /// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
    /// for host in ["eu-1", "us-1"] {
    ///     hosts.get(host).try_acquire()?.success();
    /// }
    /// hosts.get("eu-1").trip();
    ///
    /// let calls = breakers().filter(|breaker| breaker.key().is_none());
    /// assert_eq!(calls.map(|breaker| breaker.snapshot().totals.success).sum::<u64>(), 2);
    ///
    /// let open = breakers().filter(|breaker| !breaker.is_template() && breaker.state() == State::Open);
    /// assert_eq!(open.map(|breaker| breaker.label()).collect::<Vec<_>>(), ["hosts[eu-1]"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_template(&self) -> bool {
        self.inner().group().is_some()
    }

    /// Returns the name, followed by the key in brackets if there is one: `hosts[eu-1]`. Unlike the name
    /// it is unique for each breaker. Control characters are escaped.
    pub fn label(&self) -> String {
        label(self.name(), self.key())
    }

    /// Returns whether both handles are of the same breaker.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("stock").build()?;
    /// assert!(breaker.ptr_eq(&breaker.clone()));
    /// assert!(!breaker.ptr_eq(&CircuitBreaker::builder("stock").build()?));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn ptr_eq(&self, other: &Self) -> bool {
        ptr::eq(self.own_inner(), other.own_inner())
    }

    /// Returns the options.
    pub fn config(&self) -> Config {
        self.inner().config()
    }

    /// Returns the state that the next call will meet: that of an open breaker is half-open after its
    /// `timeout`.
    pub fn state(&self) -> State {
        self.inner().state()
    }

    /// Returns state, counts and totals.
    pub fn snapshot(&self) -> Snapshot {
        self.inner().snapshot()
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("CircuitBreaker");
        debug.field("name", &self.name());
        if let Some(key) = self.key() {
            debug.field("key", key);
        }
        debug.field("state", &self.state()).finish_non_exhaustive()
    }
}
