//! Every breaker of the process: [`breakers`], [`breaker`], [`breaker_of`].
//!
//! Annotated functions register themselves when the program is linked, so that they are listed before
//! their first call; breakers that are built register when they are built, and leave when the last handle
//! to them is dropped.

pub(crate) mod build;
mod built;
pub(crate) mod configure;
mod declared;
pub(crate) mod keyed;
pub(crate) mod missing;
mod names;
pub(crate) mod settings;
mod shared;
pub(crate) mod static_breaker;
#[cfg(feature = "test-util")]
pub mod testing;
mod warnings;

use std::any::type_name;
use std::collections::HashSet;
use std::fmt;
use std::iter;
use std::ptr;
use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::on_drop::OnDrop;
use crate::breaker::scope::ScopeId;
pub(crate) use crate::registry::declared::name_of;
use crate::registry::declared::{Declared, declared};
use crate::registry::names::{as_users_name, without_generics};
use crate::registry::static_breaker::{Here, StaticBreaker};
use crate::support::text::escaped;

/// An annotated function, as the attribute registers it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration {
    /// The name in the attribute.
    name: Option<&'static str>,
    /// Its identifier.
    function: &'static str,
    /// Whether the function has the option `retry`.
    retries: bool,
    through: Through,
}

/// The breaker that an annotated function goes through.
#[derive(Clone, Copy, Debug)]
enum Through {
    Own(&'static StaticBreaker),
    /// The user's own, with a name of its own.
    Shared(fn() -> &'static CircuitBreaker, Here),
}

impl Registration {
    /// Of a function, by its identifier, with a breaker of its own.
    pub const fn own(function: &'static str, place: &'static StaticBreaker) -> Self {
        Self { name: None, function, retries: false, through: Through::Own(place) }
    }

    /// Of a function that goes through a breaker of the user's. The closure says where.
    #[track_caller]
    pub const fn shared<F: Copy>(
        function: &'static str,
        closure: F,
        breaker: fn() -> &'static CircuitBreaker,
    ) -> Self {
        Self {
            name: None,
            function,
            retries: false,
            through: Through::Shared(breaker, Here::of(closure)),
        }
    }

    /// With the name in the attribute.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Of a function with the option `retry`.
    #[must_use]
    pub const fn retried(self) -> Self {
        Self { retries: true, ..self }
    }

    fn here(&self) -> Here {
        match self.through {
            Through::Own(place) => place.here(),
            Through::Shared(_, here) => here,
        }
    }

    fn breaker(&self) -> &'static CircuitBreaker {
        match self.through {
            Through::Own(place) => place.handle(),
            Through::Shared(breaker, _) => breaker(),
        }
    }

    fn is_shared(&self) -> bool {
        matches!(self.through, Through::Shared(..))
    }
}

inventory::collect!(Registration);

/// All breakers: first those of annotated functions and [declared](crate::declare) ones by place in the source, then
/// those that were built, by age. Those of keys follow the template of their function or family, whose totals are the
/// sum over them: [`CircuitBreaker::is_template`] says how not to count a call twice.
///
/// A `static` of the user's that a function names by `breaker = DB` is built by the first listing, on a thread of its
/// own, if no call has built it yet. One whose initialiser panics is not listed, nor is one whose initialiser has not
/// ended after a second, such as one that asks for this listing itself: that one is listed once it is there.
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
    // This may build the breaker of a user's `Lazy`, which lists itself: no lock is held meanwhile.
    let declared = declared();
    let mut all: Vec<_> = declared.all().filter_map(Declared::breaker).cloned().collect();
    all.extend(built::handles());
    all.retain(|breaker| seen.insert(ptr::from_ref(breaker.own_engine()).addr()));
    let with_keys = |breaker: CircuitBreaker| {
        let keyed = breaker.keyed().into_iter().flat_map(|keyed| keyed.iter());
        iter::once(breaker).chain(keyed)
    };
    let all: Vec<_> = all.into_iter().flat_map(with_keys).collect();
    all.into_iter()
}

/// Those that the current thread may change all at once: in a test that is isolated its own, and otherwise all
/// but those of such tests.
pub(crate) fn breakers_here() -> impl Iterator<Item = CircuitBreaker> {
    let scope = ScopeId::current();
    breakers().filter(move |breaker| breaker.engine().scope() == scope)
}

/// Returns the addresses of the engines whose calls are retried, for [`CircuitBreaker::own_engine`]; `None` if that is not
/// known, on a host that calls no constructors.
pub(crate) fn retried() -> Option<HashSet<usize>> {
    let declared = declared();
    if cfg!(target_family = "wasm") && declared.all().next().is_none() {
        return None;
    }
    let breakers = declared.all().filter(|function| function.retries()).filter_map(Declared::breaker);
    Some(breakers.map(|breaker| ptr::from_ref(breaker.own_engine()).addr()).collect())
}

/// Starts a [dry run](CircuitBreaker::observe) of every breaker that there is. For those that are still to be
/// built as well, say so in the [`Settings`](crate::Settings): `"*" = { observe = true }`.
///
/// A breaker that was forced open or closed is so no more.
pub fn observe_all() {
    breakers_here().for_each(|breaker| breaker.observe());
}

/// Makes every breaker that there is [decide again](CircuitBreaker::automatic), whether it was in a dry run or
/// forced.
pub fn automatic_all() {
    breakers_here().for_each(|breaker| breaker.automatic());
}

/// The breaker of this name. That of a key is called by the name of its function or family and the key: `hosts[eu-1]`.
pub fn breaker(name: &str) -> Option<CircuitBreaker> {
    breakers().find(|breaker| is_called(breaker, name))
}

fn is_called(breaker: &CircuitBreaker, name: &str) -> bool {
    match (name.strip_prefix(breaker.name()), breaker.key()) {
        (Some(rest), None) => rest.is_empty(),
        (Some(rest), Some(key)) => rest
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|rest| key.reads(rest)),
        (None, _) => false,
    }
}

/// The breaker of an annotated function: `breaker_of(recommendations)`, `breaker_of(Client::get)`. Of a
/// generic function, any instance will do: all share one breaker.
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
/// If the function is not annotated, or if what is passed is a closure or a function pointer: only the
/// type of a function itself tells which function it is. Also if two annotated functions have the same path,
/// as in two blocks of one function, which [`name_clashes`] tells: give each an `accessor`.
/// [`find_breaker_of`] does not panic.
///
/// A method that overrides an annotated default method of its trait cannot be told from it: if it is not
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

/// As [`breaker_of`], or `None` if there is none.
pub fn find_breaker_of<F>(function: F) -> Option<&'static CircuitBreaker> {
    // A function has no state; a closure's is of no use here.
    drop(function);
    let path = as_users_name(type_name::<F>());
    let declared = declared();
    declared.find(path).or_else(|| declared.find(&of_trait(path)?)).and_then(Declared::breaker)
}

/// `<Client as Fetch>::get`, where the trait has the body, is declared as `Fetch::get`.
fn of_trait(path: &str) -> Option<String> {
    let plain = without_generics(path);
    let (_, rest) = plain.strip_prefix('<')?.split_once(" as ")?;
    let (of_trait, method) = rest.split_once(">::")?;
    Some(format!("{of_trait}::{method}"))
}

/// Two breakers that want the same name; from [`name_clashes`] and
/// [`CircuitBreaker::name_clash`](crate::CircuitBreaker::name_clash).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameClash {
    /// The name that both were given.
    pub wanted: &'static str,
    /// The name that the second one got instead, with a number.
    pub given: &'static str,
    /// The file, line and column of the first one, or that it was built at run time.
    pub first: String,
    /// The file, line and column of the second one, or that it was built at run time.
    pub second: String,
}

impl fmt::Display for NameClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [wanted, given] = [self.wanted, self.given].map(escaped);
        let [first, second] = [&self.first, &self.second].map(escaped);
        write!(
            f,
            "two circuit breakers want the name `{wanted}`: the one at {first} has it, the one at \
             {second} is called `{given}`; give one of them another `name`, or declare one breaker for both and \
             use it by `breaker = ..`"
        )
    }
}

/// Returns the annotated functions and [declared](crate::declare) breakers whose `name` was taken by another one.
///
/// They are never merged: each keeps a breaker of its own, under a name with a number. Each clash is also a
/// [warning](crate#warnings). A test that asserts that this is empty keeps names unique. To go through one
/// breaker on purpose, [declare](crate::declare) it and name it in both functions: `breaker = DB`.
pub fn name_clashes() -> impl ExactSizeIterator<Item = NameClash> {
    declared().clashes().to_vec().into_iter()
}

impl CircuitBreaker {
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
        clash_of(self)
    }
}

/// Returns the clash in which a breaker lost its name; `None` if it has the name that it was given.
pub(crate) fn clash_of(breaker: &CircuitBreaker) -> Option<NameClash> {
    let name = breaker.name();
    let of_function = declared().clashes().iter().find(|clash| clash.given == name).cloned();
    of_function.or_else(|| built::clash_of(name))
}

/// Lists a new breaker, under a name that no other has.
fn add(name: &str, make: impl FnOnce(&'static str, OnDrop) -> Inner) -> Arc<Inner> {
    // Functions have their names first: what is built is to make way for them.
    drop(declared());
    let (engine, clash) = built::list(name, make);
    if let Some(clash) = clash {
        warnings::name_clash(&clash);
    }
    engine
}
