//! The options of a breaker for each key.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Expr, Ident};

use super::number::{SHARE_OF_KEYS, decimal, length, number};
use super::value::{Value, expression, literal, wrong};
use super::{Given, SetOnce};

pub(crate) const NAMES: [&str; 4] = ["key", "max_keys", "key_idle", "max_open_keys"];

/// The largest `max_keys`.
const MAX_KEYS: u32 = 10_000_000;

/// The options that are given.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "named as the options are")]
pub(crate) struct Keys {
    pub(crate) key: Option<Given<Expr>>,
    pub(crate) max_keys: Option<Given<Value<u32>>>,
    pub(crate) key_idle: Option<Given<Value<Duration>>>,
    pub(crate) max_open_keys: Option<Given<Value<f64>>>,
}

impl Keys {
    /// Parses an option; returns `None` if it is not one of these.
    pub(super) fn parse_one(&mut self, name: &Ident, input: ParseStream<'_>) -> Option<syn::Result<()>> {
        Some(match name.to_string().as_str() {
            "key" => self.key.set_once(name, || key(name, input)),
            "max_keys" => self.max_keys.set_once(name, || number(name, MAX_KEYS, input)),
            "key_idle" => self
                .key_idle
                .set_once(name, || length(name, "key_idle = \"10m\"", Duration::ZERO, input)),
            "max_open_keys" => {
                self.max_open_keys.set_once(name, || decimal(name, &SHARE_OF_KEYS, input))
            }
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
            "`key` is an expression that can use the arguments by name: write `key = host`, without a closure",
        ));
    }
    Ok(value)
}
