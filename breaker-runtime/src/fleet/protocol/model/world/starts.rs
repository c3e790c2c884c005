//! The states from which a search starts.

use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::message::{Body, LeaseView, Millis};
use crate::fleet::protocol::model::action::{Action, Scene};
use crate::fleet::protocol::model::invariants::Past;
use crate::fleet::protocol::model::replica::Replica;
use crate::fleet::protocol::model::world::{Content, Failing, Message, OPTIONS, UNIT, World};

const START: Millis = 100 * UNIT;

impl World {
    /// Returns a fleet before its first call, with a dependency that fails.
    pub(crate) fn fresh(scene: Scene) -> Self {
        Self {
            scene,
            bug: None,
            now: START,
            group: Group::default(),
            backup: (Group::default(), Past::default()),
            replicas: [0, 1, 2].map(|index| Replica::new(&OPTIONS, index, 0, START)),
            network: Vec::new(),
            failing: Failing::All,
            past: Past::default(),
        }
    }

    /// Returns a fleet before its first call, with a dependency that fails for one of its processes.
    pub(crate) fn one_bad(scene: Scene) -> Self {
        Self { failing: Failing::Only(0), ..Self::fresh(scene) }
    }

    /// Returns a fleet after some rounds with a dependency that fails: 1 opens the group, in 2 a process
    /// takes the lease, in 3 its probe fails.
    pub(crate) fn after(rounds: usize, scene: Scene) -> Self {
        let mut world = Self::fresh(Scene { fast: true, epochs: u8::MAX, ..scene });
        for _ in 0..rounds {
            world.round().expect("the invariants hold");
        }
        assert!(world.is_open(), "the group has opened");
        world.scene = scene;
        world
    }

    /// Returns a fleet in which the store has given the lease to a process, and its answer has been
    /// under way for some units of time.
    pub(crate) fn lending(units: usize, scene: Scene) -> Self {
        let learns = [Action::Tick(0), Action::Deliver(0), Action::Deliver(0)];
        let asks = [Action::Wait, Action::Call(0), Action::Tick(0), Action::Deliver(0)];
        let world = Self::after(1, scene).then(&learns).then(&asks);
        assert!(matches!(world.view().lease, LeaseView::Mine { .. }), "the first process has the lease");
        world.then(&vec![Action::Wait; units])
    }

    /// Returns a fleet in which a process has sent the success of its probe.
    pub(crate) fn settling(scene: Scene) -> Self {
        let probe = [Action::Wait, Action::Heal, Action::Call(1), Action::ProbeEnds(1), Action::Tick(1)];
        let world = Self::after(2, scene).then(&probe);
        let is_result = |message: &Message| matches!(&message.content, Content::Request(request) if matches!(request.body, Body::Settle(_)));
        assert!(world.network.iter().all(is_result) && !world.network.is_empty(), "{:?}", world.network);
        world
    }

    /// Returns a fleet that has lost its store while the success of a probe was under way to it, or just
    /// after: no process but the one that has probed knows of it.
    pub(crate) fn lost_end(scene: Scene) -> Self {
        let world = Self::settling(scene).then(&[Action::Deliver(0)]);
        assert!(!world.is_open(), "the result has counted");
        world
    }

    /// Takes actions, with messages that stay under way.
    fn then(mut self, actions: &[Action]) -> Self {
        let scene = self.scene;
        self.scene = Scene { fast: false, ..scene };
        for &action in actions {
            self.take(action).expect("the invariants hold");
        }
        self.scene = scene;
        self
    }
}
