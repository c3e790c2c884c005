//! The annotated functions and declared breakers, as the linker registered them, with their names.
//!
//! Constructors that run before `main` register them, in no fixed order. A breaker that is built by
//! another constructor needs the names before all of them are registered, and a library that is loaded
//! later adds more: so they are collected again whenever there are more. A name does not change once it
//! is given.

use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use foldhash::fast::RandomState;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::registry::names::{as_users_name, fits, function_around, without_closures, without_generics};
use crate::registry::shared::SharedBreaker;
use crate::registry::warnings;
use crate::registry::{NameClash, Registration, built};
use crate::support::intern::intern;
use crate::support::similar::nearest;

/// An annotated function or declared breaker, with its path and name.
#[derive(Clone)]
pub(super) struct Declared {
    registration: &'static Registration,
    path: &'static str,
    /// `None` for a function that goes through a breaker with a name of its own.
    name: Option<&'static str>,
    /// The breaker, if it is the user's own `static`.
    shared: Option<Arc<SharedBreaker>>,
}

impl Declared {
    fn new(registration: &'static Registration) -> Self {
        let shared = registration.is_shared().then(|| Arc::new(SharedBreaker::new(registration)));
        Self { registration, path: path_of(registration), name: None, shared }
    }

    /// Returns whether the function has the option `retry`.
    pub(super) fn retries(&self) -> bool {
        self.registration.retries
    }

    /// Returns whether the breaker is the user's own `static`.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Returns the breaker; `None` if the user's own one cannot be built.
    pub(super) fn breaker(&self) -> Option<&'static CircuitBreaker> {
        match &self.shared {
            Some(shared) => shared.get(),
            None => Some(self.registration.breaker()),
        }
    }
}

impl Registration {
    /// Returns the file, line and column.
    pub(super) fn position(&self) -> String {
        self.here().at.to_string()
    }
}

/// Returns the path of a function. The item that has it may be in the function's accessor, which stands
/// beside it.
fn path_of(registration: &Registration) -> &'static str {
    let path = as_users_name(function_around((registration.here().type_name)()));
    match path.rsplit_once("::") {
        Some((around, last)) if last != registration.function => {
            intern(&format!("{around}::{}", registration.function))
        }
        _ => path,
    }
}

/// Returns a path to print: without generics, and without the closures around a function.
fn plain(path: &str) -> String {
    without_closures(&without_generics(path))
}

/// All declared functions, with the ways to find one.
#[derive(Default)]
pub(super) struct Declarations {
    /// The address of the newest registration.
    newest: usize,
    /// The functions by their order in the source.
    all: Vec<Declared>,
    by_path: HashMap<String, Vec<usize>>,
    by_function: HashMap<&'static str, Vec<usize>>,
    by_address: HashMap<usize, &'static str>,
    by_name: HashMap<&'static str, &'static Registration, RandomState>,
    clashes: Vec<NameClash>,
}

/// Gives names to the functions that are registered by now.
pub(super) fn name_declared() {
    if NAMED.load(Ordering::Acquire) != newest() {
        collect();
    }
}

/// Returns all that are registered by now.
pub(super) fn declared() -> Arc<Declarations> {
    let present = PRESENT.load_full().filter(|present| present.newest == newest());
    present.unwrap_or_else(collect)
}

static PRESENT: ArcSwapOption<Declarations> = ArcSwapOption::const_empty();

/// The address of the newest registration of those that have names, or 0. Beside [`PRESENT`], as looking
/// into that writes to memory that all threads share.
static NAMED: AtomicUsize = AtomicUsize::new(0);

/// Returns the address of the newest registration. Each is added in front of the others, and none is
/// removed.
fn newest() -> usize {
    inventory::iter::<Registration>().next().map_or(0, |first| ptr::from_ref(first).addr())
}

#[cold]
fn collect() -> Arc<Declarations> {
    static COLLECTING: Mutex<()> = Mutex::new(());
    let (found, before) = {
        // No code of a user runs under this lock.
        let _one_at_a_time = COLLECTING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = PRESENT.load_full().unwrap_or_default();
        let found = Arc::new(Declarations::after(&before));
        PRESENT.store(Some(Arc::clone(&found)));
        NAMED.store(found.newest, Ordering::Release);
        (found, before.clashes.len())
    };
    found.clashes.iter().skip(before).for_each(warnings::name_clash);
    found
}

/// Returns the name of an annotated function's breaker; `None` before it is registered.
pub(crate) fn name_of(inner: &Inner) -> Option<&'static str> {
    declared().by_address.get(&ptr::from_ref(inner).addr()).copied()
}

/// Returns the name that the function or declared breaker with this name wants, if another one has
/// that.
pub(crate) fn wanted_name(given: &str) -> Option<&'static str> {
    declared().clashes().iter().find(|clash| clash.given == given).map(|clash| clash.wanted)
}

/// Returns whether a function that goes through the breaker of this name has a fallback that takes
/// rejections only, and with them injected failures.
#[cfg(feature = "inject")]
pub(crate) fn answers_injected(name: &str) -> bool {
    let declared = declared();
    let functions = declared.all().filter(|function| function.registration.answers_injected);
    functions.filter_map(Declared::breaker).any(|breaker| breaker.own_inner().name() == name)
}

impl Declarations {
    fn after(before: &Self) -> Self {
        let address = |registration: &'static Registration| ptr::from_ref(registration).addr();
        let known = before.all.iter().map(|function| (address(function.registration), function));
        let known: HashMap<_, _> = known.collect();
        let newest = newest();
        let mut all: Vec<_> = inventory::iter::<Registration>()
            .skip_while(|registration| newest != address(registration))
            .map(|registration| match known.get(&address(registration)) {
                Some(function) => (*function).clone(),
                None => Declared::new(registration),
            })
            .collect();
        all.sort_by_key(|function| {
            let at = function.registration.here().at;
            (at.file(), at.line(), at.column(), function.path)
        });
        let mut found = Self { newest, all, clashes: before.clashes.clone(), ..Self::default() };
        for (index, function) in found.all.iter().enumerate() {
            found.by_path.entry(plain(function.path)).or_default().push(index);
            found.by_function.entry(function.registration.function).or_default().push(index);
        }
        found.give_names();
        found
    }

    fn give_names(&mut self) {
        for index in 0..self.all.len() {
            let Declared { registration, path, name, .. } = self.all[index];
            if registration.is_shared() {
                continue;
            }
            let name = name.unwrap_or_else(|| {
                let wanted = registration.name.unwrap_or_else(|| self.default_name(path));
                let (given, clash) = built::declare(wanted, registration.position());
                self.clashes.extend(clash);
                given
            });
            self.all[index].name = Some(name);
            // The breaker itself, also in a test with isolation: names belong to it.
            let inner = registration.breaker().own_inner();
            self.by_name.insert(name, registration);
            self.by_address.insert(ptr::from_ref(inner).addr(), name);
        }
    }

    /// Returns the plain path, or the full one if several functions have the plain one, as methods of
    /// `C<u8>` and `C<u16>`.
    fn default_name(&self, path: &'static str) -> &'static str {
        let plain = plain(path);
        let same = self.by_path.get(&plain).map_or(0, Vec::len);
        if same > 1 { path } else { intern(&plain) }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Declared> {
        self.all.iter()
    }

    /// Returns the breaker of this name, unless it is the user's own `static`.
    pub(super) fn named(&self, name: &str) -> Option<&'static CircuitBreaker> {
        self.by_name.get(name).map(|registration| registration.breaker())
    }

    pub(super) fn clashes(&self) -> &[NameClash] {
        &self.clashes
    }

    /// Returns the function of a path; `None` if there are several, as the path does not say which is
    /// meant.
    pub(super) fn find(&self, path: &str) -> Option<&Declared> {
        let mut found = self.matching(path);
        found.next().filter(|_| found.next().is_none())
    }

    /// Returns whether several functions have a path.
    pub(super) fn is_ambiguous(&self, path: &str) -> bool {
        self.matching(path).nth(1).is_some()
    }

    fn matching(&self, path: &str) -> impl Iterator<Item = &Declared> {
        let plain = without_generics(path);
        let name = plain.rsplit("::").next().unwrap_or_default();
        let of_name = self.by_function.get(name).into_iter().flatten();
        of_name.map(|index| &self.all[*index]).filter(move |function| fits(function.path, path))
    }

    /// Returns the path of an annotated function that may be meant: one with the same name elsewhere, or
    /// with a similar name.
    pub(super) fn nearest(&self, path: &str) -> Option<String> {
        let wanted = plain(path);
        let (around, name) = wanted.rsplit_once("::")?;
        let paths: Vec<_> = self.all.iter().map(|function| plain(function.path)).collect();
        let beside = |path: &&String| path.rsplit_once("::").is_some_and(|(there, _)| there == around);
        let names = paths.iter().filter(beside).filter_map(|path| path.rsplit("::").next());
        if let Some(near) = nearest(name, &names.collect::<Vec<_>>()) {
            return Some(format!("{around}::{near}"));
        }
        let same_name = |path: &&String| path.rsplit("::").next() == Some(name);
        if let Some(elsewhere) = paths.iter().find(same_name) {
            return Some(elsewhere.clone());
        }
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        nearest(&wanted, &paths).map(str::to_owned)
    }
}
