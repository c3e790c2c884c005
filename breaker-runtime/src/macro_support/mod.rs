//! The functions that the expansion of `#[circuit_breaker]` calls. The expansion stays small, and the
//! work is compiled once. Hidden, as their signatures may change with the attribute.

mod answer;
mod attempt;
mod attempt_end;
mod attempts;
pub mod bounds;
mod call_policy;
mod call_site;
#[cfg(feature = "stream")]
mod carried;
mod carry;
mod cause;
mod class;
mod consumed;
mod future;
mod keys;
mod last_good;
mod macros;
mod output;
#[cfg(feature = "tokio")]
mod probe;
mod retry_after;
mod run;
#[cfg(feature = "stream")]
mod streams;
mod waits;

pub use crate::__private::answer::{
    AnswerAtOnce, AnswerInFuture, AnswerUnfit, FallbackFor, FallbackTypes, answer,
};
pub use crate::__private::attempt_end::{AttemptEnd, Completed, Disposition, On};
pub use crate::__private::attempts::{
    Attempts, KeepAll, KeepEnd, Keeper, Kept, WithoutOutput, keeper, pause,
};
pub use crate::__private::call_policy::{
    ByClassifier, CallPolicy, ErrIsFailure, Excluding, Judge, Of, OfAny, OnFailure, fallback_any,
    fallback_any_if, fallback_any_items, fallback_failure, fallback_failure_if, of, protect, protect_if,
    protect_items, replace_rejection, replace_rejection_if, replace_rejection_in_time,
    replace_rejection_in_time_if,
};
pub use crate::__private::call_site::{CallSite, shared};
#[cfg(feature = "stream")]
pub use crate::__private::carried::{
    BoxedStream, Carried, Connecting, ConnectingAttempt, attempt_boxed_stream, attempt_stream,
    start_boxed_stream, start_stream,
};
#[cfg(feature = "stream")]
pub use crate::__private::carry::{Carries, Carrying, carriable, carries_boxed, carries_opaque};
pub use crate::__private::carry::{
    CarriesNothing, CarryBoxed, CarryNothing, Handle, HiddenStream, PermitCarrier, UnguardedStream,
};
pub use crate::__private::cause::{
    CauseOfError, CauseOfNothing, CauseOfOutput, CauseOfType, ErrorNamesCause, NoCause,
    OutputNamesCause, TypeIsCause,
};
pub use crate::__private::class::{
    ByClass, ClassAnswer, ClassBoth, ClassError, ClassItself, ClassPart, SaysClass, some_class_part,
    unjudged,
};
pub use crate::__private::consumed::{Argument, Consumed, Left, Stays, StaysBorrowed, Taken, argument};
pub use crate::__private::future::{
    Answering, Either, GuardedOrRejected, Otherwise, RunInTime, future_or_cause, guard, guard_future,
    otherwise, run_future, watch, watch_within,
};
pub use crate::__private::keys::{
    Ask, AskKey, AskReference, AskValue, AskWhy, HeldBorrow, Keyed, Keys, ask,
};
pub use crate::__private::output::{
    Fallible, FromRejection, HasError, Protected, Rejectable, SeenAs, StreamItem, seen_as,
};
#[cfg(feature = "tokio")]
pub use crate::__private::probe::{ProbeFunction, ping, ping_by_key, ping_of_key};
pub use crate::__private::retry_after::{
    AskAnswer, AskBoth, AskError, AskItself, AskNothing, HasRetryAfter, MaybeRetryAfter, Nothing, Part,
    RetryAfterFn, some_part,
};
pub use crate::__private::run::{
    Edge, answered, attempt, call, call_or_cause, call_result, complete, edge, never, refused, run,
};
#[cfg(feature = "stream")]
pub use crate::__private::streams::{
    EitherStream, ErrorItems, FallbackStream, OrElse, Replacement, Rest, StreamLimits, Streaming,
    WaitingStream, begin_stream, error_items, replacement, stream, stream_later, stream_later_or_else,
    stream_or_else,
};
pub use crate::registry::static_breaker::{Here, StaticBreaker, checked_name, keyed_options, options};
pub use inventory;
pub use std::boxed::Box;

pub use crate::__private::attempt::{
    AsCompleted, AsEnd, Attempt, Completing, CompletingInTime, Reports, attempt_async, attempt_within,
    complete_async, start, start_within,
};
pub use crate::__private::waits::{
    Starts, Timed, TimedWhole, Untimed, WaitLimit, Waits, wait, wait_within, within,
};
pub use crate::breaker::future::total::{
    Allowance, BreakerLimits, CallLimit, Cut, TotalDeadline, TotalLimit,
};

pub use crate::__private::last_good::{
    AskAged, AskAll, AskLent, AskLentTwice, AskOk, AskOwned, OutputForm, key_form,
};
pub use crate::breaker::CircuitBreaker;
pub use crate::breaker::acquire::Acquire;
#[cfg(feature = "tokio")]
pub use crate::breaker::background::PingFuture;
pub use crate::breaker::cold::Origin;
pub use crate::breaker::on_full::Admission;
#[cfg(any(feature = "tower", feature = "stream"))]
pub use crate::breaker::owned_admission::{OwnedAcquire, OwnedAdmission};
#[cfg(any(feature = "tower", feature = "stream"))]
pub use crate::breaker::owned_permit::OwnedPermit;
pub use crate::breaker::permit::Permit;
pub use crate::breaker::rejected::{IntoError, Rejected};
pub use crate::config::keyed::Limits;
pub use crate::config::retry::Retry;
pub use crate::config::{
    ConstConfig, OfCalls, OfProcesses, OfShare, OfSpan, OptionFacts, Quorum, QuorumConstant,
    SharedGroup, Window, WindowConstant, keyed_option_facts, option_facts, quorum_kind,
    retry_option_facts, window_kind,
};
pub use crate::layers::last_good::{LastGood, LastGoodKey, LastGoodLimits, Memory, Owner, Remembers};
#[cfg(feature = "tokio")]
pub use crate::registry::ProbeRegistration;
pub use crate::registry::Registration;
pub use crate::types::error::{BreakerError, CallError};
pub use crate::{
    __admit_or_wait as admit_or_wait, __attempts as attempts, __built as built, __carrying as carrying,
    __config as config, __find as find, __last_good as last_good, __needs_streams as needs_streams,
    __new_static as new_static, __probed as probed, __return_edge as return_edge,
    __shared_breaker as shared_breaker, __static_breaker as static_breaker,
};
