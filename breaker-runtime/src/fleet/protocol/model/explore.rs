//! The search, breadth first: a violation is found by the fewest actions.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;

use crate::fleet::protocol::model::action::Action;
use crate::fleet::protocol::model::invariants::Invariant;
use crate::fleet::protocol::model::world::{TWO_SECONDS, World};

/// The states after which a search stops, incomplete: a scene is too large.
const MOST_STATES: usize = 8_000_000;

/// The rounds without a fault after which a fleet must have recovered.
const ROUNDS: usize = 16;

/// The result of a search.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) states: usize,
    /// Whether all states within the bounds were reached.
    pub(super) complete: bool,
    steps: usize,
    /// The largest number of rounds after which the fleet had recovered.
    rounds: usize,
    took: Duration,
    pub(super) violation: Option<Violation>,
}

/// An invariant that does not hold, and how to get there.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) invariant: Invariant,
    path: Vec<Action>,
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, complete, steps, rounds, took, violation } = self;
        let all = if *complete { "all " } else { "stopped at " };
        write!(f, "{all}{states} states, {steps} steps, recovered in {rounds} rounds, {took:.1?}")?;
        if let Some(Violation { invariant, path }) = violation {
            write!(f, "; {invariant:?} is broken by {path:?}")?;
        }
        Ok(())
    }
}

/// Hashes of states: two of a million different ones are equal once in ten million searches.
fn fingerprint(world: &World) -> u64 {
    FixedState::with_seed(0x5eed).hash_one(world)
}

#[derive(Default)]
struct Explorer {
    /// For each state, the one before it and the action between.
    seen: HashMap<u64, Option<(u64, Action)>>,
    /// For each state in which all is healthy, the rounds until the fleet has recovered.
    recovers: HashMap<u64, usize>,
    /// For each state in which only the dependency is not healthy, the rounds until the fleet agrees.
    agrees: HashMap<u64, usize>,
    steps: usize,
    rounds: usize,
}

/// Explores all states within the bounds of the scene, until one breaks an invariant.
pub(super) fn explore(start: World) -> Search {
    let (begun, mut explorer) = (Instant::now(), Explorer::default());
    let violation = explorer.run(start).err();
    Search {
        states: explorer.seen.len(),
        complete: explorer.seen.len() < MOST_STATES,
        steps: explorer.steps,
        rounds: explorer.rounds,
        took: begun.elapsed(),
        violation,
    }
}

impl Explorer {
    fn run(&mut self, start: World) -> Result<(), Violation> {
        let first = fingerprint(&start);
        self.seen.insert(first, None);
        let mut queue = VecDeque::from([(first, 0, start)]);
        while let Some((from, depth, world)) =
            queue.pop_front().filter(|_| self.seen.len() < MOST_STATES)
        {
            self.must_recover(&world)
                .and_then(|()| self.must_agree(&world))
                .map_err(|invariant| Violation { invariant, path: self.path(from) })?;
            if !world.is_within_bounds(depth) {
                continue;
            }
            for action in world.actions() {
                let mut next = world.clone();
                self.steps += 1;
                next.take(action).map_err(|invariant| {
                    let mut path = self.path(from);
                    path.push(action);
                    Violation { invariant, path }
                })?;
                let reached = fingerprint(&next);
                if let std::collections::hash_map::Entry::Vacant(entry) = self.seen.entry(reached) {
                    entry.insert(Some((from, action)));
                    queue.push_back((reached, depth + 1, next));
                }
            }
        }
        Ok(())
    }

    /// Checks that a fleet recovers once all is healthy.
    fn must_recover(&mut self, world: &World) -> Result<(), Invariant> {
        let mut world = world.clone();
        world.heal()?;
        let recovered = (Invariant::HealthyFleetCloses, World::has_recovered as fn(&World) -> bool);
        let rounds = rounds_until(&mut self.recovers, world, ROUNDS, recovered)?;
        self.rounds = self.rounds.max(rounds);
        Ok(())
    }

    /// Checks that a fleet agrees once its store and network are healthy, though its dependency hangs.
    fn must_agree(&mut self, world: &World) -> Result<(), Invariant> {
        if !world.scene.hangs {
            return Ok(());
        }
        let mut world = world.clone();
        world.end_faults()?;
        let agreed = (Invariant::FleetAgreesWithoutResults, World::agrees as fn(&World) -> bool);
        rounds_until(&mut self.agrees, world, TWO_SECONDS, agreed)?;
        Ok(())
    }

    /// Returns the actions that lead to a state.
    fn path(&self, state: u64) -> Vec<Action> {
        let mut path = Vec::new();
        let mut at = state;
        while let Some(&Some((before, action))) = self.seen.get(&at) {
            path.push(action);
            at = before;
        }
        path.reverse();
        path
    }
}

/// Returns the number of rounds without a fault after which a claim holds, at most so many; otherwise
/// the claim is broken. `known` has the rounds of states that were met before.
fn rounds_until(
    known: &mut HashMap<u64, usize>,
    mut world: World,
    most: usize,
    (claim, holds): (Invariant, fn(&World) -> bool),
) -> Result<usize, Invariant> {
    let mut passed = Vec::new();
    let rest = loop {
        let state = fingerprint(&world);
        if let Some(&rounds) = known.get(&state) {
            break rounds;
        }
        if holds(&world) {
            break 0;
        }
        passed.push(state);
        if passed.len() > most {
            return Err(claim);
        }
        world.round()?;
    };
    let all = passed.len();
    for (at, state) in passed.into_iter().enumerate() {
        known.insert(state, rest + all - at);
    }
    if rest + all > most { Err(claim) } else { Ok(rest + all) }
}
