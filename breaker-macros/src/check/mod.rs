//! Checks of the options against the function, and against each other.

mod keys;
mod last_good;
pub(crate) mod policy;
mod retry;
mod streams;

use proc_macro2::Span;
use syn::{Ident, ReceiverKind, Type};

use crate::errors::Errors;
use crate::function::{Function, Shape, bare, bound, simple_name};
use crate::options::{FallbackOn, NAMES_OF_POLICY, Options};

pub(crate) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    check_function(function, options, errors);
    check_breaker(options, errors);
    check_deadline(function, options, errors);
    check_receiver(function, options, errors);
    streams::check(function, options, errors);
    keys::check(function, options, errors);
    policy::check(options, errors);
    retry::check(function, options, errors);
    check_classify(options, errors);
    check_fallback(options, errors);
    check_clone(function, options, errors);
    last_good::check(function, options, errors);
}

const TWICE: &str = "#[circuit_breaker] stands here twice, and each call would go through two breakers: write all \
                     options into one";

fn check_function(function: &Function, options: &Options, errors: &mut Errors) {
    if let Some(keyword) = &function.sig.constness {
        errors.on(keyword, "a `const fn` cannot go through a circuit breaker: remove `const`");
    }
    for attr in &function.attrs {
        if attr.path().is_ident("track_caller") {
            errors.on(
                attr,
                "`#[track_caller]` would report a location inside the circuit breaker: remove it, or take \
                 a `&'static Location` as an argument",
            );
        }
        if attr.path().segments.last().is_some_and(|last| last.ident == "circuit_breaker") {
            errors.on(attr, TWICE);
        }
    }
    // An attribute that was imported under another name is found by its expansion of the body.
    if function.is_expanded() {
        errors.at(Span::call_site(), TWICE);
    }
    check_return_type(function, options, errors);
    if function.body.is_none() {
        errors.on(
            &function.sig.ident,
            "this method has no body to protect: put #[circuit_breaker] on the method of each `impl`, \
             or give the method a default body",
        );
    }
}

/// Refuses an opaque type that cannot carry a rejection. The compiler's own message would name a type
/// that the user has not written.
fn check_return_type(function: &Function, options: &Options, errors: &mut Errors) {
    let ty = match function.shape() {
        Shape::Sync | Shape::Async => Some(function.return_type()),
        Shape::Future { output, .. } | Shape::Stream { item: output, .. } => {
            output.map(|output| *output)
        }
    };
    let needs_no_result = options.failure_if.is_some() && options.fallback.is_some();
    if let Some(ty) = ty.filter(|ty| !needs_no_result && matches!(bare(ty), Type::ImplTrait(_))) {
        errors.on(
            ty,
            "an `impl Trait` cannot carry a circuit breaker's rejection: return a `Result` of it, or give \
             `failure_if` and `fallback`",
        );
    }
}

/// Refuses a deadline for a sync call, which cannot be ended from outside.
fn check_deadline(function: &Function, options: &Options, errors: &mut Errors) {
    if !matches!(function.shape(), Shape::Sync) {
        return;
    }
    for name in options.written.iter().filter(|name| *name == "call_timeout" || *name == "total_timeout")
    {
        errors.at(
            name.span(),
            format!(
                "`{name}` ends a future, and this function is not `async`: give `slow_call = \"2s\"`, \
                 which counts calls that take longer and opens the breaker, and set a time-out in the client that the \
                 body uses"
            ),
        );
    }
}

/// Refuses retries of a body that returns a future and takes `&mut self`. To the compiler each future
/// borrows `self` for as long as the function's own future lives.
fn check_receiver(function: &Function, options: &Options, errors: &mut Errors) {
    let lent = function.sig.receiver().filter(|this| match &this.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, ty) => {
            matches!(bare(ty), Type::Reference(ty) if ty.mutability.is_some())
        }
        _ => false,
    });
    if let (Some(this), Shape::Future { .. }) = (lent, function.shape()) {
        if options.is_written("retry") {
            errors.on(
                this,
                "`retry` cannot lend `&mut self` to several attempts here, as the body returns a future that \
                 keeps it (under #[async_trait] every body does): take `&self`, or move the part to retry into \
                 an `async fn`",
            );
        }
    }
}

/// Options of the policy that apply to this function's calls, through any breaker.
const OF_CALLS: [&str; 5] =
    ["honour_retry_after", "total_timeout", "call_timeout", "first_item", "idle"];

fn check_breaker(options: &Options, errors: &mut Errors) {
    if options.breaker.is_none() {
        return;
    }
    let of_breaker = |option: &&Ident| {
        *option == "name"
            || *option == "probe"
            || !OF_CALLS.iter().any(|name| *option == name)
                && NAMES_OF_POLICY.iter().any(|name| *option == name)
    };
    for option in options.written.iter().filter(of_breaker) {
        errors.at(
            option.span(),
            format!(
                "`{option}` belongs to the breaker that `breaker` names: set it where that is built"
            ),
        );
    }
}

fn check_classify(options: &Options, errors: &mut Errors) {
    if !options.is_written("classify") {
        return;
    }
    for option in options.written.iter().filter(|name| *name == "failure_if" || *name == "ignore_if") {
        errors.at(
            option.span(),
            format!("`{option}` and `classify` both say how an output counts: leave one of them out"),
        );
    }
}

fn check_fallback(options: &Options, errors: &mut Errors) {
    if let Some(on) = options
        .fallback_on
        .as_ref()
        .filter(|_| !options.is_written("fallback") && !options.is_written("last_good"))
    {
        errors.at(on.option, "`fallback_on` needs a `fallback`: write `fallback = popular_items`");
    }
}

fn check_clone(function: &Function, options: &Options, errors: &mut Errors) {
    let Some(clone) = &options.clone else { return };
    if !options.is_written("retry") {
        if !options.is_written("fallback") {
            errors.at(
                clone.option,
                "`clone` is for arguments that a `fallback` or a `retry` needs: add one, or leave this out",
            );
            return;
        }
        if options.fallback_on.as_ref().is_some_and(|on| on.value == FallbackOn::Rejection) {
            errors.at(
                clone.option,
                "with `fallback_on = \"rejection\"` the body has not run and has consumed nothing: leave \
                 `clone` out",
            );
        }
    }
    let takes_all = options.fallback.as_ref().is_some_and(|fallback| fallback.value.takes_all());
    for name in &clone.value {
        let whole = function.arguments().any(|argument| simple_name(&argument.pat) == Some(name));
        let part = function
            .arguments()
            .any(|argument| bound(&argument.pat).iter().any(|pat| pat.ident == *name));
        if !part {
            errors.at(name.span(), format!("there is no argument `{name}` to clone"));
        } else if !whole && takes_all {
            errors.at(
                name.span(),
                format!(
                    "`{name}` is part of an argument, and the fallback takes the whole: give the argument a name, and \
                     take it apart in the body"
                ),
            );
        }
    }
}
