//! The breakers that were built. Each is listed until its last handle is dropped; only the text of its
//! name is kept longer.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::on_drop::OnDrop;
use crate::registry::NameClash;
use crate::support::intern::intern;

/// The position of a breaker that was built, in a clash of names.
const AT_RUN_TIME: &str = "run time";

/// All names in use, and the breakers that were built.
#[derive(Default)]
struct Built {
    /// The breakers by their names: one is found, listed and taken off the list in constant time.
    breakers: HashMap<&'static str, Listed, RandomState>,
    /// The number of breakers that were built so far.
    last: u64,
    /// The names of annotated functions, with their positions. They are under the same lock, so that a
    /// function that is registered late cannot get the name of a breaker that is being built.
    declared: HashMap<&'static str, String, RandomState>,
    numbers: HashMap<&'static str, NameSuffixes, RandomState>,
}

struct Listed {
    /// The age: a breaker that was built later has a greater one.
    number: u64,
    inner: Weak<Inner>,
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
fn unlist(name: &'static str) {
    let listed = built().remove(name);
    // Outside the lock, as it may free the memory of the breaker.
    drop(listed);
}

/// Returns handles to all of them, by age. None is dropped under the lock, as the last one to a breaker
/// drops the user's listeners.
pub(super) fn handles() -> Vec<CircuitBreaker> {
    let mut all: Vec<_> = {
        let built = built();
        let listed = built.breakers.values();
        listed.filter_map(|listed| Some((listed.number, listed.inner.upgrade()?))).collect()
    };
    all.sort_unstable_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, inner)| CircuitBreaker::from_shared(inner)).collect()
}

/// Returns the breaker of this name.
pub(super) fn find(name: &str) -> Option<CircuitBreaker> {
    let inner = built().breakers.get(name)?.inner.upgrade();
    inner.map(CircuitBreaker::from_shared)
}

/// Lists a new breaker, under a name that no other has. `make` gets what the breaker keeps for that, and
/// the name that it wants if that is another one. Returns the clash for the first breaker that wants a
/// name in use.
pub(super) fn list(
    wanted: &str,
    make: impl FnOnce(OnDrop, Option<&'static str>) -> Inner,
) -> (Arc<Inner>, Option<NameClash>) {
    let mut built = built();
    let wanted = intern(wanted);
    built.last += 1;
    let number = built.last;
    let Built { breakers, declared, .. } = &mut *built;
    // Most names are free, and looked up once.
    if let Entry::Vacant(free) = breakers.entry(wanted) {
        if !declared.contains_key(wanted) {
            let inner = Arc::new(make(OnDrop::new(wanted, unlist), None));
            free.insert(Listed { number, inner: Arc::downgrade(&inner) });
            return (inner, None);
        }
    }
    let is_first = !built.numbers.contains_key(wanted);
    let name = built.free_name(wanted);
    let lost = (name != wanted).then_some(wanted);
    let inner = Arc::new(make(OnDrop::new(name, unlist), lost));
    built.breakers.insert(name, Listed { number, inner: Arc::downgrade(&inner) });
    let clash = lost.filter(|_| is_first).map(|wanted| built.clash(wanted, name, AT_RUN_TIME.into()));
    (inner, clash)
}

/// Gives a permanent name to the function at `position`, and returns the clash if it is not the name
/// that it wants.
pub(super) fn declare(wanted: &'static str, position: String) -> (&'static str, Option<NameClash>) {
    let mut built = built();
    let name = built.free_name(wanted);
    let clash = (name != wanted).then(|| built.clash(wanted, name, position.clone()));
    built.declared.insert(name, position);
    (name, clash)
}

/// Returns the clash in which a built breaker got this name in place of the one that it wants.
pub(super) fn clash_of(wanted: &'static str, given: &'static str) -> NameClash {
    built().clash(wanted, given, AT_RUN_TIME.into())
}

fn built() -> MutexGuard<'static, Built> {
    static BUILT: Lazy<Mutex<Built>> = Lazy::new(Mutex::default);
    BUILT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Built {
    fn clash(&self, wanted: &'static str, given: &'static str, second: String) -> NameClash {
        let first = self.declared.get(wanted).map_or(AT_RUN_TIME, String::as_str).to_owned();
        NameClash { wanted, given, first, second }
    }

    fn free_name(&mut self, wanted: &'static str) -> &'static str {
        let Self { breakers, declared, numbers, .. } = self;
        let taken = |name: &str| breakers.contains_key(name) || declared.contains_key(name);
        if !taken(wanted) {
            return wanted;
        }
        let numbers = numbers.entry(wanted).or_default();
        let mut in_use = Vec::new();
        loop {
            let number = numbers.take();
            let name = format!("{wanted}#{number}");
            // Another breaker may want just this name.
            if taken(&name) && number < u32::MAX {
                in_use.push(number);
                continue;
            }
            for number in in_use {
                numbers.give_back(number);
            }
            return intern(&name);
        }
    }

    fn remove(&mut self, name: &'static str) -> Option<Listed> {
        let listed = self.breakers.remove(name)?;
        if self.numbers.is_empty() {
            return Some(listed);
        }
        if let Some((wanted, number)) = numbered(name) {
            if let Some(numbers) = self.numbers.get_mut(wanted) {
                numbers.give_back(number);
                if numbers.are_unused() {
                    self.numbers.remove(wanted);
                }
            }
        }
        Some(listed)
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
