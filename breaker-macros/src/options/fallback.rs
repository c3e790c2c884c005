//! `failure_if`, `ignore_if` and `fallback` with its options: how outputs count, and what replaces them.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprClosure, ExprField, ExprPath, Ident, Lit, Member, Token, parenthesized};

use super::value::{expression, literal};

/// The forms of a fallback.
pub(crate) enum Fallback {
    /// A function, called with all arguments.
    Function(ExprPath),
    /// A method of `self` or of a part of it, called with the other arguments: `self.popular`.
    Method(ExprField),
    /// A closure that takes the cause and can use the arguments by name.
    Closure(ExprClosure),
    /// An expression that can use the arguments by name.
    Value(Expr),
}

impl Fallback {
    /// Returns whether the fallback is called with all arguments.
    pub(crate) fn takes_all(&self) -> bool {
        matches!(self, Self::Function(_) | Self::Method(_))
    }
}

/// The calls for which the fallback runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FallbackOn {
    Rejection,
    Failure,
    #[default]
    Any,
}

pub(super) fn predicate(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    predicate_like(name, &format!("{name} = |output| output.is_err()"), input)
}

pub(super) fn predicate_like(name: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Expr> {
    let value = expression(name, example, input)?;
    match &value {
        Expr::Closure(closure) if closure.inputs.len() != 1 => Err(Error::new(
            closure
                .inputs_begin
                .span()
                .join(closure.inputs_end.span())
                .unwrap_or(closure.inputs_begin.span()),
            format!("`{name}` takes one argument, a reference to the output: write `{example}`"),
        )),
        _ if literal(&value).is_some() => Err(Error::new(
            value.span(),
            format!("`{name}` takes a closure or the path of a function: write `{example}`"),
        )),
        _ => Ok(value),
    }
}

pub(super) fn fallback(name: &Ident, input: ParseStream<'_>) -> syn::Result<Fallback> {
    match expression(name, "fallback = popular_items", input)? {
        Expr::Path(path) if !is_value(&path) => Ok(Fallback::Function(path)),
        Expr::Field(field) if is_method(&field) => Ok(Fallback::Method(field)),
        Expr::Closure(closure) if closure.inputs.len() != 1 => Err(Error::new(
            closure.inputs_begin.span(),
            "a fallback closure takes one argument, the cause, and can use those of the function by name: write \
             `fallback = |cause| ..`, or `fallback = |_| ..`",
        )),
        Expr::Closure(closure) => Ok(Fallback::Closure(closure)),
        value => Ok(Fallback::Value(value)),
    }
}

/// Returns whether a path is a value, as `None`, `EMPTY` and `Level::Low` are: by convention no function
/// has such a name.
fn is_value(path: &ExprPath) -> bool {
    let last = path.path.segments.last().map(|last| last.ident.unraw().to_string());
    last.is_some_and(|last| last.chars().next().is_some_and(char::is_uppercase))
}

/// Returns whether an expression is a method of `self` or of a part of it, as `self.popular` and
/// `self.cache.popular` are. The value of a field is written in braces.
fn is_method(field: &ExprField) -> bool {
    let of_self = match &*field.base {
        Expr::Path(path) => path.path.is_ident("self"),
        Expr::Field(base) => is_method(base),
        _ => false,
    };
    of_self && matches!(field.member, Member::Named(_))
}

pub(super) fn fallback_on(name: &Ident, input: ParseStream<'_>) -> syn::Result<FallbackOn> {
    let value = expression(name, "fallback_on = \"rejection\"", input)?;
    let written = match literal(&value) {
        Some(Lit::Str(text)) => text.value(),
        _ => String::new(),
    };
    match written.as_str() {
        "rejection" => Ok(FallbackOn::Rejection),
        "failure" => Ok(FallbackOn::Failure),
        "any" => Ok(FallbackOn::Any),
        _ => Err(Error::new(
            value.span(),
            "`fallback_on` is one of \"rejection\", \"failure\" and \"any\": write `fallback_on = \"rejection\"`",
        )),
    }
}

pub(super) fn clones(name: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let example = "list the arguments to clone: write `clone(user, cart)`";
    if !input.peek(syn::token::Paren) {
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
        }
        return Err(Error::new(name.span(), example));
    }
    let list;
    parenthesized!(list in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&list).map_err(|error| {
        // Tokens that are left unread would be a second error.
        let _ = list.parse::<TokenStream>();
        Error::new(error.span(), example)
    })?;
    if names.is_empty() {
        return Err(Error::new(name.span(), example));
    }
    Ok(names.into_iter().collect())
}
