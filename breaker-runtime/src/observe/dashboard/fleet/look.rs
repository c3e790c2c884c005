//! The members of groups, which the store is asked for while a viewer is there: [`FleetLook`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::fleet::{self, FleetError, FleetGroup, FleetMember};
use crate::observe::dashboard::fleet::reading::{self, listed};
use crate::observe::dashboard::fleet::views::{FleetBoardView, FleetGroupView};
use crate::observe::dashboard::sampler::wall;

/// The shortest time between two exchanges, whatever the number of viewers: less than that between two
/// frames, so that each frame may have one.
const PAUSE: Duration = Duration::from_millis(900);
/// The shortest time between two exchanges, as a multiple of the time that the last one took: a group of
/// thousands of processes costs the store at most 5 % of its time.
const PAUSE_FACTOR: u32 = 20;
/// The time for which the members are kept after the last request for them.
const KEPT: Duration = Duration::from_secs(5);

/// The number of groups beyond the listed ones that the store is asked for.
const MOST_WANTED: usize = 20;
/// The time for which a group is asked for after a request for its breaker. A page asks every 5 seconds.
const WANTED: Duration = Duration::from_secs(12);

/// The knowledge of the members of groups.
#[derive(Debug, Default)]
pub(in super::super) struct FleetLook {
    /// When the store may be asked again. Locked while it is asked, so that all who wait share the
    /// answer.
    next: tokio::sync::Mutex<Option<Instant>>,
    seen: Mutex<Arc<SeenMembers>>,
    /// When the members were last asked for.
    asked: Mutex<Option<Instant>>,
    /// The groups of breakers that viewers look at, with the time of the last request. They may be
    /// beyond those that are listed.
    wanted: Mutex<HashMap<String, Instant>>,
}

/// The members of groups, as the store has last named them.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenMembers(HashMap<String, SeenGroup>);

/// The members of one group.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenGroup {
    pub(super) list: Vec<FleetMember>,
    /// When the store has named them, in milliseconds since the Unix epoch; `None` if it never did.
    pub(super) from: Option<u64>,
    /// The reason why it has not named them since.
    pub(super) error: Option<String>,
}

impl SeenMembers {
    pub(super) fn of(&self, group: &str) -> Option<&SeenGroup> {
        self.0.get(group)
    }
}

impl FleetLook {
    /// Asks the store for the members in a task of its own, if it is time for that, and forgets them
    /// a moment after the last viewer has gone.
    pub(in super::super) fn follow(self: &Arc<Self>, is_watched: bool) {
        if !is_watched {
            if self.asked().is_none_or(|asked| asked.elapsed() >= KEPT) {
                self.set(SeenMembers::default());
            }
            return;
        }
        let is_due = self.next.try_lock().is_ok_and(|next| is_over(*next));
        if is_due && fleet::connected().is_some() {
            let this = Arc::clone(self);
            tokio::spawn(async move { this.ask().await });
        }
    }

    /// Asks the store for the members, unless that was done a moment ago. Ends within the deadline of
    /// the connection.
    pub(in super::super) async fn ask(&self) {
        *self.asked() = Some(Instant::now());
        let mut next = self.next.lock().await;
        if !is_over(*next) {
            return;
        }
        let Some(fleet) = fleet::connected() else { return self.set(SeenMembers::default()) };
        let status = fleet.status();
        let mut names: Vec<_> = listed(&status).into_iter().map(|group| group.name.as_str()).collect();
        let wanted = self.wanted().clone();
        let is_wanted = |name: &&str| {
            wanted.get(*name).is_some_and(|at| at.elapsed() < WANTED) && !names.contains(name)
        };
        let others = status.groups.iter().map(|group| group.name.as_str());
        let others: Vec<_> = others.filter(is_wanted).take(MOST_WANTED).collect();
        names.extend(others);
        let began = Instant::now();
        let answers = fleet.members_of(&names).await;
        let took = if answers.is_ok() { began.elapsed() } else { Duration::ZERO };
        *next = Some(began + PAUSE.max(took * PAUSE_FACTOR));
        self.note(&names, answers);
    }

    fn note(&self, names: &[&str], answers: Result<Vec<MembersAnswer>, FleetError>) {
        let before = self.seen();
        let mut answers = match answers {
            Ok(answers) => answers.into_iter(),
            Err(error) => vec![Err(error); names.len()].into_iter(),
        };
        let mut seen = HashMap::new();
        for name in names {
            let Some(answer) = answers.next() else { break };
            let group = match answer {
                Ok(list) => SeenGroup { list, from: Some(wall()), error: None },
                Err(error) => {
                    let known = before.of(name).cloned().unwrap_or_default();
                    SeenGroup { error: Some(error.to_string()), ..known }
                }
            };
            seen.insert((*name).to_owned(), group);
        }
        self.set(SeenMembers(seen));
    }

    /// Returns what is known of the fleet; `None` if the process is in none.
    pub(in super::super) fn view(&self, before: Option<&FleetBoardView>) -> Option<FleetBoardView> {
        let status = fleet::connected()?.status();
        Some(reading::view(wall(), &status, &self.seen(), before))
    }

    /// Returns the group of a breaker, by its label, also if it is not listed; then the store is asked
    /// for its members next time.
    pub(in super::super) fn group_of(&self, breaker: &str) -> Option<FleetGroupView> {
        let status = fleet::connected()?.status();
        let is_in = |group: &&FleetGroup| group.breakers.iter().any(|label| label == breaker);
        let group = status.groups.iter().find(is_in)?;
        let mut wanted = self.wanted();
        wanted.retain(|_, at| at.elapsed() < WANTED);
        if wanted.len() < MOST_WANTED || wanted.contains_key(&group.name) {
            wanted.insert(group.name.clone(), Instant::now());
        }
        drop(wanted);
        Some(reading::group_view(wall(), &status, group, &self.seen(), None))
    }

    fn wanted(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> Arc<SeenMembers> {
        Arc::clone(&self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn asked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, seen: SeenMembers) {
        let seen = Arc::new(seen);
        let before =
            std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), seen);
        drop(before);
    }
}

/// The members of one group, or the reason why they are not known.
pub(super) type MembersAnswer = Result<Vec<FleetMember>, FleetError>;

fn is_over(next: Option<Instant>) -> bool {
    next.is_none_or(|next| next <= Instant::now())
}
