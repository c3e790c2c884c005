//! Prints the cost of a protected call, as ratios to the bare call and to the best of the other
//! breakers:
//!
//! ```sh
//! cargo run --release --features peers --bin ratios
//! # `-- --quick` for a first look; `-- --keyed`, `-- --threads` and `-- --memory` for a part
//! ```
//!
//! Every kind of call is measured in short batches, and the batches of all kinds alternate, so that a
//! change of the machine's load affects all alike. The result is the ratio of the medians. All goals are
//! together at the end, with what the run has measured.

mod asynchronous;
mod case;
mod keyed;
mod layers;
mod memory;
mod seldom;
mod summary;
mod sync;
mod table;
mod threads;

use summary::Summary;

fn main() {
    let has = |option: &str| std::env::args().any(|argument| argument == option);
    let (rounds, few) = if has("--quick") { (21, 5) } else { (301, 31) };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, {}, {rounds} rounds", env!("RUSTC_VERSION"));
    let mut summary = Summary::default();
    if has("--threads") {
        threads::print(few, &mut summary);
    } else if has("--memory") {
        memory::print(&mut summary);
    } else if has("--keyed") {
        let bare = sync::cases().into_iter().filter(|case| case.by == case::By::Bare);
        let cases: Vec<_> = keyed::cases().into_iter().chain(bare).collect();
        table::print(&cases, &case::measure(&cases, rounds), &mut summary);
    } else {
        let mut cases = sync::cases();
        cases.extend(asynchronous::cases());
        cases.extend(layers::cases());
        cases.extend(keyed::cases());
        table::print(&cases, &case::measure(&cases, rounds), &mut summary);
        threads::print(few, &mut summary);
        memory::print(&mut summary);
        seldom::print(few, &mut summary);
    }
    summary.print();
    summary::print_other_commands();
}
