//! The parser of options that have parts, such as `throttle(k = 2.0)`.

use syn::parse::ParseStream;
use syn::{Error, Ident, Token, parenthesized, token};

use super::each;
use crate::errors::Errors;

/// Parses the parts of an option, which can be omitted with their parentheses. Returns all errors
/// together.
pub(super) fn parts(
    name: &Ident,
    example: &str,
    input: ParseStream<'_>,
    read: impl FnMut(Ident, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    if !input.peek(token::Paren) {
        return if input.is_empty() || input.peek(Token![,]) {
            Ok(())
        } else {
            let message = format!("`{name}` takes its parts in parentheses: write `{example}`");
            Err(Error::new(name.span(), message))
        };
    }
    let parts;
    parenthesized!(parts in input);
    let mut errors = Errors::default();
    let expected = format!("expected a part of `{name}`: write `{example}`");
    each("part", &parts, &expected, &mut errors, read)?;
    errors.into_result()
}
