//! An exhaustive search of the protocol: three processes and a store, with every order of calls,
//! messages and time, and with messages that are lost, late or arrive twice, processes that crash or
//! pause, and a store that is emptied or rolled back.
//!
//! - [`world`]: the state that is searched; [`action`]: its actions; [`replica`]: one process with a
//!   breaker.
//! - [`invariants`]: the claims, checked at each step.
//! - [`explore`]: the search, breadth first, with the hash of each state that was seen.
//! - [`bugs`]: for each invariant a bug that the search must find.
//!
//! A pause is no action of its own: between any two actions, time may pass. A search starts in a scene,
//! and reaches all states within a number of actions from it.
//!
//! The ordinary tests search small bounds; `.ci/fleet-search` searches larger ones.

mod action;
mod bugs;
mod explore;
mod invariants;
pub(crate) mod replica;
mod world;

use crate::fleet::protocol::model::action::{Fault, Scene};
use crate::fleet::protocol::model::bugs::Bug;
use crate::fleet::protocol::model::explore::{Search, explore};
use crate::fleet::protocol::model::world::World;

/// Returns whether this is the wider search of `.ci/fleet-search`.
fn is_deep() -> bool {
    std::env::var_os("FLEET_SEARCH").is_some()
}

fn report(name: &str, search: &Search) {
    println!("{name}: {search}");
}

/// Searches a scene without a bug, which must hold, and must have at least so many states.
fn holds(name: &str, world: World, states: usize) {
    let search = explore(world);
    report(name, &search);
    assert!(search.violation.is_none(), "{name}: {search}");
    assert!(search.complete && search.states >= states, "{name}: {search}");
}

/// Searches a scene with a bug. The violation must be one of the invariant that the bug breaks.
fn finds(bug: Bug, mut world: World) {
    world.bug = Some(bug);
    let search = explore(world);
    report(&format!("{bug:?}"), &search);
    let violation = search.violation.as_ref().expect("the search finds the bug");
    assert_eq!(violation.invariant, bug.breaks(), "{search}");
}

/// Returns the bounds of a scene in which a request is answered at once: the actions in the ordinary
/// tests, and in the wider search.
fn fast(ordinary: usize, wide: usize) -> Scene {
    let depth = if is_deep() { wide } else { ordinary };
    Scene { depth, faults: 0, kinds: &[], fast: true, hangs: false, epochs: 4 }
}

/// Returns the bounds of a scene in which messages take time.
fn slow(ordinary: usize, wide: usize) -> Scene {
    Scene { fast: false, ..fast(ordinary, wide) }
}

/// Returns the bounds of a scene in which the dependency hangs.
fn hanging(scene: Scene) -> Scene {
    Scene { hangs: true, ..scene }
}

fn with(faults: u8, kinds: &'static [Fault], scene: Scene) -> Scene {
    Scene { faults, kinds, ..scene }
}

#[test]
fn fleet_without_faults_keeps_the_invariants() {
    holds("first calls", World::fresh(fast(6, 8)), 10_000);
    holds("an open group", World::after(1, fast(7, 8)), 10_000);
    holds("a lease", World::after(2, fast(7, 8)), 10_000);
    holds("a late answer", World::lending(3, fast(6, 8)), 10_000);
}

#[test]
fn messages_lost_late_or_doubled_keep_the_invariants() {
    let kinds = &[Fault::Lose, Fault::Double, Fault::Late];
    holds("messages, first calls", World::fresh(with(2, kinds, slow(5, 7))), 10_000);
    holds("messages, an answer", World::lending(1, with(2, kinds, slow(5, 7))), 10_000);
    holds("messages, a result", World::settling(with(2, kinds, slow(5, 7))), 10_000);
}

#[test]
fn one_bad_process_opens_no_group() {
    let kinds = &[Fault::Double, Fault::Empty, Fault::RollBack];
    holds("one bad process", World::one_bad(with(2, kinds, fast(6, 8))), 10_000);
}

#[test]
fn processes_that_crash_keep_the_invariants() {
    holds("crashes, a lease", World::after(2, with(2, &[Fault::Crash], fast(6, 8))), 10_000);
    holds("crashes, a result", World::settling(with(2, &[Fault::Crash], slow(5, 7))), 10_000);
}

#[test]
fn store_emptied_or_rolled_back_keeps_the_invariants() {
    let kinds = &[Fault::Empty, Fault::RollBack];
    holds("store, a lease", World::after(2, with(2, kinds, fast(6, 8))), 10_000);
    holds("store, a second epoch", World::after(3, with(2, kinds, fast(6, 8))), 10_000);
    holds("store, a result", World::settling(with(2, kinds, slow(5, 7))), 10_000);
}

/// No probe has a result: what the processes know of the lost state decides.
#[test]
fn store_emptied_or_rolled_back_while_probes_hang_leads_to_agreement() {
    let kinds = &[Fault::Empty, Fault::RollBack];
    holds("hanging, an open group", World::after(1, hanging(with(2, kinds, fast(6, 8)))), 10_000);
    holds("hanging, a lease", World::after(2, hanging(with(2, kinds, fast(6, 8)))), 10_000);
    holds("hanging, an answer", World::lending(1, hanging(with(1, kinds, slow(5, 7)))), 10_000);
}

/// A process knows that the order has ended, of which the others have not heard.
#[test]
fn order_that_had_ended_when_the_store_was_lost_is_not_taken_up_again() {
    let kinds = &[Fault::Empty, Fault::RollBack];
    holds("store, an end", World::lost_end(with(1, kinds, slow(6, 8))), 10_000);
    // A store that loses two writes of one epoch, each with a lease, gives the lease twice: no epoch
    // shows the loss. It takes more steps than these.
    holds("store, an end, at once", World::lost_end(with(2, kinds, fast(6, 6))), 10_000);
}

#[test]
fn search_finds_each_seeded_bug() {
    let store = with(1, &[Fault::Empty, Fault::RollBack], fast(8, 8));
    finds(Bug::NoQuorum, World::fresh(store));
    finds(Bug::JoiningWrites, World::fresh(store));
    finds(Bug::EpochsStartAgain, World::after(2, store));
    finds(Bug::OldViewApplies, World::after(2, store));
    finds(Bug::LostOrderNeedsNoQuorum, World::after(2, store));
    finds(Bug::LostOrderIsNoVote, World::after(1, hanging(store)));
    finds(Bug::EndOfLostOrderIsNotHeard, World::lost_end(store));
    finds(Bug::LateResultCounts, World::settling(slow(8, 8)));
    finds(Bug::LeaseWithoutDeadline, World::after(1, with(1, &[Fault::Crash], fast(8, 8))));
    finds(Bug::LeaseCountsFromTheAnswer, World::lending(3, fast(8, 8)));
}
