//! Prints what the function becomes.
//!
//! Every local is at `Span::mixed_site()`, so that none can meet a name of the user's; every path is
//! absolute; items stand in a block of their own. The work is in functions of the runtime.

mod arguments;
mod body;
mod fallback;
mod place;

pub(crate) use arguments::bound;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Path, Type};

use crate::check::check;
use crate::errors::Errors;
use crate::function::{Function, Shape, in_body, is_never};
use crate::options::{Given, Options};

pub(crate) fn circuit_breaker(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut errors = Errors::default();
    let options = Options::parse(options, &mut errors);
    let Some(function) = errors.take(syn::parse2::<Function>(item)) else {
        return Err(errors.into_result().expect_err("the function was a mistake"));
    };
    check(&function, &options, &mut errors);
    errors.into_result()?;
    Ok(Expansion::new(function, options).print())
}

/// What all parts of the expansion need.
struct Expansion {
    function: Function,
    options: Options,
    shape: Shape,
    /// `::breaker_runtime::__private`.
    runtime: TokenStream,
}

/// A local of ours.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

impl Expansion {
    fn new(function: Function, options: Options) -> Self {
        let krate = options.krate.as_ref().map(|Given { value, .. }| value);
        let runtime = krate.map_or_else(|| quote!(::breaker_runtime), |path: &Path| quote!(#path));
        let shape = function.shape();
        Self { function, options, shape, runtime: quote!(#runtime::__private) }
    }

    fn print(&self) -> TokenStream {
        let Function { attrs, vis, default, sig, .. } = &self.function;
        let (place, accessor) = self.place();
        let arguments = self.arguments();
        let mut sig = sig.clone();
        sig.inputs = arguments.inputs.clone();
        let body = self.body(&arguments);
        let local = local("place");
        // What follows a body that never returns is unreachable, and is not the user's.
        let allow = is_never(&self.function.return_type()).then(|| quote!(#[allow(unreachable_code)]));
        quote! {
            #(#attrs)*
            #allow
            #vis #default #sig {
                let #local = #place;
                #body
            }
            #accessor
        }
    }

    /// The type of the output, as a type argument.
    fn output(&self) -> TokenStream {
        let ty = match &self.shape {
            Shape::Future { output: None, .. } => return quote!(_),
            Shape::Future { output: Some(ty), .. } => ty.clone(),
            Shape::Sync | Shape::Async => self.function.return_type(),
        };
        type_argument(&ty)
    }

    /// How outputs count and where rejections go: a call of the runtime's, placed at the return type, as
    /// the compiler reports there that the type does not fit.
    fn rules(&self, plain: &str, with_predicate: &str) -> TokenStream {
        let runtime = &self.runtime;
        let output = self.output();
        let span = Span::mixed_site().located_at(self.function.return_span());
        let rules = match &self.options.failure_if {
            Some(Given { value, .. }) => {
                let name = Ident::new(with_predicate, span);
                quote_spanned!(span=> #runtime::#name::<#output>(#value))
            }
            None => {
                let name = Ident::new(plain, span);
                quote_spanned!(span=> #runtime::#name::<#output>())
            }
        };
        match &self.options.ignore_if {
            Some(Given { value, .. }) => quote!(#rules.ignoring::<#output>(#value)),
            None => rules,
        }
    }
}

fn type_argument(ty: &Type) -> TokenStream {
    if is_never(ty) {
        return quote!(_);
    }
    let ty = in_body(ty);
    quote!(#ty)
}
