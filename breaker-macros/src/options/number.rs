//! Numbers and lengths of time with their ranges, which equal those of the runtime.

use std::ops::RangeInclusive;
use std::time::Duration;

use quote::ToTokens;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, Lit, Token};

use super::value::{Value, equals, expression, is_negative, literal, wrong};
use crate::duration;

/// A kind of number that may have a fraction.
pub(super) struct Decimal {
    fits: fn(f64) -> bool,
    must_be: &'static str,
    example: &'static str,
    /// Whether the number can be written in percent.
    share: bool,
}

pub(super) const SHARE: Decimal = Decimal {
    fits: |share| share > 0.0 && share <= 1.0,
    must_be: "above 0 and at most 1",
    example: "0.5",
    share: true,
};
pub(super) const SHARE_OF_KEYS: Decimal = Decimal { example: "\"50%\"", ..SHARE };
pub(super) const JITTER: Decimal = Decimal {
    fits: |share| (0.0..=1.0).contains(&share),
    must_be: "from 0 to 1",
    example: "0.1",
    share: true,
};
pub(super) const BUDGET: Decimal = Decimal {
    fits: |share| (0.0..=1.0).contains(&share),
    must_be: "from 0 to 1",
    example: "0.2",
    share: true,
};
pub(super) const FACTOR: Decimal = Decimal {
    fits: |factor| (1.0..=1_000.0).contains(&factor),
    must_be: "from 1 to 1000",
    example: "2.0",
    share: false,
};

pub(super) const DEVIATIONS: Decimal = Decimal {
    fits: |stdev| stdev > 0.0 && stdev <= 100.0,
    must_be: "above 0 and at most 100",
    example: "1.9",
    share: false,
};

/// The value of the option `window`, if it is a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Calls(u32),
    Span(Duration),
}

/// The value of the option `quorum`, if it is a literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quorum {
    Processes(u32),
    Share(f64),
}

const MAX_QUORUM: u32 = 10_000;
const MAX_WINDOW: u32 = 1_000_000;
const MIN_SPAN: Duration = Duration::from_millis(1);

pub(super) fn number(name: &Ident, max: u32, input: ParseStream<'_>) -> syn::Result<Value<u32>> {
    number_in(name, 1..=max, &format!("{name} = 5"), input)
}

/// Parses a number, or `off` as a word or a text; `None` for that.
pub(super) fn number_or_off(
    name: &Ident,
    max: u32,
    input: ParseStream<'_>,
) -> syn::Result<Option<Value<u32>>> {
    let rest = input.fork();
    let is_off = rest.parse::<Token![=]>().is_ok()
        && match rest.parse::<Expr>() {
            Ok(Expr::Path(path)) => path.path.is_ident("off"),
            Ok(value) => matches!(literal(&value), Some(Lit::Str(text)) if text.value() == "off"),
            Err(_) => false,
        };
    if is_off {
        expression(name, &format!("{name} = off"), input)?;
        return Ok(None);
    }
    number(name, max, input).map(Some)
}

pub(super) fn number_in(
    name: &Ident,
    range: RangeInclusive<u32>,
    example: &str,
    input: ParseStream<'_>,
) -> syn::Result<Value<u32>> {
    let value = expression(name, example, input)?;
    match literal(&value) {
        None if !is_negative(&value) => Ok(Value::Constant(value)),
        Some(Lit::Int(number)) if !matches!(number.suffix(), "" | "u32") => {
            Err(wrong(&value, format!("`{name}` takes a `u32`: write `{example}`")))
        }
        None | Some(Lit::Int(_)) => match whole(&value, &range) {
            Some(number) => Ok(Value::Literal(number, value.span())),
            None => {
                let (min, max) = range.into_inner();
                Err(wrong(&value, format!("`{name}` must be from {min} to {max}")))
            }
        },
        Some(_) => Err(wrong(&value, format!("`{name}` takes a whole number: write `{example}`"))),
    }
}

fn whole(value: &Expr, range: &RangeInclusive<u32>) -> Option<u32> {
    match literal(value) {
        Some(Lit::Int(number)) => {
            number.base10_digits().parse().ok().filter(|number| range.contains(number))
        }
        _ => None,
    }
}

pub(super) fn decimal(name: &Ident, kind: &Decimal, input: ParseStream<'_>) -> syn::Result<Value<f64>> {
    let example = format!("{name} = {}", kind.example);
    equals(name, &example, &input.fork())?;
    refuse_bare_percent(name, kind, input)?;
    let value = expression(name, &example, input)?;
    let out_of_range = |written: Option<f64>| wrong(&value, kind.out_of_range(name, written));
    let number = match literal(&value) {
        None if is_negative(&value) => return Err(out_of_range(None)),
        None => return Ok(Value::Constant(value)),
        Some(Lit::Str(text)) if kind.share => percentage(&text.value()).map(|percent| percent / 100.0),
        Some(lit @ (Lit::Float(_) | Lit::Int(_))) => to_f64(lit),
        Some(_) => None,
    };
    match (number, literal(&value)) {
        (Some(number), _) if (kind.fits)(number) => Ok(Value::Literal(number, value.span())),
        (Some(_), Some(Lit::Str(_))) => Err(out_of_range(None)),
        (Some(number), _) => Err(out_of_range(Some(number))),
        (None, Some(Lit::Float(_) | Lit::Int(_))) => {
            Err(wrong(&value, format!("`{name}` takes an `f64`: write `{example}`")))
        }
        (None, _) if kind.share => Err(wrong(
            &value,
            format!("`{name}` takes a share: write `{name} = 0.2` or `{name} = \"20%\"`"),
        )),
        (None, _) => Err(wrong(&value, format!("`{name}` takes a number: write `{example}`"))),
    }
}

/// Returns the number in a text such as `"50%"`.
fn percentage(text: &str) -> Option<f64> {
    text.trim().strip_suffix('%')?.trim_end().parse().ok()
}

/// Returns the value of a number; `None` if its suffix is that of another type.
fn to_f64(lit: &Lit) -> Option<f64> {
    let (digits, suffix) = match lit {
        Lit::Float(number) => (number.base10_digits(), number.suffix()),
        Lit::Int(number) => (number.base10_digits(), number.suffix()),
        _ => return None,
    };
    digits.parse().ok().filter(|_| matches!(suffix, "" | "f64"))
}

/// Refuses `50%`, which would be parsed as a remainder without its right side.
fn refuse_bare_percent(name: &Ident, kind: &Decimal, input: ParseStream<'_>) -> syn::Result<()> {
    let fork = input.fork();
    fork.parse::<Token![=]>()?;
    let (Ok(number), Ok(_)) = (fork.parse::<Lit>(), fork.parse::<Token![%]>()) else { return Ok(()) };
    if !(fork.is_empty() || fork.peek(Token![,])) {
        return Ok(());
    }
    let written = number.to_token_stream();
    let message = match to_f64(&number) {
        Some(percent) if kind.share && (kind.fits)(percent / 100.0) => {
            format!("`{name}` takes a percentage in quotes: write `{name} = \"{written}%\"`")
        }
        written => kind.out_of_range(name, written),
    };
    Err(Error::new(number.span(), message))
}

impl Decimal {
    fn out_of_range(&self, name: &Ident, written: Option<f64>) -> String {
        let Self { must_be, example, .. } = self;
        match written {
            Some(percent) if self.share && percent > 1.0 && percent <= 100.0 => {
                format!(
                    "`{name}` must be {must_be}: for {percent} percent write `{name} = \"{percent}%\"`"
                )
            }
            _ => format!("`{name}` must be {must_be}: write `{name} = {example}`"),
        }
    }
}

pub(super) fn length(
    name: &Ident,
    example: &str,
    least: Duration,
    input: ParseStream<'_>,
) -> syn::Result<Value<Duration>> {
    let value = expression(name, example, input)?;
    match literal(&value) {
        None if !is_negative(&value) => Ok(Value::Constant(value)),
        Some(Lit::Str(text)) => parse_length(name, &value, &text.value(), least)
            .map(|length| Value::Literal(length, text.span())),
        _ => Err(wrong(
            &value,
            format!("`{name}` takes a length of time with its unit: write `{example}`"),
        )),
    }
}

fn parse_length(name: &Ident, value: &Expr, text: &str, least: Duration) -> syn::Result<Duration> {
    match duration::parse(text) {
        Ok(length) if length < least => {
            Err(wrong(value, format!("`{name}` must be at least {}", duration::shown(least))))
        }
        Ok(length) => Ok(length),
        Err(problem) => Err(wrong(value, format!("`{name}`: {problem}"))),
    }
}

/// Parses a number of calls or a length of time, or a constant of either type.
pub(super) fn window(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<Window>> {
    let value = expression(name, "window = 100` or `window = \"10s\"", input)?;
    let window = match literal(&value) {
        None if !is_negative(&value) => return Ok(Value::Constant(value)),
        Some(Lit::Str(text)) if text.value().parse::<u32>().is_ok() => Err(wrong(
            &value,
            format!(
                "`{name}` takes a length of time with its unit, or a number of calls without quotes: write `{name} = {}`",
                text.value()
            ),
        )),
        Some(Lit::Str(text)) => parse_length(name, &value, &text.value(), MIN_SPAN).map(Window::Span),
        None | Some(Lit::Int(_)) => whole(&value, &(1..=MAX_WINDOW)).map(Window::Calls).ok_or_else(|| {
            wrong(
                &value,
                format!(
                    "`{name}` must be from 1 to {MAX_WINDOW} calls, or a length of time such as \"10s\""
                ),
            )
        }),
        Some(_) => Err(wrong(
            &value,
            format!(
                "`{name}` takes a number of calls or a length of time: write `{name} = 100` or `{name} = \"10s\"`"
            ),
        )),
    }?;
    Ok(Value::Literal(window, value.span()))
}

/// Parses a number of processes or a share of them, or a constant of either type.
pub(super) fn quorum(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<Quorum>> {
    equals(name, "quorum = 2", &input.fork())?;
    refuse_bare_percent(name, &SHARE, input)?;
    let value = expression(name, "quorum = 2` or `quorum = 0.1", input)?;
    let takes = format!(
        "`{name}` takes a number of processes or a share of them: write `{name} = 2` or `{name} = 0.1`"
    );
    let share = match literal(&value) {
        None if !is_negative(&value) => return Ok(Value::Constant(value)),
        None | Some(Lit::Int(_)) => {
            let processes = whole(&value, &(1..=MAX_QUORUM));
            let wrong = || {
                wrong(
                    &value,
                    format!("`{name}` must be from 1 to {MAX_QUORUM} processes, or a share such as 0.1"),
                )
            };
            let processes = processes.ok_or_else(wrong)?;
            return Ok(Value::Literal(Quorum::Processes(processes), value.span()));
        }
        Some(Lit::Str(text)) => percentage(&text.value()).map(|percent| percent / 100.0),
        Some(lit) => to_f64(lit),
    };
    match share.ok_or_else(|| wrong(&value, takes))? {
        share if (SHARE.fits)(share) => Ok(Value::Literal(Quorum::Share(share), value.span())),
        _ => Err(wrong(
            &value,
            format!("`{name}` must be {} as a share: write `{name} = 0.1`", SHARE.must_be),
        )),
    }
}
