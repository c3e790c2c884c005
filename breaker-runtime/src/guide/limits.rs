//! Limits: ranges of numbers, approximations, and what the attribute leaves in a program.
//!
//! # Numbers
//!
//! - Time is kept in microseconds. A period of more than four years and five months counts as that.
//! - A streak is counted up to 1,048,575 (2^20 - 1). A larger `failure_threshold` counts as that.
//! - Successes are counted modulo 2^31 for a streak: two failures with an exact multiple of that many
//!   successes between them are in one.
//! - The generation that identifies late results wraps after 8,192 changes of state: a call that
//!   outlives an exact multiple of that many would count once.
//! - Calls that end are counted modulo 2^31 for `abandoned_threshold`: two dropped calls with an exact
//!   multiple of that many between them are in one row.
//! - Slow calls and spans of 1 s and more are timed by a coarse clock where there is one, on Linux and
//!   Android. It may be 20 ms behind. The page on [policies](super::policies#what-is-exact) says what is
//!   exact.
//! - Up to 64 threads at a time have their own counters. Further threads share one, and wait for each
//!   other there.
//!
//! # Code
//!
//! - There is no `unsafe` code in this crate or in the attribute. The expansion of the attribute calls a
//!   macro of the crate `inventory`, which contains a constructor that the linker runs before `main` to
//!   list the function's breaker. A crate with `#![forbid(unsafe_code)]` compiles nevertheless.
//! - A call from another constructor, before that one has run, uses a breaker with the name
//!   `unregistered`.
//! - The constructor also keeps the breaker of a function that is never called: its `static` (0.7 kB of
//!   data), 64 bytes of code and 0.5 kB of relocations and constants (x86-64 Linux, optimized). The
//!   linker removes the function's body. It cannot remove the breaker: [`breakers`](crate::breakers) and
//!   the dashboard list a function before its first call, and the constructor is the list.
//!
//! - Without optimization, each level of a recursion through a plain annotated function takes about 300
//!   bytes of stack more than one through the bare function; a `key` takes 500, a `fallback` 550. In an
//!   async function these are 650, 950 and 1,000. `retry` takes 2,000, and 3,500 in an async function:
//!   its loop has several copies of how an attempt ended.
//!
//! # Lints
//!
//! An annotated function has the lints of the bare one, at the same positions, with these exceptions:
//!
//! - Clippy's `unnecessary_wraps` and `must_use_candidate` do not fire, as a rejection is an `Err` and a
//!   call changes the breaker; nor does `unused_async` where a permit, a pause or a deadline is awaited.
//! - The compiler's `unconditional_recursion` does not fire: it looks for a path without a further call,
//!   and that of a rejection is one.
//! - Clippy does not look into the closure that a sync body becomes: `unwrap_in_result` does not fire,
//!   and `default_numeric_fallback` fires for a number in the last expression. For a large error
//!   `result_large_err` fires twice at one position: for the function and for the closure.
//! - Clippy's `missing_errors_doc` and `manual_async_fn` know the future of an `async` block alone, and
//!   do not fire on a function that returns `impl Future`.
//! - Clippy's `needless_pass_by_value` and `boxed_local` do not fire where the body has to own an
//!   argument so that all are dropped in order, nor beside `&self`.
//!
//! # Messages and documentation
//!
//! - Errors of the borrow checker name the variables of the user, with one exception. Where an argument
//!   by value stands beside `&self`, and `retry` or a fallback needs it again, a change through `self`
//!   is reported at the body, and not at the change: the body has to borrow the argument, and so it
//!   borrows `self` as well.
//! - A message about a type may name a trait or function of the runtime, such as `FromRejection`. Their
//!   names can change with each version.
//! - The documentation shows the names of the bare function's arguments, unless another attribute macro
//!   stands below this one: that macro would see an argument under both names.
//!
//! # WebAssembly
//!
//! On `wasm32-unknown-unknown` clocks and timers are those of the host. A pause of `retry` in a sync
//! function keeps the thread busy. A sync call does not wait for `max_wait`, as no other thread could
//! release a permit. A host that calls no constructors (`__wasm_call_ctors`) lists no function before
//! its first call.
