//! Prints the costs beside those of a call, as `ratios` does, without the peers:
//!
//! ```sh
//! cargo run --release --bin seldom
//! ```

#[path = "ratios/seldom.rs"]
mod seldom;
#[path = "ratios/summary.rs"]
mod summary;

fn main() {
    let mut summary = summary::Summary::default();
    seldom::print(31, &mut summary);
    summary.print();
    summary::print_other_commands();
}
