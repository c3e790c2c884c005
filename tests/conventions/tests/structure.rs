//! The rooms of the runtime: their number, that each imports only those before it, and that a type has
//! its own name.

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

#[test]
fn name_of_a_type_stands_for_one_type() {
    let homonyms = Layout::of_runtime().homonym_lines();
    assert!(homonyms.is_empty(), "one name, several types:\n{}", homonyms.join("\n"));
}
