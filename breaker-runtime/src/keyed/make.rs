//! How the breaker of a new key comes to be.

use std::sync::Arc;

use crate::breaker::inner::Inner;
use crate::breaker::role::KeyedMember;
use crate::keyed::group::KeyedGroup;
use crate::keyed::room::drop_each;
use crate::registry::settings;
use crate::time::Ticks;
use crate::types::key::KeyRef;

/// Breakers whose keys have the hash of the one that is looked for, and were compared with it.
type Others = Vec<Arc<Inner>>;

/// What became of a new breaker.
enum Placed {
    Listed,
    /// There are others of this hash that were not compared yet.
    Unknown(Others),
    /// Orders were given since it was made.
    Outdated,
}

impl KeyedGroup {
    /// Returns the breaker of a key that was not found; usually a new one.
    #[cold]
    #[inline(never)]
    pub(crate) fn make(&self, template: &Inner, hash: u64, key: KeyRef<'_>) -> Arc<Inner> {
        // The clock and the key may be the user's code, as may be what is dropped: all of that without the lock.
        let now = template.present();
        let mut others = Others::new();
        if let Some(found) = self.seek(hash, key, &mut others) {
            return found;
        }
        let mut manner = template.manner();
        let member = KeyedMember::new(key.to_key(), Arc::clone(&self.shared), manner.orders());
        let made = Arc::new(template.member(member, &manner, now));
        let mut changes = Vec::from_iter(made.follow_mode(&manner));
        loop {
            let mut gone = Vec::new();
            let placed = self.place(template, hash, &made, &others, now, &mut gone);
            drop_each(gone);
            match placed {
                Placed::Listed => break,
                Placed::Unknown(fresh) => {
                    if let Some(found) = first_of_key(&fresh, key) {
                        // Another thread was faster. Nothing is heard of this one, which holds no allowance from here on.
                        made.leave_group();
                        return found;
                    }
                    others.extend(fresh);
                }
                Placed::Outdated => {
                    manner = template.manner();
                    changes.extend(made.follow(&manner));
                }
            }
        }
        for change in changes {
            made.enter(change);
        }
        // The template's options may have changed before this one was listed among those that change with it.
        while let Some(present) = template.manner_unless(&manner) {
            if let Some(change) = made.follow(&present) {
                made.enter(change);
            }
            manner = present;
        }
        settings::apply_active_to_key(&made);
        made
    }

    /// Looks for the breaker of a key with certainty. `others` are those of the same hash that are not it.
    fn seek(&self, hash: u64, key: KeyRef<'_>, others: &mut Others) -> Option<Arc<Inner>> {
        let found = {
            let _ledger = self.ledger();
            self.table.of_hash(hash)
        };
        for (link, engine) in found {
            if engine.is_for(key) {
                let _ledger = self.ledger();
                self.table.touch(link);
                return Some(engine);
            }
            others.push(engine);
        }
        None
    }

    /// Lists a new breaker, if those of the same hash are the ones that its key was compared with. Makes room for it.
    fn place(
        &self,
        template: &Inner,
        hash: u64,
        made: &Arc<Inner>,
        others: &Others,
        now: Ticks,
        gone: &mut Vec<Arc<Inner>>,
    ) -> Placed {
        let mut ledger = self.ledger();
        let is_known = |engine: &Arc<Inner>| others.iter().any(|other| Arc::ptr_eq(other, engine));
        let of_hash = self.table.of_hash(hash).into_iter().map(|(_, engine)| engine);
        let (known, fresh): (Others, Others) = of_hash.partition(is_known);
        drop(known);
        if !fresh.is_empty() {
            return Placed::Unknown(fresh);
        }
        // Whoever gives an order from here on finds this breaker in the list.
        if made.obeyed().is_some_and(|obeyed| obeyed.number() != self.orders_given()) {
            return Placed::Outdated;
        }
        self.make_room(&mut ledger, template, now, gone);
        let there = ledger.len();
        let before = self.table.is_full(there).then(|| ledger.links().collect::<Vec<_>>());
        let link = ledger.begin(now);
        self.table.insert(link, hash, Arc::clone(made), there, before.into_iter().flatten());
        self.count(&ledger);
        Placed::Listed
    }
}

fn first_of_key(engines: &Others, key: KeyRef<'_>) -> Option<Arc<Inner>> {
    engines.iter().find(|engine| engine.is_for(key)).cloned()
}
