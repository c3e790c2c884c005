//! Types as they are written: without groups, without `impl Trait`, and their arguments.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{
    FnArg, GenericArgument, Ident, Lifetime, PathArguments, PathSegment, ReceiverKind, Type,
    TypeImplTrait, TypeParamBound, TypeReference, TypeTraitObject,
};

/// Returns the type in a form that is valid in a body: each `impl Trait` becomes `_`.
pub(crate) fn in_body(ty: &Type) -> Type {
    without_impl(ty, &quote!(_))
}

/// Returns the type with other tokens in place of each `impl Trait`.
pub(crate) fn without_impl(ty: &Type, instead: &TokenStream) -> Type {
    struct Replace<'i>(&'i TokenStream);
    impl VisitMut for Replace<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = Type::Verbatim(self.0.clone()),
                _ => syn::visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut ty = ty.clone();
    Replace(instead).visit_type_mut(&mut ty);
    ty
}

/// Returns the names of the lifetimes in arguments, with `_` for each one that is left out.
pub(super) fn lifetimes_of<'i>(inputs: impl IntoIterator<Item = &'i FnArg>) -> Vec<String> {
    struct Find(Vec<String>);
    impl Visit<'_> for Find {
        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            self.0.push(lifetime.ident.to_string());
        }

        fn visit_type_reference(&mut self, reference: &TypeReference) {
            if reference.lifetime.is_none() {
                self.0.push("_".to_owned());
            }
            syn::visit::visit_type_reference(self, reference);
        }
    }
    let mut find = Find(Vec::new());
    for input in inputs {
        match input {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(_, Some(lifetime), _) => find.visit_lifetime(lifetime),
                ReceiverKind::Reference(_, None, _) => find.0.push("_".to_owned()),
                ReceiverKind::Typed(_, ty) => find.visit_type(ty),
                _ => {}
            },
            FnArg::Typed(typed) => find.visit_type(&typed.ty),
        }
    }
    find.0
}

/// Returns the type with `'_` in place of a lifetime.
pub(super) fn without_lifetime(mut ty: Type, lifetime: &Lifetime) -> Type {
    struct Replace<'l>(&'l Lifetime);
    impl VisitMut for Replace<'_> {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident == self.0.ident {
                lifetime.ident = Ident::new("_", lifetime.ident.span());
            }
        }
    }
    Replace(lifetime).visit_type_mut(&mut ty);
    ty
}

/// Returns whether a type has an `impl Trait` in it.
pub(crate) fn has_impl(ty: &Type) -> bool {
    struct Find(bool);
    impl Visit<'_> for Find {
        fn visit_type_impl_trait(&mut self, _: &TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut find = Find(false);
    find.visit_type(ty);
    find.0
}

/// Returns whether a type has a `dyn Trait + 'a` in it, which may borrow.
pub(crate) fn has_borrowing_object(ty: &Type) -> bool {
    struct Find(bool);
    impl Visit<'_> for Find {
        fn visit_type_trait_object(&mut self, object: &TypeTraitObject) {
            self.0 |= object.bounds.iter().any(|bound| {
                matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident != "static")
            });
        }
    }
    let mut find = Find(false);
    find.visit_type(ty);
    find.0
}

/// Removes the invisible groups of macros and the parentheses around a type.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => ty,
    }
}

/// Returns whether the type is `!`, which cannot be a type argument yet.
pub(crate) fn is_never(ty: &Type) -> bool {
    matches!(bare(ty), Type::Never(_))
}

/// Returns whether the type is called `Result`, as those of std and of many crates are.
pub(crate) fn is_result(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Result")
}

/// Returns whether the type is called `Result` and has an `impl Trait` in its error.
pub(crate) fn hides_error(ty: &Type) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    let last = path.path.segments.last().filter(|_| is_result(ty));
    last.is_some_and(|last| type_arguments(last).nth(1).is_some_and(has_impl))
}

/// Returns whether a name is in a list. The text of an identifier is held by the compiler, and each
/// comparison with a literal would ask for it.
pub(crate) fn is_one_of(ident: &Ident, names: &[&str]) -> bool {
    names.contains(&ident.to_string().as_str())
}

pub(crate) fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
