//! The requirements of the attribute on types, under the names that compile errors show.
//!
//! The compiler prints a name of the hidden module `__private` with its path. This module is hidden in
//! the documentation alone, so that it prints the bare name.

pub use crate::__private::answer::{FallbackFor, UnfitFallback};
pub use crate::__private::call_policy::{
    CallPolicy, fallback_any, fallback_any_if, fallback_any_items, fallback_failure,
    fallback_failure_if, protect, protect_if, protect_items, replace_rejection, replace_rejection_if,
    replace_rejection_in_time, replace_rejection_in_time_if,
};
#[cfg(feature = "stream")]
pub use crate::__private::carried::{
    BoxedStream, attempt_boxed_stream, attempt_stream, start_boxed_stream, start_stream,
};
pub use crate::__private::carry::{HiddenStream, UnguardedStream};
pub use crate::__private::class::SaysClass;
pub use crate::__private::consumed::Consumed;
pub use crate::__private::keys::AskWhy;
pub use crate::__private::last_good::OutputForm;
pub use crate::__private::output::{
    Fallible, FromRejection, HasError, Protected, Rejectable, SeenAs, StreamItem, seen_as,
};
#[cfg(feature = "tokio")]
pub use crate::__private::probe::{ProbeFunction, ping, ping_of_key};
pub use crate::__private::retry_after::HasRetryAfter;
pub use crate::__private::run::{call_result, refused};
#[cfg(feature = "stream")]
pub use crate::__private::streams::{FallbackStream, error_items, replacement};
pub use crate::config::{
    OfCalls, OfProcesses, OfShare, OfSpan, QuorumConstant, WindowConstant, quorum_kind, window_kind,
};
pub use crate::layers::last_good::{
    InAged, LastGoodKey, LastGoodLimits, Remembered, Remembers, TheOk, WholeOutput,
};
