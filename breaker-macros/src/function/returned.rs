//! The return types that are futures or streams, as far as their text shows it.

use quote::quote;
use syn::punctuated::Punctuated;
use syn::{AssocType, GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound};

use super::Shape;
use super::types::{bare, is_one_of, type_arguments};

/// Returns the shape for `impl Future`, `Pin<Box<dyn Future>>`, and the aliases of the crate `futures`.
pub(super) fn future_shape(ty: &Type) -> Option<Shape> {
    let output = |bound: &PathSegment| (bound.ident == "Future").then(|| associated(bound, "Output"));
    let (output, boxed) = opaque(ty, ["BoxFuture", "LocalBoxFuture"], output)?;
    Some(Shape::Future { output, boxed })
}

/// Returns the shape for `impl Stream`, `Pin<Box<dyn Stream>>`, and the aliases of the crate `futures`.
pub(crate) fn stream_shape(ty: &Type) -> Option<Shape> {
    let (item, boxed) = opaque(ty, ["BoxStream", "LocalBoxStream"], stream_item)?;
    Some(Shape::Stream { item, boxed })
}

/// Returns `Some` if a bound is a stream, with its `Item` if that is written.
fn stream_item(bound: &PathSegment) -> Option<Option<Type>> {
    if bound.ident == "Stream" || bound.ident == "FusedStream" {
        return Some(associated(bound, "Item"));
    }
    (bound.ident == "TryStream").then(|| {
        let (ok, error) = associated(bound, "Ok").zip(associated(bound, "Error"))?;
        Some(Type::Verbatim(quote!(::core::result::Result<#ok, #error>)))
    })
}

/// Returns what a future or stream produces, if that is written, and whether it is boxed; `None` for
/// another type. `produced` reads the bound of the trait.
fn opaque(
    ty: &Type,
    aliases: [&str; 2],
    produced: impl Fn(&PathSegment) -> Option<Option<Type>>,
) -> Option<(Option<Box<Type>>, bool)> {
    let by_bounds = |bounds: &Punctuated<TypeParamBound, Token![+]>| {
        bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => produced(bound.path.segments.last()?),
            _ => None,
        })
    };
    let (produced, boxed) = match bare(ty) {
        Type::ImplTrait(ty) => (by_bounds(&ty.bounds)?, false),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            if is_one_of(&last.ident, &aliases) {
                (type_arguments(last).last().cloned(), true)
            } else {
                let Type::Path(boxed) = only_argument(last, "Pin")? else { return None };
                let object = only_argument(boxed.path.segments.last()?, "Box")?;
                let Type::TraitObject(object) = object else { return None };
                (by_bounds(&object.bounds)?, true)
            }
        }
        _ => return None,
    };
    Some((produced.map(Box::new), boxed))
}

fn associated(segment: &PathSegment, name: &str) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(AssocType { ident, ty, .. }) if ident == name => Some(ty.clone()),
        _ => None,
    })
}

/// Returns the type of the `Ok` of a `Result`, also of an alias such as `anyhow::Result`.
pub(super) fn result_argument(ty: &Type) -> Option<Type> {
    match bare(ty) {
        Type::Path(ty) => {
            let last = ty.path.segments.last().filter(|last| last.ident == "Result")?;
            type_arguments(last).next().cloned()
        }
        _ => None,
    }
}

/// Returns whether the type, or the `Ok` of it, may be an alias of a stream: any name that is not of a
/// well-known type.
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
    if let Some(ok) = result_argument(ty) {
        return may_hide_stream(&ok);
    }
    let Type::Path(path) = bare(ty) else { return false };
    path.path.segments.last().is_some_and(|last| !is_one_of(&last.ident, &KNOWN))
}

fn only_argument<'s>(segment: &'s PathSegment, name: &str) -> Option<&'s Type> {
    (segment.ident == name).then(|| type_arguments(segment).next().map(bare)).flatten()
}
