//! The options of the policy: one row each.
//!
//! A row is all that an option needs beside its use and its pages in the guide. The modules of this room
//! make the field and the default, the getter, the setters at run time and at compile time, the
//! `without_*`, the checks, the form for `serde` and the facts for tests from it, and
//! `registry::settings` makes the reader of settings. Rows stand in the order of the builder's table, in
//! which issues are reported as well.
//!
//! A table in place of 22 fields with their functions: an option touched 22 places before, and the
//! ranges were written three times.
//!
//! The rows are in four files. A macro of the first adds its rows to the tokens of the caller and calls
//! that of the second, and so on; the last one calls the macro of the caller with all of them.
//!
//! # A row
//!
//! - Its docs are those of the setter.
//! - `with`: the setter for constants, with the name of its argument.
//! - `value`: `optional` if the option may be unset, else `fixed`; the kind of value (`config::kind`);
//!   its range (`config::range`).
//! - `default`: what an unset field holds, and the text that the docs give.
//! - `get`: `field`, or `derived` and a type for a getter that is a function of several options
//!   (`config::derived`).
//! - `off`: the method of `ConfigUpdate` that switches it off; settings then take `"off"`. Empty if it
//!   cannot be off.
//! - `needs`: the condition without which the option has no effect, and what to give for it; at compile
//!   time it is checked if there is a third text.
//! - `fits`: a condition together with another option, that option, and the text of it at compile time.
//! - `feature`: the Cargo feature that the option needs.
//! - `aliases`: the words of other libraries for it.

pub(crate) mod calls;
pub(crate) mod group;
pub(crate) mod opening;
pub(crate) mod recovery;

/// Calls a macro with all rows, after the tokens of `$context`.
macro_rules! policy_options {
    ([$($generate:tt)*] $($context:tt)*) => {
        $crate::config::table::opening::opening_options! { [$($generate)*] $($context)* }
    };
}

pub(crate) use policy_options;
