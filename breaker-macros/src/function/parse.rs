//! The parser of a function, which leaves the body as tokens.

use std::iter;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, Item, Signature, Token, Visibility};

use super::Function;
use super::types::is_one_of;
use crate::nesting::too_deep;

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let default = if input.peek(Token![default]) {
            let keyword: Token![default] = input.parse()?;
            Some(Ident::new("default", keyword.span))
        } else {
            None
        };
        for keyword in ["struct", "enum", "union", "trait", "impl", "mod", "static", "use", "type"] {
            refuse_item(input, keyword)?;
        }
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            return Ok(Self { attrs, inner: Vec::new(), vis, default, sig, body: None });
        }
        let body = braces(input)?;
        let (inner, statements) = split_inner_attributes(&body)?;
        let mut rest = Group::new(body.delimiter(), statements);
        rest.set_span(body.span());
        Ok(Self { attrs, inner, vis, default, sig, body: Some(rest) })
    }
}

/// Parses the braces of the body. Those of a `$body:block` are in an invisible group.
fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    input.step(|cursor| {
        let Some((inside, span, rest)) = cursor.group(Delimiter::Brace) else {
            return Err(cursor.error("expected the body of the function"));
        };
        let mut braces = Group::new(Delimiter::Brace, inside.token_stream());
        braces.set_span(span.join());
        Ok((braces, rest))
    })
}

/// Refuses an item that is no function, with advice where to put the attribute.
fn refuse_item(input: ParseStream<'_>, keyword: &str) -> syn::Result<()> {
    let fork = input.fork();
    let mut first: TokenTree = fork.parse()?;
    if matches!(&first, TokenTree::Ident(ident) if ident == "unsafe") {
        first = fork.parse()?;
    }
    match &first {
        TokenTree::Ident(ident) if ident == keyword => {
            let instead = match keyword {
                "impl" => "put it on each method to protect",
                "trait" => "put it on the methods of an `impl`, or on trait methods that have a body",
                _ => "put it on a function or a method",
            };
            let message = format!("#[circuit_breaker] cannot protect a whole `{keyword}`: {instead}");
            Err(Error::new(ident.span(), message))
        }
        _ => Ok(()),
    }
}

/// Splits off the inner attributes, which belong to the function and must not be inside a closure.
fn split_inner_attributes(body: &Group) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    let split = |input: ParseStream<'_>| {
        Ok((input.call(Attribute::parse_inner)?, input.parse::<TokenStream>()?))
    };
    syn::parse::Parser::parse2(split, body.stream())
}

/// The first words of items.
const WORDS: [&str; 14] = [
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "unsafe",
    "use",
];

/// Splits off the items at the beginning of a body. It finds none if the body is nested too deep for the
/// parser.
pub(crate) fn split_items(body: TokenStream) -> (TokenStream, TokenStream) {
    if !may_begin_with_item(&body) || too_deep(body.clone()).is_some() {
        return (TokenStream::new(), body);
    }
    let split = |input: ParseStream<'_>| {
        let mut items = TokenStream::new();
        while begins_item(&input.fork()) {
            let fork = input.fork();
            if fork.parse::<Item>().is_err() {
                break;
            }
            while input.cursor() != fork.cursor() {
                items.extend(iter::once(input.parse::<TokenTree>()?));
            }
        }
        Ok((items, input.parse::<TokenStream>()?))
    };
    // The compiler explains an error in the body best.
    syn::parse::Parser::parse2(split, body.clone()).unwrap_or_else(|_| (TokenStream::new(), body))
}

/// Returns whether the first token can begin an item, without the parser, which would copy the body.
fn may_begin_with_item(body: &TokenStream) -> bool {
    match body.clone().into_iter().next() {
        Some(TokenTree::Ident(first)) => first == "pub" || is_one_of(&first, &WORDS),
        // An attribute, or a visibility from a macro.
        Some(TokenTree::Punct(_) | TokenTree::Group(_)) => true,
        Some(TokenTree::Literal(_)) | None => false,
    }
}

/// Returns whether the first words can begin an item. They can begin an expression as well, such as
/// `unsafe { .. }`. `println!(..)` is no item here.
fn begins_item(input: ParseStream<'_>) -> bool {
    if input.call(Attribute::parse_outer).is_err() || input.parse::<Visibility>().is_err() {
        return false;
    }
    input.call(Ident::parse_any).is_ok_and(|first| is_one_of(&first, &WORDS))
}
