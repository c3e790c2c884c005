//! What `#[circuit_breaker]` expands to calls. Ordinary functions, so that the expansion stays small and
//! the work is compiled once; hidden, as their signatures may change with the attribute.

mod answer;
mod attempts;
mod class;
mod ended;
mod future;
mod hint;
mod keys;
mod output;
mod place;
mod rules;
mod run;
mod seat;
mod told;

pub use answer::{IntoAnswer, answer};
pub use attempts::{Attempts, KeepAll, KeepEnd, Keeper, Kept, Next, WithoutOutput, keeper, pause};
pub use class::{
    ByClass, ClassAnswer, ClassBoth, ClassError, ClassItself, ClassPart, SaysClass, some_class_part,
    unjudged,
};
pub use ended::{Ended, Ending, On, Ran as Finished};
pub use future::{
    Answering, Either, Guarded, Otherwise, Ran, attempt_future, guard, guard_future, otherwise,
    run_future, watch,
};
pub use hint::{
    AskAnswer, AskBoth, AskError, AskItself, Hint, HintAnswer, HintBoth, HintError, HintItself,
    HintNothing, Part, TellsRetryAfter, some_part,
};
pub use inventory;
pub use keys::{Ask, AskKey, AskReference, AskValue, AskWhy, Keyed, Keys, ask};
pub use output::{Fallible, FromRejection, HasError, Protected, Rejectable};
pub use place::{Place, checked_name};
pub use rules::{
    ByClassifier, ErrIsFailure, Excluding, Fail, Judge, Of, OfAny, Rules, fallback_any, fallback_any_if,
    fallback_failure, fallback_failure_if, of, protect, protect_if, replace_rejection,
    replace_rejection_if, replace_rejection_in_time, replace_rejection_in_time_if,
};
pub use run::{Edge, answered, attempt, done, edge, never, ran, run, told};
pub use seat::{Seat, shared};
pub use std::boxed::Box;

pub use told::{
    Ends, InTime, RanAsync, Runs, Tells, Told, ran_async, start, start_within, told_async, told_within,
};

pub use crate::breaker::CircuitBreaker;
pub use crate::config::{Config, OfCalls, OfSpan, Window, WindowConstant, window_kind};
pub use crate::error::{BreakerError, CallError};
pub use crate::keyed::Limits;
pub use crate::last_good::{
    AskAll, AskLent, AskLentTwice, AskOk, AskOwned, AskStale, Key, LastGood, Limits as LastGoodLimits,
    Memory, OutputForm, Owner, Remembers, key_form,
};
pub use crate::registry::Registration;
pub use crate::retry::Retry;
pub use crate::turn::Turn;
