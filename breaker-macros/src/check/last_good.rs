//! Checks of `last_good`: that there is a key to distinguish the calls, and that the output can be kept.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, GenericArgument, Lifetime, PathArguments, TraitBound, Type, TypeReference};

use crate::errors::Errors;
use crate::function::{Function, Shape, bare, bound};
use crate::options::Options;

pub(super) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    let Some(last_good) = &options.last_good else { return };
    check_output(function, errors);
    if last_good.value.key.is_some() {
        return;
    }
    let Some(example) = example(function) else { return };
    errors.at(
        last_good.option,
        format!(
            "`last_good` needs a key for the calls with the same answer: write `last_good(key = {example})`, or \
             `last_good(key = ())` if all have the same"
        ),
    );
}

/// Refuses a borrowed output. The compiler's own message would be about a lifetime in the body. It still
/// reports borrows that the text of the type does not show.
fn check_output(function: &Function, errors: &mut Errors) {
    let output = match function.shape() {
        Shape::Sync | Shape::Async => Some(function.return_type()),
        Shape::Future { output, .. } | Shape::Stream { item: output, .. } => {
            output.map(|output| *output)
        }
    };
    let Some(mut kept) = output.map(kept) else { return };
    let mut borrowed = Borrowed(None);
    borrowed.visit_type_mut(&mut kept);
    if let Some(span) = borrowed.0 {
        errors.at(
            span,
            "`last_good` keeps an output for later calls, and this one is borrowed: return an owned type, such as \
             `String` for `&str`, or an `Arc`",
        );
    }
}

/// Returns the part of an output that is kept: the `Ok` of a `Result`.
fn kept(output: Type) -> Type {
    let Type::Path(path) = bare(&output) else { return output };
    let Some(last) = path.path.segments.last().filter(|last| last.ident == "Result") else {
        return output;
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return output };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    types.next().unwrap_or(output)
}

/// The first borrowed part of a type. `'static` references and the arguments of functions are none.
struct Borrowed(Option<Span>);

impl Borrowed {
    fn found(&mut self, span: Span) {
        self.0.get_or_insert(span);
    }
}

impl VisitMut for Borrowed {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            self.found(reference.and_token.span());
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident != "static" {
            self.found(lifetime.span());
        }
    }

    fn visit_trait_bound_mut(&mut self, bound: &mut TraitBound) {
        if bound.lifetimes.is_none() {
            visit_mut::visit_trait_bound_mut(self, bound);
        }
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {
    }
}

/// Returns a key that the user may want; `None` if the function has no argument.
fn example(function: &Function) -> Option<String> {
    let names = function.sig.inputs.iter().find_map(|input| match input {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => bound(&typed.pat).first().map(|pat| pat.ident.to_string()),
    });
    let first = function.sig.inputs.first()?;
    Some(names.unwrap_or_else(|| match first {
        FnArg::Receiver(_) => "self.id".to_owned(),
        FnArg::Typed(_) => "user".to_owned(),
    }))
}
