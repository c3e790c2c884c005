//! The signature as rustdoc shows it: an argument that needs a name for a fallback keeps its pattern there.

use syn::punctuated::Punctuated;
use syn::{Attribute, FnArg, Pat, Stmt, Token, parse_quote};

use crate::function::Function;

/// Attributes that are no macros, and so pass on arguments under a `cfg` as they are.
const BUILT_IN: [&str; 15] = [
    "allow",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "inline",
    "link_section",
    "must_use",
    "no_mangle",
    "target_feature",
    "warn",
];

/// Returns the inputs with a twin for each one that has another pattern than the user's: the user's for rustdoc, and
/// the new one for everything else. The statements name the whole for rustdoc too, should it look at the body.
///
/// Another macro would see both, so that it gets the new ones alone.
pub(super) fn inputs(
    function: &Function,
    inputs: &Punctuated<FnArg, Token![,]>,
) -> (Punctuated<FnArg, Token![,]>, Vec<Stmt>) {
    let is_built_in = |attr: &Attribute| BUILT_IN.iter().any(|name| attr.path().is_ident(name));
    if !function.attrs.iter().all(is_built_in) {
        return (inputs.clone(), Vec::new());
    }
    let (mut both, mut names) = (Punctuated::new(), Vec::new());
    for (written, input) in function.sig.inputs.iter().zip(inputs) {
        let (FnArg::Typed(written), FnArg::Typed(typed)) = (written, input) else {
            both.push(input.clone());
            continue;
        };
        let Pat::Verbatim(name) = &*typed.pat else {
            both.push(input.clone());
            continue;
        };
        let mut shown = written.clone();
        shown.attrs.push(parse_quote!(#[cfg(doc)]));
        let mut hidden = typed.clone();
        hidden.attrs.push(parse_quote!(#[cfg(not(doc))]));
        both.push(FnArg::Typed(shown));
        both.push(FnArg::Typed(hidden));
        names.push(parse_quote!(#[cfg(doc)] let #name = ::core::unreachable!();));
    }
    (both, names)
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::{Attribute, FnArg, ItemFn};

    #[test]
    fn signature_for_rustdoc_has_no_generated_name() {
        let options = quote!(fallback = popular);
        let function = quote! {
            /// Documented.
            #[must_use]
            pub fn items(&(user, _): &(u32, u8), _: Token, city: String, Point { x, .. }: Point) -> Result<u32, E> {
                Ok(user)
            }
        };
        let printed = crate::expand::circuit_breaker(options, function).expect("no mistake");
        let printed: ItemFn = syn::parse2(printed).expect("a function");
        let is_hidden = |attr: &Attribute| *attr == syn::parse_quote!(#[cfg(not(doc))]);
        let shown = printed.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) if !typed.attrs.iter().any(is_hidden) => {
                let pat = &typed.pat;
                Some(quote!(#pat).to_string())
            }
            _ => None,
        });
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown, ["& (user , _)", "_", "city", "Point { x , .. }"]);
        assert_eq!(printed.sig.inputs.len(), 7, "three of them have a twin");
    }
}
