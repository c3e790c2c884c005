//! What `#[circuit_breaker]` expands to calls. Ordinary functions, so that the expansion stays small and
//! the work is compiled once; hidden, as their signatures may change with the attribute.

mod answer;
mod future;
mod hint;
mod output;
mod place;
mod rules;
mod run;

pub use answer::{IntoAnswer, answer};
pub use future::{
    Answering, Either, Guarded, Otherwise, Ran, attempt_future, guard, guard_future, otherwise,
    run_future, watch,
};
pub use hint::{AskAnswer, AskBoth, AskError, AskItself, Part, TellsRetryAfter, some_part};
pub use inventory;
pub use output::{Fallible, FromRejection, Protected, Rejectable};
pub use place::{Place, Shared, checked_name, shared};
pub use rules::{
    ErrIsFailure, Fail, Judge, Of, OfAny, Rules, fallback_any, fallback_any_if, fallback_failure,
    fallback_failure_if, of, protect, protect_if,
};
pub use run::{Edge, answered, attempt, edge, never, run};

pub use crate::breaker::CircuitBreaker;
pub use crate::config::{Config, OfCalls, OfSpan, Window, WindowConstant, window_kind};
pub use crate::error::{BreakerError, CallError};
pub use crate::last_good::{
    AskAll, AskLent, AskLentTwice, AskOk, AskOwned, AskStale, Key, LastGood, Limits as LastGoodLimits,
    Memory, OutputForm, Owner, Remembers, key_form,
};
pub use crate::registry::Registration;
