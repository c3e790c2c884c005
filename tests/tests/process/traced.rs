//! Events of the crate `tracing`, as a subscriber receives them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, ManualClock, Mode, Operator, breaker_of, circuit_breaker, testing,
};
use tracing::field::{Field, Visit};
use tracing::instrument;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// An event with the type of each field, and the span that it is in.
#[derive(Clone, Debug)]
struct Line {
    name: &'static str,
    level: Level,
    span: Option<&'static str>,
    fields: BTreeMap<&'static str, String>,
}

/// Collects the events with the target `breaker`, up to a level.
#[derive(Clone)]
struct Collector {
    level: Level,
    lines: Arc<Mutex<Vec<Line>>>,
    spans: Arc<Mutex<(Vec<&'static str>, Vec<usize>)>>,
    /// Called at each event.
    at_event: fn(),
}

impl Collector {
    fn new(level: Level) -> Self {
        Self { level, lines: Arc::default(), spans: Arc::default(), at_event: || () }
    }

    fn collect(&self, run: impl FnOnce()) -> Vec<Line> {
        tracing::subscriber::with_default(self.clone(), run);
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(self.level.into())
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        assert_ne!(span.metadata().target(), "breaker", "the crate opens no span");
        let mut spans = self.spans.lock().unwrap();
        spans.0.push(span.metadata().name());
        Id::from_u64(spans.0.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        if metadata.target() != "breaker" {
            return;
        }
        (self.at_event)();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let spans = self.spans.lock().unwrap();
        let span = spans.1.last().map(|index| spans.0[*index]);
        let line = Line { name: metadata.name(), level: *metadata.level(), span, fields: fields.0 };
        self.lines.lock().unwrap().push(line);
    }

    fn enter(&self, span: &Id) {
        self.spans.lock().unwrap().1.push(span.into_u64() as usize - 1);
    }

    fn exit(&self, _: &Id) {
        self.spans.lock().unwrap().1.pop();
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), format!("u64 {value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), format!("str {value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

fn built(name: &str, clock: &ManualClock) -> CircuitBreaker {
    let builder = CircuitBreaker::builder(name).clock(clock.clone()).failure_threshold(2);
    builder.timeout(Duration::from_secs(30)).success_threshold(1).build().expect("valid options")
}

fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| "seven".parse::<u32>());
}

#[track_caller]
fn assert_fields(line: &Line, fields: &[(&'static str, &str)]) {
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    assert_eq!(line.fields, fields);
}

#[test]
fn changes_and_rejections_are_events_with_typed_fields() {
    let clock = ManualClock::new();
    let breaker = built("traced", &clock);
    let lines = Collector::new(Level::TRACE).collect(|| {
        (0..2).for_each(|_| fail(&breaker));
        assert!(breaker.try_acquire().is_err());
        clock.advance(Duration::from_secs(30));
        breaker.try_acquire().expect("a probe").success();
        breaker.try_acquire().expect("closed").success();
        breaker.reset();
        breaker.set_mode_by(Mode::ForcedOpen, Operator::new("ada").reason("rebuild"));
        breaker.automatic();
    });
    let seen: Vec<_> = lines.iter().map(|line| (line.level, line.name)).collect();
    assert_eq!(
        seen,
        [
            (Level::WARN, "breaker.opened"),
            (Level::DEBUG, "breaker.rejected"),
            (Level::INFO, "breaker.half_opened"),
            (Level::INFO, "breaker.closed"),
            (Level::INFO, "breaker.reset"),
            (Level::WARN, "breaker.mode_changed"),
            (Level::INFO, "breaker.mode_changed"),
        ]
    );
    let summary = "traced opened: 2 failures in a row (failure_threshold = 2); last cause: \
                   core::num::error::ParseIntError";
    assert_fields(
        &lines[0],
        &[
            ("breaker", "str traced"),
            ("dropped", "u64 0"),
            ("from", "str closed"),
            ("message", summary),
            ("mode", "str automatic"),
            ("reason", "str too many failures in a row"),
            ("sequence", "u64 1"),
            ("to", "str open"),
            ("trip", &format!("str {summary}")),
        ],
    );
    assert_fields(
        &lines[1],
        &[
            ("breaker", "str traced"),
            ("kind", "str open"),
            ("message", "circuit breaker `traced` is open and did not run the call; try again in 30 s"),
            ("retry_after_ms", "u64 30000"),
        ],
    );
    let closed = &lines[3].fields;
    assert_eq!((&*closed["lasted_ms"], &*closed["rejected"]), ("u64 30000", "u64 1"));
    let forced = &lines[5].fields;
    assert_eq!((&*forced["author"], &*forced["operator_reason"]), ("str ada", "str rebuild"));
    assert_eq!(
        forced["message"],
        "traced: closed -> open (the mode changed; forced open) by ada: rebuild"
    );
}

#[circuit_breaker(key = host)]
fn get(host: &str) -> Result<u32, BreakerError> {
    Ok(host.len() as u32)
}

#[instrument]
fn handler() {
    assert!(get("eu-1").is_err());
}

#[test]
fn rejected_call_shows_in_the_span_of_its_caller() {
    let _fresh = testing::isolate();
    let lines = Collector::new(Level::DEBUG).collect(|| {
        breaker_of(get).force_open();
        handler();
    });
    let rejected = lines.iter().find(|line| line.name == "breaker.rejected").expect("one rejection");
    assert_eq!((rejected.span, &*rejected.fields["key"]), (Some("handler"), "str eu-1"));
    assert_eq!(rejected.fields["kind"], "str forced open");
}

#[test]
fn level_that_is_off_emits_nothing() {
    let breaker = built("levels", &ManualClock::new());
    let act = || {
        breaker.trip();
        assert!(breaker.try_acquire().is_err());
        breaker.reset();
    };
    let names =
        |level| -> Vec<_> { Collector::new(level).collect(act).iter().map(|line| line.name).collect() };
    assert_eq!(names(Level::INFO), ["breaker.opened", "breaker.reset"]);
    assert_eq!(names(Level::WARN), ["breaker.opened"]);
    assert_eq!(names(Level::ERROR), Vec::<&str>::new());
}

/// A subscriber that reads the breaker it is notified of would wait for itself if a lock were held.
#[test]
fn subscriber_may_use_the_breaker_and_panic() {
    static BREAKER: std::sync::LazyLock<CircuitBreaker> =
        std::sync::LazyLock::new(|| built("used by a subscriber", &ManualClock::new()));
    let collector = Collector {
        at_event: || {
            assert!(BREAKER.snapshot().trips <= 1 && BREAKER.trips().len() <= 1);
            drop(BREAKER.on_event(|_| ()));
            panic!("as a test");
        },
        ..Collector::new(Level::DEBUG)
    };
    assert!(collector.collect(|| (0..2).for_each(|_| fail(&BREAKER))).is_empty());
    assert!(BREAKER.try_acquire().is_err());
}
