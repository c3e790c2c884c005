//! The log of findings: each kind, planted, ended and planted again.

use std::sync::LazyLock;
use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, CircuitBreakerBuilder, FindingKind, ManualClock, Settings, breaker, breakers,
    circuit_breaker, configure, inject,
};

use crate::child::in_child;
use crate::log::Log;
use crate::wait::TimeLimit;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// The clock of all breakers here.
static CLOCK: LazyLock<ManualClock> = LazyLock::new(ManualClock::new);

fn builder(name: &str) -> CircuitBreakerBuilder {
    CircuitBreaker::builder(name.to_owned()).clock(CLOCK.clone())
}

static FALLEN: LazyLock<CircuitBreaker> = LazyLock::new(|| rate("fallback-for-hours"));

static RETRIED: LazyLock<CircuitBreaker> = LazyLock::new(|| rate("retry-budget-spent"));

fn rate(name: &str) -> CircuitBreaker {
    builder(name).failure_rate(0.9).window(1_000).build().expect("in range")
}

#[circuit_breaker(breaker = FALLEN, fallback = Ok(0))]
fn fallen(works: bool) -> Result<u32, u32> {
    if works { Ok(1) } else { Err(2) }
}

#[circuit_breaker(breaker = RETRIED, retry(attempts = 3, backoff = "1us", max_backoff = "1us"))]
fn retried(works: bool) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    if works { Ok(1) } else { Err("down".into()) }
}

/// Makes a call of `call` after each of so many intervals, and a reading every ten minutes.
fn run(breaker: &CircuitBreaker, length: Duration, interval: Duration, mut call: impl FnMut(u32)) {
    let between = (MINUTE.as_millis() * 10).div_ceil(interval.as_millis()).max(1);
    for made in (0..u32::MAX).take_while(|made| interval * *made < length) {
        CLOCK.advance(interval);
        call(made);
        if u128::from(made) % between == between - 1 {
            let _ = breaker.snapshot();
        }
    }
}

fn succeed(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("closed").success();
}

fn fail(breaker: &CircuitBreaker) {
    if let Ok(permit) = breaker.try_acquire() {
        permit.failure();
    }
}

/// One kind of finding: a breaker, what leads to the finding, and what ends it.
struct Row {
    kind: FindingKind,
    breaker: fn(&str) -> CircuitBreaker,
    plant: fn(&CircuitBreaker),
    /// `None` for what cannot come again: another breaker has the name, or a first call was made.
    cure: Option<fn(&CircuitBreaker)>,
}

const ROWS: &[Row] = &[
    Row {
        kind: FindingKind::CannotOpen,
        breaker: |name| builder(name).failure_rate(0.5).window(SECOND * 10).build().expect("in range"),
        plant: |breaker| {
            breaker.reconfigure(|options| options.min_calls(20)).expect("in range");
            run(breaker, MINUTE * 70, SECOND * 4, |_| succeed(breaker));
        },
        cure: Some(|breaker| breaker.reconfigure(|options| options.min_calls(2)).expect("in range")),
    },
    Row {
        kind: FindingKind::FailingWhileClosed,
        breaker: |name| {
            let breaker = builder(name).failure_rate(0.5).window(10_000).build().expect("in range");
            (0..5_000).for_each(|_| succeed(&breaker));
            breaker
        },
        plant: |breaker| (0..50).for_each(|_| fail(breaker)),
        cure: Some(succeed),
    },
    Row {
        kind: FindingKind::AlwaysCancelled,
        breaker: |name| builder(name).abandoned_threshold(None).build().expect("in range"),
        plant: |breaker| {
            run(breaker, MINUTE * 40, SECOND * 10, |_| drop(breaker.try_acquire().map(drop)));
        },
        cure: Some(|breaker| run(breaker, MINUTE * 40, SECOND * 10, |_| succeed(breaker))),
    },
    Row {
        kind: FindingKind::AlwaysIgnored,
        breaker: |name| builder(name).build().expect("in range"),
        plant: |breaker| {
            let ignore = |_| breaker.try_acquire().expect("closed").ignore();
            run(breaker, MINUTE * 40, SECOND * 10, ignore);
        },
        cure: Some(succeed),
    },
    Row {
        kind: FindingKind::FallbackForHours,
        breaker: |_| FALLEN.clone(),
        plant: |breaker| {
            run(breaker, MINUTE * 150, MINUTE, |made| _ = fallen(made % 3 == 0));
        },
        cure: Some(|breaker| run(breaker, MINUTE * 40, MINUTE, |_| _ = fallen(true))),
    },
    Row {
        kind: FindingKind::ProbesAlwaysFail,
        breaker: |name| builder(name).timeout(MINUTE * 5).build().expect("in range"),
        plant: |breaker| run(breaker, MINUTE * 70, SECOND * 10, |_| fail(breaker)),
        cure: Some(CircuitBreaker::reset),
    },
    Row {
        kind: FindingKind::RetryBudgetSpent,
        breaker: |_| RETRIED.clone(),
        plant: |breaker| run(breaker, MINUTE * 11, SECOND / 10, |made| drop(retried(made % 3 == 0))),
        cure: Some(|breaker| run(breaker, MINUTE * 40, SECOND * 20, |_| drop(retried(true)))),
    },
    Row {
        kind: FindingKind::NameClash,
        breaker: |name| {
            static FIRST: LazyLock<CircuitBreaker> =
                LazyLock::new(|| builder("name-clash").build().expect("in range"));
            assert_eq!(FIRST.name(), name);
            builder(name).build().expect("in range")
        },
        plant: |_| (),
        cure: None,
    },
    Row {
        kind: FindingKind::NeverCalled,
        breaker: |name| builder(name).build().expect("in range"),
        plant: |_| CLOCK.advance(MINUTE * 60 * 49),
        cure: None,
    },
    Row {
        kind: FindingKind::GameDayLimited,
        breaker: |name| builder(name).build().expect("in range"),
        plant: |breaker| {
            inject::allow();
            let set = |settings: Settings, part: &str, value: String| {
                settings.set(breaker.name(), format!("inject.{part}"), value)
            };
            let settings = set(Settings::new(), "fail", "50%".to_owned());
            let settings = set(settings, "keys", "eu".to_owned());
            let settings = set(settings, "until", inject::end_in(MINUTE * 60));
            let report = configure(settings).expect("sound settings");
            assert_eq!(report.game_day_limits().len(), 1, "{report}");
        },
        cure: Some(|_| _ = configure(Settings::new()).expect("no settings are sound")),
    },
];

impl Row {
    /// Returns the number of lines about this kind since the last call, without others about the
    /// breaker.
    fn lines(&self, log: &Log) -> usize {
        // A clash has a warning of its own, when the name is given.
        let what = match self.kind {
            FindingKind::NameClash => "given=name-clash#2".to_owned(),
            kind => format!("finding={kind}"),
        };
        log.take().iter().filter(|line| line.contains("WARN breaker: ") && line.contains(&what)).count()
    }

    fn check(&self, log: &Log) {
        let breaker = (self.breaker)(&self.kind.to_string());
        let kinds =
            || -> Vec<_> { breaker.snapshot().findings().iter().map(|finding| finding.kind).collect() };
        let kind = self.kind;
        assert!(kind == FindingKind::NameClash || self.lines(log) == 0, "{kind}: before it is planted");
        (self.plant)(&breaker);
        assert_eq!(kinds(), [kind]);
        assert_eq!(self.lines(log), 1, "{kind}: it is logged");
        (0..3).for_each(|_| assert_eq!(kinds(), [kind]));
        assert_eq!(self.lines(log), 0, "{kind}: it is not repeated");
        let Some(cure) = self.cure else { return };
        cure(&breaker);
        assert_eq!(kinds(), [], "{kind} has ended");
        (self.plant)(&breaker);
        assert_eq!(kinds(), [kind], "it came again");
        assert_eq!(self.lines(log), 1, "{kind}: it is logged again");
    }
}

#[test]
fn finding_of_each_kind_is_logged_once_and_again_when_it_comes_again() {
    in_child("findings::finding_of_each_kind_is_logged_once_and_again_when_it_comes_again", || {
        let log = Log::default();
        tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).init();
        // A listing builds the statics of another module, which configure, and may not wait for them.
        let limit = TimeLimit::start();
        while !["asks", "asks in a call"].iter().all(|name| breaker(name).is_some()) {
            limit.check("the initialisers of the statics");
            assert!(breakers().count() > 0);
        }
        assert_eq!(ROWS.iter().map(|row| row.kind).collect::<Vec<_>>(), FindingKind::ALL);
        for row in ROWS {
            row.check(&log);
        }
    });
}
