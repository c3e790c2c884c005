//! Random reports to a group, beside a naive reference that keeps every report and counts anew.

use std::sync::Arc;

use proptest::prelude::*;

use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::message::{
    BUCKETS, Body, Known, LIVENESS, Millis, OpenCause, Phase, ProcessId, QuorumRule, Report, Request,
    Rules, StandingOrder,
};

/// A report, and the time before it.
#[derive(Clone, Debug)]
struct Sent {
    pause: Millis,
    process: u64,
    successes: u64,
    failures: u64,
    /// The share of the failures that came after the last success, in percent.
    trailing: u64,
    open: bool,
}

impl Sent {
    fn streak(&self) -> u64 {
        if self.successes == 0 { self.failures } else { self.failures * self.trailing / 100 }
    }

    fn failing(&self) -> bool {
        self.streak() > 0
    }
}

/// All reports with their times.
#[derive(Default)]
struct Reference {
    reports: Vec<(Millis, Sent)>,
}

impl Reference {
    /// Returns the last report of each process that is live.
    fn last(&self, now: Millis) -> Vec<&Sent> {
        let of = |process| {
            let mut all = self.reports.iter().rev();
            all.find(|(_, sent)| sent.process == process).filter(|(at, _)| now - at < LIVENESS)
        };
        (0..4).filter_map(of).map(|(_, sent)| sent).collect()
    }

    fn streak(&self) -> u64 {
        let mut calls = Vec::new();
        for (_, sent) in &self.reports {
            calls.extend((0..sent.failures - sent.streak()).map(|_| false));
            calls.extend((0..sent.successes).map(|_| true));
            calls.extend((0..sent.streak()).map(|_| false));
        }
        calls.iter().rev().take_while(|succeeded| !**succeeded).count() as u64
    }

    /// Returns calls and failures of a window that moves on by tenths.
    fn window(&self, now: Millis, window: Millis) -> (u64, u64) {
        let width = window.div_ceil(BUCKETS);
        let recent = self.reports.iter().filter(|(at, _)| now - at / width * width < window);
        recent.fold((0, 0), |(calls, failures), (_, sent)| {
            (calls + sent.successes + sent.failures, failures + sent.failures)
        })
    }

    fn cause(&self, now: Millis, rules: &Rules) -> Option<OpenCause> {
        let last = self.last(now);
        let quorum = rules.quorum.of(last.len() as u64);
        let open = last.iter().filter(|sent| sent.open).count() as u64;
        let bad = last.iter().filter(|sent| sent.open || sent.failing()).count() as u64;
        let (calls, failures) = self.window(now, rules.window);
        if open >= quorum {
            return Some(OpenCause::Members);
        }
        let rules = [
            (rules.streak.is_some_and(|limit| self.streak() >= limit), OpenCause::Streak),
            (rules.volume.is_some_and(|limit| failures >= limit), OpenCause::Volume),
            (
                rules.rate_ppm.is_some_and(|limit| failures * 1_000_000 >= limit * calls)
                    && failures > 0
                    && calls >= rules.min_calls,
                OpenCause::Rate,
            ),
        ];
        let broken = rules.into_iter().find(|(broken, _)| *broken);
        broken.filter(|_| bad >= quorum).map(|(_, cause)| cause)
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let pause = prop_oneof![0..300_u64, 0..4_000_u64];
    let calls = (0..6_u64, 0..6_u64, 0..=100_u64);
    (pause, 0..4_u64, calls, prop::bool::weighted(0.1)).prop_map(
        |(pause, process, (successes, failures, trailing), open)| Sent {
            pause,
            process,
            successes,
            failures,
            trailing,
            open,
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let limit = |range| prop::option::of(range);
    let quorum = prop_oneof![
        (0..4_u64).prop_map(QuorumRule::Processes),
        (0..1_000_000_u64).prop_map(QuorumRule::Share),
    ];
    let rates = (limit(5..40_u64), limit(100_000..900_000_u64), 0..30_u64, 1..5_000_u64);
    (limit(3..20_u64), rates, quorum).prop_map(
        |(streak, (volume, rate_ppm, min_calls, window), quorum)| Rules {
            streak,
            volume,
            rate_ppm,
            min_calls,
            window,
            quorum,
            open: 1_000,
            lease: 500,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn group_opens_when_a_naive_count_says_so(
        rules in rules(),
        reports in prop::collection::vec(sent(), 1..60),
    ) {
        let (mut group, mut reference, mut now) = (Group::default(), Reference::default(), 1_000_000);
        for (seq, sent) in (1..).zip(reports) {
            now += sent.pause;
            reference.reports.push((now, sent.clone()));
            let report = Report {
                seq,
                name: Arc::from(""),
                successes: sent.successes,
                failures: sent.failures,
                streak: sent.streak(),
                failing: sent.failing(),
                open: sent.open,
                order: StandingOrder::None,
                wants_probe: false,
                settings: 1,
                rules,
            };
            let is_active = report.is_active();
            let process = ProcessId(sent.process);
            let request =
                Request { process, known: Known::default(), draw: 7, body: Body::Report(report) };
            let stepped = group.step(now, &request);
            let cause = match stepped.view.phase {
                Phase::Open { cause, .. } => Some(cause),
                Phase::Idle | Phase::Recovered { .. } => None,
            };
            // A process without a call is no member, and its report decides nothing.
            prop_assert!(is_active || stepped.wrote || cause.is_none());
            if stepped.wrote {
                prop_assert_eq!(cause, reference.cause(now, &rules));
            } else {
                reference.reports.pop();
            }
            if cause.is_some() {
                break;
            }
            group = stepped.group;
        }
    }
}
