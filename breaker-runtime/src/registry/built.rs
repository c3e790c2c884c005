//! The breakers that were built. Each is listed until its last handle is dropped; only the text of its
//! name is kept longer.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

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
    /// The breakers by their ids, which grow with time.
    breakers: BTreeMap<u64, Listed>,
    last: u64,
    names: HashSet<&'static str>,
    /// The names of annotated functions, with their positions. They are under the same lock, so that a
    /// function that is registered late cannot get the name of a breaker that is being built.
    declared: HashMap<&'static str, String>,
    numbers: HashMap<&'static str, NameSuffixes>,
}

struct Listed {
    name: &'static str,
    /// The name that it wanted, if that was taken.
    wanted: Option<&'static str>,
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
fn unlist(id: u64) {
    let listed = built().remove(id);
    // Outside the lock, as it may free the memory of the breaker.
    drop(listed);
}

/// Returns handles to all of them. None is dropped under the lock, as the last one to a breaker drops
/// the user's listeners.
pub(super) fn handles() -> Vec<CircuitBreaker> {
    let built = built();
    let inners = built.breakers.values().filter_map(|listed| listed.inner.upgrade());
    inners.map(CircuitBreaker::from_shared).collect()
}

/// Lists a new breaker, under a name that no other has. Returns the clash for the first breaker that
/// wants a name in use.
pub(super) fn list(
    wanted: &str,
    make: impl FnOnce(&'static str, OnDrop) -> Inner,
) -> (Arc<Inner>, Option<NameClash>) {
    let mut built = built();
    let wanted = intern(wanted);
    let is_first = !built.numbers.contains_key(wanted);
    let name = built.free_name(wanted);
    let wanted = (name != wanted).then_some(wanted);
    built.last += 1;
    let id = built.last;
    let inner = Arc::new(make(name, OnDrop::new(id, unlist)));
    built.breakers.insert(id, Listed { name, wanted, inner: Arc::downgrade(&inner) });
    built.names.insert(name);
    let clash = wanted.filter(|_| is_first).map(|wanted| built.clash(wanted, name, AT_RUN_TIME.into()));
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

/// Returns the clash in which a built breaker of this name lost the name that it was given.
pub(super) fn clash_of(name: &str) -> Option<NameClash> {
    let built = built();
    let listed = built.breakers.values().find(|listed| listed.name == name)?;
    Some(built.clash(listed.wanted?, listed.name, AT_RUN_TIME.into()))
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
        let Self { names, declared, numbers, .. } = self;
        let taken = |name: &str| declared.contains_key(name) || names.contains(name);
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

    fn remove(&mut self, id: u64) -> Option<Listed> {
        let listed = self.breakers.remove(&id)?;
        self.names.remove(listed.name);
        if let Some((wanted, number)) = numbered(listed.name) {
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
