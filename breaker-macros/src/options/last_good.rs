//! `last_good`: the last success of each key, which replaces a rejection or failure.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Token, parenthesized, token};

use super::number::{length, number};
use super::value::{Value, expression, literal, wrong};
use super::{Given, SetOnce, each, unknown};
use crate::errors::Errors;

const EXAMPLE: &str = "last_good(key = user, max_age = \"10m\")";
const MAX_CAPACITY: u32 = 10_000_000;

/// The parts of `last_good` that are given.
#[derive(Default)]
pub(crate) struct LastGood {
    /// An expression that can use the arguments by name.
    pub(crate) key: Option<Given<Expr>>,
    pub(crate) max_age: Option<Given<Value<Duration>>>,
    pub(crate) capacity: Option<Given<Value<u32>>>,
}

/// Parses `last_good`, or `last_good(..)` with some of its parts.
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
        "key" => last_good.key.set_once(&name, || key(&name, input)),
        "max_age" => last_good
            .max_age
            .set_once(&name, || length(&name, "max_age = \"10m\"", Duration::ZERO, input)),
        "capacity" => last_good.capacity.set_once(&name, || number(&name, MAX_CAPACITY, input)),
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
            "`key` is an expression that can use the arguments by name: write `key = user.id`, without a closure",
        )),
        _ if literal(&value).is_some() => Err(wrong(
            &value,
            "a literal is the same key for all calls: write `key = user.id`, or `key = ()` if all have the same \
             answer",
        )),
        _ => Ok(value),
    }
}
