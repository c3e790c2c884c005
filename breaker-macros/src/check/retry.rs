//! Checks of the parts of `retry` against each other, and against the function's arguments.

use std::time::Duration;

use syn::FnArg;

use crate::duration;
use crate::errors::Errors;
use crate::function::{Function, bound};
use crate::options::{Given, Options, Retry, Value};

/// The defaults, as in the runtime.
pub(super) const BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(5);

pub(super) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    if let Some(Given { value: retry, .. }) = &options.retry {
        check_pauses(retry, errors);
        check_factor(retry, errors);
    }
    if options.is_written("retry") {
        check_arguments(function, options, errors);
    }
}

fn check_pauses(retry: &Retry, errors: &mut Errors) {
    match (&retry.backoff, &retry.max_backoff) {
        (Some(Given { value: Value::Literal(first, at), .. }), None) if *first > MAX_BACKOFF => {
            errors.at(
                *at,
                format!(
                    "`backoff` must be at most `max_backoff`, which is {} unless it is given: add \
                     `max_backoff = \"1m\"`",
                    duration::shown(MAX_BACKOFF)
                ),
            );
        }
        (first, Some(Given { value: Value::Literal(longest, at), .. })) => {
            let (first, unless) = match first {
                Some(first) => (first.value.literal().copied(), ""),
                None => (Some(BACKOFF), " unless it is given"),
            };
            if let Some(first) = first.filter(|first| longest < first) {
                let message = format!(
                    "`max_backoff` must be at least `backoff`, which is {}{unless}",
                    duration::shown(first)
                );
                errors.at(*at, message);
            }
        }
        _ => {}
    }
}

fn check_factor(retry: &Retry, errors: &mut Errors) {
    let attempts = retry.attempts.as_ref().and_then(|given| given.value.literal());
    if let (Some(2), Some(factor)) = (attempts, &retry.factor) {
        errors.at(
            factor.option,
            "`factor` has no effect: there is one pause between two attempts; leave it out",
        );
    }
}

/// Refuses `mut` arguments: the changes by one attempt must not be visible to the next one.
fn check_arguments(function: &Function, options: &Options, errors: &mut Errors) {
    const WHY: &str = "each attempt begins with the arguments as they were passed";
    for argument in &function.sig.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                if let Some(keyword) = &receiver.mutability {
                    errors.on(
                        keyword,
                        format!(
                            "{WHY}: take `self` without `mut`, and begin the body with \
                             `let mut this = self.clone();`"
                        ),
                    );
                }
            }
            FnArg::Typed(typed) => {
                for pat in bound(&typed.pat).iter().filter(|pat| pat.mutability.is_some()) {
                    let name = &pat.ident;
                    match &options.clone {
                        Some(clone) if clone.value.contains(name) => {}
                        // The value of `clone` is wrong, which is an error already.
                        None if options.is_written("clone") => {}
                        Some(_) => errors.on(pat, format!("{WHY}: add `{name}` to `clone(..)`")),
                        None => errors.on(pat, format!("{WHY}: add `clone({name})`")),
                    }
                }
            }
        }
    }
}
