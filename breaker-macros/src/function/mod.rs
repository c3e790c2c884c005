//! The annotated function: its signature parsed, its body left as tokens.
//!
//! A body that does not parse is the compiler's to explain, and one that does is printed once, as it came.

mod mentions;
mod parse;
mod returned;
mod types;

use proc_macro2::{Group, Span, TokenTree};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, ReturnType, Signature, Type, Visibility};

pub(crate) use self::mentions::{bound, first_mention, mentions, simple_name};
pub(crate) use self::parse::split_items;
use self::returned::{future_shape, result_argument};
pub(crate) use self::returned::{may_hide_stream, stream_shape};
pub(crate) use self::types::{bare, in_body, is_never, type_arguments, without_impl};
pub(crate) use crate::nesting::check_nesting;

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Ident>,
    pub(crate) sig: Signature,
    /// The braces and what is in them, less the inner attributes; `None` for `fn f();`.
    pub(crate) body: Option<Group>,
}

/// What a call of the function does.
pub(crate) enum Shape {
    /// It runs the body.
    Sync,
    /// It makes a future of the body.
    Async,
    /// It runs the body, which makes a future: `impl Future`, or a boxed one.
    Future { output: Option<Box<Type>>, boxed: bool },
    /// It runs the body, which makes a stream.
    Stream { item: Option<Box<Type>>, boxed: bool },
}

/// A stream that an answer carries.
pub(crate) struct Carried {
    pub(crate) boxed: bool,
}

/// How the names of the expansion's locals begin.
pub(crate) const LOCALS: &str = "circuit_breaker_";

impl Function {
    pub(crate) fn shape(&self) -> Shape {
        if self.sig.asyncness.is_some() {
            return Shape::Async;
        }
        match &self.sig.output {
            ReturnType::Default => Shape::Sync,
            ReturnType::Type(_, ty) => {
                future_shape(ty).or_else(|| stream_shape(ty)).unwrap_or(Shape::Sync)
            }
        }
    }

    /// The stream in the answer of a function that returns no stream itself: `Result<impl Stream, E>`.
    pub(crate) fn carried(&self) -> Option<Carried> {
        let output = match self.shape() {
            Shape::Sync | Shape::Async => self.return_type(),
            Shape::Future { output, .. } => *output?,
            Shape::Stream { .. } => return None,
        };
        let Shape::Stream { boxed, .. } = stream_shape(&result_argument(&output)?)? else { return None };
        Some(Carried { boxed })
    }

    /// Where an error about the return type belongs.
    pub(crate) fn return_span(&self) -> Span {
        match (&self.sig.output, self.shape()) {
            (ReturnType::Default, _) => self.sig.ident.span(),
            // The rest of the type may be that of another macro, such as #[async_trait].
            (_, Shape::Future { output: Some(output), .. }) => output.span(),
            (ReturnType::Type(_, ty), _) => ty.span(),
        }
    }

    /// The declared return type.
    pub(crate) fn return_type(&self) -> Type {
        match &self.sig.output {
            ReturnType::Default => Type::Verbatim(quote!(())),
            ReturnType::Type(_, ty) => (**ty).clone(),
        }
    }

    /// Whether the body is what this attribute expands to. Its locals have names of their own.
    pub(crate) fn is_expanded(&self) -> bool {
        let body = self.body.as_ref().map(Group::stream).unwrap_or_default();
        body.into_iter()
            .any(|token| matches!(token, TokenTree::Ident(name) if name.to_string().starts_with(LOCALS)))
    }

    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }

    /// The arguments other than `self`.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &syn::PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
    }
}
