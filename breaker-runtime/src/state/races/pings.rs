//! Background probes: tasks that want a breaker's gate, and the end of a task.

use crate::state::ping_gate::{PATIENCE, PingGate, PingTicket, PingWatch};
use crate::state::ping_inbox::PingInbox;
use crate::state::races::*;

/// Returns the environment of a user's call to a breaker with a background probe.
fn of_user(now: Ticks, gate: &PingGate) -> impl Env + '_ {
    Gated(now, |now| matches!(gate.watch(now), PingWatch::Free | PingWatch::Abandoned))
}

/// Two tasks of two runtimes want the gate, while a call finds the last owner overdue for too long. At
/// any time one task pings.
#[test]
fn gate_never_has_two_owners() {
    explore(3, 200, || {
        let gate = Arc::new(PingGate::new());
        assert!(gate.claim(1).is_some(), "a task that will not act");
        assert_eq!(gate.watch(1), PingWatch::Overdue);
        let owners = Arc::new(AtomicUsize::new(0));
        let claim = |gate: &Arc<PingGate>| {
            let (gate, owners) = (Arc::clone(gate), Arc::clone(&owners));
            move || {
                if let Some(ticket) = gate.claim(10 * PATIENCE) {
                    assert_eq!(owners.fetch_add(1, Ordering::SeqCst), 0, "two owners");
                    assert!(gate.is_owner(ticket), "the last owner is gone");
                    owners.fetch_sub(1, Ordering::SeqCst);
                    gate.release(ticket);
                }
            }
        };
        let (first, second) = (claim(&gate), claim(&gate));
        let call = Arc::clone(&gate);
        Race::default()
            .with(move || {
                call.watch(1 + PATIENCE);
            })
            .with(first)
            .with(second)
            .run();
    });
}

/// A user's call, a ping, and a reset: no call probes while the task owns the gate.
#[test]
fn call_of_a_user_never_probes_beside_a_ping() {
    explore(3, 300, || {
        let (gate, scene) = (Arc::new(PingGate::new()), Arc::new(Scene::open(POLICY)));
        assert!(gate.claim(2 * OPEN_FOR).is_some());
        let (user, ping, reset) = (Arc::clone(&scene), Arc::clone(&scene), Arc::clone(&scene));
        Race::default()
            .with(move || {
                let env = of_user(OPEN_FOR, &gate);
                if let Ok(token) = user.cell.admit(&POLICY, &env, |change| user.count(change)) {
                    assert!(token.probe_slot().is_none(), "it probes");
                }
            })
            .with(move || {
                if let Ok(token) = ping.admit(OPEN_FOR) {
                    ping.settle(token, Outcome::Failure, OPEN_FOR);
                }
            })
            .with(move || reset.control(Command::Reset, OPEN_FOR))
            .run();
    });
}

/// A breaker as its task sees it.
struct Pinged {
    gate: PingGate,
    open: AtomicU64,
    inbox: PingInbox<Option<PingTicket>>,
}

/// A breaker closes, so that its task lets it go and ends, and opens again in the same moment. Either
/// the task goes on with it, or the breaker finds that it needs another one.
#[test]
fn breaker_that_opens_while_its_task_ends_is_not_forgotten() {
    explore(3, 100, || {
        let breaker = Arc::new(Pinged {
            gate: PingGate::new(),
            open: AtomicU64::new(0),
            inbox: PingInbox::new(None),
        });
        let ticket = breaker.gate.claim(1).expect("it is free");
        let needs_another = Arc::new(AtomicUsize::new(0));
        let (opens, task) = (Arc::clone(&breaker), Arc::clone(&breaker));
        let another = Arc::clone(&needs_another);
        Race::default()
            .with(move || {
                opens.open.fetch_add(1, Ordering::AcqRel);
                let found = opens.gate.is_owned() && opens.inbox.send(None).is_ok();
                if !found && opens.gate.claim(1).is_some() {
                    another.fetch_add(1, Ordering::Relaxed);
                }
            })
            .with(move || {
                let mut owned = Some(ticket);
                loop {
                    for message in task.inbox.take() {
                        owned = owned.or(message).or_else(|| task.gate.claim(1));
                    }
                    if let Some(ticket) = owned.filter(|_| task.open.load(Ordering::Acquire) == 0) {
                        task.gate.release(ticket);
                        owned = None;
                    }
                    if owned.is_some() || task.inbox.close_if_empty() {
                        break;
                    }
                }
            })
            .run();
        assert!(breaker.gate.is_owned(), "no task probes the open breaker");
    });
}
