//! The gate of a breaker that processes share: calls race with the end of a lease.

use crate::state::probe_gate::ProbeGate;
use crate::state::races::*;

const SHARED: Policy = Policy { max_probes: 3, success_threshold: 3, ..POLICY };

/// A lease until [`END`], in a breaker that the fleet has opened until [`OPEN_FOR`].
const END: Ticks = 2 * OPEN_FOR;

struct Process {
    cell: AtomicState,
    gate: ProbeGate,
}

impl Process {
    fn with_lease() -> Self {
        let process = Self { cell: AtomicState::new(SHARED.flags(false)), gate: ProbeGate::new() };
        process.gate.hold();
        process.command(Command::FleetOpen(OPEN_FOR));
        process.gate.admit_until(END);
        process
    }

    fn env(&self, now: Ticks) -> impl Env + '_ {
        Gated(now, |now| self.gate.admits(now))
    }

    fn command(&self, command: Command) {
        self.cell.control(&SHARED, command, &self.env(0));
    }

    fn is_admitted(&self, now: Ticks) -> bool {
        self.cell.admit(&SHARED, &self.env(now), |_| {}).is_ok()
    }
}

/// A call in time makes the breaker half-open. One that comes after the deadline, or after the lease was
/// given back, must not be the second probe.
#[test]
fn call_after_the_deadline_never_probes() {
    explore(3, 500, || {
        let process = Arc::new(Process::with_lease());
        let in_time = Arc::clone(&process);
        let late = Arc::clone(&process);
        let agent = Arc::clone(&process);
        Race::default()
            .with(move || {
                in_time.is_admitted(END - 1);
            })
            .with(move || assert!(!late.is_admitted(END), "the lease is over"))
            .with(move || {
                agent.gate.hold();
                assert!(!agent.is_admitted(END - 1), "the lease was given back");
            })
            .run();
    });
}
