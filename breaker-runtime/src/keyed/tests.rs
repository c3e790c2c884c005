//! A group of plain members that are no breakers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::config::keyed::Limits;
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::{EvictionCost, Member};
use crate::state::commands::{Applied, Change, CommandLog};
use crate::state::open_quota::OpenQuota;
use crate::state::outlier::OutlierRule;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::counts::GroupCounts;
use crate::types::key::{Key, KeyRef};
use crate::types::snapshot::Mode;
use crate::types::totals::Totals;

/// A member with a key, a clock and a cost that tests set.
struct Plain {
    key: Option<Key>,
    now: AtomicU64,
    cost: Mutex<EvictionCost>,
    successes: AtomicU64,
    applied: Applied,
    /// The commands that were carried out.
    carried_out: Mutex<Vec<Command>>,
    /// The mode, which settings may have set instead of the last command.
    mode: Mutex<Mode>,
    settings_mode: Option<Mode>,
}

impl Plain {
    fn new(key: Option<Key>) -> Self {
        Self {
            key,
            now: AtomicU64::new(0),
            cost: Mutex::new(EvictionCost::Nothing),
            successes: AtomicU64::new(0),
            applied: Applied::default(),
            carried_out: Mutex::default(),
            mode: Mutex::new(Mode::Automatic),
            settings_mode: None,
        }
    }

    fn set_cost(&self, cost: EvictionCost) {
        *self.cost.lock().expect("not poisoned") = cost;
    }
}

impl Member for Plain {
    type Shared = OpenQuota;
    type Inherited = ();

    fn is_for(&self, key: KeyRef<'_>) -> bool {
        self.key.as_ref().is_some_and(|own| key.is(own))
    }

    fn now(&self) -> Ticks {
        self.now.load(Ordering::Relaxed)
    }

    fn mode(&self) -> Mode {
        *self.mode.lock().expect("not poisoned")
    }

    fn inherited(&self, _: u64, _: &Arc<OpenQuota>) {}

    fn new_member(&self, key: Key, (): &(), _: Ticks) -> (Self, Option<Change>) {
        (Self::new(Some(key)), None)
    }

    fn inherit(&self, (): &()) -> Option<Change> {
        None
    }

    fn report(&self, _: Change) {}

    fn apply_commands(&self, commands: &CommandLog) {
        commands.apply_pending(&self.applied, |issued| {
            self.carried_out.lock().expect("not poisoned").push(issued.command);
            if let Command::Mode(given) = issued.command {
                *self.mode.lock().expect("not poisoned") = self.settings_mode.unwrap_or(given);
            }
            None::<Change>
        });
    }

    fn last_applied(&self) -> u64 {
        self.applied.number()
    }

    fn on_insert(&self, _: &Self) {}

    fn on_remove(&self, _: bool) {}

    fn eviction_cost(&self, _: &Self, _: Ticks) -> EvictionCost {
        *self.cost.lock().expect("not poisoned")
    }

    fn last_call_while_open(&self) -> Option<Ticks> {
        None
    }

    fn set_recent(&self, _: bool) {}

    fn counted(&self) -> GroupCounts {
        let success = self.successes.load(Ordering::Relaxed);
        let totals = Totals { success, ..Totals::default() };
        GroupCounts { totals, trips: 1, ..GroupCounts::default() }
    }

    fn set_outlier(_: &OpenQuota, _: Option<OutlierRule>) {}

    fn watch_siblings(&self) {}

    fn open_quota(shared: &OpenQuota) -> &OpenQuota {
        shared
    }
}

fn group(max_keys: u32) -> (Plain, Arc<KeyedGroup<Plain>>) {
    let limits = Limits::DEFAULT.with_max_keys(max_keys);
    (Plain::new(None), KeyedGroup::new(limits, |_| OpenQuota::new(None)))
}

fn get(group: &KeyedGroup<Plain>, template: &Plain, key: u64) -> Arc<Plain> {
    group.get_or_insert(template, KeyRef::number(key)).expect("each key has a member")
}

fn is_there(group: &KeyedGroup<Plain>, key: u64) -> bool {
    group.peek(KeyRef::number(key)).is_some()
}

#[test]
fn key_keeps_its_member_until_it_is_removed() {
    let (template, group) = group(10);
    let first = get(&group, &template, 7);
    assert!(Arc::ptr_eq(&first, &get(&group, &template, 7)));
    assert!(group.remove(KeyRef::number(7)).is_some() && !is_there(&group, 7));
    assert!(!Arc::ptr_eq(&first, &get(&group, &template, 7)));
}

/// A lookup without the lock can miss a member while others come and go.
#[test]
fn member_missed_by_the_lookup_is_found_under_the_lock_and_counts_as_used() {
    let (template, group) = group(10);
    let member = get(&group, &template, 7);
    let key = KeyRef::number(7);
    assert!(Arc::ptr_eq(&group.insert(&template, group.hash(key), key), &member));
    let id = group.table.slot_of(group.hash(key), &member).expect("it is there");
    assert!(group.table.take_touched(id));
}

#[test]
fn eviction_takes_the_cheapest_member_that_is_not_in_use() {
    let (template, group) = group(4);
    let costs = [
        EvictionCost::OwnSettings,
        EvictionCost::NotClosed { until: 9 },
        EvictionCost::Failures,
        EvictionCost::Nothing,
    ];
    // Each is used later than the one before: among equals the least recently used one goes.
    let at = |now| template.now.store(now, Ordering::Relaxed);
    for (key, cost) in (0..).zip(costs) {
        at(key);
        get(&group, &template, key).set_cost(cost);
    }
    let held = get(&group, &template, 3);
    // Each newcomer costs most, so that the others go first.
    let mut gone = Vec::new();
    for newcomer in 10..13 {
        at(newcomer);
        get(&group, &template, newcomer).set_cost(EvictionCost::OwnSettings);
        gone.extend(
            (0..4).filter(|key| !is_there(&group, *key) && !gone.contains(key)).collect::<Vec<_>>(),
        );
    }
    assert_eq!(gone, [2, 1, 0], "3 is in use");
    assert_eq!(group.len(), 4);
    assert_eq!((group.counts().evicted, group.counts().evicted_open), (3, 1));
    drop(held);
}

#[test]
fn totals_include_members_that_were_taken_out() {
    let (template, group) = group(1);
    let detached = get(&group, &template, 0);
    get(&group, &template, 1).successes.store(5, Ordering::Relaxed);
    detached.successes.store(3, Ordering::Relaxed);
    assert!(!is_there(&group, 0), "the only member, though in use");
    drop(detached);
    get(&group, &template, 2);
    let sum = group.totals();
    assert_eq!((sum.totals.success, sum.trips), (8, 3));
}

#[test]
fn idle_member_is_evicted_by_a_sweep() {
    let (template, group) = group(10);
    let idle = group.limits().key_idle();
    get(&group, &template, 0);
    get(&group, &template, 1).set_cost(EvictionCost::OwnSettings);
    let held = get(&group, &template, 2);
    // The first sweep finds the touches of the lookups above, the second none.
    group.sweep(&template, 1);
    group.sweep(&template, 1 + idle);
    assert_eq!([0, 1, 2].map(|key| is_there(&group, key)), [false, true, true]);
    drop(held);
}

/// Settings that set the mode of the template during a command may have reached a member before the
/// command did.
#[test]
fn mode_set_during_a_command_reaches_every_member() {
    let (mut template, group) = group(10);
    let member = get(&group, &template, 7);
    let carried_out = || member.carried_out.lock().expect("not poisoned").clone();
    group.broadcast(&template, Command::Mode(Mode::Observe).into());
    assert_eq!(carried_out(), [Command::Mode(Mode::Observe)]);
    template.settings_mode = Some(Mode::ForcedClosed);
    group.broadcast(&template, Command::Mode(Mode::ForcedOpen).into());
    let last = [Mode::Observe, Mode::ForcedOpen, Mode::ForcedClosed].map(Command::Mode);
    assert_eq!((carried_out(), member.mode()), (last.to_vec(), Mode::ForcedClosed));
}
