//! The breakers that were built. Each is listed until its last handle is dropped; only the text of its
//! name is kept longer.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;

use crate::breaker::CircuitBreaker;
use crate::breaker::given_name::{GivenName, NameText};
use crate::breaker::inner::Inner;
use crate::registry::NameClash;

/// The position of a breaker that was built, in a clash of names.
const AT_RUN_TIME: &str = "run time";

/// All names, and the breakers that were built. One lock for all: a function that is registered late
/// cannot get the name of a breaker that is being built.
#[derive(Default)]
struct Built {
    /// The names that were ever wanted. A breaker is listed by one look-up here, and taken off the list
    /// without one, as it knows the index of its name.
    texts: HashMap<&'static str, &'static NameText, RandomState>,
    /// The holders of these names, by index.
    holders: Vec<Holder>,
    /// The number of breakers that were built so far.
    last: u64,
    /// The positions of annotated functions, by their names.
    positions: HashMap<&'static str, String, RandomState>,
    numbers: HashMap<&'static str, NameSuffixes, RandomState>,
}

/// The object that has a name.
enum Holder {
    /// The name is free.
    Nothing,
    Function,
    Breaker {
        /// The age: a breaker that was built later has a greater one.
        number: u64,
        inner: Weak<Inner>,
    },
}

/// The numbers behind a name that several breakers want. The smallest free one is found without trying
/// those in use.
#[derive(Default)]
struct NameSuffixes {
    /// Numbers below this are in use, except those in `free`.
    end: u32,
    free: BTreeSet<u32>,
}

/// Takes a breaker off the list, and makes its name free.
fn unlist(name: &'static NameText) {
    let listed = built().remove(name);
    // Outside the lock, as it may free the memory of the breaker.
    drop(listed);
}

/// Returns handles to all of them, by age. None is dropped under the lock, as the last one to a breaker
/// drops the user's listeners.
pub(super) fn handles() -> Vec<CircuitBreaker> {
    let mut all: Vec<_> = built().holders.iter().filter_map(Holder::breaker).collect();
    all.sort_unstable_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, inner)| CircuitBreaker::from_shared(inner)).collect()
}

/// Returns the breaker of this name.
pub(super) fn find(name: &str) -> Option<CircuitBreaker> {
    let found = {
        let built = built();
        built.holders[built.texts.get(name)?.index].breaker()
    };
    found.map(|(_, inner)| CircuitBreaker::from_shared(inner))
}

/// Lists a new breaker, under a name that no other has. `make` gets that name, which the breaker keeps.
/// Returns the clash for the first breaker that wants a name in use.
pub(super) fn list(
    wanted: &str,
    make: impl FnOnce(GivenName) -> Inner,
) -> (Arc<Inner>, Option<NameClash>) {
    let mut built = built();
    let wanted = built.text(wanted);
    built.last += 1;
    let number = built.last;
    // Most names are free.
    if built.holders[wanted.index].is_nothing() {
        let inner = Arc::new(make(GivenName::new(wanted, false, unlist)));
        built.holders[wanted.index] = Holder::Breaker { number, inner: Arc::downgrade(&inner) };
        return (inner, None);
    }
    let is_first = !built.numbers.contains_key(wanted.text);
    let name = built.free_name(wanted);
    let inner = Arc::new(make(GivenName::new(name, true, unlist)));
    built.holders[name.index] = Holder::Breaker { number, inner: Arc::downgrade(&inner) };
    let clash = is_first.then(|| built.clash(wanted.text, name.text, AT_RUN_TIME.into()));
    (inner, clash)
}

/// Gives a permanent name to the function at `position`, and returns the clash if it is not the name
/// that it wants.
pub(super) fn declare(wanted: &'static str, position: String) -> (&'static str, Option<NameClash>) {
    let mut built = built();
    let wanted = built.text(wanted);
    let name = built.free_name(wanted);
    let is_other = name.index != wanted.index;
    let clash = is_other.then(|| built.clash(wanted.text, name.text, position.clone()));
    built.holders[name.index] = Holder::Function;
    built.positions.insert(name.text, position);
    (name.text, clash)
}

/// Returns the clash in which a built breaker got this name in place of the one that it wants.
pub(super) fn clash_of(wanted: &'static str, given: &'static str) -> NameClash {
    built().clash(wanted, given, AT_RUN_TIME.into())
}

fn built() -> MutexGuard<'static, Built> {
    static BUILT: Lazy<Mutex<Built>> = Lazy::new(Mutex::default);
    BUILT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Holder {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Returns the age and the breaker, if it was built and has a handle.
    fn breaker(&self) -> Option<(u64, Arc<Inner>)> {
        match self {
            Self::Breaker { number, inner } => Some((*number, inner.upgrade()?)),
            Self::Nothing | Self::Function => None,
        }
    }
}

impl Built {
    /// Returns the kept copy of a text, which errors carry without allocation.
    fn text(&mut self, text: &str) -> &'static NameText {
        if let Some(kept) = self.texts.get(text) {
            return kept;
        }
        let text = Box::leak(text.to_owned().into_boxed_str());
        let kept: &'static _ = Box::leak(Box::new(NameText { text, index: self.holders.len() }));
        self.holders.push(Holder::Nothing);
        self.texts.insert(kept.text, kept);
        kept
    }

    fn clash(&self, wanted: &'static str, given: &'static str, second: String) -> NameClash {
        let first = self.positions.get(wanted).map_or(AT_RUN_TIME, String::as_str).to_owned();
        NameClash { wanted, given, first, second }
    }

    fn free_name(&mut self, wanted: &'static NameText) -> &'static NameText {
        if self.holders[wanted.index].is_nothing() {
            return wanted;
        }
        let Self { texts, holders, numbers, .. } = self;
        let taken = |name: &str| texts.get(name).is_some_and(|text| !holders[text.index].is_nothing());
        let numbers = numbers.entry(wanted.text).or_default();
        let mut in_use = Vec::new();
        loop {
            let number = numbers.take();
            let name = format!("{}#{number}", wanted.text);
            // Another breaker may want just this name.
            if taken(&name) && number < u32::MAX {
                in_use.push(number);
                continue;
            }
            for number in in_use {
                numbers.give_back(number);
            }
            return self.text(&name);
        }
    }

    fn remove(&mut self, name: &'static NameText) -> Holder {
        let listed = std::mem::replace(&mut self.holders[name.index], Holder::Nothing);
        if self.numbers.is_empty() {
            return listed;
        }
        if let Some((wanted, number)) = numbered(name.text) {
            if let Some(numbers) = self.numbers.get_mut(wanted) {
                numbers.give_back(number);
                if numbers.are_unused() {
                    self.numbers.remove(wanted);
                }
            }
        }
        listed
    }
}

/// Splits a name with a number: `payments#2` is the second one of `payments`.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let (wanted, number) = name.rsplit_once('#')?;
    Some((wanted, number.parse().ok()?))
}

impl NameSuffixes {
    const FIRST: u32 = 2;

    fn take(&mut self) -> u32 {
        if let Some(number) = self.free.pop_first() {
            return number;
        }
        let number = self.end.max(Self::FIRST);
        self.end = number.saturating_add(1);
        number
    }

    fn give_back(&mut self, number: u32) {
        if (Self::FIRST..self.end).contains(&number) {
            self.free.insert(number);
        }
        while self.end > Self::FIRST && self.free.remove(&(self.end - 1)) {
            self.end -= 1;
        }
    }

    fn are_unused(&self) -> bool {
        self.end <= Self::FIRST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_numbers_are_reused_from_the_smallest() {
        let mut numbers = NameSuffixes::default();
        assert_eq!([(); 4].map(|()| numbers.take()), [2, 3, 4, 5]);
        numbers.give_back(3);
        numbers.give_back(2);
        assert_eq!([(); 3].map(|()| numbers.take()), [2, 3, 6]);
        for number in [2, 4, 6, 3, 5] {
            assert!(!numbers.are_unused());
            numbers.give_back(number);
        }
        assert!(numbers.are_unused() && numbers.free.is_empty());
    }
}
