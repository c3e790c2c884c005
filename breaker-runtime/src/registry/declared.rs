//! The annotated functions and declared breakers, as the linker registered them, with their names.
//!
//! They are registered by constructors that run before `main`, in no fixed order. A breaker that is built by another
//! constructor needs the names before all of them are there, and a library that is loaded later brings more: so they
//! are collected again whenever there are more of them. A name that was given stays.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::registry::names::{
    as_users_name, fits, function_around, intern, without_closures, without_generics,
};
use crate::registry::shared::SharedBreaker;
use crate::registry::warnings;
use crate::registry::{NameClash, Registration, built};
use crate::support::similar::nearest;

/// An annotated function or declared breaker, with its name found.
#[derive(Clone)]
pub(super) struct Declared {
    registration: &'static Registration,
    path: &'static str,
    /// `None` for a function that goes through a breaker with a name of its own.
    name: Option<&'static str>,
    /// The breaker, where it is the user's own.
    shared: Option<Arc<SharedBreaker>>,
}

impl Declared {
    fn new(registration: &'static Registration) -> Self {
        let shared = registration.is_shared().then(|| Arc::new(SharedBreaker::new(registration)));
        Self { registration, path: path_of(registration), name: None, shared }
    }

    pub(super) fn retries(&self) -> bool {
        self.registration.retries
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
    pub(super) fn place(&self) -> String {
        self.here().at.to_string()
    }
}

/// The item that tells the path may stand in the function's accessor, which is its neighbour.
fn path_of(registration: &Registration) -> &'static str {
    let path = as_users_name(function_around((registration.here().type_name)()));
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

#[derive(Default)]
pub(super) struct Declarations {
    /// The address of the registration that came last.
    newest: usize,
    /// By place in the source.
    all: Vec<Declared>,
    by_path: HashMap<String, Vec<usize>>,
    by_function: HashMap<&'static str, Vec<usize>>,
    by_engine: HashMap<usize, &'static str>,
    clashes: Vec<NameClash>,
}

/// Returns all that are registered by now.
pub(super) fn declared() -> Arc<Declarations> {
    let present = PRESENT.load_full().filter(|present| present.newest == newest());
    present.unwrap_or_else(collect)
}

static PRESENT: ArcSwapOption<Declarations> = ArcSwapOption::const_empty();

/// Registrations are only ever added, each in front of the others.
fn newest() -> usize {
    inventory::iter::<Registration>().next().map_or(0, |first| ptr::from_ref(first).addr())
}

#[cold]
fn collect() -> Arc<Declarations> {
    static COLLECTING: Mutex<()> = Mutex::new(());
    let (found, before) = {
        // No code of the user's runs under this lock.
        let _one_at_a_time = COLLECTING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = PRESENT.load_full().unwrap_or_default();
        let found = Arc::new(Declarations::after(&before));
        PRESENT.store(Some(Arc::clone(&found)));
        (found, before.clashes.len())
    };
    found.clashes.iter().skip(before).for_each(warnings::name_clash);
    found
}

/// The name of an annotated function's breaker; `None` before it is registered.
pub(crate) fn name_of(engine: &Inner) -> Option<&'static str> {
    declared().by_engine.get(&ptr::from_ref(engine).addr()).copied()
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
                let (given, clash) = built::declare(wanted, registration.place());
                self.clashes.extend(clash);
                given
            });
            self.all[index].name = Some(name);
            // Names are found without asking the breaker for its engine under test isolation.
            let engine = registration.breaker().own_engine();
            self.by_engine.insert(ptr::from_ref(engine).addr(), name);
        }
    }

    /// The plain path, unless several functions have that one, as methods of `C<u8>` and `C<u16>` do.
    fn default_name(&self, path: &'static str) -> &'static str {
        let plain = plain(path);
        let same = self.by_path.get(&plain).map_or(0, Vec::len);
        if same > 1 { path } else { intern(&plain) }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Declared> {
        self.all.iter()
    }

    pub(super) fn clashes(&self) -> &[NameClash] {
        &self.clashes
    }

    /// Returns `None` as well if several are there: the path does not say which is meant.
    pub(super) fn find(&self, path: &str) -> Option<&Declared> {
        let mut found = self.matching(path);
        found.next().filter(|_| found.next().is_none())
    }

    pub(super) fn is_ambiguous(&self, path: &str) -> bool {
        self.matching(path).nth(1).is_some()
    }

    fn matching(&self, path: &str) -> impl Iterator<Item = &Declared> {
        let plain = without_generics(path);
        let name = plain.rsplit("::").next().unwrap_or_default();
        let of_name = self.by_function.get(name).into_iter().flatten();
        of_name.map(|index| &self.all[*index]).filter(move |function| fits(function.path, path))
    }

    /// Returns the path of an annotated function that is like this one: with the same name elsewhere, or with a
    /// similar name.
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
