//! Orders to all breakers of a group: each order reaches every breaker, and the last one given wins.
//!
//! Orders are numbered when they are given, and each breaker keeps the number of the last one that it
//! has carried out. A caller with a stale order therefore never undoes a later one, whatever the threads
//! or the listeners that run in between.

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::state::cell::Transition;
use crate::state::transition::Command;
use crate::sync::{Mutex, MutexGuard};

/// The orders of one group that some breaker may still have to carry out.
#[derive(Debug, Default)]
pub(crate) struct CommandLog(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    given: u64,
    recent: VecDeque<(u64, Command)>,
}

/// What one breaker has to carry out.
struct Left {
    /// The number of the last order.
    given: u64,
    /// Whether the first order ends another mode, which was left out: then the breaker starts closed and
    /// empty, also if it is in that mode already.
    restarts: bool,
    orders: Vec<Command>,
}

/// The number of the last order that one breaker has carried out. The lock is held while it carries one
/// out: nothing that runs under it may be the user's code.
#[derive(Debug, Default)]
pub(crate) struct Applied(Mutex<u64>);

impl CommandLog {
    /// Gives an order, and returns its number. `pass` has every breaker of the group carry out what it
    /// has not.
    pub(crate) fn give(&self, order: Command, pass: impl FnOnce()) -> u64 {
        let number = self.log().push(order);
        pass();
        // Kept if `pass` panics: the next pass then reaches the breakers that this one did not.
        self.log().forget(number);
        number
    }

    /// Returns the number of the last order given.
    pub(crate) fn given(&self) -> u64 {
        self.log().given
    }

    /// Has a breaker carry out by `control` what it has not, and returns the changes of its state.
    pub(crate) fn carry_out(
        &self,
        obeyed: &Applied,
        mut control: impl FnMut(Command) -> Option<Transition>,
    ) -> Vec<Transition> {
        let mut obeyed = obeyed.lock();
        let Left { given, restarts, orders } = self.log().after(*obeyed);
        let mut changes = Vec::new();
        for (index, order) in orders.into_iter().enumerate() {
            let change = control(order);
            let is_undone = index == 0 && restarts && change.is_none();
            changes.extend(if is_undone { control(Command::Reset) } else { change });
        }
        *obeyed = given;
        changes
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn push(&mut self, order: Command) -> u64 {
        self.given += 1;
        self.recent.push_back((self.given, order));
        self.given
    }

    /// Returns what is left to do for a breaker that has obeyed `number`. A mode that a later order
    /// replaces by another one is left out with what comes before it: a listener that undoes an order
    /// would hear of it again from each breaker.
    fn after(&self, number: u64) -> Left {
        let left = self.recent.iter().filter(|(given, _)| *given > number);
        let mut orders: Vec<_> = left.map(|(_, order)| *order).collect();
        let is_mode = |order: &&Command| matches!(order, Command::Mode(_));
        let last = orders.iter().rfind(is_mode).copied();
        let is_replaced = |order: &Command| matches!(order, Command::Mode(_)) && Some(*order) != last;
        let replaced = orders.iter().rposition(is_replaced);
        if let Some(replaced) = replaced {
            let by = orders.iter().skip(replaced + 1).position(|order| is_mode(&order));
            orders.drain(..=replaced + by.unwrap_or_default());
        }
        Left { given: self.given, restarts: replaced.is_some(), orders }
    }

    fn forget(&mut self, number: u64) {
        while self.recent.front().is_some_and(|(given, _)| *given <= number) {
            self.recent.pop_front();
        }
    }
}

impl Applied {
    /// Returns that of a breaker which is made as the orders up to `number` demand.
    pub(crate) fn new(number: u64) -> Self {
        Self(Mutex::new(number))
    }

    pub(crate) fn number(&self) -> u64 {
        *self.lock()
    }

    /// Has the breaker do what follows from the orders up to `number`, unless it has carried out a later
    /// one.
    pub(crate) fn follow(
        &self,
        number: u64,
        control: impl FnOnce() -> Option<Transition>,
    ) -> Option<Transition> {
        let mut obeyed = self.lock();
        if *obeyed > number {
            return None;
        }
        *obeyed = number;
        control()
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::types::snapshot::Mode;

    const FORCED: Command = Command::Mode(Mode::ForcedOpen);
    const AUTOMATIC: Command = Command::Mode(Mode::Automatic);

    fn carried_out(orders: &CommandLog, obeyed: &Applied) -> Vec<Command> {
        let mut all = Vec::new();
        orders.carry_out(obeyed, |order| {
            all.push(order);
            None
        });
        all
    }

    #[test]
    fn order_carried_out_twice_acts_once() {
        let (orders, obeyed) = (CommandLog::default(), Applied::default());
        orders.give(Command::Trip, || {
            assert_eq!(carried_out(&orders, &obeyed), [Command::Trip]);
            assert_eq!(carried_out(&orders, &obeyed), []);
        });
        assert_eq!((orders.given(), obeyed.number()), (1, 1));
    }

    #[test]
    fn overtaken_orders_reach_a_breaker_in_sequence_but_replaced_modes() {
        for (given, left) in [
            (&[Command::Trip, Command::Reset][..], &[Command::Trip, Command::Reset][..]),
            (&[FORCED, Command::Reset], &[FORCED, Command::Reset]),
            (&[Command::Trip, AUTOMATIC], &[Command::Trip, AUTOMATIC]),
            (&[AUTOMATIC, Command::Trip, AUTOMATIC], &[AUTOMATIC, Command::Trip, AUTOMATIC]),
            (&[FORCED, AUTOMATIC], &[AUTOMATIC, Command::Reset]),
            (
                &[FORCED, Command::Trip, AUTOMATIC, Command::Trip, AUTOMATIC],
                &[AUTOMATIC, Command::Reset, Command::Trip, AUTOMATIC],
            ),
            (
                &[Command::Trip, FORCED, Command::Trip, AUTOMATIC, Command::Trip],
                &[AUTOMATIC, Command::Reset, Command::Trip],
            ),
        ] {
            let (orders, obeyed) = (CommandLog::default(), Applied::default());
            let (last, first) = given.split_last().expect("not empty");
            for order in first {
                orders.log().push(*order);
            }
            orders.give(*last, || assert_eq!(carried_out(&orders, &obeyed), left));
            assert!(orders.log().recent.is_empty());
        }
    }

    /// A giver that panics leaves its order for the next pass.
    #[test]
    fn order_of_an_interrupted_pass_stays_until_the_next_one() {
        let (orders, obeyed) = (CommandLog::default(), Applied::default());
        let interrupted = std::panic::AssertUnwindSafe(|| orders.give(FORCED, || panic!("a clock")));
        assert!(std::panic::catch_unwind(interrupted).is_err());
        orders.give(Command::Reset, || {
            assert_eq!(carried_out(&orders, &obeyed), [FORCED, Command::Reset]);
        });
        assert!(orders.log().recent.is_empty());
    }

    #[test]
    fn breaker_follows_no_earlier_orders_than_it_has_carried_out() {
        let obeyed = Applied::new(3);
        obeyed.follow(2, || unreachable!("an earlier one"));
        let mut followed = false;
        obeyed.follow(3, || {
            followed = true;
            None
        });
        assert!(followed && obeyed.number() == 3);
    }
}
