//! Whether `last_good` can tell the function's calls apart, and keep their answers.

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
            "`last_good` has to know which calls have the same answer: write `last_good(key = {example})`, or \
             `last_good(key = ())` if all have"
        ),
    );
}

/// The compiler would speak of a lifetime in the body, and of nothing else. What it does not show in the type is told
/// by the compiler all the same.
fn check_output(function: &Function, errors: &mut Errors) {
    let output = match function.shape() {
        Shape::Sync | Shape::Async => Some(function.return_type()),
        Shape::Future { output, .. } | Shape::Stream { item: output, .. } => {
            output.map(|output| *output)
        }
    };
    let Some(mut answer) = output.map(answer) else { return };
    let mut borrowed = Borrowed(None);
    borrowed.visit_type_mut(&mut answer);
    if let Some(span) = borrowed.0 {
        errors.at(
            span,
            "`last_good` keeps an answer for later calls, and this one is borrowed: return what owns it, as a \
             `String` does for a `&str`, or an `Arc` of it",
        );
    }
}

/// What is remembered of an output: the first argument of a `Result`, as an `Err` is not.
fn answer(output: Type) -> Type {
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

/// Finds the first borrowed part. One that is `'static` is not, nor what functions take.
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

/// A key that the user may have meant; `None` if there is nothing to choose from.
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
