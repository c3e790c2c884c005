//! The return types that are futures or streams, as far as their text shows it.

use quote::quote;
use syn::{
    AngleBracketedGenericArguments, AssocType, GenericArgument, PathArguments, PathSegment, Type,
    TypeParamBound,
};

use super::Shape;
use super::types::{bare, type_arguments};

/// `impl Future`, `Pin<Box<dyn Future>>`, and the aliases of the crate `futures`.
pub(super) fn future_shape(ty: &Type) -> Option<Shape> {
    match bare(ty) {
        Type::ImplTrait(ty) => {
            let output = future_bound(&ty.bounds)?.map(Box::new);
            Some(Shape::Future { output, boxed: false })
        }
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
                return Some(Shape::Future {
                    output: type_arguments(last).last().cloned().map(Box::new),
                    boxed: true,
                });
            }
            let Type::Path(boxed) = only_argument(last, "Pin")? else { return None };
            let Type::TraitObject(object) = only_argument(boxed.path.segments.last()?, "Box")? else {
                return None;
            };
            Some(Shape::Future { output: future_bound(&object.bounds)?.map(Box::new), boxed: true })
        }
        _ => None,
    }
}

/// `Some` if a bound is `Future`, with its `Output` if that is written.
fn future_bound<'b>(bounds: impl IntoIterator<Item = &'b TypeParamBound>) -> Option<Option<Type>> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) = &last.arguments
        else {
            return Some(None);
        };
        Some(args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(AssocType { ident, ty, .. }) if ident == "Output" => {
                Some(ty.clone())
            }
            _ => None,
        }))
    })
}

/// `impl Stream`, `Pin<Box<dyn Stream>>`, and the aliases that are well known.
pub(crate) fn stream_shape(ty: &Type) -> Option<Shape> {
    match bare(ty) {
        Type::ImplTrait(ty) => {
            let item = stream_bound(&ty.bounds)?.map(Box::new);
            Some(Shape::Stream { item, boxed: false })
        }
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            if last.ident == "BoxStream" || last.ident == "LocalBoxStream" {
                let item = type_arguments(last).last().cloned().map(Box::new);
                return Some(Shape::Stream { item, boxed: true });
            }
            let Type::Path(boxed) = only_argument(last, "Pin")? else { return None };
            let Type::TraitObject(object) = only_argument(boxed.path.segments.last()?, "Box")? else {
                return None;
            };
            Some(Shape::Stream { item: stream_bound(&object.bounds)?.map(Box::new), boxed: true })
        }
        _ => None,
    }
}

/// `Some` if a bound is a stream, with its `Item` if that is written.
fn stream_bound<'b>(bounds: impl IntoIterator<Item = &'b TypeParamBound>) -> Option<Option<Type>> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last()?;
        if last.ident == "Stream" || last.ident == "FusedStream" {
            return Some(associated(last, "Item"));
        }
        if last.ident == "TryStream" {
            let parts = associated(last, "Ok").zip(associated(last, "Error"));
            return Some(
                parts.map(|(ok, error)| Type::Verbatim(quote!(::core::result::Result<#ok, #error>))),
            );
        }
        None
    })
}

fn associated(segment: &PathSegment, name: &str) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(AssocType { ident, ty, .. }) if ident == name => Some(ty.clone()),
        _ => None,
    })
}

/// What is in the `Ok` of a `Result`, also of one with an error of its own, as `anyhow::Result`.
pub(super) fn result_argument(ty: &Type) -> Option<Type> {
    match bare(ty) {
        Type::Path(ty) => {
            let last = ty.path.segments.last().filter(|last| last.ident == "Result")?;
            type_arguments(last).next().cloned()
        }
        _ => None,
    }
}

/// Whether the type may be, or be a `Result` of, an alias of a stream: a name of the user's, as far as the text shows.
pub(crate) fn may_hide_stream(ty: &Type) -> bool {
    const KNOWN: [&str; 31] = [
        "Arc",
        "BTreeMap",
        "BTreeSet",
        "Cow",
        "Duration",
        "HashMap",
        "HashSet",
        "Instant",
        "Option",
        "PathBuf",
        "Rc",
        "String",
        "SystemTime",
        "Vec",
        "VecDeque",
        "bool",
        "char",
        "f32",
        "f64",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
    ];
    if let Some(answer) = result_argument(ty) {
        return may_hide_stream(&answer);
    }
    let Type::Path(path) = bare(ty) else { return false };
    path.path.segments.last().is_some_and(|last| !KNOWN.iter().any(|known| last.ident == known))
}

fn only_argument<'s>(segment: &'s PathSegment, name: &str) -> Option<&'s Type> {
    (segment.ident == name).then(|| type_arguments(segment).next().map(bare)).flatten()
}
