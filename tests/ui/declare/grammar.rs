//! 6 errors: items that are no declarations.

use breaker_runtime::declare;

declare! {}

declare! { failure_threshold = 3 }

declare! { static mut ONE: timeout = "1s"; }

declare! { pub TWO: timeout = "1s"; }

declare! { static THREE = 3; }

declare! { static FOUR: 3; }

fn main() {}
