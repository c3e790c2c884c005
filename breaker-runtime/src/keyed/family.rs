//! The breakers of one family: made when their keys come, and let go when there is no use for them.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::Guard;
use foldhash::fast::RandomState;
use once_cell::race::OnceBox;

use super::book::{Book, STRIDE};
use super::key::{Key, KeyRef};
use super::limits::Limits;
use super::table::Table;
use crate::engine::Engine;
use crate::event::Listener;
use crate::snapshot::{Mode, Totals};
use crate::state::allowance::Allowances;
use crate::state::machine::Control;
use crate::state::word::Ticks;

/// What a breaker is among others.
#[derive(Debug)]
pub(crate) enum Role {
    /// One for itself.
    Single,
    /// That after which the others of its family are made, and which those share that find no place.
    Template(Template),
    /// That of a key.
    Member(Member),
}

#[derive(Debug)]
pub(crate) struct Template {
    limits: Limits,
    /// Made with the first key: a `static` can't hold it.
    family: OnceBox<Family>,
}

#[derive(Debug)]
pub(crate) struct Member {
    key: Key,
    common: Arc<Common>,
}

/// What the breakers of a family have in common.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) allowances: Allowances,
    pub(crate) listeners: Listeners,
}

#[derive(Debug)]
pub(crate) struct Family {
    limits: Limits,
    hasher: RandomState,
    table: Table<Engine>,
    common: Arc<Common>,
    book: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    book: Book,
    /// Of breakers that are gone.
    past: Past,
}

/// What remains of breakers that are gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Past {
    pub(crate) totals: Totals,
    pub(crate) trips: u64,
}

/// For a key that was not found.
enum Place {
    Found(Arc<Engine>),
    Free,
    None,
}

/// A breaker in use; or none, if the one that is shared has to do.
pub(crate) type Held = Guard<Option<Arc<Engine>>>;

impl Template {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, family: OnceBox::new() }
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn twin(&self) -> Self {
        Self::new(self.limits)
    }

    #[inline(always)]
    pub(crate) fn family(&self) -> &Family {
        self.family.get_or_init(|| Box::new(Family::new(self.limits)))
    }
}

impl Member {
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn common(&self) -> &Common {
        &self.common
    }

    /// Of the same key in no family.
    #[cfg(feature = "test-util")]
    pub(crate) fn twin(&self) -> Self {
        Self { key: self.key.clone(), common: Arc::new(Common::new(None)) }
    }
}

impl Common {
    fn new(max_open: Option<f64>) -> Self {
        Self { allowances: Allowances::new(max_open), listeners: Listeners::default() }
    }
}

impl Family {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            hasher: RandomState::default(),
            table: Table::new(),
            common: Arc::new(Common::new(limits.max_open_keys())),
            book: Mutex::default(),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    pub(crate) fn common(&self) -> &Common {
        &self.common
    }

    /// The breaker of a key, for a call that ends on this thread. A thread can borrow only a few at a time.
    #[inline(always)]
    pub(crate) fn lend(&self, template: &Engine, key: KeyRef<'_>) -> Held {
        let hash = self.hash(key);
        match self.table.find(hash, |engine| engine.is_for(key)) {
            Some(held) => held,
            None => Held::from_inner(self.make(template, hash, key)),
        }
    }

    /// The same for anybody. `None` if the shared one has to do.
    #[inline]
    pub(crate) fn get(&self, template: &Engine, key: KeyRef<'_>) -> Option<Arc<Engine>> {
        Guard::into_inner(self.lend(template, key))
    }

    /// The breaker of a key, if there is one. That does not count as a use.
    pub(crate) fn find(&self, key: KeyRef<'_>) -> Option<Arc<Engine>> {
        let hash = self.hash(key);
        let _ledger = self.ledger();
        self.table.find_for_certain(hash, |engine| engine.is_for(key)).map(|(_, found)| found)
    }

    pub(crate) fn len(&self) -> usize {
        self.ledger().book.len()
    }

    pub(crate) fn members(&self) -> Vec<Arc<Engine>> {
        let ledger = self.ledger();
        ledger.book.links().filter_map(|link| self.table.entry(link)).collect()
    }

    /// Carries out for all what the template was told.
    pub(crate) fn follow_order(&self, template: &Engine, mut order: Control) {
        loop {
            let mode = template.mode();
            self.members().iter().for_each(|member| {
                member.control(order);
            });
            // Those who gave the opposite order meanwhile may have come before this one somewhere.
            if template.mode() == mode {
                return;
            }
            order = Control::Mode(template.mode());
        }
    }

    /// Gives all the template's options.
    pub(crate) fn follow_options(&self, template: &Engine) {
        loop {
            let options = template.config();
            for member in self.members() {
                while !member.reconfigure(member.config(), options) {}
            }
            if template.config() == options {
                return;
            }
        }
    }

    /// What those that are there and those that are gone have counted.
    pub(crate) fn sum(&self) -> Past {
        let ledger = self.ledger();
        let members = ledger.book.links().filter_map(|link| self.table.entry(link));
        members.fold(ledger.past, |sum, engine| sum.and(&engine.past()))
    }

    #[inline(always)]
    fn hash(&self, key: KeyRef<'_>) -> u64 {
        let mut state = self.hasher.build_hasher();
        key.hash(&mut state);
        state.finish()
    }

    #[cold]
    #[inline(never)]
    fn make(&self, template: &Engine, hash: u64, key: KeyRef<'_>) -> Option<Arc<Engine>> {
        loop {
            // The clock and the key may be the user's code, as may be what is dropped: outside the lock.
            let now = template.present();
            let mut gone = Vec::new();
            let place = self.place_for(template, hash, key, now, &mut gone);
            drop(gone);
            match place {
                Place::Found(found) => return Some(found),
                Place::None => return None,
                Place::Free => {}
            }
            let after = template.manner();
            let member = Member { key: key.to_key(), common: Arc::clone(&self.common) };
            let made = Arc::new(template.member(member, &after, now));
            if !self.list(hash, key, &made, now) {
                // Another thread was faster. What was taken for this one is given back.
                made.control(Control::Mode(Mode::Automatic));
                continue;
            }
            // The template may have changed before this one was listed among those that change with it.
            let mut seen = after;
            while let Some(present) = template.manner_unless(&seen) {
                made.follow(&present);
                seen = present;
            }
            return Some(made);
        }
    }

    fn place_for(
        &self,
        template: &Engine,
        hash: u64,
        key: KeyRef<'_>,
        now: Ticks,
        gone: &mut Vec<Arc<Engine>>,
    ) -> Place {
        let mut ledger = self.ledger();
        match self.table.find_for_certain(hash, |engine| engine.is_for(key)) {
            Some((link, found)) => {
                self.table.touch(link);
                Place::Found(found)
            }
            None if self.has_room(&mut ledger, template, now, gone) => Place::Free,
            None => Place::None,
        }
    }

    /// Whether it has a place now, and is the only one of its key.
    fn list(&self, hash: u64, key: KeyRef<'_>, made: &Arc<Engine>, now: Ticks) -> bool {
        let Ledger { book, .. } = &mut *self.ledger();
        let there = book.len();
        let taken = self.table.find_for_certain(hash, |engine| engine.is_for(key)).is_some();
        if taken || there >= self.limits.max_keys() as usize {
            return false;
        }
        let before = self.table.is_full(there).then(|| book.links().collect::<Vec<_>>());
        let link = book.begin(now);
        self.table.insert(link, hash, Arc::clone(made), there, before.into_iter().flatten());
        self.count(book);
        true
    }

    /// Lets go what has been idle for long, and if that is not enough, what has been idle for longest.
    fn has_room(
        &self,
        ledger: &mut Ledger,
        template: &Engine,
        now: Ticks,
        gone: &mut Vec<Arc<Engine>>,
    ) -> bool {
        let idle = self.limits.key_idle();
        let due = ledger.book.due(now, idle);
        for (last_use, link) in ledger.book.look(due, now, |link| self.table.was_touched(link)) {
            if now.saturating_sub(last_use) >= idle {
                gone.extend(self.let_go(ledger, template, link));
            }
        }
        let full = |ledger: &Ledger| ledger.book.len() >= self.limits.max_keys() as usize;
        if full(ledger) {
            let mut seen = ledger.book.look(STRIDE, now, |link| self.table.was_touched(link));
            seen.sort_unstable();
            for (_, link) in seen {
                if !full(ledger) {
                    break;
                }
                gone.extend(self.let_go(ledger, template, link));
            }
        }
        self.count(&ledger.book);
        !full(ledger)
    }

    /// Unless it is in use, or not as a new one would be.
    fn let_go(&self, ledger: &mut Ledger, template: &Engine, link: u32) -> Option<Arc<Engine>> {
        let Some(gone) = self.table.remove_unused(link, |engine| engine.is_as_new(template)) else {
            self.table.touch(link);
            return None;
        };
        ledger.book.end(link);
        ledger.past = ledger.past.and(&gone.past());
        Some(gone)
    }

    fn count(&self, book: &Book) {
        self.common.allowances.set_breakers(book.len() as u64);
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Past {
    pub(crate) fn and(&self, other: &Self) -> Self {
        let (mut totals, more) = (self.totals, &other.totals);
        totals.success += more.success;
        totals.failure += more.failure;
        totals.ignored += more.ignored;
        totals.cancelled += more.cancelled;
        totals.late += more.late;
        totals.slow += more.slow;
        totals.rejected += more.rejected;
        totals.would_reject += more.would_reject;
        totals.fallback += more.fallback;
        Self { totals, trips: self.trips + other.trips }
    }
}

/// Those that listen to all breakers of a family.
#[derive(Default)]
pub(crate) struct Listeners {
    some: AtomicBool,
    all: Mutex<Arc<Vec<Arc<Listener>>>>,
}

impl Listeners {
    pub(crate) fn present(&self) -> Option<Arc<Vec<Arc<Listener>>>> {
        self.some.load(Ordering::Acquire).then(|| Arc::clone(&self.all()))
    }

    pub(crate) fn add(&self, listener: Arc<Listener>) {
        let before = self.replace(|all| all.iter().cloned().chain([listener]).collect());
        drop(before);
    }

    pub(crate) fn remove(&self, listener: &Arc<Listener>) {
        let stays = |other: &&Arc<Listener>| !Arc::ptr_eq(other, listener);
        let before = self.replace(|all| all.iter().filter(stays).cloned().collect());
        drop(before);
    }

    /// Returns those before, as the last handle to a listener must not be dropped under the lock.
    fn replace(
        &self,
        change: impl FnOnce(&[Arc<Listener>]) -> Vec<Arc<Listener>>,
    ) -> Arc<Vec<Arc<Listener>>> {
        let mut all = self.all();
        let after = Arc::new(change(&all));
        self.some.store(!after.is_empty(), Ordering::Release);
        std::mem::replace(&mut *all, after)
    }

    fn all(&self) -> MutexGuard<'_, Arc<Vec<Arc<Listener>>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listeners").finish_non_exhaustive()
    }
}
