//! Tokens beside the words that they belong to, or do not.

use super::*;
use crate::state::word::Flags;

/// A start lies in the bits of the flags.
#[test]
fn timed_token_matches_no_idle_word() {
    let word = StateWord::new(StateKind::Closed, 9, 0);
    for flags in [false, true].map(|window_due| Flags { slow_admit: false, window_due }) {
        let word = word.with_flags(flags);
        for began in [0, 1, word.payload(), UNTIMED] {
            assert!(!CallToken::timed(word, began).matches_idle(word));
        }
    }
    let flags = Flags { slow_admit: true, window_due: true };
    let gated = word.with_flags(flags);
    assert_eq!(CallToken::untimed_with_permit(gated), word.token().with_permit());
    assert_eq!(CallToken::timed(word, 1 << 40).began(), Some(1 << 40));
    assert_eq!(word.token().began(), None);
    let late = CallToken::timed(word, u64::MAX);
    assert!(late.belongs_to(word) && late.began() == Some(TICKS_MAX));
}

#[cfg(feature = "record")]
#[test]
fn number_of_an_attempt_changes_the_start_by_microseconds() {
    let word = StateWord::new(StateKind::Closed, 9, 0);
    let timed = CallToken::timed(word, 1 << 40 | 5);
    assert_eq!([1, 2, 8, 9].map(|number| timed.with_attempt(number).attempt()), [1, 2, 8, 8]);
    for token in [timed, timed.with_permit(), timed.bypassed()] {
        let numbered = token.with_attempt(3);
        assert_eq!((numbered.attempt(), numbered.state()), (3, token.state()));
        assert_eq!(numbered.holds_permit(), token.holds_permit());
        assert_eq!(numbered.began(), Some(1 << 40 | 2));
    }
    let probe = CallToken::probe(
        StateWord::new(StateKind::HalfOpen, 9, 0),
        ProbeSlot { index: 1, began: 5, serial: 1 },
    );
    for token in [word.token(), word.token().with_permit(), probe, probe.with_permit()] {
        assert_eq!(token.with_attempt(3), token, "it has no start to hold a number");
    }
}

#[test]
fn permit_mark_changes_nothing_else_of_a_token() {
    let closed = [StateKind::Closed, StateKind::ForcedClosed, StateKind::ObserveClosed];
    let closed = closed.into_iter().flat_map(|kind| {
        let word = StateWord::new(kind, 9, 0);
        [word.token(), CallToken::timed(word, 0), CallToken::timed(word, TICKS_MAX)]
    });
    let probes = [StateKind::HalfOpen, StateKind::ObserveHalfOpen].into_iter().flat_map(|kind| {
        let word = StateWord::new(kind, 9, 0);
        [(0, 0, 1), (1023, u32::MAX, 15)]
            .map(|(index, began, serial)| CallToken::probe(word, ProbeSlot { index, began, serial }))
    });
    for token in closed.chain(probes) {
        let with_permit = token.with_permit();
        assert!(with_permit.holds_permit() && !token.holds_permit());
        assert_eq!(with_permit.without_permit(), token);
        assert_eq!(with_permit.state(), token.state());
    }
}

/// A shortcut would not release the permit.
#[test]
fn token_with_a_permit_matches_no_word() {
    for kind in [StateKind::Closed, StateKind::ForcedClosed, StateKind::ObserveClosed] {
        for (slow_admit, window_due) in [false, true]
            .into_iter()
            .flat_map(|slow_admit| [false, true].map(|window_due| (slow_admit, window_due)))
        {
            let word = StateWord::new(kind, 9, 0).with_flags(Flags { slow_admit, window_due });
            for token in [word.token(), CallToken::timed(word, 0)].map(CallToken::with_permit) {
                let like = token.matches_idle(word) || token.matches_closed_without_flags(word);
                assert!(!like, "{word:?}");
            }
        }
    }
    let word = StateWord::new(StateKind::Closed, 9, 0)
        .with_flags(Flags { slow_admit: true, window_due: false });
    assert!(word.token().with_permit().without_permit().matches_idle_slow_admit(word));
    let with_permit = word.token().with_permit();
    assert!(with_permit.has_permit_of_idle(word) && !word.token().has_permit_of_idle(word));
    assert!(!CallToken::timed(word, 1 << 40).with_permit().has_permit_of_idle(word));
    for other in [word.next(StateKind::Closed, 0), word.with_flags(Flags::default())] {
        assert!(!with_permit.has_permit_of_idle(other), "{other:?}");
    }
    for kind in [StateKind::HalfOpen, StateKind::ObserveHalfOpen] {
        for successes in [0, 1, 15, u64::from(u32::MAX)] {
            let word = StateWord::new(kind, 9, successes);
            let slot = ProbeSlot { index: 0, began: 0, serial: (successes & 15) as u8 };
            let token = CallToken::probe(word, slot).with_permit();
            assert!(!token.matches_idle(word) && !token.has_permit_of_idle(word));
            // More failures than there are probes: the word decides long before.
            for failures in 0..=1 << 10 {
                assert!(!token.has_permit_of_idle(word.with_probe_results(successes, failures)));
            }
        }
    }
}

/// A shortcut skips the checks of the full path.
#[test]
fn shortcut_matches_only_words_that_need_no_other_check() {
    let word = |kind, slow_admit, window_due| {
        StateWord::new(kind, 9, 0).with_flags(Flags { slow_admit, window_due })
    };
    let token = word(StateKind::Closed, false, false).token();
    let taken_by = |word| {
        let slow_admit = token.matches_idle_slow_admit(word);
        let closed = token.belongs_to_closed(word);
        [token.matches_idle(word), token.matches_closed_without_flags(word), closed, slow_admit]
    };
    for (closed, by) in [
        ((false, false), [true, true, true, false]),
        ((false, true), [false, false, true, false]),
        ((true, false), [false, false, true, true]),
        ((true, true), [false, false, true, false]),
    ] {
        let (slow_admit, window_due) = closed;
        let closed = word(StateKind::Closed, slow_admit, window_due);
        assert_eq!(taken_by(closed), by, "{closed:?}");
        assert_eq!(taken_by(closed.next(StateKind::Closed, 0).with_flags(closed.flags())), [false; 4]);
    }
    // Other kinds take the full path, except a success that changes nothing.
    let forced = word(StateKind::ForcedClosed, false, false);
    let token = forced.token();
    assert!(token.matches_idle(forced) && !token.matches_closed_without_flags(forced));
    assert!(!token.belongs_to_closed(forced));
    assert!(token.matches_idle_slow_admit(word(StateKind::ForcedClosed, true, false)));
    for kind in StateKind::ALL {
        let closed = matches!(kind, StateKind::Closed | StateKind::ObserveClosed);
        let word = StateWord::new(kind, 9, 0);
        assert_eq!(word.token().belongs_to_closed(word), closed, "{kind:?}");
    }
}

#[test]
fn probe_token_keeps_its_slot() {
    let word = StateWord::new(StateKind::HalfOpen, 9, 1);
    for slot in [
        ProbeSlot { index: 1023, began: u32::MAX, serial: 15 },
        ProbeSlot { index: 0, began: 0, serial: 1 },
    ] {
        let token = CallToken::probe(word, slot);
        assert_eq!(token.probe_slot(), Some(slot));
        assert!(!token.matches_idle(word));
    }
    let slot = ProbeSlot { index: 0, began: 0, serial: 1 };
    let token = CallToken::probe(word, slot);
    assert!(token.belongs_to(word.with_payload(2)));
    assert!(!token.belongs_to(word.next(StateKind::Closed, 0)));
}
