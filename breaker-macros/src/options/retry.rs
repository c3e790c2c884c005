//! `retry`: whether and when a failed call is attempted again.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Error, Expr, Ident};

use super::fallback::predicate_like;
use super::number::{BUDGET, FACTOR, decimal, length, number_in};
use super::parts::parts;
use super::value::{Value, flag};
use super::{Given, SetOnce, unknown};
use crate::words::Foreign;

const EXAMPLE: &str = "retry(attempts = 3, backoff = \"100ms\")";
const IF: &str = "if = |output| matches!(output, Err(error) if error.is_transient())";
pub(super) const PARTS: [&str; 7] =
    ["attempts", "backoff", "max_backoff", "factor", "jitter", "budget", "if"];

/// The parts of `retry` that are given.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) attempts: Option<Given<Value<u32>>>,
    pub(crate) backoff: Option<Given<Value<Duration>>>,
    pub(crate) max_backoff: Option<Given<Value<Duration>>>,
    pub(crate) factor: Option<Given<Value<f64>>>,
    pub(crate) jitter: Option<Given<bool>>,
    pub(crate) budget: Option<Given<Value<f64>>>,
    /// `if`: a closure or a path, from a reference to the output to `bool`.
    pub(crate) condition: Option<Given<Expr>>,
}

/// Parses `retry`, or `retry(..)` with some of its parts.
pub(super) fn retry(name: &Ident, input: ParseStream<'_>) -> syn::Result<Retry> {
    let mut retry = Retry::default();
    parts(name, EXAMPLE, input, |name, input| {
        let lasting =
            |example: &str| length(&name, &format!("{name} = \"{example}\""), Duration::ZERO, input);
        match name.to_string().as_str() {
            "attempts" => retry.attempts.set_once(&name, || attempts(&name, input)),
            "backoff" => retry.backoff.set_once(&name, || lasting("100ms")),
            "max_backoff" => retry.max_backoff.set_once(&name, || lasting("5s")),
            "factor" => retry.factor.set_once(&name, || decimal(&name, &FACTOR, input)),
            "jitter" => retry.jitter.set_once(&name, || flag(&name, input)),
            "budget" => retry.budget.set_once(&name, || decimal(&name, &BUDGET, input)),
            "if" => retry.condition.set_once(&name, || predicate_like(&name, IF, input)),
            _ => Err(unknown("part", &name, &PARTS, Foreign::part_of_retry)),
        }
    })?;
    Ok(retry)
}

fn attempts(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<u32>> {
    const EXAMPLE: &str = "attempts = 3";
    if let Ok(Value::Literal(_, at)) = number_in(name, 1..=1, EXAMPLE, &input.fork()) {
        let message = "a single attempt has no effect, as it is the first run: write `attempts = 3`, or leave `retry` out";
        return number_in(name, 1..=1, EXAMPLE, input).and(Err(Error::new(at, message)));
    }
    number_in(name, 2..=100, EXAMPLE, input)
}
