//! The members of one group, found by key and led by a template: [`KeyedGroup`].
//!
//! A hit goes through [`borrow_or_insert`](KeyedGroup::borrow_or_insert) and takes no lock. Everything
//! that changes the set of members holds the lock of [`GroupState`]. The template is no member: its
//! owner passes it to each method that makes or compares members.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::Guard;
use foldhash::fast::RandomState;

use crate::config::keyed::Limits;
use crate::keyed::eviction::GroupState;
use crate::keyed::member::Member;
use crate::keyed::table::{HashTable, SlotHash, SlotId};
use crate::state::commands::{CommandLog, IssuedCommand};
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::counts::GroupCounts;
use crate::types::key::KeyRef;
use crate::types::snapshot::KeyCounts;

/// The members of one group.
pub(crate) struct KeyedGroup<M: Member> {
    /// No other lock is taken under this one.
    limits: Mutex<Limits>,
    hasher: RandomState,
    pub(super) table: HashTable<M>,
    pub(super) shared: Arc<M::Shared>,
    pub(super) commands: CommandLog,
    /// No user code runs under this lock: no clock, and nothing of a key or of a listener.
    state: Mutex<GroupState<M>>,
    /// When to look again which members were used recently, before one opens.
    pub(crate) next_refresh: AtomicU64,
}

/// A member that one call borrows, or `None`. A thread can borrow only a few at a time without touching
/// a shared count.
pub(crate) type BorrowedMember<M> = Guard<Option<Arc<M>>>;

impl<M: Member> KeyedGroup<M> {
    /// Makes an empty group. `shared` makes what its members share, and may keep the weak handle to the
    /// group.
    pub(crate) fn new(limits: Limits, shared: impl FnOnce(Weak<Self>) -> M::Shared) -> Arc<Self> {
        Arc::new_cyclic(|group| Self {
            limits: Mutex::new(limits),
            hasher: RandomState::default(),
            table: HashTable::new(),
            shared: Arc::new(shared(group.clone())),
            commands: CommandLog::default(),
            state: Mutex::default(),
            next_refresh: AtomicU64::new(0),
        })
    }

    /// Returns the limits that apply.
    pub(crate) fn limits(&self) -> Limits {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the limits from the next new key and the next member that opens on. Returns whether they
    /// changed.
    pub(crate) fn set_limits(&self, limits: Limits) -> bool {
        let mut present = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        M::open_quota(&self.shared).set_limit(limits.max_open_keys());
        M::set_outlier(&self.shared, limits.outlier_rule());
        std::mem::replace(&mut *present, limits) != limits
    }

    /// Returns what all members share.
    pub(crate) fn shared(&self) -> &M::Shared {
        &self.shared
    }

    /// Borrows the member of a key, and makes one if there is none: for a call that ends on this thread.
    ///
    /// Counts as a use of the member. This is the path of each call; it takes no lock and allocates
    /// nothing for a key that has a member.
    #[inline(always)]
    pub(crate) fn borrow_or_insert(&self, template: &M, key: KeyRef<'_>) -> BorrowedMember<M> {
        let hash = self.hash(key);
        match self.table.find_first(hash, move |member| member.is_for(key)) {
            Some(found) => found,
            None => self.find_or_insert(template, hash, key.rebuilt()),
        }
    }

    /// Borrows the member of a key wherever the table has it, and makes one if there is none.
    #[cold]
    #[inline(never)]
    fn find_or_insert(&self, template: &M, hash: SlotHash, key: KeyRef<'_>) -> BorrowedMember<M> {
        match self.table.find_anywhere(hash, |member| member.is_for(key)) {
            Some(found) => found,
            None => BorrowedMember::from_inner(Some(self.insert(template, hash, key))),
        }
    }

    /// Returns a handle to the member of a key, and makes one if there is none: for a caller that keeps
    /// it.
    ///
    /// Counts as a use, and the member stays in use while the handle lives.
    #[cfg(test)]
    pub(crate) fn get_or_insert(&self, template: &M, key: KeyRef<'_>) -> Option<Arc<M>> {
        Guard::into_inner(self.borrow_or_insert(template, key))
    }

    /// Returns a handle to the member of a key if there is one. Makes none, and does not count as a use.
    pub(crate) fn peek(&self, key: KeyRef<'_>) -> Option<Arc<M>> {
        let hash = self.hash(key);
        if let Some(found) = self.table.peek(hash, |member| member.is_for(key)) {
            return Guard::into_inner(found);
        }
        // Only a look under the lock shows that there is none.
        let found = self.with_hash(&self.lock(), hash);
        // Compared without the lock: the comparison may be user code.
        found.into_iter().find(|member| member.is_for(key))
    }

    /// Returns the members of a hash, for the caller to compare after it has released the lock. Without
    /// those of other hashes, which would be in use meanwhile.
    pub(super) fn with_hash(&self, state: &GroupState<M>, hash: SlotHash) -> Vec<Arc<M>> {
        let slots = self.table.slots_of(hash).filter(|(id, _)| state.evictor.hash(*id) == Some(hash));
        slots.filter_map(|(_, member)| Guard::into_inner(member)).collect()
    }

    /// Returns the number of members that a lookup can find.
    pub(crate) fn len(&self) -> usize {
        self.lock().evictor.len()
    }

    /// Returns all members that a lookup can find, in the order in which they came: sums of fractions
    /// over them are the same in each process.
    pub(crate) fn members(&self) -> Vec<Arc<M>> {
        let state = self.lock();
        let ids = state.evictor.ids_in_order();
        ids.into_iter().filter_map(|id| self.table.get(id)).collect()
    }

    fn all<'s>(&'s self, state: &'s GroupState<M>) -> impl Iterator<Item = Arc<M>> + 's {
        state.evictor.ids().filter_map(|id| self.table.get(id))
    }

    /// Applies a command to the template and to all members, including those that are made meanwhile.
    pub(crate) fn broadcast(&self, template: &M, mut issued: IssuedCommand) {
        loop {
            let command = issued.command;
            let number = self.commands.issue(issued, || {
                template.apply_commands(&self.commands);
                for member in self.members() {
                    member.apply_commands(&self.commands);
                }
            });
            let mode = template.mode();
            match command {
                // Settings have changed the mode meanwhile, and may have reached a member before this
                // command did.
                Command::Mode(wanted) if wanted != mode && self.commands.issued() == number => {
                    issued = Command::Mode(mode).into();
                }
                _ => return,
            }
        }
    }

    /// Returns the sum over the members that can be found and those that were taken out.
    pub(crate) fn totals(&self) -> GroupCounts {
        let state = self.lock();
        let mut sum = state.retired();
        self.all(&state).for_each(|member| sum.add(&member.counted()));
        sum
    }

    /// Returns how many members there are, and how many were evicted.
    pub(crate) fn counts(&self) -> KeyCounts {
        self.lock().counts()
    }

    /// Takes out the member of a key and returns it. Calls in flight go on with it.
    pub(crate) fn remove(&self, key: KeyRef<'_>) -> Option<Arc<M>> {
        loop {
            let found = self.peek(key)?;
            if self.remove_member(self.hash(key), &found) {
                return Some(found);
            }
            // It was taken out meanwhile, and the key may have another member by now.
        }
    }

    /// Takes out the members for which `keep` returns `false`.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&Arc<M>) -> bool) {
        let all: Vec<_> = {
            let state = self.lock();
            let member = |(id, hash)| Some((hash, self.table.get(id)?));
            state.evictor.hashes().filter_map(member).collect()
        };
        for (hash, member) in all {
            if !keep(&member) {
                self.remove_member(hash, &member);
            }
        }
    }

    /// Takes out a member if it is still there. Returns whether it was.
    fn remove_member(&self, hash: SlotHash, member: &Arc<M>) -> bool {
        let mut state = self.lock();
        self.table.slot_of(hash, member).is_some_and(|id| self.detach(&mut state, id))
    }

    #[inline(always)]
    pub(super) fn hash(&self, key: KeyRef<'_>) -> SlotHash {
        let mut state = self.hasher.build_hasher();
        key.hash(&mut state);
        SlotHash::new(state.finish())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, GroupState<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a slot was last used: the call that an open member timed, else `now` if it was
    /// touched since the last visit, else `known`. Callers hold the lock.
    pub(super) fn last_use(&self, id: SlotId, known: Ticks, now: Ticks) -> Ticks {
        let touched = self.table.take_touched(id);
        let rejected_at = self.table.get(id).and_then(|member| member.last_call_while_open());
        match rejected_at {
            Some(rejected_at) => known.max(rejected_at).min(now.max(known)),
            None if touched => now,
            None => known,
        }
    }
}

impl<M: Member> fmt::Debug for KeyedGroup<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedGroup").field("limits", &self.limits).finish_non_exhaustive()
    }
}
