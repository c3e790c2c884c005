//! Prints what a protected call costs, as ratios to the bare call and to the best of the other breakers:
//!
//! ```sh
//! cargo run --release --features peers --bin ratios   # --quick after a `--` for a first look
//! ```
//!
//! Every kind of call is measured in short batches, and the batches of all of them take turns, so that a
//! change of the machine's mood meets all alike. What counts is the median, and of it the ratio.

mod asynchronous;
mod case;
mod layers;
mod sync;
mod table;
mod threads;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 21 } else { 301 };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, {}, {rounds} rounds", env!("RUSTC_VERSION"));
    let mut cases = sync::cases();
    cases.extend(asynchronous::cases());
    cases.extend(layers::cases());
    let nanos = case::measure(&cases, rounds);
    table::print(&cases, &nanos);
    threads::print(if quick { 5 } else { 31 });
}
