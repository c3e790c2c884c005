//! The rooms of the runtime: their number, and that each imports only those before it.

use breaker_tests_conventions::source::{self, Source};
use breaker_tests_conventions::structure::{Layout, MOST_ROOMS, ORDER};

fn runtime() -> Layout {
    let folder = "breaker-runtime/src/";
    let sources = source::read(&source::root(), folder).into_iter();
    let below = |source: Source| Source { path: source.path[folder.len()..].to_owned(), ..source };
    Layout::new(&sources.map(below).collect::<Vec<_>>())
}

/// Prints the figures of the structure; `cargo test --test structure -- --nocapture` shows them.
fn print(layout: &Layout) {
    let (circle, homonyms) = (layout.largest_circle(), layout.homonyms());
    println!("rooms: {} of at most {MOST_ROOMS}", layout.rooms.len());
    println!("arrows between rooms: {}", layout.arrows().len());
    println!("largest circle: {} rooms {circle:?}", circle.len());
    println!("types: {}, names that stand for two or more: {}", layout.types.len(), homonyms.len());
}

#[test]
fn rooms_import_only_lower_ones() {
    let layout = runtime();
    print(&layout);
    let upward: Vec<_> = layout.upward(ORDER).iter().map(ToString::to_string).collect();
    assert!(upward.is_empty(), "{} imports point up:\n{}", upward.len(), upward.join("\n"));
}

#[test]
fn rooms_are_few_and_listed() {
    let layout = runtime();
    assert_eq!(layout.unknown(ORDER), [""; 0], "rooms that `structure::ORDER` does not list");
    assert!(layout.rooms.len() <= MOST_ROOMS, "{} rooms: {:?}", layout.rooms.len(), layout.rooms);
}
