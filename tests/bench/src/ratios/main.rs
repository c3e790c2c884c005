//! Prints the cost of a protected call, as ratios to the bare call and to the best of the other
//! breakers:
//!
//! ```sh
//! cargo run --release --features peers --bin ratios
//! # `-- --quick` for a first look; `-- --keyed`, `-- --threads` and `-- --memory` for a part
//! ```
//!
//! Every kind of call is measured in short batches, and the batches of all kinds alternate, so that a
//! change of the machine's load affects all alike. The result is the ratio of the medians.

mod asynchronous;
mod case;
mod keyed;
mod layers;
mod memory;
mod seldom;
mod sync;
mod table;
mod threads;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 21 } else { 301 };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, {}, {rounds} rounds", env!("RUSTC_VERSION"));
    if std::env::args().any(|argument| argument == "--threads") {
        return threads::print(if quick { 5 } else { 31 });
    }
    if std::env::args().any(|argument| argument == "--memory") {
        return memory::print();
    }
    let only_keyed = std::env::args().any(|argument| argument == "--keyed");
    if only_keyed {
        let mut cases = keyed::cases();
        cases.extend(sync::cases().into_iter().filter(|case| case.by == case::By::Bare));
        let nanos = case::measure(&cases, rounds);
        return table::print(&cases, &nanos);
    }
    let mut cases = sync::cases();
    cases.extend(asynchronous::cases());
    cases.extend(layers::cases());
    cases.extend(keyed::cases());
    let nanos = case::measure(&cases, rounds);
    table::print(&cases, &nanos);
    threads::print(if quick { 5 } else { 31 });
    memory::print();
    seldom::print(if quick { 5 } else { 31 });
}
