//! Gives types to the parameters of closures that a function returns.
//!
//! A closure gets the types of its parameters from the bound that it meets where it is written. In the
//! bare function that bound is the `impl Fn(&str) -> usize` of the return type, which cannot be written
//! in a body. So each such closure goes through a helper function with that bound. The types in the
//! bound are type arguments of the helper, as an item in a body cannot name generics of the function or
//! of the `impl` around it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprClosure, GenericArgument, Ident, Lifetime, Pat, Path, PathArguments, ReturnType,
    Stmt, TraitBound, Type, TypeParamBound,
};

use super::{Expansion, local, relocate};
use crate::function::{Shape, bare, is_one_of};
use crate::nesting::too_deep;

impl Expansion {
    /// Returns the body with each returned closure in a call of a helper function, which has the bound
    /// of the return type.
    ///
    /// Returns `None` if nothing has to change: the return type has no such bound, or the closures have
    /// typed parameters. Returns `None` as well for a body that does not parse and for a bound that the
    /// helper cannot have.
    pub(super) fn body_with_typed_closures(&self, body: &TokenStream) -> Option<TokenStream> {
        if !matches!(self.shape, Shape::Sync | Shape::Async) {
            return None;
        }
        let ty = self.function.return_type();
        let (bound, wrapped) = returned_bound(&ty)?;
        if too_deep(body.clone()).is_some() {
            return None;
        }
        let mut block: Block = syn::parse2(quote!({ #body })).ok()?;
        let helper = Helper::new(bound)?;
        let mut answers = Answers { call: &helper.call, wrapped, found: false };
        answers.block(&mut block);
        if !answers.found {
            return None;
        }
        let (item, statements) = (helper.item, block.stmts);
        Some(quote!(#item #(#statements)*))
    }
}

/// Returns the `Fn(..)` bound of a returned `impl Fn(..)`, and whether it is inside a `Result` or an
/// `Option`.
fn returned_bound(ty: &Type) -> Option<(&TraitBound, bool)> {
    match bare(ty) {
        Type::ImplTrait(ty) => {
            let bound = ty.bounds.iter().find_map(|bound| match bound {
                TypeParamBound::Trait(bound) => is_of_closures(bound).then_some(bound),
                _ => None,
            });
            bound.map(|bound| (bound, false))
        }
        Type::Path(path) => {
            let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
                return None;
            };
            let GenericArgument::Type(first) = arguments.args.first()? else { return None };
            let (bound, wrapped) = returned_bound(first)?;
            (!wrapped).then_some((bound, true))
        }
        _ => None,
    }
}

fn is_of_closures(bound: &TraitBound) -> bool {
    bound.path.segments.last().is_some_and(|last| {
        matches!(last.arguments, PathArguments::Parenthesized(_))
            && ["Fn", "FnMut", "FnOnce"].iter().any(|name| last.ident == name)
    })
}

/// A function that returns its argument, and the path to call it.
struct Helper {
    item: TokenStream,
    call: TokenStream,
}

impl Helper {
    /// Makes the helper for a bound, or returns `None` for a bound that it cannot have.
    fn new(bound: &TraitBound) -> Option<Self> {
        let PathArguments::Parenthesized(signature) = &bound.path.segments.last()?.arguments else {
            return None;
        };
        let own = bound.lifetimes.iter().flat_map(|bound| &bound.lifetimes);
        let own = own.map(|own| own.to_token_stream().to_string()).collect();
        let mut lifted = Lifted { own, ..Lifted::default() };
        let inputs = signature
            .inputs
            .iter()
            .map(|input| lifted.ty(&input.ty, false))
            .collect::<Option<Vec<_>>>()?;
        let output = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => {
                let ty = lifted.ty(ty, false)?;
                Some(quote!(-> #ty))
            }
        };
        let Lifted { parameters, arguments, .. } = lifted;
        let (name, closure) = (local("closure"), local("value"));
        let generic = Ident::new("Closure", Span::mixed_site());
        let (lifetimes, kind) = (&bound.lifetimes, &bound.path.segments.last()?.ident);
        let kind = Ident::new(&kind.to_string(), Span::mixed_site());
        Some(Self {
            item: quote! {
                fn #name<#(#parameters,)* #generic>(#closure: #generic) -> #generic
                where
                    #generic: #lifetimes ::core::ops::#kind(#(#inputs),*) #output,
                {
                    #closure
                }
            },
            call: quote!(#name::<#(#arguments,)* _>),
        })
    }
}

/// The types of a bound that have become type arguments.
#[derive(Default)]
struct Lifted {
    /// The lifetimes of the bound itself, as in `for<'a>`.
    own: Vec<String>,
    parameters: Vec<TokenStream>,
    arguments: Vec<Type>,
}

impl Lifted {
    /// Returns the type as it stands in the bound of the helper, or `None` for a type that the helper
    /// cannot name. A type with a lifetime that each call chooses is written out. Every other type but
    /// `str` becomes a type argument.
    fn ty(&mut self, ty: &Type, unsized_too: bool) -> Option<TokenStream> {
        let ty = bare(ty);
        if !self.has_lifetimes_of_call(ty) {
            return Some(self.lift(ty, unsized_too));
        }
        match ty {
            Type::Reference(reference) => {
                let (lifetime, mutability) = (&reference.lifetime, &reference.mutability);
                let inner = match bare(&reference.elem) {
                    // As a type argument, the trait object would live for `'static`.
                    Type::TraitObject(object) if !may_name_generic(quote!(#object)) => quote!((#object)),
                    inner => self.ty(inner, true)?,
                };
                Some(quote!(&#lifetime #mutability #inner))
            }
            Type::Slice(slice) => {
                let inner = self.ty(&slice.elem, false)?;
                Some(quote!([#inner]))
            }
            Type::Array(array) if matches!(array.len, Expr::Lit(_)) => {
                let (inner, length) = (self.ty(&array.elem, false)?, &array.len);
                Some(quote!([#inner; #length]))
            }
            Type::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.ty(part, false));
                let parts = parts.collect::<Option<Vec<_>>>()?;
                Some(quote!((#(#parts,)*)))
            }
            Type::Path(path) if path.qself.is_none() => self.path(&path.path),
            _ => None,
        }
    }

    fn lift(&mut self, ty: &Type, unsized_too: bool) -> TokenStream {
        if matches!(ty, Type::Path(path) if path.path.is_ident("str")) {
            return quote!(#ty);
        }
        let name = format_ident!("T{}", self.arguments.len(), span = Span::mixed_site());
        let maybe = unsized_too.then(|| quote!(: ?::core::marker::Sized));
        self.parameters.push(quote!(#name #maybe));
        self.arguments.push(ty.clone());
        name.into_token_stream()
    }

    /// Returns a type such as `Option<&str>`, with its arguments converted. A path with a lifetime is
    /// not itself a generic of the function. A type that belongs to a generic, such as `T::Item<'_>`,
    /// cannot be named.
    fn path(&mut self, path: &Path) -> Option<TokenStream> {
        const OF_UNSIZED: [&str; 4] = ["Arc", "Box", "Cow", "Rc"];
        let first = path.segments.first()?.ident.to_string();
        if path.segments.len() > 1 && (first == "Self" || first.len() == 1) {
            return None;
        }
        let mut path = path.clone();
        for segment in &mut path.segments {
            let unsized_too = is_one_of(&segment.ident, &OF_UNSIZED);
            match &mut segment.arguments {
                PathArguments::None => {}
                PathArguments::AngleBracketed(arguments) => {
                    for argument in &mut arguments.args {
                        match argument {
                            GenericArgument::Type(ty) => *ty = Type::Verbatim(self.ty(ty, unsized_too)?),
                            GenericArgument::Lifetime(_) => {}
                            _ => return None,
                        }
                    }
                }
                PathArguments::Parenthesized(_) => return None,
            }
        }
        Some(quote!(#path))
    }

    /// Returns whether the type has lifetimes that each call chooses: elided ones, or those of
    /// `for<'a>`.
    fn has_lifetimes_of_call(&self, ty: &Type) -> bool {
        let mut find = FindLifetimes { own: &self.own, elided: true, found: false };
        find.visit_type(ty);
        find.found
    }
}

/// Returns whether tokens may name a generic of the function or of the `impl` around it. Only the usual
/// names of those are known: `Self` and single letters.
fn may_name_generic(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(name) => {
            let name = name.to_string();
            name == "Self" || name.len() == 1
        }
        TokenTree::Group(group) => may_name_generic(group.stream()),
        _ => false,
    })
}

struct FindLifetimes<'o> {
    own: &'o [String],
    /// Whether elided lifetimes count. Those in the type of another function belong to that function.
    elided: bool,
    found: bool,
}

impl FindLifetimes<'_> {
    fn in_function(&mut self, visit: impl FnOnce(&mut Self)) {
        let elided = std::mem::replace(&mut self.elided, false);
        visit(self);
        self.elided = elided;
    }
}

impl Visit<'_> for FindLifetimes<'_> {
    fn visit_type_reference(&mut self, reference: &syn::TypeReference) {
        self.found |= self.elided && reference.lifetime.is_none();
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        let written = lifetime.to_string();
        self.found |= self.elided && written == "'_" || self.own.contains(&written);
    }

    fn visit_path_segment(&mut self, segment: &syn::PathSegment) {
        // Types of the standard library that are usually written without their lifetime.
        const ELIDED: [&str; 3] = ["Arguments", "Context", "Formatter"];
        let is_elided = || is_one_of(&segment.ident, &ELIDED);
        self.found |= self.elided && segment.arguments.is_none() && is_elided();
        visit::visit_path_segment(self, segment);
    }

    fn visit_type_fn_ptr(&mut self, function: &syn::TypeFnPtr) {
        self.in_function(|find| visit::visit_type_fn_ptr(find, function));
    }

    fn visit_parenthesized_generic_arguments(&mut self, arguments: &syn::ParenthesizedGenericArguments) {
        self.in_function(|find| visit::visit_parenthesized_generic_arguments(find, arguments));
    }
}

/// The search for the closures that a body returns.
struct Answers<'c> {
    call: &'c TokenStream,
    /// Whether the closures are in an `Ok(..)` or a `Some(..)`.
    wrapped: bool,
    found: bool,
}

impl Answers<'_> {
    fn block(&mut self, block: &mut Block) {
        let count = block.stmts.len();
        for (number, statement) in block.stmts.iter_mut().enumerate() {
            match statement {
                Stmt::Expr(Expr::Return(early), _) => {
                    if let Some(value) = &mut early.expr {
                        self.answer(value);
                    }
                }
                // The last statement is the value of the block. Any other statement may have an early
                // return.
                Stmt::Expr(value, None) if number + 1 == count => self.answer(value),
                Stmt::Expr(value, _) => self.early(value),
                _ => {}
            }
        }
    }

    /// Visits a statement that may leave the function early.
    fn early(&mut self, statement: &mut Expr) {
        match statement {
            Expr::If(branch) => {
                self.early_block(&mut branch.then_branch);
                if let Some((_, other)) = &mut branch.else_branch {
                    self.early(other);
                }
            }
            Expr::Block(block) => self.early_block(&mut block.block),
            _ => {}
        }
    }

    fn early_block(&mut self, block: &mut Block) {
        for statement in &mut block.stmts {
            match statement {
                Stmt::Expr(Expr::Return(early), _) => {
                    if let Some(value) = &mut early.expr {
                        self.answer(value);
                    }
                }
                Stmt::Expr(value, _) => self.early(value),
                _ => {}
            }
        }
    }

    fn answer(&mut self, value: &mut Expr) {
        match value {
            Expr::Closure(closure) if !self.wrapped => {
                if let Some(typed) = self.typed(closure) {
                    *value = Expr::Verbatim(typed);
                }
            }
            Expr::Call(call) if self.wrapped && call.args.len() == 1 => {
                let typed = match call.args.first() {
                    Some(Expr::Closure(closure)) => self.typed(closure),
                    _ => None,
                };
                if let Some(typed) = typed {
                    call.args[0] = Expr::Verbatim(typed);
                }
            }
            Expr::Block(block) if block.label.is_none() => self.block(&mut block.block),
            Expr::If(branch) => {
                self.block(&mut branch.then_branch);
                if let Some((_, other)) = &mut branch.else_branch {
                    self.answer(other);
                }
            }
            Expr::Match(choice) => {
                for arm in &mut choice.arms {
                    self.answer(&mut arm.body);
                }
            }
            Expr::Return(early) => {
                if let Some(value) = &mut early.expr {
                    self.answer(value);
                }
            }
            _ => {}
        }
    }

    /// Returns the closure in a call of the helper, if it has a parameter without a type.
    fn typed(&mut self, closure: &ExprClosure) -> Option<TokenStream> {
        let says_all = closure.inputs.iter().all(|input| matches!(input, Pat::Type(_)));
        if says_all {
            return None;
        }
        self.found = true;
        let span = Span::mixed_site().located_at(closure.span());
        let call = relocate(self.call.clone(), span);
        Some(quote_spanned!(span=> #call(#closure)))
    }
}
