//! A body that follows a script, in paused time, and a scene that records all that can be seen of its
//! calls.
//!
//! `tests/README.md` explains how to read them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use breaker_runtime::classify::{Class, Classify};
use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind, Totals, testing};
use futures::future::LocalBoxFuture;
use tokio::time::{Instant, sleep};

/// The end of one run of a body, after so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It succeeds.
    Works(u64),
    /// It fails.
    Fails(u64),
    /// It ends in what should be ignored.
    Misses(u64),
    /// It never ends.
    Hangs,
}

/// The source of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The body's run of this number, from 1 on.
    Run(u32),
    /// The fallback.
    Fallback,
}

/// The reason for an answer that is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The body's run of this number failed.
    Down(u32),
    /// There is no such thing.
    Missing,
    /// The breaker rejected the call, or ended it.
    Breaker(ErrorKind),
}

/// The output of a body, and of the function around it.
pub type Answer = Result<Source, Trouble>;

impl From<BreakerError> for Trouble {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error.kind())
    }
}

impl Classify for Trouble {
    fn class(&self) -> Class {
        match self {
            Self::Down(_) => Class::ServerError,
            Self::Missing => Class::ClientError,
            Self::Breaker(kind) if kind.is_rejection() => Class::Neutral,
            Self::Breaker(_) => Class::NoAnswer,
        }
    }
}

/// Returns whether an answer must be ignored; for `ignore_if`.
pub fn is_missing(answer: &Answer) -> bool {
    *answer == Err(Trouble::Missing)
}

/// A script for the bodies of a function's calls, in the order in which they begin.
#[derive(Debug, Default)]
pub struct Service {
    script: Mutex<Script>,
    fallback_takes: Duration,
}

#[derive(Debug, Default)]
struct Script {
    steps: VecDeque<Step>,
    runs: u32,
}

impl Service {
    /// Makes a service of which the runs follow this script, and succeed at once after its end.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let script = Script { steps: steps.into_iter().collect(), runs: 0 };
        Self { script: Mutex::new(script), fallback_takes: Duration::ZERO }
    }

    /// Runs the body once.
    ///
    /// # Errors
    ///
    /// Where the script says so.
    pub async fn run(&self) -> Answer {
        let (run, step) = self.begin();
        let (takes, answer) = match step {
            Step::Works(takes) => (takes, Ok(Source::Run(run))),
            Step::Fails(takes) => (takes, Err(Trouble::Down(run))),
            Step::Misses(takes) => (takes, Err(Trouble::Missing)),
            Step::Hangs => std::future::pending().await,
        };
        if takes > 0 {
            sleep(Duration::from_millis(takes)).await;
        }
        answer
    }

    /// Runs the fallback.
    ///
    /// # Errors
    ///
    /// Never.
    pub async fn fall_back(&self) -> Answer {
        if !self.fallback_takes.is_zero() {
            sleep(self.fallback_takes).await;
        }
        Ok(Source::Fallback)
    }

    /// Returns the number of bodies that have begun.
    pub fn runs(&self) -> u32 {
        self.script().runs
    }

    fn begin(&self) -> (u32, Step) {
        let mut script = self.script();
        script.runs += 1;
        let step = script.steps.pop_front().unwrap_or(Step::Works(0));
        (script.runs, step)
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record of the calls of one function with a fresh breaker, from the moment in which this is made.
///
/// [`seen`](Self::seen) reads `run 3 @300 | 3 runs | success 1, failure 2, retried 2`: the answer comes
/// from the third run of the body and came after 300 ms, and those are the totals of the breaker that
/// are not 0.
pub struct Scene {
    breaker: &'static CircuitBreaker,
    service: Service,
    began: Instant,
    answers: Mutex<Vec<String>>,
    _fresh: testing::Isolated,
}

impl Scene {
    /// Begins a scene, in a runtime with paused time.
    pub fn new(breaker: &'static CircuitBreaker, script: impl IntoIterator<Item = Step>) -> Self {
        Self {
            breaker,
            service: Service::new(script),
            began: Instant::now(),
            answers: Mutex::default(),
            _fresh: testing::isolate(),
        }
    }

    /// Makes the fallback take so many milliseconds.
    #[must_use]
    pub fn with_fallback_that_takes(mut self, takes: u64) -> Self {
        self.service.fallback_takes = Duration::from_millis(takes);
        self
    }

    /// Returns the service of which the bodies are runs.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Returns the breaker.
    pub fn breaker(&self) -> &'static CircuitBreaker {
        self.breaker
    }

    /// Waits for an answer, and records it and its time.
    pub async fn gets(&self, call: impl Future<Output = Answer>) {
        let answer = call.await;
        let word = match answer {
            Ok(Source::Run(run)) => format!("run {run}"),
            Ok(Source::Fallback) => "fallback".to_owned(),
            Err(Trouble::Down(run)) => format!("down {run}"),
            Err(Trouble::Missing) => "missing".to_owned(),
            Err(Trouble::Breaker(kind)) => format!("{kind:?}"),
        };
        let word = format!("{word} @{}", self.began.elapsed().as_millis());
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(word);
    }

    /// Begins a call after so many milliseconds of the scene, and records it as [`gets`](Self::gets)
    /// does.
    pub async fn gets_at(&self, at: u64, call: impl Future<Output = Answer>) {
        self.at(at).await;
        self.gets(call).await;
    }

    /// Waits until the scene has lasted so many milliseconds.
    pub async fn at(&self, at: u64) {
        tokio::time::sleep_until(self.began + Duration::from_millis(at)).await;
    }

    /// Returns the answers, in the order in which they came, and the number of runs.
    pub fn answers(&self) -> String {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner).join(", ");
        format!("{answers} | {} runs", self.service.runs())
    }

    /// Returns the answers, the number of runs, and the totals.
    pub fn seen(&self) -> String {
        format!("{} | {}", self.answers(), NonZero(self.breaker.snapshot().totals))
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scene").field(&self.seen()).finish()
    }
}

struct NonZero(Totals);

impl fmt::Display for NonZero {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let totals = &self.0;
        let all = [
            ("success", totals.success),
            ("failure", totals.failure),
            ("ignored", totals.ignored),
            ("cancelled", totals.cancelled),
            ("late", totals.late),
            ("slow", totals.slow),
            ("rejected", totals.rejected),
            ("timed_out", totals.timed_out),
            ("retried", totals.retried),
            ("last_good", totals.last_good),
            ("fallback", totals.fallback),
        ];
        let counts = all.iter().filter(|(_, count)| *count > 0);
        let counts: Vec<_> = counts.map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(&counts.join(", "))
    }
}

/// An annotated function, called for a user.
pub type Call = for<'s> fn(&'s Service, u32) -> LocalBoxFuture<'s, Answer>;

/// Makes two async functions, with an option and without it or with another one:
/// `scripted_twins!({retry(attempts = 2)} or {retry})`. The user is named where an option asks for it:
/// `scripted_twins!(|user| {last_good(key = user)} or {})`.
#[macro_export]
macro_rules! scripted_twins {
    (|$user:ident| {$($with:tt)*} or {$($without:tt)*}) => {{
        #[breaker_runtime::circuit_breaker($($with)*)]
        async fn with(service: &$crate::scripted::Service, $user: u32) -> $crate::scripted::Answer {
            let _: u32 = $user;
            service.run().await
        }
        #[breaker_runtime::circuit_breaker($($without)*)]
        async fn without(service: &$crate::scripted::Service, $user: u32) -> $crate::scripted::Answer {
            let _: u32 = $user;
            service.run().await
        }
        let with: (_, $crate::scripted::Call) =
            (breaker_runtime::breaker_of(with), |service, user| Box::pin(with(service, user)));
        let without: (_, $crate::scripted::Call) =
            (breaker_runtime::breaker_of(without), |service, user| Box::pin(without(service, user)));
        [with, without]
    }};
    ($with:tt or $without:tt) => { $crate::scripted_twins!(|user| $with or $without) };
}

/// Makes a call for each of the users, one after the other, to each of the
/// [`scripted_twins!`](crate::scripted_twins!), and asserts what is [seen](Scene::seen) with the option
/// and without it.
#[macro_export]
macro_rules! assert_scenes {
    ($twins:expr, $script:expr, $users:expr, $with:expr, $without:expr $(,)?) => {
        assert_ne!($with, $without, "the option has no effect");
        for ((breaker, call), expected) in $twins.into_iter().zip([$with, $without]) {
            let scene = $crate::scripted::Scene::new(breaker, $script);
            for user in $users {
                scene.gets(call(scene.service(), user)).await;
            }
            assert_eq!(scene.seen(), expected);
        }
    };
}
