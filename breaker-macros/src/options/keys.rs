//! The table of the options of a breaker for each key, in the order of the runtime's `config/keyed.rs`.

use syn::parse::ParseStream;
use syn::{Expr, Ident};

use super::number::SHARE_OF_KEYS;
use super::rows::option_table;
use super::value::{expression, literal, wrong};

/// The largest `max_keys`.
const MAX_KEYS: u32 = 10_000_000;

option_table! {
    /// The options that are given.
    #[expect(clippy::struct_field_names, reason = "named as the options are")]
    Keys {
        key: code, key;
        max_keys: with_max_keys, count MAX_KEYS;
        key_idle: with_key_idle, length "10m";
        max_open_keys: with_max_open_keys, decimal &SHARE_OF_KEYS;
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
