//! The rules at their edges.

use super::*;

const POLICY: Policy = Policy::OF_TESTS;

/// Close to the deadline the period may have ended; close to the whole period the clock may have stepped
/// back.
#[test]
fn early_rejection_stops_one_clock_error_from_either_end() {
    let (end, longest) = (1_000 * COARSE_ERROR, 10 * COARSE_ERROR);
    let early = |coarse| reject_early(StateWord::new(StateKind::Open, 7, end), longest, coarse);
    for left in [COARSE_ERROR + 1, 5 * COARSE_ERROR, longest - COARSE_ERROR] {
        let rejection = Rejection { kind: ErrorKind::Open, retry_after: Some(left) };
        assert_eq!(early(end - left), Some(rejection), "{left}");
    }
    for left in [0, COARSE_ERROR, longest - COARSE_ERROR + 1, longest] {
        assert_eq!(early(end - left), None, "{left}");
    }
    assert_eq!(early(end + 1), None);
    // The length of another state has other bits above those of a length.
    let open = StateWord::new(StateKind::Open, 7, end);
    for unknown in [0, 1, 2 * COARSE_ERROR, TICKS_MAX + 1, TICKS_MAX + longest, 3 << 47, u64::MAX] {
        assert_eq!(reject_early(open, unknown, end - 2 * COARSE_ERROR), None, "{unknown}");
    }
}

#[test]
fn result_that_changes_nothing_keeps_the_word() {
    let closed = StateWord::new(StateKind::Closed, 7, 0);
    let settle = |before, outcome| {
        let streak = streak_after(before, outcome);
        (streak, settle(closed, closed.token(), outcome, false, &POLICY, streak, None))
    };
    assert_eq!(settle(0, Outcome::Success), (0, Effect::Keep));
    assert_eq!(settle(1, Outcome::Ignored), (1, Effect::Keep));
    assert_eq!(settle(1, Outcome::Success), (0, Effect::Keep));
    assert_eq!(settle(1, Outcome::Failure), (2, Effect::Keep));
    assert_eq!(settle(2, Outcome::Failure), (3, Effect::Open(Reason::FailureThreshold)));
    assert_eq!(settle(3, Outcome::Ignored), (3, Effect::Keep));
}

#[test]
fn close_sets_slow_admit_only_for_a_ramp() {
    let slow_admit = |ramp| {
        close(StateWord::new(StateKind::HalfOpen, 7, 1), &Policy { ramp, ..POLICY })
            .next
            .flags()
            .slow_admit
    };
    assert_eq!([slow_admit(0), slow_admit(1)], [false, true]);
}

#[test]
fn end_of_a_mode_leaves_what_a_later_change_has_set() {
    let controlled = |kind, command| {
        control(StateWord::new(kind, 7, 0), command, &POLICY, 0)
            .map(|step| (step.next.kind(), step.reason))
    };
    let expired = Some((StateKind::Closed, Some(Reason::OverrideExpired)));
    for kind in StateKind::ALL {
        let is_automatic = [StateKind::Closed, StateKind::Open, StateKind::HalfOpen].contains(&kind);
        let end = controlled(kind, Command::Expire(7));
        assert_eq!(end, (!is_automatic).then_some(expired).flatten(), "{kind:?}");
        assert_eq!(controlled(kind, Command::Expire(6)), None, "{kind:?}");
    }
    let renewed = controlled(StateKind::ForcedOpen, Command::Renew(Mode::ForcedOpen));
    assert_eq!(renewed, Some((StateKind::ForcedOpen, Some(Reason::ModeChanged))));
    assert_eq!(controlled(StateKind::HalfOpen, Command::Renew(Mode::Automatic)), None);
}

#[test]
fn settings_end_only_the_mode_that_they_began() {
    let controlled = |kind, command| {
        control(StateWord::new(kind, 7, 0), command, &POLICY, 0)
            .map(|step| (step.next.kind(), step.reason))
    };
    let to = |kind| Some((kind, Some(Reason::ModeChanged)));
    let observing = [StateKind::ObserveClosed, StateKind::ObserveOpen, StateKind::ObserveHalfOpen];
    for kind in StateKind::ALL {
        let is_observing = observing.contains(&kind);
        let is_automatic = [StateKind::Closed, StateKind::Open, StateKind::HalfOpen].contains(&kind);
        let leave = controlled(kind, Command::Leave(Mode::Observe));
        assert_eq!(leave, is_observing.then_some(to(StateKind::Closed)).flatten(), "{kind:?}");
        let end = controlled(kind, Command::DryRun(false));
        assert_eq!(end, is_observing.then_some(to(StateKind::Closed)).flatten(), "{kind:?}");
        let begin = controlled(kind, Command::DryRun(true));
        assert_eq!(begin, is_automatic.then_some(to(StateKind::ObserveClosed)).flatten(), "{kind:?}");
    }
    assert_eq!(
        controlled(StateKind::ForcedOpen, Command::Leave(Mode::ForcedOpen)),
        to(StateKind::Closed)
    );
}
