//! The stored answers of a function, and the slot of one call in them.

use std::any::TypeId;
use std::fmt;
use std::ops::Deref;
#[cfg(feature = "test-util")]
use std::sync::Arc;

use once_cell::race::OnceBox;

use crate::breaker::inner::Inner;
use crate::layers::last_good::store::Store;
use crate::layers::last_good::{LastGoodKey, LastGoodLimits, Remembers};
use crate::state::counters::striped::LayerCounter;
use crate::state::env::Env;
use crate::time::Ticks;
use crate::time::clock::{coarse_is_enough, duration, ticks};

/// The last good answers of one function; for a `static` in it.
pub struct LastGood {
    limits: LastGoodLimits,
    /// Made when it is first needed.
    store: OnceBox<Store>,
}

impl LastGood {
    /// Creates an empty one, for a `static`.
    pub const fn new(limits: LastGoodLimits) -> Self {
        Self { limits, store: OnceBox::new() }
    }

    fn make_store(&self) -> Store {
        Store::new(self.limits.capacity)
    }

    /// Returns the store of the process, or of the isolated test on the current thread.
    fn store(&'static self) -> StoreRef {
        #[cfg(feature = "test-util")]
        if let Some(store) = crate::breaker::scope::shadow(self, |_| self.make_store()) {
            return StoreRef::Isolated(store);
        }
        StoreRef::Own(self.store.get_or_init(|| Box::new(self.make_store())))
    }

    /// Returns the slot of one call; see
    /// [`OutputForm::memory`](crate::layers::last_good::OutputForm::memory).
    pub(crate) fn memory<'e, Output: Remembers<Via>, K: LastGoodKey, Via, Instance>(
        &'static self,
        inner: &'e Inner,
        key: K,
    ) -> Memory<'e, K, Output> {
        Memory {
            last_good: self,
            inner,
            instance: typeid::of::<Instance>(),
            key,
            learn: Memory::learn_answer::<Via>,
            recall: Memory::recall_answer::<Via>,
        }
    }

    /// Returns the number of stored answers.
    #[cfg(test)]
    pub(crate) fn len(&'static self) -> usize {
        self.store().len()
    }
}

impl fmt::Debug for LastGood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastGood").field("limits", &self.limits).finish_non_exhaustive()
    }
}

enum StoreRef {
    Own(&'static Store),
    #[cfg(feature = "test-util")]
    Isolated(Arc<Store>),
}

impl Deref for StoreRef {
    type Target = Store;

    fn deref(&self) -> &Store {
        match self {
            Self::Own(store) => store,
            #[cfg(feature = "test-util")]
            Self::Isolated(store) => store,
        }
    }
}

/// The place of one call's answer.
///
/// What the types have to offer is asked for where this is made and nowhere else, so that a type that
/// does not fit is one compile error.
pub struct Memory<'e, K, Output> {
    last_good: &'static LastGood,
    inner: &'e Inner,
    instance: TypeId,
    key: K,
    learn: fn(Self, &Output),
    recall: fn(Self) -> Option<Output>,
}

impl<K, Output> fmt::Debug for Memory<'_, K, Output> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

struct StoredAnswer<K, Answer> {
    instance: TypeId,
    key: K,
    answer: Answer,
    /// When it was good.
    at: Ticks,
}

impl<K, Output> Memory<'_, K, Output> {
    /// Remembers the answer of a call that was a success. The last call to end is the one that is
    /// remembered, whichever began first, and of calls that end at the same time either.
    ///
    /// A panic of the user's `Clone`, `Hash` or `Eq` is the caller's to see, and leaves what is
    /// remembered as it was. One in the `Drop` of an answer that makes room ends here: it is that of
    /// another call.
    pub fn learn(self, output: &Output) {
        (self.learn)(self, output);
    }

    /// Returns the last good answer, unless it is older than `max_age`.
    pub fn recall(self) -> Option<Output> {
        (self.recall)(self)
    }
}

impl<K: LastGoodKey, Output> Memory<'_, K, Output> {
    fn learn_answer<Via>(self, output: &Output)
    where
        Output: Remembers<Via>,
    {
        let Some((answer, age)) = output.answer() else { return };
        let answer = answer.clone();
        let store = self.last_good.store();
        let hash = self.hash(&store);
        let age = if age.is_zero() { 0 } else { ticks(age) };
        let at = self.now().saturating_sub(age);
        store.put(hash, StoredAnswer { instance: self.instance, key: self.key, answer, at });
    }

    fn recall_answer<Via>(self) -> Option<Output>
    where
        Output: Remembers<Via>,
    {
        let store = self.last_good.store();
        let hash = self.hash(&store);
        let (slot, shared) = store.find::<StoredAnswer<K, Output::Answer>>(hash)?;
        let (now, max_age) = (self.now(), self.max_age());
        let age = |found: &StoredAnswer<K, Output::Answer>| now.saturating_sub(found.at);
        let own = shared.iter().find(|found| found.instance == self.instance && found.key == self.key);
        let is_its = own.is_some();
        let recent = own.filter(|found| age(found) <= max_age);
        let answer = recent.map(|found| Output::from_memory(found.answer.clone(), duration(age(found))));
        store.give_back(hash, &slot, shared);
        if answer.is_some() {
            self.inner.count_layer(LayerCounter::LastGood);
        } else if is_its {
            store.remove(hash, &slot, |found| age(found) > max_age);
        }
        answer
    }

    /// Returns the hash of the key. Keys with one hash share an entry, which the last of them has; only
    /// a `Hash` that leaves parts out makes such keys.
    fn hash(&self, store: &Store) -> u64 {
        store.hash((self.instance, &self.key))
    }

    fn now(&self) -> Ticks {
        if coarse_is_enough(self.max_age()) { self.inner.coarse() } else { self.inner.now() }
    }

    fn max_age(&self) -> Ticks {
        self.last_good.limits.max_age
    }
}
