//! The ways to the breaker: an accessor, and a breaker of the user's own.

use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprPath, Ident};

use super::value::expression;

/// A function that returns the breaker; associated if it is written `Self::name`.
pub(crate) struct Accessor {
    pub(crate) name: Ident,
    pub(crate) associated: bool,
}

pub(super) fn path(name: &Ident, input: ParseStream<'_>) -> syn::Result<ExprPath> {
    let value = expression(name, &format!("{name} = PAYMENTS"), input)?;
    match value {
        Expr::Path(path) => Ok(path),
        other => Err(Error::new(
            other.span(),
            format!("`{name}` takes the path of a `static` breaker: write `{name} = PAYMENTS`"),
        )),
    }
}

pub(super) fn accessor(name: &Ident, input: ParseStream<'_>) -> syn::Result<Accessor> {
    let example = "accessor = fetch_breaker` or, in an `impl`, `accessor = Self::fetch_breaker";
    let value = expression(name, example, input)?;
    let wrong =
        Error::new(value.span(), format!("`accessor` takes a name for a function: write `{example}`"));
    let Expr::Path(ExprPath { qself: None, path, .. }) = value else { return Err(wrong) };
    let plain =
        path.leading_colon.is_none() && path.segments.iter().all(|part| part.arguments.is_none());
    let mut parts = path.segments.into_iter().map(|part| part.ident);
    match (plain, parts.next(), parts.next(), parts.next()) {
        (true, Some(name), None, None) if name != "Self" => Ok(Accessor { name, associated: false }),
        (true, Some(first), Some(name), None) if first == "Self" => {
            Ok(Accessor { name, associated: true })
        }
        _ => Err(wrong),
    }
}
