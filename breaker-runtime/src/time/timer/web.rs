//! Timers of the host's event loop, by `setTimeout`: on `wasm32-unknown-unknown` there are neither
//! threads nor a clock that tokio could use.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::{Function, Reflect, global};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::JsValue;

use crate::time::clock::Instant;

/// The longest time that `setTimeout` takes, in milliseconds; it takes a longer one for none. About 24
/// days.
const LONGEST: u32 = i32::MAX.unsigned_abs();

/// The future of [`sleep`].
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Sleep {
    /// `None` beyond the clock's range.
    until: Option<Instant>,
    alarm: Arc<Mutex<Alarm>>,
}

/// Shared with the callback in the event loop.
#[derive(Default)]
struct Alarm {
    waker: Option<Waker>,
    is_set: bool,
}

/// Returns a future that ends after this length of time from now. On a host without `setTimeout` it ends
/// when it is polled after that.
pub(crate) fn sleep(length: Duration) -> Sleep {
    Sleep { until: Instant::now().checked_add(length), alarm: Arc::default() }
}

/// Returns the time by which [`sleep`] measures.
pub(crate) fn now() -> Instant {
    Instant::now()
}

impl Sleep {
    /// Begins anew with this length of time from now.
    #[cfg(feature = "stream")]
    pub(crate) fn restart(mut self: Pin<&mut Self>, length: Duration) {
        self.set(sleep(length));
    }

    /// Returns whether the time is over, whether or not a poll has seen it.
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.is_over() {
            return Poll::Ready(());
        }
        let replaced = {
            let mut alarm = lock(&self.alarm);
            let set = !std::mem::replace(&mut alarm.is_set, true);
            let replaced = alarm.waker.replace(context.waker().clone());
            drop(alarm);
            if set {
                self.schedule();
            }
            replaced
        };
        drop(replaced);
        Poll::Pending
    }
}

impl Sleep {
    /// Asks the event loop to wake the future at the end of its time, or before that, which polls it
    /// again.
    fn schedule(&self) {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        // One more, as the rest of a millisecond is dropped.
        let millis = left.map_or(u128::MAX, |left| left.as_millis().saturating_add(1));
        let millis = u32::try_from(millis).unwrap_or(LONGEST).min(LONGEST);
        let alarm = Arc::clone(&self.alarm);
        let ring = Closure::once_into_js(move || {
            let waker = {
                let mut alarm = lock(&alarm);
                alarm.is_set = false;
                alarm.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        let global = global();
        let set_timeout = Reflect::get(&global, &JsValue::from_str("setTimeout"));
        if let Some(set_timeout) = set_timeout.ok().as_ref().and_then(JsCast::dyn_ref::<Function>) {
            // It fails on no host that has it; if it did, the next poll after the time would end the
            // future.
            let _ = set_timeout.call2(&global, &ring, &JsValue::from_f64(f64::from(millis)));
        }
    }
}

impl Drop for Sleep {
    /// Drops the waker at once, not when the event loop calls back.
    fn drop(&mut self) {
        let waker = lock(&self.alarm).waker.take();
        drop(waker);
    }
}

fn lock(alarm: &Mutex<Alarm>) -> MutexGuard<'_, Alarm> {
    alarm.lock().unwrap_or_else(PoisonError::into_inner)
}
