//! The table of the options of a breaker for each key, in the order of the runtime's `config/keyed.rs`.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Expr, Ident};

use super::number::{DEVIATIONS, SHARE_OF_KEYS, decimal, length, number, number_in};
use super::parts::parts;
use super::rows::option_table;
use super::value::{Value, expression, literal, wrong};
use super::{Given, SetOnce, unknown};

/// The largest `max_keys`.
const MAX_KEYS: u32 = 10_000_000;
/// The shortest `window` of `outlier`.
const MIN_WINDOW: Duration = Duration::from_secs(1);

option_table! {
    /// The options that are given.
    #[expect(clippy::struct_field_names, reason = "named as the options are")]
    Keys {
        key: code, key;
        max_keys: with_max_keys, count MAX_KEYS;
        key_idle: with_key_idle, length "10m";
        max_open_keys: with_max_open_keys, decimal &SHARE_OF_KEYS;
        outlier: with_outlier, outlier;
    }
}

/// The parts of `outlier` that are given.
#[derive(Default)]
pub(crate) struct Outlier {
    pub(crate) stdev: Option<Given<Value<f64>>>,
    pub(crate) min_keys: Option<Given<Value<u32>>>,
    pub(crate) min_calls: Option<Given<Value<u32>>>,
    pub(crate) window: Option<Given<Value<Duration>>>,
}

/// Parses `outlier`, or `outlier(..)` with some of its parts.
fn outlier(name: &Ident, input: ParseStream<'_>) -> syn::Result<Outlier> {
    const EXAMPLE: &str = "outlier(stdev = 1.9, min_keys = 5, min_calls = 100, window = \"10s\")";
    const PARTS: [&str; 4] = ["stdev", "min_keys", "min_calls", "window"];
    let mut outlier = Outlier::default();
    parts(name, EXAMPLE, input, |name, input| match name.to_string().as_str() {
        "stdev" => outlier.stdev.set_once(&name, || decimal(&name, &DEVIATIONS, input)),
        "min_keys" => {
            let example = "min_keys = 5";
            outlier.min_keys.set_once(&name, || number_in(&name, 2..=MAX_KEYS, example, input))
        }
        "min_calls" => outlier.min_calls.set_once(&name, || number(&name, u32::MAX, input)),
        "window" => {
            let example = "window = \"10s\"";
            outlier.window.set_once(&name, || length(&name, example, MIN_WINDOW, input))
        }
        _ => Err(unknown("part", &name, &PARTS, |_| None)),
    })?;
    Ok(outlier)
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
