//! What neither the options nor the function can say alone: whether they fit.

mod keys;
mod policy;

use syn::{Ident, Type};

use crate::errors::Errors;
use crate::function::{Function, Shape, bound, simple_name};
use crate::options::{Fallback, FallbackOn, NAMES_OF_POLICY, Options};

pub(crate) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    check_function(function, options, errors);
    check_breaker(options, errors);
    keys::check(function, options, errors);
    policy::check(options, errors);
    check_fallback(function, options, errors);
}

fn check_function(function: &Function, options: &Options, errors: &mut Errors) {
    if let Some(keyword) = &function.sig.constness {
        errors.on(keyword, "a `const fn` cannot go through a circuit breaker: remove `const`");
    }
    for attr in &function.attrs {
        if attr.path().is_ident("track_caller") {
            errors.on(
                attr,
                "`#[track_caller]` would report a place inside the circuit breaker: remove it, or take \
                 a `&'static Location` as an argument",
            );
        }
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

/// What is opaque to the caller is opaque to the compiler's message as well: it would speak of a type that
/// the user has not written.
fn check_return_type(function: &Function, options: &Options, errors: &mut Errors) {
    let ty = match function.shape() {
        Shape::Sync | Shape::Async => Some(function.return_type()),
        Shape::Future { output, .. } => output.map(|output| *output),
    };
    let told = options.failure_if.is_some() && options.fallback.is_some();
    if let Some(ty @ Type::ImplTrait(_)) = ty.filter(|_| !told) {
        errors.on(
            ty,
            "an `impl Trait` cannot carry a circuit breaker's rejection: return a `Result` of it, or give \
             `failure_if` and `fallback`",
        );
    }
}

fn check_breaker(options: &Options, errors: &mut Errors) {
    if options.breaker.is_none() {
        return;
    }
    // Whether a failure of this function says when to come back is not the breaker's to know.
    let of_breaker = |option: &&Ident| {
        *option == "name"
            || *option != "honour_retry_after" && NAMES_OF_POLICY.iter().any(|name| *option == name)
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

fn check_fallback(function: &Function, options: &Options, errors: &mut Errors) {
    let Some(fallback) = &options.fallback else {
        if options.is_written("fallback") {
            return;
        }
        if let Some(on) = &options.fallback_on {
            errors.at(on.option, "`fallback_on` needs a `fallback`: write `fallback = popular_items`");
        }
        if let Some(clone) = &options.clone {
            errors.at(
                clone.option,
                "`clone` is for arguments that a `fallback` needs: add one, or leave this out",
            );
        }
        return;
    };
    let Some(clone) = &options.clone else { return };
    if options.fallback_on.as_ref().is_some_and(|on| on.value == FallbackOn::Rejection) {
        errors.at(
            clone.option,
            "with `fallback_on = \"rejection\"` the body has not run and has consumed nothing: leave \
             `clone` out",
        );
    }
    for name in &clone.value {
        let whole = function.arguments().any(|argument| simple_name(&argument.pat) == Some(name));
        let part = function
            .arguments()
            .any(|argument| bound(&argument.pat).iter().any(|pat| pat.ident == *name));
        if !part {
            errors.at(name.span(), format!("there is no argument `{name}` to clone"));
        } else if !whole && matches!(fallback.value, Fallback::Function(_)) {
            errors.at(
                name.span(),
                format!("`{name}` is part of an argument, and the fallback takes the whole: name the argument and take it apart in the body"),
            );
        }
    }
}
