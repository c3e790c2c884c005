//! A caller that records what can be seen of a function from outside: the calls of the
//! [twins](mod@crate::twins).

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

/// The output of a body, and of the function around it.
pub type Answer = Result<u16, Trouble>;

/// The error of an [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The dependency failed.
    Down,
    /// The dependency failed, and asks to be left alone for this long.
    Busy(Duration),
    /// The requested thing does not exist; for `ignore_if`.
    Missing,
    /// The breaker rejected the call.
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

/// The record of what was seen, in order.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    words: Vec<String>,
    /// The number of bodies that have begun.
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

/// The work of one call, which records how it ends.
#[derive(Debug)]
pub struct Body {
    log: Log,
    /// The body waits until this is opened.
    gate: Option<oneshot::Receiver<()>>,
    takes: Duration,
    answer: Answer,
}

impl Body {
    /// Runs in an async function.
    ///
    /// # Errors
    ///
    /// As the caller has asked for.
    ///
    /// # Panics
    ///
    /// If the caller is dropped while the call hangs.
    pub async fn run(mut self) -> Answer {
        self.log.seen().runs += 1;
        if let Some(gate) = self.gate.take() {
            gate.await.expect("opened");
        }
        advance(self.takes).await;
        self.end()
    }

    /// Runs in a sync function.
    ///
    /// # Errors
    ///
    /// As the caller has asked for.
    pub fn run_now(self) -> Answer {
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

/// A function under test, and its breaker.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Shown where an assertion fails.
    pub name: &'static str,
    /// The breaker of the function.
    pub breaker: &'static CircuitBreaker,
    /// Calls the function.
    pub call: fn(Body) -> LocalBoxFuture<'static, Answer>,
}

/// A caller of one function in paused time. [`seen`](Self::seen) is what it has recorded, one word for
/// each event:
///
/// - `ok`, `down` and so on for a body that ran to its end, and `503` for an `Ok` that holds another
///   number than 200;
/// - `rejected(Open)` for a call that was rejected, so that the body did not run;
/// - `=503` for an answer that is not the body's, as it comes from a fallback;
/// - `[open FailureThreshold]` for a change of state, at the time of its event.
pub struct Caller {
    subject: Subject,
    log: Log,
    /// The calls that hang, and what releases them.
    hanging: VecDeque<(LocalBoxFuture<'static, Answer>, oneshot::Sender<()>)>,
    _changes: Subscription,
}

impl Caller {
    /// Makes a caller that has recorded nothing.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let log = Log::default();
        let events = log.clone();
        let changes = subject
            .breaker
            .on_event(move |event| events.write(format!("[{} {:?}]", event.to, event.reason)));
        Self { subject, log, hanging: VecDeque::new(), _changes: changes }
    }

    /// Returns the breaker of the function.
    #[must_use]
    pub fn breaker(&self) -> &'static CircuitBreaker {
        self.subject.breaker
    }

    /// Returns what was recorded, apart by spaces.
    #[must_use]
    pub fn seen(&self) -> String {
        self.log.seen().words.join(" ")
    }

    /// Records a word of the test's own.
    pub fn note(&self, what: impl Into<String>) {
        self.log.write(what);
    }

    /// Records the state, as `~half-open`.
    pub fn note_state(&self) {
        self.note(format!("~{}", self.breaker().state()));
    }

    /// Records how long an open breaker stays open, as `until 30s`.
    ///
    /// # Panics
    ///
    /// If the breaker is not open.
    pub fn note_period(&self) {
        let period = self.breaker().snapshot().retry_after.expect("open");
        self.note(format!("until {period:?}"));
    }

    /// Empties the record.
    pub fn forget(&self) {
        self.log.seen().words.clear();
    }

    fn body(&self, answer: Answer) -> Body {
        Body { log: self.log.clone(), gate: None, takes: Duration::ZERO, answer }
    }

    /// Makes a call that succeeds.
    pub async fn ok(&self) {
        self.gets(Ok(200)).await;
    }

    /// Makes a call that fails.
    pub async fn down(&self) {
        self.gets(Err(Trouble::Down)).await;
    }

    /// Makes a call with this answer.
    pub async fn gets(&self, answer: Answer) {
        self.calls(self.body(answer)).await;
    }

    /// Makes a call that succeeds after this time.
    pub async fn ok_after(&self, takes: Duration) {
        self.calls(Body { takes, ..self.body(Ok(200)) }).await;
    }

    /// Makes several calls. Returns how many ran, and what was seen of them: each word once, in
    /// alphabetical order.
    pub async fn ran(&self, calls: u32, answer: Answer) -> (u32, String) {
        let (before, words) = (self.runs(), self.log.seen().words.len());
        for _ in 0..calls {
            self.gets(answer.clone()).await;
        }
        let seen = self.log.seen().words.split_off(words).into_iter().collect::<BTreeSet<_>>();
        (self.runs() - before, seen.into_iter().collect::<Vec<_>>().join(" or "))
    }

    async fn calls(&self, body: Body) {
        let (before, answer) = (self.runs(), body.answer.clone());
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

    /// Makes a call that does not end, and records `hangs` if it runs.
    pub async fn hang(&mut self) {
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

    /// Releases the first call that hangs, which succeeds.
    ///
    /// # Panics
    ///
    /// If no call hangs.
    pub async fn release_first(&mut self) {
        let (call, open) = self.hanging.pop_front().expect("a call that hangs");
        open.send(()).expect("it still hangs");
        assert_eq!(call.await, Ok(200));
    }

    /// Releases all calls that hang, one after the other.
    pub async fn release_all(&mut self) {
        while !self.hanging.is_empty() {
            self.release_first().await;
        }
    }

    /// Drops the first call that hangs.
    ///
    /// # Panics
    ///
    /// If no call hangs.
    pub fn drop_first(&mut self) {
        let (call, _) = self.hanging.pop_front().expect("a call that hangs");
        drop(call);
        self.note("dropped");
    }
}
