//! What the user wrote in the attribute, as a typed model that keeps the spans.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprClosure, ExprLit, ExprPath, Ident, Lit, Path, Token, UnOp, parenthesized};

use crate::duration;
use crate::errors::Errors;
use crate::similar::nearest;

const NAMES: [&str; 14] = [
    "name",
    "breaker",
    "failure_threshold",
    "timeout",
    "success_threshold",
    "max_probes",
    "probe_timeout",
    "failure_if",
    "ignore_if",
    "fallback",
    "fallback_on",
    "clone",
    "accessor",
    "crate",
];

/// The largest `max_probes`, as in the runtime.
const MAX_PROBES: u32 = 1024;

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Given<Value<String>>>,
    pub(crate) breaker: Option<Given<ExprPath>>,
    pub(crate) failure_threshold: Option<Given<Value<u32>>>,
    pub(crate) timeout: Option<Given<Value<Duration>>>,
    pub(crate) success_threshold: Option<Given<Value<u32>>>,
    pub(crate) max_probes: Option<Given<Value<u32>>>,
    pub(crate) probe_timeout: Option<Given<Value<Duration>>>,
    pub(crate) failure_if: Option<Given<Expr>>,
    pub(crate) ignore_if: Option<Given<Expr>>,
    pub(crate) fallback: Option<Given<Fallback>>,
    pub(crate) fallback_on: Option<Given<FallbackOn>>,
    pub(crate) clone: Option<Given<Vec<Ident>>>,
    pub(crate) accessor: Option<Given<Accessor>>,
    pub(crate) krate: Option<Given<Path>>,
}

/// An option's value, and where its name stands.
pub(crate) struct Given<T> {
    pub(crate) option: Span,
    pub(crate) value: T,
}

/// A literal, checked here, or a constant expression, which the compiler checks.
pub(crate) enum Value<T> {
    Literal(T),
    Constant(Expr),
}

pub(crate) enum Fallback {
    /// Called with all the arguments.
    Function(ExprPath),
    /// Sees the cause and the arguments.
    Closure(ExprClosure),
    /// Sees the arguments.
    Value(Expr),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FallbackOn {
    Rejection,
    Failure,
    #[default]
    Any,
}

/// A function that returns the breaker; associated if it is written `Self::name`.
pub(crate) struct Accessor {
    pub(crate) name: Ident,
    pub(crate) associated: bool,
}

impl Options {
    /// Reads on after a mistake, from the next comma.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = options.parse_one(input) {
                    errors.push(error);
                    skip_to_comma(input)?;
                } else if !input.is_empty() && !input.peek(Token![,]) {
                    errors.push(input.error("expected `,` between options"));
                    skip_to_comma(input)?;
                }
                if input.peek(Token![,]) {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        let rest = parse.parse2(tokens);
        errors.take(rest);
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an option, such as `failure_threshold = 5`"));
        }
        let name = input.call(Ident::parse_any)?;
        match name.to_string().as_str() {
            "name" => self.name.give(&name, || text(&name, input)),
            "breaker" => self.breaker.give(&name, || path(&name, input)),
            "failure_threshold" => self.failure_threshold.give(&name, || number(&name, u32::MAX, input)),
            "timeout" => self.timeout.give(&name, || length(&name, input)),
            "success_threshold" => self.success_threshold.give(&name, || number(&name, u32::MAX, input)),
            "max_probes" => self.max_probes.give(&name, || number(&name, MAX_PROBES, input)),
            "probe_timeout" => self.probe_timeout.give(&name, || length(&name, input)),
            "failure_if" => self.failure_if.give(&name, || predicate(&name, input)),
            "ignore_if" => self.ignore_if.give(&name, || predicate(&name, input)),
            "fallback" => self.fallback.give(&name, || fallback(&name, input)),
            "fallback_on" => self.fallback_on.give(&name, || fallback_on(&name, input)),
            "clone" => self.clone.give(&name, || clones(&name, input)),
            "accessor" => self.accessor.give(&name, || accessor(&name, input)),
            "crate" => self.krate.give(&name, || {
                equals(&name, "crate = some::path", input)?;
                input.call(Path::parse_mod_style)
            }),
            other => Err(unknown(&name, other)),
        }
    }
}

trait Give<T> {
    /// Reads the value, also of an option that was given already: the mistake is the repetition alone.
    fn give(&mut self, name: &Ident, value: impl FnOnce() -> syn::Result<T>) -> syn::Result<()>;
}

impl<T> Give<T> for Option<Given<T>> {
    fn give(&mut self, name: &Ident, value: impl FnOnce() -> syn::Result<T>) -> syn::Result<()> {
        let value = value()?;
        if self.is_some() {
            return Err(Error::new(name.span(), format!("`{name}` is given twice: leave one out")));
        }
        *self = Some(Given { option: name.span(), value });
        Ok(())
    }
}

fn unknown(name: &Ident, written: &str) -> Error {
    let message = match nearest(written, &NAMES) {
        Some(near) => format!("unknown option `{written}`: did you mean `{near}`?"),
        None => format!("unknown option `{written}`: the options are {}", NAMES.join(", ")),
    };
    Error::new(name.span(), message)
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// The `=`, and the promise that something follows it.
fn equals(name: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(Error::new(name.span(), format!("`{name}` needs a value: write `{example}`")));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(equals.span(), format!("the value is missing: write `{example}`")));
    }
    Ok(())
}

fn expression(name: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Expr> {
    equals(name, example, input)?;
    let mut value: Expr = input.parse()?;
    // What a `$fallback:path` of the user's macro stands for comes in a group that is not seen.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    Ok(value)
}

fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

fn is_negative(value: &Expr) -> bool {
    matches!(value, Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) && literal(&unary.expr).is_some())
}

fn text(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<String>> {
    let example = format!("{name} = \"payments\"");
    let value = expression(name, &example, input)?;
    match literal(&value) {
        None => Ok(Value::Constant(value)),
        Some(Lit::Str(text)) if text.value().trim().is_empty() => {
            Err(Error::new(value.span(), format!("`{name}` must not be empty: write `{example}`")))
        }
        Some(Lit::Str(text)) => Ok(Value::Literal(text.value())),
        Some(_) => Err(Error::new(value.span(), format!("`{name}` takes a text: write `{example}`"))),
    }
}

fn number(name: &Ident, max: u32, input: ParseStream<'_>) -> syn::Result<Value<u32>> {
    let example = format!("{name} = 5");
    let value = expression(name, &example, input)?;
    let range = || Error::new(value.span(), format!("`{name}` must be from 1 to {max}"));
    match literal(&value) {
        None if is_negative(&value) => Err(range()),
        None => Ok(Value::Constant(value)),
        Some(Lit::Int(number)) if matches!(number.suffix(), "" | "u32") => {
            match number.base10_digits().parse() {
                Ok(number) if (1..=max).contains(&number) => Ok(Value::Literal(number)),
                _ => Err(range()),
            }
        }
        Some(_) => {
            Err(Error::new(value.span(), format!("`{name}` takes a whole number: write `{example}`")))
        }
    }
}

fn length(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<Duration>> {
    let example = format!("{name} = \"30s\"");
    let value = expression(name, &example, input)?;
    match literal(&value) {
        None if !is_negative(&value) => Ok(Value::Constant(value)),
        Some(Lit::Str(text)) => match duration::parse(&text.value()) {
            Ok(length) => Ok(Value::Literal(length)),
            Err(problem) => Err(Error::new(value.span(), format!("`{name}`: {problem}"))),
        },
        _ => Err(Error::new(
            value.span(),
            format!("`{name}` takes a length of time with its unit: write `{example}`"),
        )),
    }
}

fn path(name: &Ident, input: ParseStream<'_>) -> syn::Result<ExprPath> {
    let value = expression(name, &format!("{name} = PAYMENTS"), input)?;
    match value {
        Expr::Path(path) => Ok(path),
        other => Err(Error::new(
            other.span(),
            format!("`{name}` takes the path of a `static` breaker: write `{name} = PAYMENTS`"),
        )),
    }
}

fn predicate(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    let example = format!("{name} = |output| output.is_err()");
    let value = expression(name, &example, input)?;
    match &value {
        Expr::Closure(closure) if closure.inputs.len() != 1 => Err(Error::new(
            closure
                .inputs_begin
                .span()
                .join(closure.inputs_end.span())
                .unwrap_or(closure.inputs_begin.span()),
            format!("`{name}` is asked about one thing, a reference to the output: write `{example}`"),
        )),
        _ if literal(&value).is_some() => Err(Error::new(
            value.span(),
            format!("`{name}` takes a closure or the path of a function: write `{example}`"),
        )),
        _ => Ok(value),
    }
}

fn fallback(name: &Ident, input: ParseStream<'_>) -> syn::Result<Fallback> {
    match expression(name, "fallback = popular_items", input)? {
        Expr::Path(path) if !is_value(&path) => Ok(Fallback::Function(path)),
        Expr::Closure(closure) if closure.inputs.len() != 1 => Err(Error::new(
            closure.inputs_begin.span(),
            "a fallback closure takes one thing, the cause, and sees the arguments by name: write \
             `fallback = |cause| ..`, or `fallback = |_| ..`",
        )),
        Expr::Closure(closure) => Ok(Fallback::Closure(closure)),
        value => Ok(Fallback::Value(value)),
    }
}

/// `None`, `EMPTY`, `Level::Low`: by convention no function is named so.
fn is_value(path: &ExprPath) -> bool {
    let last = path.path.segments.last().map(|last| last.ident.unraw().to_string());
    last.is_some_and(|last| last.chars().next().is_some_and(char::is_uppercase))
}

fn fallback_on(name: &Ident, input: ParseStream<'_>) -> syn::Result<FallbackOn> {
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
            "`fallback_on` is one of \"rejection\", \"failure\" and \"any\"",
        )),
    }
}

fn clones(name: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let example = "list the arguments to clone: write `clone(user, cart)`";
    if !input.peek(syn::token::Paren) {
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
        }
        return Err(Error::new(name.span(), example));
    }
    let list;
    parenthesized!(list in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated(&list)
        .map_err(|error| Error::new(error.span(), example))?;
    if names.is_empty() {
        return Err(Error::new(name.span(), example));
    }
    Ok(names.into_iter().collect())
}

fn accessor(name: &Ident, input: ParseStream<'_>) -> syn::Result<Accessor> {
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
