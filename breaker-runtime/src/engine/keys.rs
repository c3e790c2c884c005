//! Breakers of keys, and the template that they are made after.

use std::sync::Mutex;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use super::Engine;
use super::settings::{Outside, Settings};
use crate::keyed::{Family, Key, KeyRef, Member, Past, Role, Template};
use crate::snapshot::Mode;
use crate::state::cell::StateCell;
use crate::state::machine::{self, Control};
use crate::state::word::Ticks;

/// What a family's template has that its keys' breakers are to have as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Manner {
    settings: Settings,
    mode: Mode,
    outside: Outside,
}

impl Engine {
    /// One that has a breaker per key.
    pub(crate) fn with_keys(self, template: Template) -> Self {
        Self { role: Role::Template(template), ..self }
    }

    /// The breaker of a key, as a template would have it.
    pub(crate) fn member(&self, member: Member, manner: &Manner, born: Ticks) -> Self {
        let Manner { settings, mode, outside } = manner;
        let own = self.own;
        let changed =
            (settings.config != own.config).then(|| Box::new(ArcSwap::from_pointee(*settings)));
        let engine = Self {
            cell: StateCell::new(settings.policy.flags(false)),
            own,
            changed: changed.map_or_else(OnceBox::new, OnceBox::with_value),
            outside: Mutex::new(*outside),
            name: OnceCell::with_value(self.name()),
            born: Some(born),
            time: self.time.clone(),
            chance: self.chance.clone(),
            realm: self.realm,
            ..Self::unnamed(own.config, |_| None, Role::Member(member))
        };
        engine.control(Control::Mode(*mode));
        engine
    }

    /// The breakers of its keys.
    #[inline(always)]
    pub(crate) fn family(&self) -> Option<&Family> {
        match &self.role {
            Role::Template(template) => Some(template.family()),
            Role::Single | Role::Member(_) => None,
        }
    }

    pub(super) fn membership(&self) -> Option<&Member> {
        match &self.role {
            Role::Member(member) => Some(member),
            Role::Single | Role::Template(_) => None,
        }
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.membership().map(Member::key)
    }

    /// Whether it is the breaker of this key.
    #[inline(always)]
    pub(crate) fn is_for(&self, key: KeyRef<'_>) -> bool {
        match &self.role {
            Role::Member(member) => key.is(member.key()),
            Role::Single | Role::Template(_) => false,
        }
    }

    /// What is to hold for the breakers of keys.
    pub(crate) fn manner(&self) -> Manner {
        Manner { settings: *self.settings(), mode: self.mode(), outside: *self.outside() }
    }

    /// If it is another one by now.
    pub(crate) fn manner_unless(&self, seen: &Manner) -> Option<Manner> {
        let present = self.manner();
        (present != *seen).then_some(present)
    }

    pub(crate) fn follow(&self, manner: &Manner) {
        let Manner { settings, mode, outside } = manner;
        self.replace(settings.config, |present| {
            // Later settings may have reached it by themselves.
            let mut present_outside = self.outside();
            let outdated = present_outside.version > outside.version;
            if !outdated {
                *present_outside = *outside;
            }
            !outdated && *present != settings.config
        });
        self.control(Control::Mode(*mode));
    }

    /// Whether one that is made anew would be no other, but for what it has counted.
    pub(crate) fn is_as_new(&self, template: &Self) -> bool {
        let word = self.cell.word();
        let (config, mode) = (self.settings().config, machine::mode(word));
        word.is_closed_or_forced_closed()
            && mode == template.mode()
            && config == template.settings().config
    }

    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.cell.word().is_closed_or_forced_closed()
    }

    /// What it has counted, in sum.
    pub(crate) fn past(&self) -> Past {
        Past { totals: self.totals(), trips: self.journal.history().trips }
    }
}
