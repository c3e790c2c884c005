//! Edge cases of windows. "From:" names the breaker in which the bug was found.

use std::collections::VecDeque;

use crate::state::window::{Entry, Shape, SlidingWindow, Tally};
use crate::time::{TICKS_MAX, Ticks};

const FAILURE: Entry = Entry { failed: true, slow: false };
const SLOW: Entry = Entry { failed: false, slow: true };
const SLOW_FAILURE: Entry = Entry { failed: true, slow: true };

fn tally(calls: u64, failures: u64, slow: u64) -> Tally {
    Tally { calls, failures, slow }
}

// From: tower-resilience and circuitbreaker-rs, where 10,000 successes took 10,000 failures to trip.
#[test]
fn window_slides_past_old_successes() {
    let mut window = SlidingWindow::new(Shape::Calls(100), 0, 0);
    for _ in 0..50 {
        window.record(FAILURE, 10_000, 0);
    }
    assert_eq!(window.tally(10_000, 0), tally(100, 50, 0));

    let mut window = SlidingWindow::new(Shape::Span(10_000), 0, 0);
    for _ in 0..50 {
        window.record(FAILURE, 10_000, 10_000);
    }
    assert_eq!(window.tally(10_000, 10_000), tally(50, 50, 0));
}

// From: recloser pull request 10.
#[test]
fn success_that_fills_the_window_is_in_the_next_tally() {
    for shape in [Shape::Calls(4), Shape::Span(1_000)] {
        let mut window = SlidingWindow::new(shape, 7, 0);
        window.record(FAILURE, 8, 0);
        window.record(FAILURE, 8, 0);
        assert_eq!(window.tally(8, 0), tally(3, 2, 0));
        assert_eq!(window.tally(9, 0), tally(4, 2, 0));
    }
}

// From: tower-resilience and opossum (work that grows with the calls), resilient (memory that does).
#[test]
fn any_number_of_successes_is_added_at_once() {
    for shape in [Shape::Calls(1_000_000), Shape::Span(1_000)] {
        let mut window = SlidingWindow::new(shape, 0, 0);
        window.record(SLOW_FAILURE, 0, 0);
        let room = u64::MAX - 10;
        let held = if let Shape::Calls(calls) = shape { u64::from(calls) } else { room + 1 };
        let failures = u64::from(held > room);
        assert_eq!(window.tally(room, 0), tally(held, failures, failures));
        window.record(FAILURE, u64::MAX, 0);
        assert_eq!(window.tally(u64::MAX, 0).failures, failures + 1);
        window.restart(u64::MAX, 0);
        window.record(SLOW, u64::MAX, 0);
        assert_eq!(window.tally(u64::MAX, 0), tally(1, 0, 1));
    }
}

// From: resilience4j 2334 and 2379, recloser, failsafe.
#[test]
fn every_boundary_size_counts_exactly() {
    for size in [1, 2, 63, 64, 65, 127, 128, 129, 1_000] {
        let mut window = SlidingWindow::new(Shape::Calls(size), 0, 0);
        let mut results = VecDeque::new();
        let mut success_count = 0;
        for step in 0..4 * u64::from(size) + 10 {
            let entry = Entry { failed: step % 3 == 0, slow: step % 7 == 0 };
            if entry.failed || entry.slow {
                window.record(entry, success_count, 0);
            } else {
                success_count += 1;
            }
            results.push_back(entry);
            if results.len() > size as usize {
                results.pop_front();
            }
            let expected = tally(
                results.len() as u64,
                results.iter().filter(|result| result.failed).count() as u64,
                results.iter().filter(|result| result.slow).count() as u64,
            );
            assert_eq!(window.tally(success_count, 0), expected, "the last {size} after {step}");
        }
    }
}

#[test]
fn window_of_a_million_calls_is_exact() {
    const SIZE: u64 = 1_000_000;
    let mut window = SlidingWindow::new(Shape::Calls(1_000_000), 0, 0);
    for thousand in 1..=1_000 {
        window.record(FAILURE, thousand * 999, 0);
    }
    assert_eq!(window.tally(999_000, 0), tally(SIZE, 1_000, 0));
    for step in 1..=SIZE {
        let gone = step / 1_000;
        assert_eq!(window.tally(999_000 + step, 0), tally(SIZE, 1_000 - gone, 0));
    }
}

#[test]
fn shortest_and_longest_span_are_exact() {
    for span in [1_000, TICKS_MAX] {
        let mut window = SlidingWindow::new(Shape::Span(span), 0, 0);
        window.record(FAILURE, 0, 0);
        let end = window.quiet_until();
        assert_eq!(end, span.div_ceil(10));
        window.record(FAILURE, 0, end);
        assert_eq!(window.tally(0, span - 1), tally(2, 2, 0));
        assert_eq!(window.tally(0, span), tally(1, 1, 0));
    }
}

#[test]
fn shape_out_of_range_becomes_the_nearest_valid_one() {
    for (shape, near) in [
        (Shape::Calls(0), Shape::Calls(1)),
        (Shape::Calls(u32::MAX), Shape::Calls(1_000_000)),
        (Shape::Span(0), Shape::Span(1_000)),
        (Shape::Span(u64::MAX), Shape::Span(TICKS_MAX)),
    ] {
        let mut window = SlidingWindow::new(shape, 0, Ticks::MAX);
        assert_eq!(window.shape(), near);
        window.record(FAILURE, 0, Ticks::MAX);
        window.reshape(shape, 0, Ticks::MAX);
        assert_eq!(window.tally(0, Ticks::MAX), tally(1, 1, 0));
    }
}

// From: asecurityteam/rolling pull request 14.
#[test]
fn reused_bucket_is_empty() {
    const SPAN: Ticks = 1_000;
    for buckets in 10..=31 {
        let mut window = SlidingWindow::new(Shape::Span(SPAN), 0, 0);
        for bucket in 0..10 {
            window.record(SLOW_FAILURE, bucket + 1, bucket * SPAN / 10);
        }
        let now = 900 + buckets * SPAN / 10;
        window.advance(10, now);
        assert_eq!(window.tally(11, now), tally(1, 0, 0), "after {buckets} buckets");
    }
}

// From: vertx 24.
#[test]
fn old_failures_expire() {
    const SPAN: Ticks = 10_000_000;
    let mut window = SlidingWindow::new(Shape::Span(SPAN), 0, 123);
    window.record(FAILURE, 0, 123);
    window.record(SLOW, 5, 999_999);
    assert_eq!(window.tally(5, SPAN - 1), tally(7, 1, 1), "younger than nine tenths");
    assert_eq!(window.tally(5, SPAN), tally(0, 0, 0), "a bucket leaves as a whole");

    let mut window = SlidingWindow::new(Shape::Calls(3), 0, 0);
    window.record(FAILURE, 0, 0);
    assert_eq!(window.tally(2, 0), tally(3, 1, 0));
    assert_eq!(window.tally(3, 0), tally(3, 0, 0));
}

#[test]
fn window_is_judged_by_what_is_left_when_old_results_leave() {
    for start in [0, 100_000] {
        let mut window = SlidingWindow::new(Shape::Span(1_000), 0, start);
        window.record(FAILURE, 4, start + 100);
        window.record(SLOW, 4, start + 200);
        let left = [tally(1, 0, 1), tally(2, 1, 1), tally(6, 1, 1)];
        assert!(left.iter().all(|left| window.now_or_later(|tally| tally == *left)));
        assert!(!window.now_or_later(|tally| !left.contains(&tally)));
    }
}

// From: semian pull request 192.
#[test]
fn restarted_window_is_empty() {
    for shape in [Shape::Calls(70), Shape::Span(1_000)] {
        let mut window = SlidingWindow::new(shape, 5, 10);
        for step in 0..100 {
            window.record(SLOW_FAILURE, 5 + step, 10);
        }
        window.restart(1_000, 10);
        assert_eq!(window.tally(1_000, 10), tally(0, 0, 0));
        assert_eq!(window.tally(1_060, 10), tally(60, 0, 0));
    }
}

#[test]
fn lower_success_count_counts_as_the_highest_one() {
    for shape in [Shape::Calls(100), Shape::Span(1_000)] {
        let mut window = SlidingWindow::new(shape, 10, 0);
        window.record(FAILURE, 20, 0);
        window.record(FAILURE, 15, 0);
        window.advance(0, 0);
        assert_eq!(window.tally(20, 0), tally(12, 2, 0));
        window.restart(3, 0);
        assert_eq!(window.tally(21, 0), tally(1, 0, 0));
    }
}

#[test]
fn plain_successes_are_in_the_bucket_of_the_access_before_them() {
    let mut window = SlidingWindow::new(Shape::Span(1_000), 0, 0);
    window.advance(30, 450);
    assert_eq!(window.tally(30, 999), tally(30, 0, 0));
    assert_eq!(window.tally(30, 1_000), tally(0, 0, 0));
}

// From: governor 299, a clock that went backwards across cores.
#[test]
fn time_before_the_latest_one_counts_as_the_latest() {
    const SPAN: Ticks = 1_000;
    let mut window = SlidingWindow::new(Shape::Span(SPAN), 0, 5_000);
    window.record(FAILURE, 0, 5_000);
    let quiet_until = window.quiet_until();
    for now in [4_999, 4_500, 4_000] {
        window.record(FAILURE, 0, now);
        assert_eq!(window.quiet_until(), quiet_until);
    }
    assert_eq!(window.tally(0, 5_999), tally(4, 4, 0));
    assert_eq!(window.tally(0, 6_000), tally(0, 0, 0));
}

// From: hoglet pull request 25, where a step of the clock pinned the state.
#[test]
fn clock_that_is_set_back_does_not_freeze_the_window() {
    const SPAN: Ticks = 1_000;
    let mut window = SlidingWindow::new(Shape::Span(SPAN), 0, 50_000);
    window.record(FAILURE, 0, 50_000);
    window.record(FAILURE, 3, 50_500);
    window.advance(3, 49_499);
    assert_eq!(window.quiet_until(), 49_500);
    assert_eq!(window.tally(3, 50_399), tally(5, 2, 0));
    assert_eq!(window.tally(3, 50_400), tally(0, 0, 0));
}

#[test]
fn new_shape_keeps_the_results_that_fit() {
    let mut window = SlidingWindow::new(Shape::Calls(100), 0, 0);
    window.record(FAILURE, 0, 0);
    window.record(SLOW, 10, 0);
    window.reshape(Shape::Calls(11), 19, 0);
    assert_eq!(window.shape(), Shape::Calls(11));
    assert_eq!(window.tally(19, 0), tally(11, 0, 1), "the older results are dropped");
    window.reshape(Shape::Calls(1_000), 20, 0);
    assert_eq!(window.tally(20, 0), tally(11, 0, 1), "and do not come back");
    assert_eq!(window.tally(21, 0), tally(12, 0, 1));

    window.reshape(Shape::Span(1_000), 21, 555);
    assert_eq!(window.tally(21, 555), tally(0, 0, 0));
    window.record(FAILURE, 22, 555);
    window.reshape(Shape::Span(2_000), 22, 999);
    assert_eq!(window.tally(22, 2_399), tally(2, 1, 0), "since 500, where the old bucket began");
    assert_eq!(window.tally(22, 2_400), tally(0, 0, 0));
    window.reshape(Shape::Calls(5), 30, 2_400);
    assert_eq!(window.tally(30, 2_400), tally(0, 0, 0));
}
