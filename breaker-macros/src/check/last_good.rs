//! Whether `last_good` can tell the function's calls apart.

use syn::FnArg;

use crate::errors::Errors;
use crate::function::{Function, bound};
use crate::options::Options;

pub(super) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    let Some(last_good) = &options.last_good else { return };
    if last_good.value.key.is_some() {
        return;
    }
    let Some(example) = example(function) else { return };
    errors.at(
        last_good.option,
        format!(
            "`last_good` has to know which calls have the same answer: write `last_good(key = {example})`, or \
             `last_good(key = ())` if all have"
        ),
    );
}

/// A key that the user may have meant; `None` if there is nothing to choose from.
fn example(function: &Function) -> Option<String> {
    let names = function.sig.inputs.iter().find_map(|input| match input {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => bound(&typed.pat).first().map(|pat| pat.ident.to_string()),
    });
    let first = function.sig.inputs.first()?;
    Some(names.unwrap_or_else(|| match first {
        FnArg::Receiver(_) => "self.id".to_owned(),
        FnArg::Typed(_) => "user".to_owned(),
    }))
}
