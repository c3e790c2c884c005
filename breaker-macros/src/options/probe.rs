//! `probe`: the function of a ping.

use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprClosure, ExprPath, Ident};

use super::value::expression;

/// The function that makes a ping.
pub(crate) enum Probe {
    Path(ExprPath),
    Closure(ExprClosure),
}

pub(super) fn probe(name: &Ident, input: ParseStream<'_>) -> syn::Result<Probe> {
    let value = expression(name, "probe = ping", input)?;
    match value {
        Expr::Path(path) if starts_with_self(&path) => Err(Error::new(
            path.span(),
            "`probe` is part of a `static`, in which `Self` and `self` have no meaning: write the name of the type, \
             such as `Client::ping`",
        )),
        Expr::Path(path) => Ok(Probe::Path(path)),
        Expr::Closure(closure) if closure.inputs.len() <= 1 => Ok(Probe::Closure(closure)),
        other => Err(Error::new(
            other.span(),
            "`probe` takes an async function without arguments, or beside `key` with the key: write `probe = ping`, or \
             `probe = || async { .. }`",
        )),
    }
}

fn starts_with_self(path: &ExprPath) -> bool {
    let first = path.path.segments.first();
    first.is_some_and(|first| first.ident == "Self" || first.ident == "self")
}
