//! Values of options. Literals are checked here, and constant expressions by the compiler.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, Token, UnOp};

/// A literal, checked here, or a constant expression, which the compiler checks.
pub(crate) enum Value<T> {
    Literal(T, Span),
    Constant(Expr),
}

impl<T> Value<T> {
    pub(crate) fn literal(&self) -> Option<&T> {
        match self {
            Self::Literal(value, _) => Some(value),
            Self::Constant(_) => None,
        }
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Literal(_, span) => *span,
            Self::Constant(value) => value.span(),
        }
    }
}

/// Parses the `=`, and checks that a value follows it.
pub(super) fn equals(name: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(Error::new(name.span(), format!("`{name}` needs a value: write `{example}`")));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(equals.span(), format!("the value is missing: write `{example}`")));
    }
    Ok(())
}

pub(super) fn expression(name: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Expr> {
    equals(name, example, input)?;
    Ok(bare(input.parse()?))
}

/// Removes the invisible groups of macros and the parentheses around an expression.
fn bare(value: Expr) -> Expr {
    match value {
        Expr::Group(group) if group.attrs.is_empty() => bare(*group.expr),
        Expr::Paren(paren) if paren.attrs.is_empty() => bare(*paren.expr),
        _ => value,
    }
}

pub(super) fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

pub(super) fn is_negative(value: &Expr) -> bool {
    matches!(value, Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && literal(&unary.expr).is_some())
}

pub(super) fn wrong(value: &Expr, message: impl std::fmt::Display) -> Error {
    Error::new_spanned(value, message)
}

pub(super) fn text(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<String>> {
    let example = format!("{name} = \"payments\"");
    let value = expression(name, &example, input)?;
    match literal(&value) {
        None => Ok(Value::Constant(value)),
        Some(Lit::Str(text)) if text.value().trim().is_empty() => {
            Err(wrong(&value, format!("`{name}` must not be empty: write `{example}`")))
        }
        Some(Lit::Str(text)) => Ok(Value::Literal(text.value(), text.span())),
        Some(_) => Err(wrong(&value, format!("`{name}` takes a text: write `{example}`"))),
    }
}

/// Parses an option without a value.
pub(super) fn alone(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    Err(Error::new(input.span(), format!("`{name}` takes no value: write `{name}` alone")))
}

/// Parses `true` or `false`. A constant expression is refused, as the expansion depends on the value.
pub(super) fn flag(name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    let example = format!("{name} = true");
    let value = expression(name, &example, input)?;
    match literal(&value) {
        Some(Lit::Bool(flag)) => Ok(flag.value),
        _ => Err(wrong(&value, format!("`{name}` is `true` or `false`: write `{example}`"))),
    }
}
