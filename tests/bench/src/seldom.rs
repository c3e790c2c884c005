//! Prints the costs beside those of a call, as `ratios` does, without the peers:
//!
//! ```sh
//! cargo run --release --bin seldom
//! ```

#[path = "ratios/seldom.rs"]
mod seldom;

fn main() {
    seldom::print(31);
}
