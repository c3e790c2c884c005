//! Every breaker of the process: [`breakers`], [`breaker`], [`breaker_of`].
//!
//! Annotated functions register themselves when the program is linked, so that they are listed before
//! their first call; breakers that are built register when they are built, and leave when the last handle
//! to them is dropped.

mod built;

use std::any::type_name;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::iter;
use std::ptr;

use once_cell::sync::Lazy;

pub(crate) use self::built::Listing;
use crate::breaker::CircuitBreaker;
use crate::engine::Engine;
use crate::names::{as_users_name, fits, function_around, intern, without_closures, without_generics};
use crate::realm::RealmId;
use crate::settings::adopt;
use crate::text::escaped;

/// An annotated function, as the attribute registers it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration {
    /// The name in the attribute.
    pub name: Option<&'static str>,
    /// Its identifier.
    pub function: &'static str,
    /// The type name of an item two levels inside the function, or inside its accessor.
    pub here: fn() -> &'static str,
    /// The breaker that the function goes through.
    pub breaker: fn() -> &'static CircuitBreaker,
    /// Whether that is a breaker of the user's own, with a name of its own.
    pub shared: bool,
    /// Where the function stands.
    pub file: &'static str,
    /// Where the function stands.
    pub line: u32,
    /// Where the function stands.
    pub column: u32,
}

inventory::collect!(Registration);

/// All breakers: first those of annotated functions by place in the source, then those that were built,
/// by age. Those of keys follow the template of their function or family.
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
    let annotated = DECLARED.all.iter().map(|function| function.breaker().clone());
    let mut all: Vec<_> = annotated.collect();
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
    let realm = RealmId::current();
    breakers().filter(move |breaker| breaker.engine().realm() == realm)
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
pub fn breaker_of<F>(function: F) -> &'static CircuitBreaker {
    match find_breaker_of(function) {
        Some(breaker) => breaker,
        None => panic!(
            "`{}` has no circuit breaker: pass the function itself, such as `breaker_of(stock)`, and \
             annotate it with #[circuit_breaker]",
            type_name::<F>()
        ),
    }
}

/// As [`breaker_of`], or `None` if there is none.
pub fn find_breaker_of<F>(function: F) -> Option<&'static CircuitBreaker> {
    // A function has no state; a closure's is of no use here.
    drop(function);
    let path = as_users_name(type_name::<F>());
    DECLARED.find(path).or_else(|| DECLARED.find(&of_trait(path)?)).map(Declared::breaker)
}

/// `<Client as Fetch>::get`, where the trait has the body, is declared as `Fetch::get`.
fn of_trait(path: &str) -> Option<String> {
    let plain = without_generics(path);
    let (_, rest) = plain.strip_prefix('<')?.split_once(" as ")?;
    let (of_trait, method) = rest.split_once(">::")?;
    Some(format!("{of_trait}::{method}"))
}

/// Two annotated functions that want the same name; from [`name_clashes`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameClash {
    /// The name that both want.
    pub wanted: &'static str,
    /// The name that the second one has instead.
    pub given: &'static str,
    /// Where the first one stands.
    pub first: String,
    /// Where the second one stands.
    pub second: String,
}

impl fmt::Display for NameClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [wanted, given] = [self.wanted, self.given].map(escaped);
        let [first, second] = [&self.first, &self.second].map(escaped);
        write!(
            f,
            "two circuit breakers want the name `{wanted}`: the one at {first} has it, the one at \
             {second} is called `{given}`; give one of them another `name`"
        )
    }
}

/// The annotated functions whose name was taken. They are never merged: each keeps a breaker of its own,
/// under a name with a number. A test that asserts that this is empty keeps names unique.
pub fn name_clashes() -> impl ExactSizeIterator<Item = NameClash> {
    DECLARED.clashes.iter().cloned()
}

/// An annotated function, with its name found.
struct Declared {
    registration: &'static Registration,
    path: &'static str,
    name: Option<&'static str>,
}

impl Declared {
    fn breaker(&self) -> &'static CircuitBreaker {
        (self.registration.breaker)()
    }

    fn place(&self) -> String {
        let Registration { file, line, column, .. } = self.registration;
        format!("{file}:{line}:{column}")
    }
}

/// The item that tells the path may stand in the function's accessor, which is its neighbour.
fn path_of(registration: &Registration) -> &'static str {
    let path = as_users_name(function_around((registration.here)()));
    match path.rsplit_once("::") {
        Some((around, last)) if last != registration.function => {
            intern(&format!("{around}::{}", registration.function))
        }
        _ => path,
    }
}

/// A path to show: without generics, and without the closures that a function may stand in.
fn plain(path: &str) -> String {
    without_closures(&without_generics(path))
}

struct Functions {
    all: Vec<Declared>,
    by_path: HashMap<String, Vec<usize>>,
    by_function: HashMap<&'static str, Vec<usize>>,
    by_engine: HashMap<usize, usize>,
    names: HashSet<&'static str>,
    clashes: Vec<NameClash>,
}

static DECLARED: Lazy<Functions> = Lazy::new(Functions::collect);

impl Functions {
    fn collect() -> Self {
        let mut all: Vec<_> = inventory::iter::<Registration>()
            .map(|registration| Declared { registration, path: path_of(registration), name: None })
            .collect();
        all.sort_by_key(|function| {
            let Registration { file, line, column, .. } = function.registration;
            (*file, *line, *column, function.path)
        });
        let mut by_path: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_function: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, function) in all.iter().enumerate() {
            by_path.entry(plain(function.path)).or_default().push(index);
            by_function.entry(function.registration.function).or_default().push(index);
        }
        let (by_engine, names, clashes) = (HashMap::new(), HashSet::new(), Vec::new());
        let mut found = Self { all, by_path, by_function, by_engine, names, clashes };
        found.give_names();
        found
    }

    fn give_names(&mut self) {
        let mut taken: HashMap<&'static str, usize> = HashMap::new();
        for index in 0..self.all.len() {
            let function = &self.all[index];
            if function.registration.shared {
                continue;
            }
            let wanted = function.registration.name.unwrap_or_else(|| self.default_name(function.path));
            let given = free_name(wanted, |name| taken.contains_key(name));
            if let Some(first) = taken.get(wanted) {
                self.clashes.push(NameClash {
                    wanted,
                    given,
                    first: self.all[*first].place(),
                    second: function.place(),
                });
            }
            taken.insert(given, index);
            self.names.insert(given);
            // Names are found without asking the breaker for its engine under test isolation.
            let engine = function.breaker().own_engine();
            self.by_engine.insert(ptr::from_ref(engine).addr(), index);
            self.all[index].name = Some(given);
        }
    }

    /// The plain path, unless several functions have that one, as methods of `C<u8>` and `C<u16>` do.
    fn default_name(&self, path: &'static str) -> &'static str {
        let plain = plain(path);
        let same = self.by_path.get(&plain).map_or(0, Vec::len);
        if same > 1 { path } else { intern(&plain) }
    }

    /// `None` as well if several are there: the path does not tell which is meant.
    fn find(&self, path: &str) -> Option<&Declared> {
        let plain = without_generics(path);
        let of_name = self.by_function.get(plain.rsplit("::").next()?)?;
        let mut found =
            of_name.iter().map(|index| &self.all[*index]).filter(|function| fits(function.path, path));
        found.next().filter(|_| found.next().is_none())
    }
}

/// The name of an annotated function's breaker.
pub(crate) fn declared_name(engine: &Engine) -> &'static str {
    let address = ptr::from_ref(engine).addr();
    let index = DECLARED.by_engine.get(&address);
    index.and_then(|index| DECLARED.all[*index].name).unwrap_or("unregistered")
}

/// Lists a new breaker, under a name that no other has.
pub(crate) fn add(name: &str, make: impl FnOnce(&'static str, Listing) -> Engine) -> CircuitBreaker {
    // Found before a lock is taken: naming them may wait for another thread that builds a breaker.
    let declared = &DECLARED.names;
    let engine = built::list(name, |name| declared.contains(name), make);
    adopt(&engine);
    CircuitBreaker::from_shared(engine)
}

fn free_name(wanted: &str, taken: impl Fn(&str) -> bool) -> &'static str {
    if !taken(wanted) {
        return intern(wanted);
    }
    let numbered = (2_u32..).map(|number| format!("{wanted}#{number}"));
    let free = numbered.into_iter().find(|name| !taken(name));
    intern(free.as_deref().unwrap_or(wanted))
}
