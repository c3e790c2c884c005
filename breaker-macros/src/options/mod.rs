//! The options of the attribute as a typed model that keeps the spans.

mod accessor;
mod exclude;
mod fallback;
pub(crate) mod keys;
mod last_good;
mod number;
mod parts;
mod policy;
mod probe;
mod retry;
mod rows;
mod value;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, ExprPath, Ident, Path, Token};

pub(crate) use self::accessor::Accessor;
pub(crate) use self::exclude::Exclude;
pub(crate) use self::fallback::{Fallback, FallbackOn};
pub(crate) use self::keys::{Keys, NAMES as NAMES_OF_KEYS};
pub(crate) use self::last_good::LastGood;
pub(crate) use self::number::{Quorum, Window};
pub(crate) use self::policy::{Group, NAMES as NAMES_OF_POLICY, Policy, Throttle};
pub(crate) use self::probe::Probe;
pub(crate) use self::retry::Retry;
pub(crate) use self::rows::Setting;
pub(crate) use self::value::Value;
use crate::errors::Errors;
use crate::similar::nearest;
use crate::words::{Foreign, plain};

/// The names of all options except those of the policy and of keys.
const NAMES: [&str; 14] = [
    "name",
    "breaker",
    "probe",
    "classify",
    "failure_if",
    "ignore_if",
    "exclude",
    "retry",
    "fallback",
    "fallback_on",
    "last_good",
    "clone",
    "accessor",
    "crate",
];

/// The options of one function or declared breaker.
#[derive(Default)]
pub(crate) struct Options {
    /// The names of all options, also of those with a wrong value: an option that needs one of them must
    /// not be reported as well.
    pub(crate) written: Vec<Ident>,
    pub(crate) name: Option<Given<Value<String>>>,
    pub(crate) breaker: Option<Given<ExprPath>>,
    pub(crate) keys: Keys,
    pub(crate) policy: Policy,
    pub(crate) probe: Option<Given<Probe>>,
    pub(crate) classify: Option<Given<()>>,
    pub(crate) failure_if: Option<Given<Expr>>,
    pub(crate) ignore_if: Option<Given<Expr>>,
    pub(crate) exclude: Option<Given<Exclude>>,
    pub(crate) retry: Option<Given<Retry>>,
    pub(crate) fallback: Option<Given<Fallback>>,
    pub(crate) fallback_on: Option<Given<FallbackOn>>,
    pub(crate) last_good: Option<Given<LastGood>>,
    pub(crate) clone: Option<Given<Vec<Ident>>>,
    pub(crate) accessor: Option<Given<Accessor>>,
    pub(crate) krate: Option<Given<Path>>,
}

/// The value of an option, with the span of its name.
pub(crate) struct Given<T> {
    pub(crate) option: Span,
    pub(crate) value: T,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        let parse = |input: ParseStream<'_>| {
            let expected = "expected an option, such as `failure_threshold = 5`";
            each("option", input, expected, errors, |name, input| options.parse_one(name, input))
        };
        let rest = parse.parse2(tokens);
        errors.take(rest);
        options
    }

    fn parse_one(&mut self, name: Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let read = match name.to_string().as_str() {
            "name" => self.name.set_once(&name, || value::text(&name, input)),
            "breaker" => self.breaker.set_once(&name, || accessor::path(&name, input)),
            "probe" => self.probe.set_once(&name, || probe::probe(&name, input)),
            "classify" => self.classify.set_once(&name, || value::alone(&name, input)),
            "failure_if" => self.failure_if.set_once(&name, || fallback::predicate(&name, input)),
            "ignore_if" => self.ignore_if.set_once(&name, || fallback::predicate(&name, input)),
            "exclude" => self.exclude.set_once(&name, || exclude::exclude(&name, input)),
            "retry" => self.retry.set_once(&name, || retry::retry(&name, input)),
            "fallback" => self.fallback.set_once(&name, || fallback::fallback(&name, input)),
            "fallback_on" => self.fallback_on.set_once(&name, || fallback::fallback_on(&name, input)),
            "last_good" => self.last_good.set_once(&name, || last_good::last_good(&name, input)),
            "clone" => self.clone.set_once(&name, || fallback::clones(&name, input)),
            "accessor" => self.accessor.set_once(&name, || accessor::accessor(&name, input)),
            "crate" => self.krate.set_once(&name, || {
                value::equals(&name, "crate = some::path", input)?;
                input.call(Path::parse_mod_style)
            }),
            _ => {
                let keys = self.keys.parse_one(&name, input);
                match keys.or_else(|| self.policy.parse_one(&name, input)) {
                    Some(read) => read,
                    None if name == "inject" => return Err(Error::new(name.span(), GAME_DAY)),
                    None if name == "shadow" => return Err(Error::new(name.span(), SHADOW)),
                    None => return Err(unknown("option", &name, &all_names(), Foreign::option)),
                }
            }
        };
        self.written.push(name);
        read
    }

    pub(crate) fn is_written(&self, option: &str) -> bool {
        self.written.iter().any(|name| name == option)
    }
}

#[cfg(test)]
pub(crate) fn names() -> (Vec<&'static str>, Vec<&'static str>) {
    (all_names(), retry::NAMES.to_vec())
}

fn all_names() -> Vec<&'static str> {
    NAMES[..2].iter().chain(keys::NAMES).chain(policy::NAMES).chain(&NAMES[2..]).copied().collect()
}

/// Parses options, or the parts of one, with commas between them. After an error it goes on at the next
/// comma.
fn each(
    what: &str,
    input: ParseStream<'_>,
    expected: &str,
    errors: &mut Errors,
    mut read: impl FnMut(Ident, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let mut read_one = |input: ParseStream<'_>| {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(expected));
        }
        read(input.call(Ident::parse_any)?, input)
    };
    while !input.is_empty() {
        if let Err(error) = read_one(input) {
            errors.push(error);
            skip_to_comma(input)?;
        } else if !input.is_empty() && !input.peek(Token![,]) {
            errors.push(input.error(format!("expected `,` between {what}s")));
            skip_to_comma(input)?;
        }
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// A field that holds an option.
trait SetOnce<T> {
    /// Parses the value and stores it, or refuses an option that is given already.
    fn set_once(&mut self, name: &Ident, parse: impl FnOnce() -> syn::Result<T>) -> syn::Result<()>;
}

impl<T> SetOnce<T> for Option<Given<T>> {
    fn set_once(&mut self, name: &Ident, parse: impl FnOnce() -> syn::Result<T>) -> syn::Result<()> {
        // Parsed first: tokens that are left unread would be a second error.
        let value = parse()?;
        if self.is_some() {
            return Err(Error::new(name.span(), format!("`{name}` is given twice: leave one out")));
        }
        *self = Some(Given { option: name.span(), value });
        Ok(())
    }
}

/// The errors for the options that are no part of the attribute.
const GAME_DAY: &str = "unknown option `inject`: only settings can begin a game day, which has to have an end; \
                        see `breaker_runtime::guide::game_days`";
const SHADOW: &str = "unknown option `shadow`: settings give a function its shadow, under its name, as in \
                      `shadow = { failure_rate = 0.3 }`; see `breaker_runtime::guide::lab`";

/// Makes the error for a name that is not in `names`, with the counterpart that `foreign` finds.
fn unknown(
    what: &str,
    name: &Ident,
    names: &[&str],
    foreign: impl FnOnce(&str) -> Option<Foreign>,
) -> Error {
    let word = name.unraw().to_string();
    let near = nearest(&word, names).or_else(|| nearest(&plain(&word), names));
    let advice = match (foreign(&word), near) {
        (Some(foreign), _) => foreign.advice(),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("the {what}s are {}", names.join(", ")),
    };
    Error::new(name.span(), format!("unknown {what} `{name}`: {advice}"))
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Errors, Options, all_names};

    #[test]
    fn every_option_has_a_section_with_an_example_and_a_row_in_a_table() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../breaker-runtime/src/circuit_breaker.md");
        let page = std::fs::read_to_string(page).expect("the page of the attribute");
        let sections: Vec<_> = page.split("\n## `").skip(1).collect();
        for name in all_names() {
            let section = sections.iter().filter(|section| section.starts_with(&format!("{name}`\n")));
            let [section] = section.collect::<Vec<_>>()[..] else { panic!("sections of {name}") };
            let code = section.split("```").nth(1).unwrap_or_default();
            assert!(code.contains("circuit_breaker(") && code.contains(name), "the example of {name}");
            assert_eq!(
                page.matches(&format!("\n| [`{name}`](#{name}) |")).count(),
                1,
                "the row of {name}"
            );
        }
        assert_eq!(sections.len(), all_names().len());
    }

    #[test]
    fn listed_option_is_known_to_the_parser() {
        let messages = |option: &str| {
            let mut errors = Errors::default();
            Options::parse(option.parse().expect("tokens"), &mut errors);
            let errors = errors.into_result().err().into_iter().flatten();
            errors.map(|error| error.to_string()).collect::<String>()
        };
        for name in all_names() {
            assert!(!messages(name).contains("unknown"), "{name}");
        }
        assert!(messages("colour").contains("unknown"));
        assert!(messages("withTimeout").contains("did you mean `timeout`?"));
    }
}
