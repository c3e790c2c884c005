//! How the member of a new key is made and put into the table.
//!
//! A member is compared, made and initialised without the lock, since that may run user code, and is
//! then inserted under the lock if nothing has changed meanwhile: no other member of the same hash, and
//! no command that it has not applied.

use std::sync::Arc;

use crate::keyed::eviction::Eviction;
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::Member;
use crate::keyed::table::SlotHash;
use crate::types::key::KeyRef;

/// The result of an attempt to insert a member.
enum Inserted<M> {
    Done,
    /// Members of the same hash that were not compared with the key yet.
    Uncompared(Vec<Arc<M>>),
    /// Commands were given that the member has not applied.
    Outdated,
}

impl<M: Member> KeyedGroup<M> {
    /// Returns the member of a key that a lookup without the lock did not find; usually a new one.
    #[cold]
    #[inline(never)]
    pub(super) fn insert(&self, template: &M, hash: SlotHash, key: KeyRef<'_>) -> Arc<M> {
        let mut compared = Vec::new();
        if let Some(found) = self.find_under_lock(hash, key, &mut compared) {
            return found;
        }
        let mut eviction = Eviction::new(self, template, template.now());
        let mut inherited = self.inherited(template);
        let (member, change) = template.new_member(key.to_key(), &inherited, eviction.now());
        let (member, mut changes) = (Arc::new(member), Vec::from_iter(change));
        loop {
            match self.try_insert(&mut eviction, hash, &member, &compared) {
                Inserted::Done => break,
                Inserted::Uncompared(others) => {
                    if let Some(found) = others.iter().find(|other| other.is_for(key)) {
                        // Another thread was first. This member was never seen, and must hold no share
                        // of the quota.
                        member.on_remove(false);
                        return Arc::clone(found);
                    }
                    compared.extend(others);
                }
                Inserted::Outdated => {
                    inherited = self.inherited(template);
                    changes.extend(member.inherit(&inherited));
                }
            }
        }
        drop(eviction);
        for change in changes {
            member.report(change);
        }
        self.catch_up(template, &member, inherited);
        member.on_insert(template);
        member
    }

    /// Returns what members inherit from the template, once it has applied all commands given.
    ///
    /// The number is read before the mode: a mode newer than the number is harmless, as the member
    /// applies the commands after that number again.
    fn inherited(&self, template: &M) -> M::Inherited {
        template.apply_commands(&self.commands);
        template.inherited(template.last_applied(), &self.shared)
    }

    /// Has a new member take over changes of the template that were made before the member was among
    /// those they reach.
    fn catch_up(&self, template: &M, member: &M, mut inherited: M::Inherited) {
        loop {
            let present = self.inherited(template);
            if present == inherited {
                return;
            }
            if let Some(change) = member.inherit(&present) {
                member.report(change);
            }
            inherited = present;
        }
    }

    /// Looks up the member of a key under the lock, so that it is found if it is there. Adds the members
    /// of the same hash that are not it to `compared`.
    fn find_under_lock(
        &self,
        hash: SlotHash,
        key: KeyRef<'_>,
        compared: &mut Vec<Arc<M>>,
    ) -> Option<Arc<M>> {
        let found = self.with_hash(&self.lock(), hash);
        for member in found {
            if member.is_for(key) {
                let _state = self.lock();
                if let Some(id) = self.table.slot_of(hash, &member) {
                    self.table.touch(id);
                }
                return Some(member);
            }
            compared.push(member);
        }
        None
    }

    /// Inserts a new member and evicts others to make room, if its key was compared with all members of
    /// the same hash.
    fn try_insert(
        &self,
        eviction: &mut Eviction<'_, M>,
        hash: SlotHash,
        member: &Arc<M>,
        compared: &[Arc<M>],
    ) -> Inserted<M> {
        let mut state = self.lock();
        let is_compared = |member: &Arc<M>| compared.iter().any(|other| Arc::ptr_eq(other, member));
        let mut others = self.with_hash(&state, hash);
        others.retain(|other| !is_compared(other));
        if !others.is_empty() {
            return Inserted::Uncompared(others);
        }
        // From here to the insertion no command can miss this member.
        if member.last_applied() != self.commands.issued() {
            return Inserted::Outdated;
        }
        eviction.make_room(&mut state);
        if self.table.grows_at(state.evictor.len()) {
            let moved = self.table.grow(state.evictor.hashes());
            state.grow(self.table.slots(), moved);
        }
        if let Some(id) = self.table.insert(hash, Arc::clone(member)) {
            state.add(id, hash, eviction.now());
        }
        self.set_quota_base(&state);
        Inserted::Done
    }
}
