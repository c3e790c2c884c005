//! `declare!`: a `static` breaker that several functions share.
//!
//! The macro takes those options of the attribute that are about the breaker. The printer gets an empty
//! function with the name of the `static`, so that the breaker is registered as that of an annotated
//! function is.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Ident, Token, Visibility, parse_quote};

use crate::check;
use crate::errors::Errors;
use crate::expand;
use crate::function::check_nesting;
use crate::options::{NAMES_OF_KEYS, Options};

const EXAMPLE: &str = "pub static DB: failure_threshold = 3, timeout = \"10s\";";

struct Declaration {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    options: TokenStream,
}

/// Prints the statics, and the errors that are found in them. A `static` with wrong options is printed
/// as well, with default options, so that code that uses it has no errors of its own.
pub(crate) fn declare(input: TokenStream) -> TokenStream {
    if let Err(error) = check_nesting(&input, &TokenStream::new()) {
        return error.into_compile_error();
    }
    let mut errors = Errors::default();
    let mut statics = TokenStream::new();
    let read = |input: ParseStream<'_>| {
        if input.is_empty() {
            return Err(input.error(format!("expected the declaration of a breaker: `{EXAMPLE}`")));
        }
        while !input.is_empty() {
            let declaration = Declaration::parse(input)?;
            statics.extend(declaration.print(&mut errors));
        }
        Ok(())
    };
    let read = read.parse2(input);
    errors.take(read);
    if let Err(error) = errors.into_result() {
        statics.extend(error.into_compile_error());
    }
    statics
}

impl Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !input.peek(Token![static]) {
            return Err(input.error(format!("expected `static`: write `{EXAMPLE}`")));
        }
        input.parse::<Token![static]>()?;
        if input.peek(Token![mut]) {
            return Err(input.error("a breaker is shared as it is: leave `mut` out"));
        }
        let name = input.parse()?;
        if !input.is_empty() && !input.peek(Token![;]) {
            input.parse::<Token![:]>().map_err(|error| {
                Error::new(error.span(), format!("expected `:` and options: write `{EXAMPLE}`"))
            })?;
        }
        let mut options = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![;]) {
            options.extend([input.parse::<TokenTree>()?]);
        }
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
        Ok(Self { attrs, vis, name, options })
    }

    fn print(&self, errors: &mut Errors) -> TokenStream {
        let Self { attrs, vis, name, options } = self;
        let mut own = Errors::default();
        let options = Options::parse(options.clone(), &mut own);
        check_options(name, &options, &mut own);
        check::policy::check(&options, &mut own);
        let options = match own.into_result() {
            Ok(()) => options,
            Err(error) => {
                errors.push(error);
                Options { krate: options.krate, ..Options::default() }
            }
        };
        let runtime = expand::runtime(&options);
        let items = expand::declared(parse_quote!(fn #name() {}), options);
        let value = Group::new(proc_macro2::Delimiter::Brace, items);
        quote!(#(#attrs)* #vis static #name: #runtime::CircuitBreaker = #value;).into_token_stream()
    }
}

/// The options that are about the calls of one function.
const OF_FUNCTIONS: [&str; 9] = [
    "classify",
    "failure_if",
    "ignore_if",
    "exclude",
    "retry",
    "fallback",
    "fallback_on",
    "last_good",
    "clone",
];

fn check_options(name: &Ident, options: &Options, errors: &mut Errors) {
    for option in &options.written {
        let is = |names: &[&str]| names.iter().any(|name| option == name);
        let problem = if is(&OF_FUNCTIONS) {
            format!(
                "`{option}` is about the calls of one function: write it at that function, beside \
                 `breaker = {name}`"
            )
        } else if is(NAMES_OF_KEYS) {
            format!(
                "`{option}` is for a function with a breaker for each key: write it in its \
                 #[circuit_breaker(key = ..)], or build the breakers with `CircuitBreaker::builder(..).keyed()`"
            )
        } else if option == "breaker" {
            format!("`{name}` is a breaker of its own: leave `breaker` out")
        } else if option == "accessor" {
            format!("`{name}` is the way to the breaker: leave `accessor` out")
        } else {
            continue;
        };
        errors.at(option.span(), problem);
    }
}
