//! Checks of `key` against the function, and of the options that need it.

use quote::ToTokens;

use crate::errors::Errors;
use crate::function::{Function, bound, mentions, simple_name};
use crate::options::{NAMES_OF_KEYS, Options};

pub(super) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    if !options.is_written("key") {
        for name in
            options.written.iter().filter(|name| NAMES_OF_KEYS.iter().any(|of_keys| *name == of_keys))
        {
            errors.at(
                name.span(),
                format!("`{name}` has no effect: there is one breaker for all calls: add `key = host`, or leave it out"),
            );
        }
        return;
    }
    let Some(key) = &options.keys.key else { return };
    if options.breaker.is_some() {
        errors.at(
            key.option,
            "`key` makes breakers for this function, and `breaker` names another one: leave one of them out",
        );
    }
    if !options.fallback.as_ref().is_some_and(|fallback| fallback.value.takes_all()) {
        return;
    }
    let tokens = key.value.to_token_stream();
    let parts = function.arguments().filter(|argument| simple_name(&argument.pat).is_none());
    for part in parts.flat_map(|argument| bound(&argument.pat)) {
        if mentions(tokens.clone(), &part.ident) {
            errors.at(
                syn::spanned::Spanned::span(&key.value),
                format!(
                    "`{}` is part of an argument, and the fallback takes the whole: give the argument a name, and \
                     take it apart in the body",
                    part.ident
                ),
            );
        }
    }
}
