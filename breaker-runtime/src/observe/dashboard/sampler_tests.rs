//! The task's start and end.

use tokio::runtime::Builder;
use tokio::time::timeout;

use self::child::in_child;
use super::*;
use crate::observe::dashboard::frames::FrameHead;

#[path = "../../../tests/support/child.rs"]
mod child;

const LONG: Duration = Duration::from_secs(90);

fn sampler() -> Arc<Sampler> {
    Sampler::new(Arc::new(Hub::new(FrameHead::of_a_test())), 0.5, Mutex::new(None))
}

/// Runs a test in a process of its own: a sampler reads, and so holds for a moment, the breakers of
/// all tests.
fn alone<F: Future<Output = ()>>(test: &str, body: impl FnOnce() -> F) {
    in_child(&format!("observe::dashboard::sampler::tests::{test}"), || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(body());
    });
}

#[test]
fn task_ends_with_the_last_handle() {
    alone("task_ends_with_the_last_handle", || async {
        let sampler = sampler();
        sampler.refresh().await;
        let task = sampler.start().expect("it runs");
        drop(sampler);
        timeout(LONG, task.closed()).await.expect("the task ends");
    });
}

#[test]
fn task_starts_anew_if_its_runtime_has_ended() {
    in_child("observe::dashboard::sampler::tests::task_starts_anew_if_its_runtime_has_ended", || {
        let sampler = sampler();
        assert!(sampler.start().is_none(), "there is no runtime");
        for _ in 0..2 {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            let frame = sampler.hub.current();
            runtime.block_on(async { timeout(LONG, sampler.refresh()).await }).expect("a frame");
            let newer = sampler.hub.current().expect("a frame");
            assert!(frame.is_none_or(|frame| !Arc::ptr_eq(&frame, &newer)));
        }
    });
}

/// Listeners of a dashboard that is gone must not stay on each breaker.
#[test]
fn breaker_outlives_the_dashboard_without_a_listener() {
    alone("breaker_outlives_the_dashboard_without_a_listener", || async {
        let breaker = CircuitBreaker::builder("sampler.listened").build().expect("valid");
        let sampler = sampler();
        sampler.refresh().await;
        breaker.trip();
        assert_eq!(sampler.transitions.queue.take().bodies.len(), 1);
        let queue = Arc::clone(&sampler.transitions.queue);
        drop(sampler);
        breaker.reset();
        assert_eq!(queue.take().bodies.len(), 0);
    });
}
