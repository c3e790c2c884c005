//! `breaker`, a breaker of the user, and `accessor`, a function that returns the breaker.

use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprPath, Ident, Lit};

use super::value::{expression, literal};

/// A function that returns the breaker; associated if it is written `Self::name`.
pub(crate) struct Accessor {
    pub(crate) name: Ident,
    pub(crate) associated: bool,
}

pub(super) fn path(name: &Ident, input: ParseStream<'_>) -> syn::Result<ExprPath> {
    let value = expression(name, &format!("{name} = PAYMENTS"), input)?;
    match value {
        Expr::Path(path) if !path.path.get_ident().is_some_and(is_reserved) => Ok(path),
        other => Err(Error::new(other.span(), no_path(name, &other))),
    }
}

/// Returns the message for a value that is no path. A text is probably the name of a breaker, which the
/// option does not take.
fn no_path(option: &Ident, value: &Expr) -> String {
    let Some(Lit::Str(text)) = literal(value) else {
        return format!("`{option}` takes the path of a `static` breaker: write `{option} = PAYMENTS`");
    };
    let name = text.value();
    let words =
        name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join("_").to_ascii_uppercase();
    let is_name = words.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let example = if is_name { words } else { "DB".to_owned() };
    format!(
        "`{option}` takes the path of a `static` breaker, not a name: declare one with `breaker_runtime::declare! {{ pub \
         static {example}: name = {name:?} }}`, and write `{option} = {example}` in each function"
    )
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
        (true, Some(name), None, None) if !is_reserved(&name) => {
            Ok(Accessor { name, associated: false })
        }
        (true, Some(first), Some(name), None) if first == "Self" && !is_reserved(&name) => {
            Ok(Accessor { name, associated: true })
        }
        _ => Err(wrong),
    }
}

/// Returns whether the name can only begin a path: it parses as a path, but names no item by itself.
fn is_reserved(name: &Ident) -> bool {
    ["self", "Self", "super", "crate"].iter().any(|reserved| name == reserved)
}
