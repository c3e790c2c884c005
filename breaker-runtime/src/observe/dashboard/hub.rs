//! The event stream: a bounded ring of frames that all viewers read.
//!
//! - A frame is serialised once; viewers share its bytes.
//! - A viewer is a position in the ring, and takes a frame when its connection has room for one. So a
//!   slow reader costs no memory but what its connection buffers. One that falls out of the ring, or
//!   comes back with an unknown id, receives everything anew.
//! - The ring keeps at most [`MAX_EVENTS`] events and [`MAX_BYTES`].
//!
//! Not `tokio::sync::broadcast`: its capacity is a number of messages, and one that was missed cannot be
//! asked for by its number.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use http_body::Frame;
use tokio::sync::watch;

use crate::observe::dashboard::frames::{BoardFrame, FrameHead, event};
use crate::observe::dashboard::sampler::ENDED;

/// The number of events that are kept for readers that come back: minutes of a busy service.
const MAX_EVENTS: usize = 512;
/// The bytes of events that are kept.
const MAX_BYTES: usize = 4 << 20;
/// The number of frames without news after which a comment keeps connections open.
const QUIET_FRAMES: u32 = 5;

/// The event stream, which all viewers read.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) head: FrameHead,
    ring: Mutex<Ring>,
    viewers: AtomicUsize,
}

#[derive(Debug)]
struct Ring {
    events: VecDeque<Bytes>,
    bytes: usize,
    /// The number of the next event.
    next: u64,
    /// The frames since the last event.
    quiet: u32,
    current: Option<Arc<CurrentState>>,
}

/// Everything, as of the event before `next`.
#[derive(Debug)]
struct CurrentState {
    frame: Arc<BoardFrame>,
    /// The number that the event `state` has: that of the last event which it contains.
    number: u64,
}

impl Hub {
    /// Creates a stream without events.
    pub(super) fn new(head: FrameHead) -> Self {
        let ring = Ring { events: VecDeque::new(), bytes: 0, next: 1, quiet: 0, current: None };
        Self { head, ring: Mutex::new(ring), viewers: AtomicUsize::new(0) }
    }

    /// Returns whether a viewer reads the stream.
    pub(super) fn is_watched(&self) -> bool {
        self.viewers.load(Ordering::Relaxed) > 0
    }

    /// Returns the newest frame; `None` before the first one.
    pub(super) fn current(&self) -> Option<Arc<BoardFrame>> {
        self.ring().current.as_ref().map(|current| Arc::clone(&current.frame))
    }

    /// Publishes a frame, after the transitions that came before it. Returns the number of the newest
    /// event.
    ///
    /// `change` is what changed since the last frame; `None` if nothing did.
    pub(super) fn publish(
        &self,
        frame: Arc<BoardFrame>,
        transitions: &[Vec<u8>],
        change: Option<&[u8]>,
    ) -> u64 {
        let mut ring = self.ring();
        for data in transitions {
            ring.push(|number| event(&self.head, number, "transition", data));
        }
        if let Some(data) = change {
            ring.push(|number| event(&self.head, number, "change", data));
        }
        if transitions.is_empty() && change.is_none() {
            ring.quiet += 1;
            if ring.quiet >= QUIET_FRAMES {
                ring.push(|_| Bytes::from_static(b": no news\n\n"));
            }
        }
        let number = ring.next - 1;
        let replaced = ring.current.replace(Arc::new(CurrentState { frame, number }));
        drop(ring);
        drop(replaced);
        number
    }

    /// Returns the number of the event after the one with this id, if it is kept or is the next one.
    fn after(&self, last_id: &str) -> Option<u64> {
        let (incarnation, number) = last_id.rsplit_once('-')?;
        let next = number.parse::<u64>().ok()?.checked_add(1)?;
        let ring = self.ring();
        (incarnation == self.head.incarnation && ring.first() <= next && next <= ring.next)
            .then_some(next)
    }

    /// Returns the event of this number and the number of the one after it. If it is not kept, that is
    /// the event `state` with everything; `None` if it is yet to come.
    fn read(&self, next: Option<u64>) -> Option<(Bytes, u64)> {
        let ring = self.ring();
        if let Some(next) = next.filter(|next| ring.first() <= *next) {
            let index = usize::try_from(next - ring.first()).ok()?;
            return Some((ring.events.get(index)?.clone(), next + 1));
        }
        let current = Arc::clone(ring.current.as_ref()?);
        drop(ring);
        let body = current.frame.body(&self.head);
        Some((event(&self.head, current.number, "state", &body), current.number + 1))
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn first(&self) -> u64 {
        self.next - self.events.len() as u64
    }

    fn push(&mut self, make: impl FnOnce(u64) -> Bytes) {
        let event = make(self.next);
        self.next += 1;
        self.quiet = 0;
        self.bytes += event.len();
        self.events.push_back(event);
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }
}

/// The body of one response of the event stream.
pub(super) struct Viewer {
    hub: Arc<Hub>,
    /// The number of the event that comes next; `None` for everything.
    next: Option<u64>,
    newest: watch::Receiver<u64>,
    waiting: Option<NextEvent>,
}

type NextEvent = Pin<Box<dyn Future<Output = bool> + Send>>;

impl Viewer {
    /// Creates a reader that begins after the event with this id, or with everything.
    pub(super) fn new(hub: Arc<Hub>, newest: watch::Receiver<u64>, last_id: Option<&str>) -> Self {
        hub.viewers.fetch_add(1, Ordering::Relaxed);
        let next = last_id.and_then(|id| hub.after(id));
        Self { hub, next, newest, waiting: None }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.hub.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl http_body::Body for Viewer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                let goes_on = ready!(waiting.as_mut().poll(context));
                self.waiting = None;
                if !goes_on {
                    return Poll::Ready(None);
                }
            }
            // Before the ring is read: an event that comes in between is then not waited for.
            let is_over = *self.newest.borrow_and_update() == ENDED;
            if let Some((event, next)) = self.hub.read(self.next) {
                self.next = Some(next);
                return Poll::Ready(Some(Ok(Frame::data(event))));
            }
            if is_over {
                return Poll::Ready(None);
            }
            let mut newest = self.newest.clone();
            self.waiting = Some(Box::pin(async move { newest.changed().await.is_ok() }));
        }
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewer").field("next", &self.next).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http_body::Body as _;

    use super::*;
    use crate::observe::dashboard::board::FrameTime;

    fn hub() -> (Arc<Hub>, watch::Sender<u64>) {
        (Arc::new(Hub::new(FrameHead::of_a_test())), watch::Sender::new(0))
    }

    fn publish(hub: &Hub, newest: &watch::Sender<u64>, change: Option<&[u8]>) {
        let frame = BoardFrame::new(FrameTime { wall: 0, elapsed: 0 }, Vec::new(), None);
        newest.send_replace(hub.publish(Arc::new(frame), &[], change));
    }

    /// Reads what is there; `None` at the end.
    fn read(viewer: &mut Viewer) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        loop {
            match Pin::new(&mut *viewer).poll_frame(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => return Some(texts),
                Poll::Ready(None) => return None,
                Poll::Ready(Some(frame)) => {
                    let data = frame.unwrap().into_data().unwrap();
                    texts.push(
                        String::from_utf8(data.to_vec()).unwrap().lines().next().unwrap().to_owned(),
                    );
                }
            }
        }
    }

    #[test]
    fn viewer_that_never_reads_costs_no_memory_and_gets_everything_anew() {
        let (hub, newest) = hub();
        publish(&hub, &newest, None);
        let mut viewers: Vec<_> =
            (0..50).map(|_| Viewer::new(Arc::clone(&hub), newest.subscribe(), None)).collect();
        for viewer in &mut viewers {
            assert_eq!(read(viewer).unwrap(), ["id: a-0"]);
        }
        let change = vec![b'x'; 64 << 10];
        for _ in 0..10_000 {
            publish(&hub, &newest, Some(&change));
            let ring = hub.ring();
            assert!(ring.bytes <= MAX_BYTES && ring.events.len() <= MAX_EVENTS);
            assert_eq!(ring.bytes, ring.events.iter().map(Bytes::len).sum::<usize>());
        }
        for viewer in &mut viewers {
            assert_eq!(read(viewer).unwrap(), ["id: a-10000"], "one event with everything");
        }
        publish(&hub, &newest, Some(b"small"));
        assert_eq!(read(&mut viewers[0]).unwrap(), ["id: a-10001"]);
    }

    #[test]
    fn change_larger_than_the_ring_is_sent_as_everything() {
        let (hub, newest) = hub();
        publish(&hub, &newest, None);
        let mut viewer = Viewer::new(Arc::clone(&hub), newest.subscribe(), None);
        read(&mut viewer).unwrap();
        publish(&hub, &newest, Some(&vec![b'x'; MAX_BYTES + 1]));
        assert_eq!(hub.ring().bytes, 0);
        let CurrentState { number, .. } = **hub.ring().current.as_ref().unwrap();
        assert_eq!((number, read(&mut viewer).unwrap()), (1, vec!["id: a-1".to_owned()]));
    }

    #[test]
    fn viewer_resumes_after_any_id_that_is_kept() {
        let (hub, newest) = hub();
        for _ in 0..600 {
            publish(&hub, &newest, Some(b"{}"));
        }
        let resume =
            |id: &str| read(&mut Viewer::new(Arc::clone(&hub), newest.subscribe(), Some(id))).unwrap();
        assert_eq!(resume("a-598"), ["id: a-599", "id: a-600"]);
        assert_eq!(resume("a-600"), [""; 0], "it has everything");
        assert_eq!(resume("a-88").len(), MAX_EVENTS, "the oldest that is kept");
        for unknown in ["a-87", "a-601", "b-600", "600", ""] {
            assert_eq!(resume(unknown), ["id: a-600"], "{unknown}");
        }
    }

    #[test]
    fn quiet_frames_keep_connections_open_by_a_comment() {
        let (hub, newest) = hub();
        publish(&hub, &newest, None);
        let mut viewer = Viewer::new(Arc::clone(&hub), newest.subscribe(), None);
        read(&mut viewer).unwrap();
        let mut comments = 0;
        for _ in 0..60 {
            publish(&hub, &newest, None);
            comments += read(&mut viewer).unwrap().iter().filter(|text| text.starts_with(':')).count();
        }
        assert!(comments >= 6, "at least one in ten seconds: {comments}");
        newest.send_replace(ENDED);
        assert_eq!(read(&mut viewer), None);
    }
}
