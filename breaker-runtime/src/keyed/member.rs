//! The interface between a group and its members: [`Member`].

use std::sync::Arc;

use crate::state::commands::{Change, CommandLog};
use crate::state::open_quota::OpenQuota;
use crate::state::outlier::OutlierRule;
use crate::time::Ticks;
use crate::types::counts::GroupCounts;
use crate::types::key::{Key, KeyRef};
use crate::types::snapshot::Mode;

/// A value that a [`KeyedGroup`](super::group::KeyedGroup) keeps for one key, or the template that
/// members are made after.
///
/// A trait rather than the breaker itself, so that a breaker can contain a group of breakers without a
/// cycle of rooms. All calls are static: a hit costs the same as without the trait.
pub(crate) trait Member: Sized {
    /// State that all members share, and that lives as long as any of them.
    type Shared;
    /// Settings and mode that a template hands on to its members.
    type Inherited: PartialEq;

    /// Returns whether this is the member of `key`. May run user code, as a key may be of a user's type.
    fn is_for(&self, key: KeyRef<'_>) -> bool;

    /// Reads the clock. May run user code.
    fn now(&self) -> Ticks;

    /// Returns the mode. Runs no user code.
    fn mode(&self) -> Mode;

    /// Returns what members inherit from this template, after it has applied the first `commands`
    /// commands.
    fn inherited(&self, commands: u64, shared: &Arc<Self::Shared>) -> Self::Inherited;

    /// Makes a member for `key` after this template. The change of its state is still to be reported.
    fn new_member(&self, key: Key, inherited: &Self::Inherited, now: Ticks) -> (Self, Option<Change>);

    /// Takes over what the template hands on. The change of state that is returned is still to be
    /// reported.
    fn inherit(&self, inherited: &Self::Inherited) -> Option<Change>;

    /// Reports a change of state to listeners. May run user code.
    fn report(&self, change: Change);

    /// Applies the commands that this member or template has not applied yet, and reports the changes.
    fn apply_commands(&self, commands: &CommandLog);

    /// Returns the number of the last command applied. Runs no user code.
    fn last_applied(&self) -> u64;

    /// Runs once a lookup can find the member, after it has taken over what the template hands on.
    fn on_insert(&self, template: &Self);

    /// Runs when the member can no longer be found, or lost a race to be inserted. A member that is not
    /// `in_use` has no other holder. Runs no user code.
    fn on_remove(&self, in_use: bool);

    /// Returns what would be lost with the member. Runs no user code.
    fn eviction_cost(&self, template: &Self, now: Ticks) -> EvictionCost;

    /// Returns when a call last found the member open; `None` unless it is open. Only then are calls
    /// timed.
    fn last_call_while_open(&self) -> Option<Ticks>;

    /// Sets whether the member was used within `key_idle`. Runs no user code.
    fn set_recent(&self, recent: bool);

    /// Returns what the member has counted. Runs no user code.
    fn counted(&self) -> GroupCounts;

    /// Replaces the rule by which members are outliers.
    fn set_outlier(shared: &Self::Shared, rule: Option<OutlierRule>);

    /// Looks for outliers among the members at calls from here on, if there is a rule. Runs no user
    /// code.
    fn watch_siblings(&self);

    /// Returns the quota of members that may be open at once.
    fn open_quota(shared: &Self::Shared) -> &OpenQuota;
}

/// The loss when a group evicts a member, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EvictionCost {
    /// Nothing: a new member would be the same.
    Nothing,
    /// Failures or slow calls that count towards opening.
    Failures,
    /// A state other than closed. Open until `until`; half-open has a time in the past.
    NotClosed { until: Ticks },
    /// A mode or options that only this member has.
    OwnSettings,
}

impl EvictionCost {
    /// The rank of [`NotClosed`](Self::NotClosed).
    pub(super) const NOT_CLOSED: u8 = 2;

    /// Returns the place in the order of eviction, from 0.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Failures => 1,
            Self::NotClosed { .. } => Self::NOT_CLOSED,
            Self::OwnSettings => 3,
        }
    }
}
