//! All breakers of the process: [`breakers`], [`breaker`], [`breaker_of`], and settings that change
//! them.
//!
//! Annotated functions are registered when the program is linked, so that they are listed before their
//! first call (`registration`, `declared`); breakers that are built are listed until their last handle
//! is dropped (`built`). A name belongs to one breaker, and does not change.
//!
//! `build` has the builders, and `configure` applies settings; both stand above the list and above
//! `settings`, which do not call each other. No code of a user runs under a lock of this module:
//! initialisers of `static` breakers, clocks and listeners may call any function of it.

pub(crate) mod build;
mod built;
mod clash;
pub(crate) mod configure;
mod declared;
#[cfg(feature = "inject")]
pub mod inject;
pub(crate) mod keyed;
pub(crate) mod missing;
mod names;
mod registration;
pub(crate) mod settings;
mod shared;
pub(crate) mod static_breaker;
#[cfg(feature = "test-util")]
pub mod testing;
mod trip_report;
mod warnings;

use std::any::type_name;
use std::collections::HashSet;
use std::iter;
use std::ptr;
use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::given_name::GivenName;
use crate::breaker::inner::Inner;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::breaker::scope::ScopeId;
pub use crate::registry::clash::{NameClash, name_clashes};
#[cfg(feature = "inject")]
pub(crate) use crate::registry::declared::answers_injected;
use crate::registry::declared::{Declarations, Declared, declared, name_declared};
pub(crate) use crate::registry::declared::{name_of, wanted_name};
use crate::registry::names::{as_users_name, without_generics};
#[cfg(feature = "tokio")]
pub use crate::registry::registration::ProbeRegistration;
pub use crate::registry::registration::Registration;
#[cfg(feature = "tokio")]
pub(crate) use crate::registry::registration::probe_of;

/// Lists all breakers: first those of annotated functions and [declared](crate::declare) ones by their
/// order in the source, then those that were built, by age. Keyed breakers follow the template of their
/// function or group, which counts the sum over them: [`CircuitBreaker::is_template`] says how not to
/// count a call twice.
///
/// A `static` of the user that a function names by `breaker = DB` is built by the first listing, on a
/// thread of its own, if no call has built it yet. It is not listed if its initialiser panics, nor while
/// its initialiser runs for more than a second, as one does that calls this function itself.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, breakers};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// for breaker in breakers() {
///     println!("{:<30} {}", breaker.name(), breaker.state());
/// }
/// # assert!(breakers().any(|found| found.name() == breaker.name()));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn breakers() -> impl ExactSizeIterator<Item = CircuitBreaker> {
    let mut seen = HashSet::new();
    // This may run the initialiser of a user's `static`, which lists itself: no lock is held meanwhile.
    let declared = declared();
    let mut all: Vec<_> = declared.all().filter_map(Declared::breaker).cloned().collect();
    all.extend(built::handles());
    all.retain(|breaker| seen.insert(ptr::from_ref(breaker.own_inner()).addr()));
    let with_keys = |breaker: CircuitBreaker| {
        let keyed = breaker.keyed().into_iter().flat_map(|keyed| keyed.iter());
        iter::once(breaker).chain(keyed)
    };
    let all: Vec<_> = all.into_iter().flat_map(with_keys).collect();
    all.into_iter()
}

/// Returns the breakers that the current thread may change all at once: in an isolated test its own, and
/// otherwise all but those of such tests.
pub(crate) fn breakers_here() -> impl Iterator<Item = CircuitBreaker> {
    let scope = ScopeId::current();
    breakers().filter(move |breaker| breaker.inner().scope() == scope)
}

/// Returns the breakers of the process, without those of isolated tests.
#[cfg(feature = "redis")]
pub(crate) fn breakers_of_process() -> Vec<CircuitBreaker> {
    breakers().filter(|breaker| breaker.own_inner().scope() == ScopeId::PROCESS).collect()
}

/// Returns the addresses of the breakers with calls that are retried, as [`CircuitBreaker::own_inner`]
/// has them. Returns `None` if that is not known, on a host that calls no constructors.
fn retried() -> Option<HashSet<usize>> {
    let declared = declared();
    if cfg!(target_family = "wasm") && declared.all().next().is_none() {
        return None;
    }
    let breakers = declared.all().filter(|function| function.retries()).filter_map(Declared::breaker);
    Some(breakers.map(|breaker| ptr::from_ref(breaker.own_inner()).addr()).collect())
}

/// Starts a [dry run](CircuitBreaker::observe) of every breaker that exists.
/// [`Settings`](crate::Settings) with `"*" = { observe = true }` include those that are built later.
///
/// It overrides any forced mode.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Mode, automatic_all, observe_all};
///
/// let breaker = CircuitBreaker::builder("payments").build()?;
/// observe_all();
/// assert_eq!(breaker.snapshot().mode, Mode::Observe);
/// automatic_all();
/// assert_eq!(breaker.snapshot().mode, Mode::Automatic);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn observe_all() {
    breakers_here().for_each(|breaker| breaker.observe());
}

/// Makes every breaker that exists [decide again](CircuitBreaker::automatic), whether it was in a dry
/// run or forced.
pub fn automatic_all() {
    breakers_here().for_each(|breaker| breaker.automatic());
}

/// Ends the modes that have [expired](crate::Operator::expires_after), and returns how many it ended.
///
/// A mode also ends without this, at the next call or read that looks at it. A service that calls this
/// every few seconds has the end, and its event, on time.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, ManualClock, Mode, Operator, end_expired_overrides};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder("search").clock(clock.clone()).build()?;
/// let minute = Duration::from_secs(60);
/// breaker.set_mode_by(Mode::ForcedClosed, Operator::new("ada").expires_after(minute));
/// assert_eq!(end_expired_overrides(), 0);
/// clock.advance(minute);
/// assert_eq!(end_expired_overrides(), 1);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn end_expired_overrides() -> usize {
    breakers_here().filter(|breaker| breaker.inner().end_expired_mode()).count()
}

/// Returns the breaker of this name. The breaker of a key has the name of its function or group, and the
/// key: `hosts[eu-1]`.
///
/// `None` if there is none. Takes the same time however many breakers there are. A key that is neither a
/// text nor a number is looked for among all keys of its function or group, and so is one that has no
/// breaker.
///
/// A `static` of the user that a function names by `breaker = DB`, and that no call has built yet, is
/// built as by [`breakers`] if no other breaker has the name.
pub fn breaker(name: &str) -> Option<CircuitBreaker> {
    let declared = declared();
    let find = || named(&declared, name).or_else(|| of_key(&declared, name));
    find().or_else(|| {
        let built = declared.all().filter(|function| function.is_shared()).filter_map(Declared::breaker);
        if built.count() > 0 { find() } else { None }
    })
}

/// Returns the breaker with this whole name.
fn named(declared: &Declarations, name: &str) -> Option<CircuitBreaker> {
    declared.named(name).cloned().or_else(|| built::find(name))
}

/// Returns the breaker of a key, by a name such as `hosts[eu-1]`. Both the name of the group and the key
/// may have brackets of their own.
fn of_key(declared: &Declarations, name: &str) -> Option<CircuitBreaker> {
    let inside = name.strip_suffix(']')?;
    inside.match_indices('[').find_map(|(at, _)| {
        let keyed = KeyedBreakers::of(named(declared, &inside[..at])?)?;
        keyed.find_printed(&inside[at + 1..])
    })
}

/// Returns the breaker of an annotated function: `breaker_of(recommendations)`,
/// `breaker_of(Client::get)`. All instances of a generic function share one breaker.
///
/// ```
/// use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};
///
/// #[circuit_breaker]
/// fn stock(item: u32) -> Result<u32, BreakerError> {
///     Ok(item)
/// }
///
/// assert_eq!(breaker_of(stock).state(), State::Closed);
/// ```
///
/// # Panics
///
/// If the function is not annotated, or if the argument is a closure or a function pointer: only the
/// type of a function itself identifies it. Also if two annotated functions have the same path,
/// as in two blocks of one function, which [`name_clashes`] reports: give each an `accessor`.
/// [`find_breaker_of`] does not panic.
///
/// A method that overrides an annotated default method of its trait has the same path: if it is not
/// annotated itself, the breaker found is that of the default.
///
/// The panic is reported at the call of `breaker_of`, and names the annotated function that is nearest.
#[track_caller]
pub fn breaker_of<F>(function: F) -> &'static CircuitBreaker {
    match find_breaker_of(function) {
        Some(breaker) => breaker,
        None => panic!("{}", missing::message(type_name::<F>(), "breaker_of", "#[circuit_breaker]")),
    }
}

/// Returns the breaker of an annotated function as [`breaker_of`] does, or `None` if there is none.
///
/// ```
/// use breaker_runtime::{BreakerError, circuit_breaker, find_breaker_of};
///
/// #[circuit_breaker]
/// fn stock(item: u32) -> Result<u32, BreakerError> {
///     Ok(item)
/// }
///
/// fn bare() {}
///
/// assert!(find_breaker_of(stock).is_some());
/// assert!(find_breaker_of(bare).is_none());
/// ```
pub fn find_breaker_of<F>(function: F) -> Option<&'static CircuitBreaker> {
    // A function has no state; that of a closure is not used.
    drop(function);
    let path = as_users_name(type_name::<F>());
    let declared = declared();
    declared.find(path).or_else(|| declared.find(&of_trait(path)?)).and_then(Declared::breaker)
}

/// Returns the path of a method with its body in the trait: `Fetch::get` for `<Client as Fetch>::get`.
fn of_trait(path: &str) -> Option<String> {
    let plain = without_generics(path);
    let (_, rest) = plain.strip_prefix('<')?.split_once(" as ")?;
    let (of_trait, method) = rest.split_once(">::")?;
    Some(format!("{of_trait}::{method}"))
}

/// Lists a new breaker, under a name that no other has.
fn add(name: &str, make: impl FnOnce(GivenName) -> Inner) -> Arc<Inner> {
    // Functions get their names first; a breaker that is built gets another name.
    name_declared();
    let (inner, clash) = built::list(name, make);
    if let Some(clash) = clash {
        warnings::name_clash(&clash);
    }
    inner
}
