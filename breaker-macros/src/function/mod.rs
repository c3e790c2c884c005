//! The annotated function, with a parsed signature and a body of tokens.
//!
//! The body is not parsed: the compiler explains errors in it best, and the tokens are printed as they
//! were.

mod mentions;
mod parse;
mod returned;
mod types;

use proc_macro2::{Group, Span, TokenTree};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, Ident, Lifetime, ReturnType, Signature, Type, Visibility};

pub(crate) use self::mentions::{bound, first_mention, mentions, simple_name};
pub(crate) use self::parse::split_items;
use self::returned::{future_shape, result_argument};
pub(crate) use self::returned::{may_hide_stream, stream_shape};
pub(crate) use self::types::{
    bare, has_borrowing_object, has_impl, hides_error, in_body, is_never, is_one_of, is_result,
    type_arguments, without_impl,
};
use self::types::{lifetimes_of, without_lifetime};
pub(crate) use crate::nesting::check_nesting;

/// An annotated function.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    /// The attributes at the start of the body, as `#![allow(..)]`.
    pub(crate) inner: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Ident>,
    pub(crate) sig: Signature,
    /// The braces with their content, without inner attributes; `None` for `fn f();`.
    pub(crate) body: Option<Group>,
}

/// The effect of a call, by the signature.
pub(crate) enum Shape {
    /// The call runs the body.
    Sync,
    /// The call makes a future of the body.
    Async,
    /// The call runs the body, which returns a future: `impl Future`, or a boxed one.
    Future { output: Option<Box<Type>>, boxed: bool },
    /// The call runs the body, which returns a stream.
    Stream { item: Option<Box<Type>>, boxed: bool },
}

/// A stream inside an output, as in `Result<impl Stream, E>`.
pub(crate) struct Carried {
    pub(crate) boxed: bool,
}

/// The prefix of the names of the expansion's locals.
pub(crate) const LOCALS: &str = "breaker_";

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

    /// Returns the stream in the output of a function that returns no stream itself.
    pub(crate) fn carried(&self) -> Option<Carried> {
        let output = match self.shape() {
            Shape::Sync | Shape::Async => self.return_type(),
            Shape::Future { output, .. } => *output?,
            Shape::Stream { .. } => return None,
        };
        let Shape::Stream { boxed, .. } = stream_shape(&result_argument(&output)?)? else { return None };
        Some(Carried { boxed })
    }

    /// Returns the span for an error about the return type.
    pub(crate) fn return_span(&self) -> Span {
        match (&self.sig.output, self.shape()) {
            (ReturnType::Default, _) => self.sig.ident.span(),
            // The rest of the type may be that of another macro, such as #[async_trait].
            (_, Shape::Future { output: Some(output), .. }) => output.span(),
            (ReturnType::Type(_, ty), _) => ty.span(),
        }
    }

    /// Returns the declared return type.
    pub(crate) fn return_type(&self) -> Type {
        match &self.sig.output {
            ReturnType::Default => Type::Verbatim(quote!(())),
            ReturnType::Type(_, ty) => (**ty).clone(),
        }
    }

    /// Returns whether the body is an expansion of this attribute. One of two locals is in each of them.
    pub(crate) fn is_expanded(&self) -> bool {
        let body = self.body.as_ref().map(Group::stream).unwrap_or_default();
        let is_ours = |name: &Ident| name == "breaker_call_site" || name == "breaker_keyed";
        body.into_iter().any(|token| matches!(token, TokenTree::Ident(name) if is_ours(&name)))
    }

    /// Returns the `cfg` attributes, in the form in front of an item.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = Attribute> {
        let cfgs = self.attrs.iter().chain(&self.inner).filter(|attr| attr.path().is_ident("cfg"));
        cfgs.cloned().map(|attr| Attribute { style: syn::AttrStyle::Outer, ..attr })
    }

    /// Returns the lifetime that the return type could leave out, as it is that of the receiver, or of
    /// the only argument with one. In a body it is written as `'_`: a lint that asks to leave it out
    /// takes a lifetime that a body names for one that is needed.
    pub(crate) fn elidable_lifetime(&self) -> Option<&Lifetime> {
        let mut parameters = self.sig.generics.lifetimes();
        let parameter = parameters.next().filter(|parameter| parameter.bounds.is_empty())?;
        let lifetime = &parameter.lifetime;
        let (receiver, rest) = match self.sig.inputs.first() {
            Some(receiver @ FnArg::Receiver(_)) => (lifetimes_of([receiver]), 1),
            _ => (Vec::new(), 0),
        };
        let rest = lifetimes_of(self.sig.inputs.iter().skip(rest));
        let is_named = |name: &String| lifetime.ident == *name;
        let only = parameters.next().is_none()
            && match (receiver.as_slice(), rest.as_slice()) {
                ([own], rest) => is_named(own) && !rest.iter().any(is_named),
                ([], [only]) => is_named(only),
                _ => false,
            };
        only.then_some(lifetime)
    }

    /// Returns the declared return type as it is written in the body.
    pub(crate) fn return_type_in_body(&self) -> Type {
        self.elided(self.return_type())
    }

    /// Returns a type of the signature with `'_` for a lifetime that could be left out.
    pub(crate) fn elided(&self, ty: Type) -> Type {
        match self.elidable_lifetime() {
            Some(lifetime) => without_lifetime(ty, lifetime),
            None => ty,
        }
    }

    /// Returns the arguments other than `self`.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &syn::PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
    }
}
