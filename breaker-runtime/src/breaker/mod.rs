//! The handle that users hold: [`CircuitBreaker`].

pub(crate) mod acquire;
pub(crate) mod admission;
mod concurrency;
pub(crate) mod events;
#[cfg(test)]
mod eviction_tests;
pub(crate) mod future;
pub(crate) mod inner;
pub(crate) mod judge;
pub(crate) mod keyed_breakers;
#[cfg(test)]
mod keyed_tests;
pub(crate) mod listener;
pub(crate) mod listeners;
pub(crate) mod member;
pub(crate) mod on_drop;
#[cfg(any(feature = "tower", feature = "stream"))]
pub(crate) mod owned_permit;
pub(crate) mod permit;
mod queue;
pub(crate) mod reconfigure;
pub(crate) mod role;
pub(crate) mod scope;
mod settle;
#[cfg(feature = "test-util")]
pub(crate) mod shadow;
pub(crate) mod snapshot;
#[cfg(feature = "stream")]
pub(crate) mod stream_permit;
pub(crate) mod subscription;
mod unwind;

use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::breaker::future::CallAsync;
use crate::breaker::inner::Inner;
use crate::breaker::judge::{ByClassifier, ErrIsFailure};
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::breaker::listener::Listener;
use crate::breaker::permit::{FailOnUnwind, Permit};
use crate::breaker::subscription::Subscription;
use crate::config::{Config, ConfigUpdate};
use crate::registry;
use crate::registry::NameClash;
use crate::registry::build::{CircuitBreakerBuilder, ConfigError};
use crate::state::transition::Command;
use crate::types::error::{BreakerError, CallError};
use crate::types::event::Event;
use crate::types::key::{Key, label};
use crate::types::outcome::Outcome;
use crate::types::snapshot::{Mode, Snapshot, State};

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
pub struct CircuitBreaker(Handle);

#[derive(Clone)]
enum Handle {
    Static(&'static Inner),
    /// A constant cannot look into it.
    Declared(&'static ManuallyDrop<Inner>),
    Shared(Arc<Inner>),
}

impl CircuitBreaker {
    /// Starts to build a breaker of this name.
    pub fn builder(name: impl Into<String>) -> CircuitBreakerBuilder {
        CircuitBreakerBuilder::new(name.into())
    }

    pub(crate) const fn from_static(engine: &'static Inner) -> Self {
        Self(Handle::Static(engine))
    }

    pub(crate) const fn declared(engine: &'static ManuallyDrop<Inner>) -> Self {
        Self(Handle::Declared(engine))
    }

    pub(crate) fn from_shared(engine: Arc<Inner>) -> Self {
        Self(Handle::Shared(engine))
    }

    #[inline(always)]
    pub(crate) fn engine(&self) -> &Inner {
        let engine = self.own_engine();
        #[cfg(feature = "test-util")]
        if let Some(shadow) = shadow::shadow(engine, || self.clone()) {
            return shadow;
        }
        engine
    }

    /// The engine itself, also inside a [`testing::isolate`](crate::registry::testing::isolate).
    #[inline(always)]
    pub(crate) fn own_engine(&self) -> &Inner {
        match &self.0 {
            Handle::Static(engine) => engine,
            Handle::Declared(engine) => engine,
            Handle::Shared(engine) => engine,
        }
    }

    /// The breaker that this one is on the current thread, for what goes on elsewhere.
    #[cfg(any(feature = "tower", feature = "stream"))]
    pub(crate) fn into_scoped(self) -> Self {
        #[cfg(feature = "test-util")]
        if let Some(shadow) = shadow::shadow(self.own_engine(), || self.clone()) {
            return Self::from_static(shadow);
        }
        self
    }

    /// The name: unique among the breakers alive, but for those of [keys](Self::key), which have that of their family.
    pub fn name(&self) -> &'static str {
        self.engine().name()
    }

    /// Returns why this breaker has another name than it was given: another one had that name. `None` if it has its own.
    ///
    /// Of annotated functions and declared breakers [`name_clashes`](crate::name_clashes) lists all.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let first = CircuitBreaker::builder("stock").build()?;
    /// let second = CircuitBreaker::builder("stock").build()?;
    /// assert_eq!(first.name_clash(), None);
    /// assert_eq!(second.name_clash().unwrap().given, "stock#2");
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn name_clash(&self) -> Option<NameClash> {
        registry::clash_of(self)
    }

    /// The key that it is for; `None` unless it is one of [`KeyedBreakers`].
    pub fn key(&self) -> Option<&Key> {
        self.engine().key()
    }

    /// The breakers of keys that this is the [template](KeyedBreakers::template) of; `None` if it is no template.
    pub fn keyed(&self) -> Option<KeyedBreakers> {
        KeyedBreakers::of(self.clone())
    }

    /// Returns whether this is the [template](KeyedBreakers::template) of breakers of keys.
    ///
    /// [`breakers`](crate::breakers) lists a template and then its keys, and the totals of the template are the sum over its
    /// keys. So whoever adds up the breakers of a process takes those without a key, and whoever looks at states
    /// takes those that are no template:
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, State, breakers};
    ///
    /// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
    /// for host in ["eu-1", "us-1"] {
    ///     hosts.get(host).call(|| Ok::<_, ()>(())).unwrap();
    /// }
    /// hosts.get("eu-1").trip();
    ///
    /// let calls = breakers().filter(|breaker| breaker.key().is_none());
    /// assert_eq!(calls.map(|breaker| breaker.snapshot().totals.success).sum::<u64>(), 2);
    ///
    /// let open = breakers().filter(|breaker| !breaker.is_template() && breaker.state() == State::Open);
    /// assert_eq!(open.map(|breaker| breaker.label()).collect::<Vec<_>>(), ["hosts[eu-1]"]);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn is_template(&self) -> bool {
        self.engine().family().is_some()
    }

    /// Returns the name, and behind it the key in brackets if there is one: `hosts[eu-1]`. Unlike the name it is
    /// different for each breaker. Control characters are escaped.
    pub fn label(&self) -> String {
        label(self.name(), self.key())
    }

    /// The options.
    pub fn config(&self) -> Config {
        self.engine().config()
    }

    /// What the next call will meet. An open breaker whose `timeout` has passed is half-open.
    pub fn state(&self) -> State {
        self.engine().state()
    }

    /// State, counts and totals.
    pub fn snapshot(&self) -> Snapshot {
        self.engine().snapshot()
    }

    /// Runs a call if the breaker allows it, as in the example [above](Self). `Err` is a failure, and so is a panic,
    /// which goes on unwinding. With [`max_wait`](CircuitBreakerBuilder::max_wait) this may block the thread first.
    ///
    /// # Errors
    ///
    /// [`CallError::Breaker`] if the breaker did not run it, [`CallError::Inner`] if it failed.
    #[inline]
    pub fn call<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        let guard = FailOnUnwind::new(self.engine().acquire_blocking()?);
        let result = call();
        guard.record(Outcome::of(&result));
        result.map_err(CallError::Inner)
    }

    /// As [`call`](Self::call), for a future. The breaker is asked at the first poll, and `call` is run
    /// only if it agrees. Works on any executor.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// async fn fetch(url: &str) -> Result<String, std::io::Error> {
    ///     Ok(format!("the page at {url}"))
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("pages").build()?;
    /// let page = breaker.call_async(|| fetch("https://example.com")).await?;
    /// assert!(page.starts_with("the page"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The future ends with [`CallError::Breaker`] if the breaker did not run the call, with
    /// [`CallError::Inner`] if it failed.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped before it ends counts as cancelled: neither success nor failure, and a
    /// probe's place comes free at once. One that had run for longer than `slow_call` by then is a failure.
    pub fn call_async<F, Fut, T, E>(&self, call: F) -> CallAsync<'_, F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        CallAsync::new(self, call, ErrIsFailure)
    }

    /// Runs a call as [`call`](Self::call) does, and counts its result by `classifier`.
    ///
    /// The result reaches the caller as it is: an `Err` that counts as a success is still [`CallError::Inner`], and an
    /// `Ok` that counts as a failure is still `Ok`. A panic, in the call or in `classifier`, is a failure and goes on
    /// unwinding. [`classify::outcome`](crate::integrations::classify::outcome) is a ready-made classifier for responses and for
    /// errors that implement [`Classify`](crate::integrations::classify::Classify).
    ///
    /// ```
    /// use breaker_runtime::classify::{self, Class, Classify};
    /// use breaker_runtime::{CircuitBreaker, Outcome};
    ///
    /// enum ShopError {
    ///     NotFound,
    ///     Unreachable,
    /// }
    ///
    /// impl Classify for ShopError {
    ///     fn class(&self) -> Class {
    ///         match self {
    ///             Self::NotFound => Class::ClientError,
    ///             Self::Unreachable => Class::NoAnswer,
    ///         }
    ///     }
    /// }
    ///
    /// let breaker = CircuitBreaker::builder("shop").build()?;
    /// let _ = breaker.call_classified(|| Err::<u32, _>(ShopError::NotFound), classify::outcome);
    /// let _ = breaker.call_classified(|| Err::<u32, _>(ShopError::Unreachable), classify::outcome);
    /// let _ = breaker.call_classified(
    ///     || "seven".parse::<u32>(),
    ///     |result| if result.is_ok() { Outcome::Success } else { Outcome::Ignored },
    /// );
    /// let totals = breaker.snapshot().totals;
    /// assert_eq!((totals.success, totals.failure, totals.ignored), (1, 1, 1));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError::Breaker`] if the breaker did not run it, [`CallError::Inner`] if its result is an `Err`.
    #[inline]
    pub fn call_classified<T, E>(
        &self,
        call: impl FnOnce() -> Result<T, E>,
        classifier: impl FnOnce(&Result<T, E>) -> Outcome,
    ) -> Result<T, CallError<E>> {
        let guard = FailOnUnwind::new(self.engine().acquire_blocking()?);
        let result = call();
        let outcome = classifier(&result);
        guard.record(outcome);
        result.map_err(CallError::Inner)
    }

    /// Runs a future as [`call_async`](Self::call_async) does, and counts its result by `classifier`, as
    /// [`call_classified`](Self::call_classified) does. A call that ends at its
    /// [`call_timeout`](CircuitBreakerBuilder::call_timeout) is a failure without a result to classify.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, Outcome};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("pages").build()?;
    /// let status = breaker
    ///     .call_async_classified(
    ///         async || Ok::<u16, std::io::Error>(503),
    ///         |result| if matches!(result, Ok(..500)) { Outcome::Success } else { Outcome::Failure },
    ///     )
    ///     .await?;
    /// assert_eq!((status, breaker.snapshot().totals.failure), (503, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The future ends with [`CallError::Breaker`] if the breaker did not run the call or ended it at its deadline, with
    /// [`CallError::Inner`] if the result is an `Err`.
    ///
    /// # Cancel safety
    ///
    /// As [`call_async`](Self::call_async).
    pub fn call_async_classified<F, Fut, T, E, C>(
        &self,
        call: F,
        classifier: C,
    ) -> CallAsync<'_, F, Fut, ByClassifier<C>>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        C: FnOnce(&Result<T, E>) -> Outcome,
    {
        CallAsync::new(self, call, ByClassifier(classifier))
    }

    /// Asks for the right to run one call, for code that fits neither [`call`](Self::call) nor
    /// [`call_async`](Self::call_async). Does not wait for it, whatever [`max_wait`](CircuitBreakerBuilder::max_wait) says.
    ///
    /// # Errors
    ///
    /// [`BreakerError`] if the breaker does not allow it.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, BreakerError> {
        self.engine().try_acquire()
    }

    /// Opens the breaker for `timeout`, as if it had failed too often. Has no effect on one that is open
    /// or forced.
    pub fn trip(&self) {
        self.order(Command::Trip);
    }

    /// Closes the breaker and forgets what it has counted towards opening. The mode stays, and so do the
    /// totals. Calls in flight will be late.
    pub fn reset(&self) {
        self.order(Command::Reset);
    }

    /// Rejects every call until [`automatic`](Self::automatic) or another mode is called for.
    pub fn force_open(&self) {
        self.order(Command::Mode(Mode::ForcedOpen));
    }

    /// Runs every call until [`automatic`](Self::automatic) or another mode is called for.
    pub fn force_closed(&self) {
        self.order(Command::Mode(Mode::ForcedClosed));
    }

    /// Starts a dry run: the breaker decides, and tells it in events and in the snapshot, and every call
    /// runs all the same. Starts closed and empty, as does every change of mode.
    pub fn observe(&self) {
        self.order(Command::Mode(Mode::Observe));
    }

    /// Ends a forced mode or a dry run: the breaker decides again, starting closed and empty. Has no
    /// effect on one that does.
    pub fn automatic(&self) {
        self.order(Command::Mode(Mode::Automatic));
    }

    /// What a template is told to do, the breakers of all its keys do.
    fn order(&self, order: Command) {
        let engine = self.engine();
        match engine.family() {
            Some(family) => family.give_order(engine, order),
            None => {
                engine.control(order);
            }
        }
    }

    /// Changes the options, without losing state.
    ///
    /// `change` is given the present options and returns what they are to be. It is called again if somebody
    /// else has changed them meanwhile, and so should do nothing else.
    ///
    /// - The state stays, and so do the mode, the streak, and how far the open period has grown. An open period that
    ///   has begun lasts as long as it was to; the next one has the new length.
    /// - The window keeps the newest results, as many as fit. Between a number of calls and a span of time it
    ///   starts empty, and so does one that was not there before.
    /// - A lower `max_probes` holds for the probes in flight as well: no further one runs until fewer are left. A probe
    ///   that was lost under a shorter `probe_timeout` stays lost, and a ramp that is over stays over.
    /// - What is over a new limit already opens the breaker with the next failure, not by itself.
    ///
    /// Calls go on meanwhile. The options are exchanged as a whole behind a pointer that is read without a lock,
    /// and a closed breaker does not read it to admit a call or to count a success, unless it times calls or
    /// thins them out. Only what is entered into a window, a failure or a slow call, may wait while
    /// that is fitted to its new size, as it may for another call that is entered.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// breaker.reconfigure(|options| options.timeout(Duration::from_secs(5)).failure_rate(0.2))?;
    /// assert_eq!(breaker.config().timeout(), Duration::from_secs(5));
    ///
    /// let error = breaker.reconfigure(|options| options.failure_rate(20.0)).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "circuit breaker `payments` keeps its options: failure_rate is 20.0 and must be above 0 and at \
    ///      most 1"
    /// );
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// For a file of settings there is [`configure`](crate::configure).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every value that is out of range, or does not go together with another one. Then
    /// nothing has changed.
    pub fn reconfigure(&self, change: impl Fn(ConfigUpdate) -> ConfigUpdate) -> Result<(), ConfigError> {
        let engine = self.engine();
        loop {
            let before = engine.config();
            let after = change(ConfigUpdate::new(before))
                .finish(&before)
                .map_err(|problems| ConfigError::of_built(engine.name(), problems))?;
            if engine.reconfigure(before, after) {
                if let Some(family) = engine.family() {
                    family.follow_options(engine);
                }
                return Ok(());
            }
        }
    }

    /// Calls `listener` for every change of state, in order, until the [`Subscription`] is dropped.
    ///
    /// It runs after the change is published, on a thread that made a change or is making one, with no
    /// lock held: it may call any method of any breaker. A panic in it is caught and dropped. It should be
    /// quick, as some call waits for it. While it runs, further events wait, up to 1,024 of them; then the oldest are
    /// dropped, which [`Event::dropped`] and [`Snapshot::dropped_events`] count.
    ///
    /// ```
    /// # use breaker_runtime::CircuitBreaker;
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// let subscription = breaker.on_event(|event| eprintln!("{event}"));
    /// breaker.trip(); // payments: closed -> open (tripped by hand)
    /// # drop(subscription);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn on_event(&self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Subscription {
        let listener = Arc::new(Listener::new(Box::new(listener)));
        let engine = self.engine();
        engine.event_log().subscribe(Arc::clone(&listener));
        if let Some(family) = engine.family() {
            family.common().listeners.add(Arc::clone(&listener));
        }
        Subscription::new(self.clone(), listener)
    }

    pub(crate) fn unsubscribe(&self, listener: &Arc<Listener>) {
        // Inside an isolation the listener may sit on either of the two.
        for engine in [self.engine(), self.own_engine()] {
            engine.event_log().unsubscribe(listener);
            if let Some(family) = engine.family() {
                family.common().listeners.remove(listener);
            }
        }
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
