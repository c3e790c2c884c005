//! `exclude`: a pattern of errors that are ignored.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Ident, Pat, Path, Token, token};

use super::value::{equals, wrong};

/// A pattern, and the condition behind its `if`.
pub(crate) struct Exclude {
    pub(crate) pattern: Pat,
    pub(crate) guard: Option<Expr>,
}

const EXAMPLE: &str = "exclude = ShopError::NotFound { .. } | ShopError::Invalid(_)";
const IGNORE_IF: &str = "ignore_if = |output| matches!(output, Err(error) if error.is_temporary())";

pub(super) fn exclude(name: &Ident, input: ParseStream<'_>) -> syn::Result<Exclude> {
    equals(name, EXAMPLE, input)?;
    refuse_closure(name, input)?;
    if input.peek(token::Bracket) {
        let list = input.parse::<Expr>()?;
        let message =
            format!("`{name}` takes a pattern, with `|` between alternatives: write `{EXAMPLE}`");
        return Err(wrong_at(&list, &message));
    }
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    let guard = if input.peek(Token![if]) {
        let keyword = input.parse::<Token![if]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            let message =
                format!("the condition of `{name}` is missing: write `if error.is_temporary()`");
            return Err(wrong_at(&keyword, &message));
        }
        Some(input.parse()?)
    } else {
        None
    };
    let (pattern, guard) = match pattern {
        Pat::Guard(guarded) => (*guarded.pat, Some(*guarded.guard)),
        pattern => (pattern, guard),
    };
    each_alternative(&pattern, &mut |pattern| check(name, pattern, guard.is_some()))?;
    Ok(Exclude { pattern, guard })
}

fn wrong_at(tokens: &impl quote::ToTokens, message: &str) -> syn::Error {
    syn::Error::new_spanned(tokens, message)
}

/// Refuses a closure, which begins like a pattern with a leading `|`.
fn refuse_closure(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if !(input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move])) {
        return Ok(());
    }
    // `|A| B` is two patterns, or a closure that takes an `A`.
    let is_variant = |pattern: &Pat| match pattern {
        Pat::Ident(ident) => !is_lower_case(&ident.ident),
        pattern => !matches!(pattern, Pat::Wild(_) | Pat::Type(_)),
    };
    match input.fork().parse::<ExprClosure>() {
        Ok(closure) if !closure.inputs.iter().any(is_variant) => {
            let message =
                format!("`{name}` takes a pattern of the error: write `{EXAMPLE}`, or `{IGNORE_IF}`");
            Err(wrong(&input.parse()?, message))
        }
        _ => Ok(()),
    }
}

fn each_alternative(pattern: &Pat, check: &mut impl FnMut(&Pat) -> syn::Result<()>) -> syn::Result<()> {
    match pattern {
        Pat::Or(or) => or.cases.iter().try_for_each(|case| each_alternative(case, check)),
        Pat::Paren(paren) => each_alternative(&paren.pat, check),
        pattern => check(pattern),
    }
}

fn check(name: &Ident, pattern: &Pat, is_guarded: bool) -> syn::Result<()> {
    let message = match pattern {
        Pat::Wild(_) if !is_guarded => every_error(name),
        Pat::Ident(ident) if ident.subpat.is_none() && !is_guarded && is_lower_case(&ident.ident) => {
            every_error(name)
        }
        Pat::TupleStruct(variant)
            if variant.path.is_ident("Err") || is_of(&variant.path, "Result", "Err") =>
        {
            format!("`{name}` matches the error itself: leave `Err(..)` out, and write `{EXAMPLE}`")
        }
        Pat::TupleStruct(variant)
            if variant.path.is_ident("Ok") || is_of(&variant.path, "Result", "Ok") =>
        {
            format!(
                "`{name}` matches errors alone: for an `Ok` write `ignore_if = |output| matches!(output, Ok(..))`"
            )
        }
        Pat::Path(path) if path.path.segments.last().is_some_and(|last| is_lower_case(&last.ident)) => {
            format!(
                "`{name}` takes a pattern of the error, and this names a function: write `{EXAMPLE}`, or `{IGNORE_IF}`"
            )
        }
        _ => return Ok(()),
    };
    Err(syn::Error::new(pattern.span(), message))
}

fn every_error(name: &Ident) -> String {
    format!("`{name}` would ignore every error, and the breaker could never open: write `{EXAMPLE}`")
}

fn is_of(path: &Path, ty: &str, variant: &str) -> bool {
    let mut last = path.segments.iter().rev();
    last.next().is_some_and(|last| last.ident == variant)
        && last.next().is_some_and(|last| last.ident == ty)
}

/// Returns whether a name is, by convention, that of a variable or a function, not of a variant or a
/// constant.
fn is_lower_case(name: &Ident) -> bool {
    !name.unraw().to_string().contains(char::is_uppercase)
}
