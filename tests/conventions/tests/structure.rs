//! The rooms of the runtime: their number, and that each imports only those before it.

use breaker_tests_conventions::structure::{Layout, MOST_ROOMS, ORDER};

/// Prints the figures of the structure too; `cargo test --test structure -- --nocapture` shows them.
#[test]
fn rooms_import_only_lower_ones() {
    let layout = Layout::of_runtime();
    println!("{}", layout.figures());
    let upward: Vec<_> = layout.upward(ORDER).iter().map(ToString::to_string).collect();
    assert!(upward.is_empty(), "{} imports point up:\n{}", upward.len(), upward.join("\n"));
}

#[test]
fn rooms_are_few_and_listed() {
    let layout = Layout::of_runtime();
    assert_eq!(layout.unknown(ORDER), [""; 0], "rooms that `structure::ORDER` does not list");
    assert!(layout.rooms.len() <= MOST_ROOMS, "{} rooms: {:?}", layout.rooms.len(), layout.rooms);
}
