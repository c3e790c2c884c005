//! A breaker per key.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Lit, Token};

use super::number::{length, number};
use super::value::{Value, equals, expression, is_negative, literal, wrong};
use super::{Give, Given};

pub(crate) const NAMES: [&str; 4] = ["key", "max_keys", "key_idle", "max_open_keys"];

/// The largest `max_keys`.
const MAX_KEYS: u32 = 10_000_000;

#[derive(Default)]
#[allow(clippy::struct_field_names, reason = "they are called as the options are")]
pub(crate) struct Keys {
    pub(crate) key: Option<Given<Expr>>,
    pub(crate) max_keys: Option<Given<Value<u32>>>,
    pub(crate) key_idle: Option<Given<Value<Duration>>>,
    pub(crate) max_open_keys: Option<Given<Value<f64>>>,
}

impl Keys {
    /// `None` if the option is not one of these.
    pub(super) fn parse_one(&mut self, name: &Ident, input: ParseStream<'_>) -> Option<syn::Result<()>> {
        Some(match name.to_string().as_str() {
            "key" => self.key.give(name, || key(name, input)),
            "max_keys" => self.max_keys.give(name, || number(name, MAX_KEYS, input)),
            "key_idle" => {
                self.key_idle.give(name, || length(name, "key_idle = \"10m\"", Duration::ZERO, input))
            }
            "max_open_keys" => self.max_open_keys.give(name, || percentage(name, input)),
            _ => return None,
        })
    }
}

fn key(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    let value = expression(name, "key = host", input)?;
    if literal(&value).is_some() {
        return Err(wrong(
            &value,
            "this key is the same for all calls: write an expression with an argument in it, such as `key = host`",
        ));
    }
    if matches!(value, Expr::Closure(_)) {
        return Err(wrong(
            &value,
            "`key` sees the arguments by name: write `key = host`, without a closure",
        ));
    }
    Ok(value)
}

/// `"50%"`, or the share that it is.
fn percentage(name: &Ident, input: ParseStream<'_>) -> syn::Result<Value<f64>> {
    const EXAMPLE: &str = "max_open_keys = \"50%\"";
    equals(name, EXAMPLE, &input.fork())?;
    refuse_bare_percent(name, input)?;
    let value = expression(name, EXAMPLE, input)?;
    let share = match literal(&value) {
        None if !is_negative(&value) => return Ok(Value::Constant(value)),
        Some(Lit::Str(text)) => {
            let text = text.value();
            let percent =
                text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
            percent.map(|percent| percent / 100.0)
        }
        Some(Lit::Float(number)) if matches!(number.suffix(), "" | "f64") => {
            number.base10_digits().parse().ok()
        }
        Some(Lit::Int(number)) if number.base10_digits() == "1" => Some(1.0),
        _ => None,
    };
    match share.filter(|share| *share > 0.0 && *share <= 1.0) {
        Some(share) => Ok(Value::Literal(share, syn::spanned::Spanned::span(&value))),
        None => Err(wrong(
            &value,
            format!("`{name}` is a percentage above 0 and at most 100: write `{EXAMPLE}`"),
        )),
    }
}

/// `50%`, which would be taken for a remainder with its right side missing.
fn refuse_bare_percent(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let fork = input.fork();
    fork.parse::<Token![=]>()?;
    let (Ok(number), Ok(_)) = (fork.parse::<Lit>(), fork.parse::<Token![%]>()) else { return Ok(()) };
    if fork.is_empty() || fork.peek(Token![,]) {
        let number_text = quote::ToTokens::to_token_stream(&number);
        let message =
            format!("`{name}` takes a percentage in quotes: write `{name} = \"{number_text}%\"`");
        return Err(Error::new(number.span(), message));
    }
    Ok(())
}
