//! The last success per key, as an answer where a fallback would run.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Token, parenthesized, token};

use super::number::{length, number};
use super::value::{Value, expression, literal, wrong};
use super::{Give, Given, each, unknown};
use crate::errors::Errors;

const EXAMPLE: &str = "last_good(key = user, max_age = \"10m\")";
const MAX_CAPACITY: u32 = 10_000_000;

#[derive(Default)]
pub(crate) struct LastGood {
    /// Sees the arguments.
    pub(crate) key: Option<Given<Expr>>,
    pub(crate) max_age: Option<Given<Value<Duration>>>,
    pub(crate) capacity: Option<Given<Value<u32>>>,
}

/// `last_good`, or `last_good(..)` with some of its parts.
pub(super) fn last_good(name: &Ident, input: ParseStream<'_>) -> syn::Result<LastGood> {
    let mut last_good = LastGood::default();
    if !input.peek(token::Paren) {
        return if input.is_empty() || input.peek(Token![,]) {
            Ok(last_good)
        } else {
            Err(Error::new(
                name.span(),
                format!("`last_good` takes its parts in parentheses: write `{EXAMPLE}`"),
            ))
        };
    }
    let parts;
    parenthesized!(parts in input);
    let mut errors = Errors::default();
    let expected = format!("expected a part of `last_good`: write `{EXAMPLE}`");
    each("part", &parts, &expected, &mut errors, |name, input| match name.to_string().as_str() {
        "key" => last_good.key.give(&name, || key(&name, input)),
        "max_age" => {
            last_good.max_age.give(&name, || length(&name, "max_age = \"10m\"", Duration::ZERO, input))
        }
        "capacity" => last_good.capacity.give(&name, || number(&name, MAX_CAPACITY, input)),
        _ if !input.peek(Token![=]) => {
            Err(Error::new(name.span(), "the parts of `last_good` have names: write `key = user.id`"))
        }
        _ => Err(unknown("part", &name, &["key", "max_age", "capacity"], |_| None)),
    })?;
    errors.into_result()?;
    Ok(last_good)
}

fn key(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    let value = expression(name, "key = user.id", input)?;
    match &value {
        Expr::Closure(_) => Err(wrong(
            &value,
            "`key` sees the arguments by name and needs no closure: write `key = user.id`",
        )),
        _ if literal(&value).is_some() => Err(wrong(
            &value,
            "a literal is the same key for all calls: write `key = user.id`, or `key = ()` if one answer is \
             for all",
        )),
        _ => Ok(value),
    }
}
