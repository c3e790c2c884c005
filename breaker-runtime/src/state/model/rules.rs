//! The options of a breaker in the models, and random ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use crate::config::Config;
use crate::{CircuitBreaker, CircuitBreakerBuilder, Clock};

/// Microseconds.
pub(super) type Micros = u64;

#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) failure_threshold: Option<u64>,
    pub(super) rates: Rates,
    pub(super) slow_call: Option<Micros>,
    pub(super) abandoned_threshold: Option<u64>,
    pub(super) timeout: Micros,
    pub(super) growth: Growth,
    pub(super) success_threshold: u64,
    pub(super) probe_failure_threshold: u64,
    pub(super) max_probes: usize,
    pub(super) probe_timeout: Micros,
    pub(super) ramp: Option<Micros>,
    pub(super) throttle: Option<Throttle>,
    /// Whether it has a `probe`.
    pub(super) pinged: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub(super) failure: Option<f64>,
    /// Not without `slow_call`.
    pub(super) slow: Option<f64>,
    pub(super) window: Last,
    pub(super) min_calls: usize,
}

/// Which calls are in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Calls(usize),
    Span(Micros),
}

#[derive(Clone, Debug)]
pub(super) struct Growth {
    pub(super) factor: f64,
    pub(super) longest: Option<Micros>,
    pub(super) jitter: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Throttle {
    pub(super) k: f64,
    pub(super) span: Micros,
}

impl Rules {
    /// Returns the failure threshold: off if only another policy is set.
    pub(super) fn streak_that_trips(&self) -> Option<u64> {
        let others =
            self.rates.failure.is_some() || self.rates.slow.is_some() || self.throttle.is_some();
        self.failure_threshold.or(if others { None } else { Some(5) })
    }

    pub(super) fn judges_rates(&self) -> bool {
        self.rates.failure.is_some() || self.slow_call.is_some()
    }

    pub(super) fn slow_rate_that_trips(&self) -> Option<f64> {
        self.slow_call.map(|_| self.rates.slow.unwrap_or(1.0))
    }

    pub(super) fn is_slow(&self, took: Micros) -> bool {
        self.slow_call.is_some_and(|limit| took > limit)
    }

    /// Returns the open period after this many consecutive failed probes.
    pub(super) fn period(&self, failed_probes: i32, chance: f64) -> Micros {
        let Growth { factor, longest, jitter } = self.growth;
        let longest = longest.unwrap_or(Micros::MAX);
        let grown = times(self.timeout, factor.powi(failed_probes)).min(longest);
        times(grown, 1.0 + jitter * (2.0 * chance - 1.0)).clamp(1, longest)
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn times(length: Micros, factor: f64) -> Micros {
    (length as f64 * factor).round() as Micros
}

/// A change of the rules at run time.
#[derive(Clone, Debug)]
pub(super) struct Change {
    to: Rules,
    /// One or two, or all.
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Rates,
    SlowCall,
    OpenPeriod,
    Probes,
    Lease,
    Thresholds,
    Ramp,
    Throttle,
}

const PARTS: [Part; 8] = [
    Part::Rates,
    Part::SlowCall,
    Part::OpenPeriod,
    Part::Probes,
    Part::Lease,
    Part::Thresholds,
    Part::Ramp,
    Part::Throttle,
];

impl Change {
    pub(super) fn apply(&self, rules: &Rules) -> Rules {
        let from = |part| if self.parts.contains(&part) { &self.to } else { rules };
        let (period, thresholds) = (from(Part::OpenPeriod), from(Part::Thresholds));
        let slow_call = from(Part::SlowCall).slow_call;
        let mut rates = from(Part::Rates).rates.clone();
        rates.slow = rates.slow.filter(|_| slow_call.is_some());
        Rules {
            failure_threshold: thresholds.failure_threshold,
            rates,
            slow_call,
            abandoned_threshold: thresholds.abandoned_threshold,
            timeout: period.timeout,
            growth: period.growth.clone(),
            success_threshold: thresholds.success_threshold,
            probe_failure_threshold: thresholds.probe_failure_threshold,
            max_probes: from(Part::Probes).max_probes,
            probe_timeout: from(Part::Lease).probe_timeout,
            ramp: from(Part::Ramp).ramp,
            throttle: from(Part::Throttle).throttle.clone(),
            pinged: rules.pinged,
        }
    }
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    let parts = prop_oneof![
        8 => prop::collection::vec(select(PARTS.to_vec()), 1..=2),
        1 => Just(PARTS.to_vec()),
    ];
    (rules(), parts).prop_map(|(to, parts)| Change { to, parts })
}

fn rates() -> impl Strategy<Value = Rates> {
    let share = || select(vec![0.01, 0.25, 0.3, 0.5, 0.6, 0.75, 1.0]);
    let window = prop_oneof![
        (1..=12_usize).prop_map(Last::Calls),
        (1_000..=1_050_u64).prop_map(Last::Span),
        (1_000..=30_000_u64).prop_map(Last::Span),
    ];
    (weighted(0.5, share()), weighted(0.5, share()), window, 1..=6_usize).prop_map(
        |(failure, slow, window, min_calls)| {
            let most = if let Last::Calls(calls) = window { calls } else { min_calls };
            Rates { failure, slow, window, min_calls: min_calls.min(most) }
        },
    )
}

fn growth(timeout: Micros) -> impl Strategy<Value = Growth> {
    let factor = prop_oneof![Just(1.0), select(vec![1.5, 2.0])];
    let jitter = prop_oneof![Just(0.0), select(vec![0.1, 0.5, 1.0])];
    (factor, jitter, prop::option::of(0..=3 * timeout)).prop_map(move |(factor, jitter, more)| {
        // A limit needs growth or jitter.
        let more = more.filter(|_| factor > 1.0 || jitter > 0.0);
        Growth { factor, jitter, longest: more.map(|more| timeout + more) }
    })
}

fn throttle() -> impl Strategy<Value = Throttle> {
    let k = select(vec![1.0, 1.5, 2.0, 3.0]);
    (k, select(vec![1_000_000, 1_000_007, 1_600_000])).prop_map(|(k, span)| Throttle { k, span })
}

/// Generates rules with a failure threshold alone.
pub(super) fn plain_rules() -> impl Strategy<Value = Rules> {
    let thresholds = (1..=4_u64, weighted(0.8, 1..=4_u64));
    (thresholds, 1..=8_u64, (1..=3_u64, 1..=3_u64), 1..=6_usize, 1..=8_u64).prop_map(
        |(
            (failure_threshold, abandoned_threshold),
            timeout,
            (success_threshold, probe_failure_threshold),
            max_probes,
            probe_timeout,
        )| Rules {
            failure_threshold: Some(failure_threshold),
            rates: Rates { failure: None, slow: None, window: Last::Calls(100), min_calls: 20 },
            slow_call: None,
            abandoned_threshold,
            timeout: timeout * 1_000,
            growth: Growth { factor: 1.0, longest: None, jitter: 0.0 },
            success_threshold,
            probe_failure_threshold,
            max_probes,
            probe_timeout: probe_timeout * 1_000,
            ramp: None,
            throttle: None,
            pinged: false,
        },
    )
}

/// Generates any combination of policies.
pub(super) fn rules() -> impl Strategy<Value = Rules> {
    let plain = plain_rules().prop_flat_map(|rules| (growth(rules.timeout), Just(rules)));
    let slow_call = weighted(0.4, 1_000..=4_000_u64);
    let (ramp, throttle) = (weighted(0.6, 1_000..=30_000_u64), weighted(0.4, throttle()));
    let pinged = any::<bool>().prop_map(|pinged| pinged && cfg!(feature = "tokio"));
    (plain, weighted(0.5, Just(())), rates(), slow_call, ramp, throttle, pinged).prop_map(
        |((growth, plain), streak, mut rates, slow_call, ramp, throttle, pinged)| {
            rates.slow = rates.slow.filter(|_| slow_call.is_some());
            let failure_threshold = plain.failure_threshold.filter(|_| streak.is_some());
            Rules { failure_threshold, rates, slow_call, growth, ramp, throttle, pinged, ..plain }
        },
    )
}

/// Generates rules of a breaker that a task probes.
pub(super) fn pinged_rules() -> impl Strategy<Value = Rules> {
    rules().prop_map(|rules| Rules { pinged: cfg!(feature = "tokio"), ..rules })
}

/// Generates rules under which a breaker stays closed for long, with windows that slide with time.
pub(super) fn sliding_rules() -> impl Strategy<Value = Rules> {
    let (window, slow_call) = (1_000..=30_000_u64, weighted(0.3, 100..=1_000_u64));
    let failure = prop::option::of(select(vec![0.3, 0.6, 1.0]));
    (plain_rules(), rates(), failure, window, slow_call, weighted(0.6, throttle())).prop_map(
        |(plain, rates, failure, span, slow_call, throttle)| {
            let slow = rates.slow.filter(|_| slow_call.is_some());
            let rates = Rates { failure, slow, window: Last::Span(span), ..rates };
            Rules { failure_threshold: None, rates, slow_call, throttle, ..plain }
        },
    )
}

/// The random number that a breaker and its reference share: the one set last.
#[derive(Clone, Debug)]
pub(super) struct SharedRandom(Arc<AtomicU64>);

impl SharedRandom {
    pub(super) fn new(chance: f64) -> Self {
        Self(Arc::new(AtomicU64::new(chance.to_bits())))
    }

    pub(super) fn set(&self, chance: f64) {
        self.0.store(chance.to_bits(), Ordering::Relaxed);
    }

    fn draw(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

pub(super) fn breaker(
    name: &str,
    rules: &Rules,
    clock: impl Clock + 'static,
    random: SharedRandom,
) -> CircuitBreaker {
    let builder = builder(name, rules).clock(clock).random(move || random.draw());
    builder.build().expect("in range")
}

/// Returns the options of a breaker with these rules.
pub(super) fn config(rules: &Rules) -> Config {
    builder("options", rules).build().expect("in range").config()
}

fn builder(name: &str, rules: &Rules) -> CircuitBreakerBuilder {
    let small = |number: u64| u32::try_from(number).expect("a small number");
    let mut builder = CircuitBreaker::builder(name)
        .abandoned_threshold(rules.abandoned_threshold.map(small))
        .timeout(Duration::from_micros(rules.timeout))
        .timeout_factor(rules.growth.factor)
        .timeout_jitter(rules.growth.jitter)
        .success_threshold(small(rules.success_threshold))
        .probe_failure_threshold(small(rules.probe_failure_threshold))
        .max_probes(small(rules.max_probes as u64))
        .probe_timeout(Duration::from_micros(rules.probe_timeout));
    if let Some(failures) = rules.failure_threshold {
        builder = builder.failure_threshold(small(failures));
    }
    if rules.judges_rates() {
        builder = match rules.rates.window {
            Last::Calls(calls) => builder.window(small(calls as u64)),
            Last::Span(span) => builder.window(Duration::from_micros(span)),
        };
        builder = builder.min_calls(small(rules.rates.min_calls as u64));
    }
    if let Some(rate) = rules.rates.failure {
        builder = builder.failure_rate(rate);
    }
    if let Some(limit) = rules.slow_call {
        builder = builder.slow_call(Duration::from_micros(limit));
    }
    if let Some(rate) = rules.rates.slow {
        builder = builder.slow_call_rate(rate);
    }
    if let Some(longest) = rules.growth.longest {
        builder = builder.max_timeout(Duration::from_micros(longest));
    }
    if let Some(length) = rules.ramp {
        builder = builder.ramp(Duration::from_micros(length));
    }
    if let Some(Throttle { k, span }) = rules.throttle {
        builder = builder.throttle(k, Duration::from_micros(span));
    }
    #[cfg(feature = "tokio")]
    if rules.pinged {
        builder = builder.probe(|| std::future::ready(true));
    }
    builder
}
