//! `retry`: whether and when a failed call is attempted again. The table of its parts is in the order of
//! the runtime's `config/retry.rs`.

use syn::parse::ParseStream;
use syn::{Error, Expr, Ident};

use super::fallback::predicate_like;
use super::number::{BUDGET, FACTOR, number_in};
use super::parts::parts;
use super::rows::option_table;
use super::unknown;
use super::value::{Value, flag};
use crate::words::Foreign;

option_table! {
    /// The parts of `retry` that are given.
    Retry {
        attempts: with_attempts, attempts;
        backoff: with_backoff, length "100ms";
        max_backoff: with_max_backoff, length "5s";
        factor: with_factor, decimal &FACTOR;
        jitter: with_jitter, flag;
        budget: with_budget, decimal &BUDGET;
        condition = "if": code, condition;
    }
}

/// Parses `retry`, or `retry(..)` with some of its parts.
pub(super) fn retry(name: &Ident, input: ParseStream<'_>) -> syn::Result<Retry> {
    const EXAMPLE: &str = "retry(attempts = 3, backoff = \"100ms\")";
    let mut retry = Retry::default();
    parts(name, EXAMPLE, input, |name, input| match retry.parse_one(&name, input) {
        Some(parsed) => parsed,
        None => Err(unknown("part", &name, NAMES, Foreign::part_of_retry)),
    })?;
    Ok(retry)
}

/// Parses a closure or a path, from a reference to the output to `bool`.
fn condition(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    const EXAMPLE: &str = "if = |output| matches!(output, Err(error) if error.is_transient())";
    predicate_like(name, EXAMPLE, input)
}

fn attempts(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<u32>> {
    const EXAMPLE: &str = "attempts = 3";
    if let Ok(Value::Literal(_, at)) = number_in(name, 1..=1, EXAMPLE, &input.fork()) {
        let message = "a single attempt has no effect, as it is the first run: write `attempts = 3`, or leave `retry` out";
        return number_in(name, 1..=1, EXAMPLE, input).and(Err(Error::new(at, message)));
    }
    number_in(name, 2..=100, EXAMPLE, input)
}
