//! The actions of the search, and its bounds.

/// The bounds of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Scene {
    /// The largest number of actions.
    pub(super) depth: usize,
    /// The number of faults, and which.
    pub(super) faults: u8,
    pub(super) kinds: &'static [Fault],
    /// Whether a request is answered at once. Otherwise anything may happen while it is under way.
    pub(super) fast: bool,
    /// Whether the dependency hangs: no probe ends.
    pub(super) hangs: bool,
    /// The changes of phase, after which nothing further is explored.
    pub(super) epochs: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    /// A message is lost.
    Lose,
    /// A message arrives, and will arrive again.
    Double,
    /// A process gives up a request that is still under way.
    Late,
    /// A process ends, and another one starts.
    Crash,
    /// The store loses everything.
    Empty,
    /// The store loses what it has written since the last change of phase, and that change.
    RollBack,
}

/// A step of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    /// A unit of time passes.
    Wait,
    /// A replica makes a call.
    Call(usize),
    /// The probe of a replica ends.
    ProbeEnds(usize),
    Tick(usize),
    /// A replica gives up its request.
    GiveUp(usize),
    /// The message at an index arrives.
    Deliver(usize),
    /// The dependency recovers.
    Heal,
    /// A fault hits the message or the replica at an index.
    Fail(Fault, usize),
}
