//! The rooms of the runtime: their number, their order, and that a type's name stands for one thing.

use breaker_tests_conventions::source::{self, Source};
use breaker_tests_conventions::structure::{House, MOST_ROOMS, ORDER};

fn runtime() -> House {
    let folder = "breaker-runtime/src/";
    let sources = source::read(&source::root(), folder).into_iter();
    let below = |source: Source| Source { path: source.path[folder.len()..].to_owned(), ..source };
    House::new(&sources.map(below).collect::<Vec<_>>())
}

/// Prints the figures of the structure; `cargo test --test structure -- --nocapture` shows them.
fn print(house: &House) {
    let (circle, homonyms) = (house.largest_circle(), house.homonyms());
    println!("rooms: {} of at most {MOST_ROOMS}", house.rooms.len());
    println!("arrows between rooms: {}", house.arrows().len());
    println!("largest circle: {} rooms {circle:?}", circle.len());
    println!("types: {}, names that stand for two or more: {}", house.types.len(), homonyms.len());
}

#[test]
fn rooms_import_lower_ones_alone() {
    let house = runtime();
    print(&house);
    let upward: Vec<_> = house.upward(ORDER).iter().map(ToString::to_string).collect();
    assert!(upward.is_empty(), "{} imports point up:\n{}", upward.len(), upward.join("\n"));
}

#[test]
fn rooms_are_few_and_have_a_place_in_the_order() {
    let house = runtime();
    assert_eq!(house.unknown(ORDER), [""; 0], "rooms that `structure::ORDER` does not list");
    assert!(house.rooms.len() <= MOST_ROOMS, "{} rooms: {:?}", house.rooms.len(), house.rooms);
}

#[test]
fn name_of_a_type_stands_for_one_type() {
    let house = runtime();
    let homonyms: Vec<_> = house.homonyms().into_values().flatten().collect();
    let line = |found: &_| {
        let breaker_tests_conventions::structure::Definition { name, file, line } = found;
        format!("{name}: breaker-runtime/src/{file}:{line}")
    };
    let lines: Vec<_> = homonyms.into_iter().map(line).collect();
    assert!(lines.is_empty(), "one name, several types:\n{}", lines.join("\n"));
}
