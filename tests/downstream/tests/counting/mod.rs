//! An allocator that counts. It is not beside the tests of the runtime, because it needs unsafe code.

#![allow(dead_code, reason = "each test uses a part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// An allocator that counts per thread, so that tests in parallel do not affect each other.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// The bytes that this thread has allocated, less those that it has freed.
    static BYTES: Cell<i64> = const { Cell::new(0) };
}

fn size(layout: Layout) -> i64 {
    i64::try_from(layout.size()).unwrap_or(i64::MAX)
}

fn count(grown_by: i64) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    BYTES.set(BYTES.get() + grown_by);
}

// SAFETY: all work is done by the system's allocator; counting touches constant thread-locals without a
// destructor, which neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        System.alloc(layout)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(size(layout));
        System.alloc_zeroed(layout)
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new: usize) -> *mut u8 {
        count(i64::try_from(new).unwrap_or(i64::MAX) - size(layout));
        System.realloc(pointer, layout, new)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get() - size(layout));
        System.dealloc(pointer, layout);
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the number of allocations of the current thread since it began.
pub fn allocations() -> u64 {
    ALLOCATIONS.get()
}

/// Returns the bytes that the current thread holds.
pub fn bytes() -> i64 {
    BYTES.get()
}

/// Asserts that `call` allocates nothing, from its first time on.
#[track_caller]
pub fn allocates_nothing(mut call: impl FnMut()) {
    let before = allocations();
    for _ in 0..3 {
        call();
    }
    assert_eq!(allocations() - before, 0, "allocations in three calls");
}

#[test]
fn allocator_of_this_test_counts() {
    let before = (allocations(), bytes());
    let block = std::hint::black_box(Box::new([1_u8; 77]));
    assert_eq!((allocations() - before.0, bytes() - before.1), (1, 77));
    drop(block);
    assert_eq!((allocations() - before.0, bytes() - before.1), (1, 0));
}
