//! A caller of a function, who writes down what can be seen from outside.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use breaker_runtime::classify::RetryAfter;
use breaker_runtime::{BreakerError, CircuitBreaker, Subscription};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use tokio::time::advance;

pub(crate) type Answer = Result<u16, Trouble>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Down,
    /// Down until then.
    Busy(Duration),
    /// There is no such thing.
    Missing,
    Rejected(BreakerError),
}

impl From<BreakerError> for Trouble {
    fn from(error: BreakerError) -> Self {
        Self::Rejected(error)
    }
}

impl RetryAfter for Trouble {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy(wait) => Some(*wait),
            _ => None,
        }
    }
}

fn word(answer: &Answer) -> String {
    match answer {
        Ok(200) => "ok".to_owned(),
        Ok(code) => code.to_string(),
        Err(Trouble::Rejected(error)) => format!("rejected({:?})", error.kind()),
        Err(trouble) => format!("{trouble:?}").to_lowercase(),
    }
}

/// What was seen, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    words: Vec<String>,
    /// Bodies that have begun.
    runs: u32,
}

impl Log {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no panic under it")
    }

    fn write(&self, word: impl Into<String>) {
        self.seen().words.push(word.into());
    }
}

/// What a function does. It tells the log how it ends.
#[derive(Debug)]
pub(crate) struct Body {
    log: Log,
    /// Nothing before this is opened.
    gate: Option<oneshot::Receiver<()>>,
    takes: Duration,
    answer: Answer,
}

impl Body {
    pub(crate) async fn run(mut self) -> Answer {
        self.log.seen().runs += 1;
        if let Some(gate) = self.gate.take() {
            gate.await.expect("opened");
        }
        advance(self.takes).await;
        self.end()
    }

    /// In a sync function.
    pub(crate) fn run_now(self) -> Answer {
        self.log.seen().runs += 1;
        // The time is advanced by the first poll.
        advance(self.takes).now_or_never();
        self.end()
    }

    fn end(self) -> Answer {
        self.log.write(word(&self.answer));
        self.answer
    }
}

/// A function, and its breaker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) breaker: &'static CircuitBreaker,
    pub(crate) call: fn(Body) -> LocalBoxFuture<'static, Answer>,
}

/// Calls one function, in paused time, and writes down what there is to see:
///
/// - `ok`, `down` and so on for a body that ran to its end, and `503` for an `Ok` that holds another number
///   than 200;
/// - `rejected(Open)` for a call that was rejected, so that the body did not run;
/// - `=503` for an answer that is not the body's, as it comes from a fallback;
/// - `[open FailureThreshold]` for a change of state, when listeners are told of it.
pub(crate) struct Caller {
    subject: Subject,
    log: Log,
    /// Calls that hang, and what lets them go on.
    hanging: VecDeque<(LocalBoxFuture<'static, Answer>, oneshot::Sender<()>)>,
    _changes: Subscription,
}

impl Caller {
    pub(crate) fn new(subject: Subject) -> Self {
        let log = Log::default();
        let told = log.clone();
        let changes = subject
            .breaker
            .on_event(move |event| told.write(format!("[{} {:?}]", event.to, event.reason)));
        Self { subject, log, hanging: VecDeque::new(), _changes: changes }
    }

    pub(crate) fn breaker(&self) -> &'static CircuitBreaker {
        self.subject.breaker
    }

    pub(crate) fn seen(&self) -> String {
        self.log.seen().words.join(" ")
    }

    pub(crate) fn note(&self, what: impl Into<String>) {
        self.log.write(what);
    }

    /// `~half-open`
    pub(crate) fn note_state(&self) {
        self.note(format!("~{}", self.breaker().state()));
    }

    /// `until 30s`, for an open breaker.
    pub(crate) fn note_period(&self) {
        let period = self.breaker().snapshot().retry_after.expect("open");
        self.note(format!("until {period:?}"));
    }

    pub(crate) fn forget(&self) {
        self.log.seen().words.clear();
    }

    fn body(&self, answer: Answer) -> Body {
        Body { log: self.log.clone(), gate: None, takes: Duration::ZERO, answer }
    }

    pub(crate) async fn ok(&self) {
        self.gets(Ok(200)).await;
    }

    pub(crate) async fn down(&self) {
        self.gets(Err(Trouble::Down)).await;
    }

    pub(crate) async fn gets(&self, answer: Answer) {
        self.calls(self.body(answer)).await;
    }

    /// A success that takes so long.
    pub(crate) async fn ok_after(&self, takes: Duration) {
        self.calls(Body { takes, ..self.body(Ok(200)) }).await;
    }

    /// How many of so many calls ran, and what was seen of them, each word once and in the order of the alphabet.
    pub(crate) async fn ran(&self, calls: u32, answer: Answer) -> (u32, String) {
        let (before, words) = (self.runs(), self.log.seen().words.len());
        for _ in 0..calls {
            self.gets(answer).await;
        }
        let seen = self.log.seen().words.split_off(words).into_iter().collect::<BTreeSet<_>>();
        (self.runs() - before, seen.into_iter().collect::<Vec<_>>().join(" or "))
    }

    async fn calls(&self, body: Body) {
        let (before, answer) = (self.runs(), body.answer);
        let seen = (self.subject.call)(body).await;
        let ran = self.runs() - before;
        if let Err(Trouble::Rejected(_)) = seen {
            assert_eq!(ran, 0, "rejected, and the body ran: {}", self.seen());
            self.note(word(&seen));
        } else if ran == 0 || seen != answer {
            self.note(format!("={}", word(&seen)));
        } else {
            assert_eq!(ran, 1, "the body ran more than once: {}", self.seen());
        }
    }

    fn runs(&self) -> u32 {
        self.log.seen().runs
    }

    /// A call that hangs: `hangs`, if it runs.
    pub(crate) async fn hang(&mut self) {
        let (open, gate) = oneshot::channel();
        let body = Body { gate: Some(gate), ..self.body(Ok(200)) };
        let mut call = (self.subject.call)(body);
        match futures::poll!(&mut call) {
            Poll::Ready(ended) => self.note(word(&ended)),
            Poll::Pending => {
                self.note("hangs");
                self.hanging.push_back((call, open));
            }
        }
    }

    /// The first call that hangs goes on, and succeeds.
    pub(crate) async fn hang_no_more(&mut self) {
        let (call, open) = self.hanging.pop_front().expect("a call that hangs");
        open.send(()).expect("it still hangs");
        assert_eq!(call.await, Ok(200));
    }

    /// All of them go on, one after the other.
    pub(crate) async fn none_hangs_any_more(&mut self) {
        while !self.hanging.is_empty() {
            self.hang_no_more().await;
        }
    }

    /// Drops the first call that hangs.
    pub(crate) fn give_up(&mut self) {
        let (call, _) = self.hanging.pop_front().expect("a call that hangs");
        drop(call);
        self.note("dropped");
    }
}
