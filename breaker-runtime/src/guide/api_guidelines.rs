//! The public API beside the [Rust API guidelines], one by one: whether it holds, and what checks it.
//!
//! For those who change the API. A guideline that only a review checks was reviewed over all public
//! items: look at it again for each new one. `api.rs` is `tests/conventions/tests/api.rs`.
//!
//! [Rust API guidelines]: https://rust-lang.github.io/api-guidelines/checklist.html
//!
//! # Naming
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-CASE | yes | rustc |
//! | C-CONV | yes: all that is `into_..` takes `self` | clippy's `wrong_self_convention`, by `clippy.toml` for the public API too |
//! | C-GETTER | yes; `get_ref` and `get_mut` of a tower service are std's names for what a wrapper holds | `getters_have_no_prefix` in `api.rs` |
//! | C-ITER | yes: [`KeyedBreakers::iter`](crate::KeyedBreakers::iter). No `IntoIterator` for `&KeyedBreakers`: its iterator has no name, and is a copy of the handles rather than a borrow | review |
//! | C-ITER-TY | no iterator has a named type | review |
//! | C-FEATURE | yes: a feature has the name of the crate or of what it brings | `features_have_plain_names` in `api.rs` |
//! | C-WORD-ORDER | yes: `ParseWordError`, as std's `ParseIntError` | review |
//!
//! # Interoperability
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-COMMON-TRAITS | yes. [`KeyRef`](crate::KeyRef) has no `Eq`: it is lent for one look-up, and keys are compared as [`Key`](crate::Key). Builders have none, as they hold clocks. No `Default` where no value is neutral | `derive_partial_eq_without_eq` of clippy; review |
//! | C-CONV-TRAITS | yes: `From` for `Window`, `SettingValue`, `Aged` and `CallError` | review |
//! | C-COLLECT | nothing is a collection that users fill. [`Settings`](crate::Settings) has no `Extend`: an entry is a key, an option and a value, which [`set`](crate::Settings::set) takes | review |
//! | C-SERDE | what a user stores: snapshots, options, keys, states, modes and outcomes can be read and written, settings read. Events and reports are written only: they name breakers by `&'static str`. `NameClash` and `ConfigureReport` are printed at a start, not stored | review |
//! | C-SEND-SYNC | yes, and unwind-safe. The guard [`Isolated`](crate::testing) is bound to its thread on purpose | `breaker-runtime/tests/types/auto_traits.rs`, in which `api.rs` looks for each public type |
//! | C-GOOD-ERR | yes: `Error + Send + Sync + 'static`, one line, no full stop. An error lists its issues, which are no errors themselves | `auto_traits.rs`; review |
//! | C-NUM-FMT | there are no binary numbers | |
//! | C-RW-VALUE | nothing reads or writes | |
//!
//! # Macros
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-EVOCATIVE | yes: the function stays as it is written; [`declare!`](crate::declare) has `static NAME: options;` | review |
//! | C-MACRO-ATTR | yes: `cfg`, `cfg_attr`, lints, `must_use`, `deprecated`, `inline`, on functions, arguments and declarations | `tests/tests/shapes/combinations/lints.rs`, `tests/tests/items/declared.rs` |
//! | C-ANYWHERE | yes: modules, function bodies, `impl`, traits, other macros | `tests/tests/shapes`, `tests/tests/items` |
//! | C-MACRO-VIS | yes: none, `pub`, `pub(crate)`, `pub(super)`, `pub(in ..)` | `tests/tests/items/declared.rs` |
//! | C-MACRO-TY | yes: any type of argument and output, from macros as well | `tests/tests/shapes`, `tests/tests/items/groups.rs` |
//!
//! # Documentation
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-CRATE-DOC | yes | doc tests |
//! | C-EXAMPLE | yes: an example shows each item, and each option has its own. Excepted are the type parameters of the tower layer, which are inferred | `public_items_are_shown_in_examples` in `api.rs`, which has the exceptions |
//! | C-QUESTION-MARK | yes; an assertion may unwrap, and an `expect` that says why | `examples_unwrap_in_assertions_only` in `api.rs` |
//! | C-FAILURE | yes. `breaker_of` and `keyed_breakers_of` are the only functions that panic | `missing_errors_doc` and `missing_panics_doc` of clippy |
//! | C-LINK | yes | links: rustdoc with `-D warnings`; markdown: `.ci/prose` |
//! | C-METADATA | all but `repository` and `homepage`: the crates are not published yet | `cargo package` |
//! | C-RELNOTES | yes: `CHANGELOG.md` | review |
//! | C-HIDDEN | yes: what the attribute needs is in a hidden module. The public modules say nothing of how they are built | review |
//!
//! # Predictability
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-SMART-PTR | but for [`Aged`](crate::Aged), which dereferences to the answer so that callers of a function need no change; its age is its purpose, and needs methods. `Aged::map` is a function, as answers often have a `map` | review |
//! | C-CONV-SPECIFIC | yes | review |
//! | C-METHOD | yes; `breaker_of(function)` is none, as a function has no methods | review |
//! | C-NO-OUT | yes | review |
//! | C-OVERLOAD | yes: `+=` of `Totals` adds each field | `totals_added_up_are_the_sum_of_each_field` |
//! | C-DEREF | only `Aged`, as said at C-SMART-PTR | review |
//! | C-CTOR | yes: `new`, or `builder` where there are options | review |
//!
//! # Flexibility
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-INTERMEDIATE | yes: `remove` returns the breaker, `configure` what changed, `end_expired_overrides` how many | review |
//! | C-CALLER-CONTROL | yes: a key is lent, and stored only for a new breaker; a name is taken as it is | review |
//! | C-GENERIC | yes: `impl Into<String>`, `impl Into<Window>`, `impl Fn` | review |
//! | C-OBJECT | `Clock`, `Cause`, `Classify` and `RetryAfter` yes. `BreakerKey` no: it lends its key to a closure, which is what allocates nothing | `breaker-runtime/tests/types/auto_traits.rs` |
//!
//! # Type safety
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-NEWTYPE | yes: `Duration`, `Key`, `Window` rather than numbers; a share is an `f64`, and its range is checked | review |
//! | C-CUSTOM-TYPE | yes; the one `bool` argument is that of `honour_retry_after`, a switch with the name of the method | `fn_params_excessive_bools` of clippy; review |
//! | C-BITFLAG | there are no flags | |
//! | C-BUILDER | yes: `CircuitBreakerBuilder`, `KeyedBuilder` | doc tests |
//!
//! # Dependability
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-VALIDATE | yes: `build`, `reconfigure` and `configure` return every issue, the attribute does not compile; other numbers are cut to their range, as their docs say | `breaker-runtime/tests/settings`, `tests/ui` |
//! | C-DTOR-FAIL | yes: panics of user code in a drop are contained | `breaker-runtime/tests`; review |
//! | C-DTOR-BLOCK | but for `Subscription`: its drop waits for a listener that runs elsewhere, because "not called again" is what it promises. The alternative is `detach`, with a listener that looks at a flag of its own | review |
//!
//! # Debuggability
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-DEBUG | yes | `missing_debug_implementations` of rustc |
//! | C-DEBUG-NONEMPTY | yes: each prints its name at least | review |
//!
//! # Future proofing
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-SEALED | yes: the traits of the tower layer have methods that take a sealed value; those of `classify` are implemented through `Classify` and `RetryAfter` | review |
//! | C-STRUCT-PRIVATE | private, or public in a `#[non_exhaustive]` type. `State`, `Outcome` and `CallError` are exhaustive on purpose, as their docs say | `exhaustive_structs` and `exhaustive_enums` of clippy, in `lib.rs` |
//! | C-NEWTYPE-HIDE | yes: iterators and streams are `impl Trait` or own types | review |
//! | C-STRUCT-BOUNDS | yes; the body of a response and the future of a service name types of their parameters, which needs the bounds | review |
//!
//! # Necessities
//!
//! | guideline | holds | checked by |
//! |---|---|---|
//! | C-STABLE | without features yes. Each crate that has no version 1 is in the public API of its own feature alone: `axum`, `reqwest`, `tonic`, `opentelemetry`, and so on | each feature is built alone by `.ci/run` |
//! | C-PERMISSIVE | yes: MIT or Apache-2.0; the licences of the dependencies are in `deny.toml` | `tests/conventions/tests/licences.rs` |
