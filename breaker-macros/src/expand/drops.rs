//! Drops arguments in the order of the bare function: the last argument first, and of each argument
//! first what its pattern bound and then the rest.
//!
//! A closure drops its captures in the order in which its body names them, and before anything that the
//! function owns. So a body that takes several arguments along names all of them first, beginning with
//! the last one. An argument that the body does not name gets a generated name in the signature. A
//! pattern that leaves a part of its argument behind is matched in the body, and then all other
//! arguments become locals of the body as well.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::visit::Visit;
use syn::{FnArg, Ident, Pat, PatIdent, PatType, ReceiverKind, Type};

use super::Expansion;
use super::arguments::{Arguments, DropMut, cfgs};
use crate::function::{Shape, bare, bound, first_mention, is_one_of, mentions, simple_name};
use crate::options::Fallback;

impl Expansion {
    /// Returns whether the body has to own the arguments that it uses. Otherwise it borrows what it does
    /// not consume, and the function itself drops that, so that lints about arguments passed by value
    /// can see it. A body also owns references: if it borrowed a reference and changed the value behind
    /// it, the compiler would report an error about the whole closure.
    pub(super) fn moves_arguments(&self) -> bool {
        if !self.runs_at_once() || self.lends_by_argument() {
            return true;
        }
        let owned = self.function.sig.inputs.iter().filter(|input| is_owned(input)).collect::<Vec<_>>();
        let watched = owned.iter().filter(|input| drop_is_seen(input)).count();
        owned.is_empty() || watched > 1 || owned.iter().any(|input| self.takes_field(input))
    }

    /// Returns whether an argument or the result may borrow. An argument of type `&str` does not count,
    /// as no body changes its text.
    fn lends_by_argument(&self) -> bool {
        let mut borrows = Borrows(false);
        borrows.visit_return_type(&self.function.sig.output);
        for input in &self.function.sig.inputs {
            match input {
                FnArg::Typed(typed) if is_text_by_reference(&typed.ty) => {}
                _ => borrows.visit_fn_arg(input),
            }
            if let FnArg::Receiver(receiver) = input {
                borrows.0 |= matches!(receiver.kind, ReceiverKind::Reference(..));
            }
        }
        borrows.0
    }

    /// Returns whether the body names a field of the argument. A closure would capture that field alone.
    fn takes_field(&self, input: &FnArg) -> bool {
        let body = self.body_tokens();
        match input {
            FnArg::Receiver(receiver) => {
                names_field(body, &Ident::new("self", receiver.self_token.span))
            }
            FnArg::Typed(typed) => {
                bound(&typed.pat).iter().any(|pat| names_field(body.clone(), &pat.ident))
            }
        }
    }

    /// Makes a body that takes the arguments along drop them in their order.
    pub(super) fn order_drops(&self, arguments: &mut Arguments) {
        let owned = arguments.inputs.iter().filter(|input| is_owned(input)).collect::<Vec<_>>();
        let split = owned.first().is_some_and(|input| self.takes_field(input));
        if owned.len() < 2 && !split {
            return;
        }
        let leaves_part =
            |input: &&FnArg| matches!(input, FnArg::Typed(typed) if self.leaves_part(typed));
        let is_split = owned.iter().skip(1).any(leaves_part);
        let is_seen = |pat: &PatIdent| mentions(self.written.clone(), &pat.ident);
        let seen = self
            .function
            .arguments()
            .any(|typed| !is_whole(&typed.pat) && bound(&typed.pat).iter().any(is_seen));
        if self.names_arguments() && !seen && (is_split || !arguments.hidden.is_empty()) {
            self.take_as_locals(arguments);
        } else {
            self.capture_backwards(arguments);
        }
    }

    /// Returns whether the arguments may have generated names, as no other macro looks at them.
    pub(super) fn names_arguments(&self) -> bool {
        self.function.attrs.iter().all(|attr| is_inert(attr.path()))
    }

    fn capture_backwards(&self, arguments: &mut Arguments) {
        let body = self.body_tokens();
        let (mut captured, mut unused) = (Vec::new(), TokenStream::new());
        let inputs = arguments.inputs.clone();
        for (index, input) in inputs.iter().enumerate().filter(|(_, input)| is_owned(input)) {
            let typed = match input {
                FnArg::Receiver(receiver) => {
                    let this = Ident::new("self", receiver.self_token.span);
                    captured.extend(first_mention(body.clone(), &this));
                    continue;
                }
                FnArg::Typed(typed) => typed,
            };
            // A `cfg` is allowed on a statement, but not on a part of an expression.
            if !cfgs(typed).is_empty() {
                continue;
            }
            let names = bound(&typed.pat);
            let whole = is_whole(&typed.pat);
            let mentioned = names.iter().filter_map(|pat| self.mention(&pat.ident)).collect::<Vec<_>>();
            if !(whole && mentioned.is_empty() && self.names_arguments()) {
                captured.extend(mentioned);
                continue;
            }
            let name = arguments.hide(index);
            if let Some(PatIdent { ident, .. }) = names.first().filter(|pat| !is_underscored(&pat.ident))
            {
                // The lint about unused arguments reports this name.
                unused.extend(quote!(let #ident = &#name;));
            }
            captured.push(name);
        }
        let captured = captured.iter().rev();
        arguments.into_body.extend(quote!(let _ = (#(&#captured,)*); #unused));
    }

    /// Returns the name of the argument, if the body or an option mentions it. A name that begins with
    /// `_` keeps the span of its mention: lints report the use of such a name, once for each span.
    fn mention(&self, name: &Ident) -> Option<Ident> {
        let in_body = first_mention(self.body_tokens(), name);
        let in_options = || {
            let is_passed = self.fallback().is_some_and(Fallback::takes_all);
            (is_passed || mentions(self.written.clone(), name)).then(|| name.clone())
        };
        let mention = in_body.or_else(in_options)?;
        Some(if is_underscored(name) { mention } else { name.clone() })
    }

    fn take_as_locals(&self, arguments: &mut Arguments) {
        let (mut inputs, mut statements) = (arguments.inputs.clone(), TokenStream::new());
        for (index, input) in inputs.iter_mut().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            let cfgs = cfgs(typed);
            let is_named = |name: &Ident| !is_underscored(name) || self.mention(name).is_some();
            match &*typed.pat {
                Pat::Ident(pat) if is_whole(&typed.pat) && is_named(&pat.ident) => {
                    let PatIdent { mutability, ident, .. } = pat.clone();
                    statements.extend(quote!(#(#cfgs)* let #mutability #ident = #ident;));
                    DropMut::of(&ident, &mut typed.pat);
                    continue;
                }
                _ => {}
            }
            let (name, pat) = (arguments.hide(index), &typed.pat);
            let lends = |pat: &PatIdent| pat.by_ref.is_some() && pat.mutability.is_some();
            let mutability = bound(pat).iter().any(lends).then(|| quote!(mut));
            statements.extend(quote!(#(#cfgs)* let #mutability #name = #name;));
            if !is_whole(pat) {
                statements.extend(quote!(#(#cfgs)* let #pat = #name;));
            }
        }
        arguments.inputs = inputs;
        arguments.into_body = statements;
    }

    /// Sets a local to a value that borrows arguments while it is made. A future keeps room for an
    /// argument that was ever borrowed, even after the body has taken it. So the argument is borrowed
    /// under a name with a scope that ends before the body begins.
    pub(super) fn look_at_arguments(
        &self,
        name: &Ident,
        value: &TokenStream,
        seen: &TokenStream,
    ) -> TokenStream {
        let is_seen =
            |ident: &Ident| mentions(seen.clone(), ident) && mentions(self.body_tokens(), ident);
        let owned = self.function.sig.inputs.iter().filter(|input| is_owned(input));
        let names = owned.filter_map(|input| match input {
            FnArg::Typed(typed) if cfgs(typed).is_empty() => match &*typed.pat {
                Pat::Ident(pat) if pat.mutability.is_none() => {
                    simple_name(&typed.pat).filter(|name| is_seen(name))
                }
                _ => None,
            },
            _ => None,
        });
        let names = names.collect::<Vec<_>>();
        if names.is_empty() || !matches!(self.shape, Shape::Async) || self.lends() {
            return quote!(let #name = #value;);
        }
        quote! {
            let (#name, #(#names),*) = {
                #(let #names = #names;)*
                (#value, #(#names),*)
            };
        }
    }

    /// Returns whether a pattern leaves a part of its argument where it was, or binds a part that the
    /// body does not name.
    fn leaves_part(&self, typed: &PatType) -> bool {
        if is_whole(&typed.pat) {
            return false;
        }
        let mut rest = Rest(false);
        rest.visit_pat(&typed.pat);
        let body = self.body_tokens();
        rest.0
            || bound(&typed.pat)
                .iter()
                .any(|pat| pat.by_ref.is_some() || first_mention(body.clone(), &pat.ident).is_none())
    }
}

/// Returns whether a pattern does not destructure its argument.
fn is_whole(pat: &Pat) -> bool {
    matches!(pat, Pat::Wild(_)) || simple_name(pat).is_some()
}

fn is_underscored(name: &Ident) -> bool {
    name.unraw().to_string().starts_with('_')
}

/// Returns whether the argument may have something to drop, as far as its type says.
pub(super) fn is_owned(input: &FnArg) -> bool {
    match input {
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Reference(..) => false,
            ReceiverKind::Typed(_, ty) => may_drop(ty),
            _ => true,
        },
        FnArg::Typed(typed) => may_drop(&typed.ty),
    }
}

fn may_drop(ty: &Type) -> bool {
    const PLAIN: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::Never(_) => false,
        Type::Paren(ty) => may_drop(&ty.elem),
        Type::Group(ty) => may_drop(&ty.elem),
        Type::Array(ty) => may_drop(&ty.elem),
        Type::Tuple(ty) => ty.elems.iter().any(may_drop),
        Type::Path(ty) if ty.qself.is_none() => {
            let Some(last) = ty.path.segments.last() else { return true };
            if last.ident == "Option" || last.ident == "Pin" {
                let arguments = crate::function::type_arguments(last).collect::<Vec<_>>();
                return arguments.is_empty() || arguments.into_iter().any(may_drop);
            }
            !PLAIN.iter().any(|plain| ty.path.is_ident(plain))
        }
        _ => true,
    }
}

/// Returns whether the drop of an argument may have a visible effect, as far as its type says. The order
/// among texts and lists of plain values is not visible.
fn drop_is_seen(input: &FnArg) -> bool {
    match input {
        FnArg::Receiver(_) => true,
        FnArg::Typed(typed) => type_drop_is_seen(&typed.ty),
    }
}

fn type_drop_is_seen(ty: &Type) -> bool {
    const TEXTS: [&str; 3] = ["String", "PathBuf", "OsString"];
    const LISTS: [&str; 9] =
        ["BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "Option", "Result", "Vec", "VecDeque"];
    match bare(ty) {
        Type::Array(ty) => type_drop_is_seen(&ty.elem),
        Type::Slice(ty) => type_drop_is_seen(&ty.elem),
        Type::Tuple(ty) => ty.elems.iter().any(type_drop_is_seen),
        Type::Path(path) if path.qself.is_none() => {
            let Some(last) = path.path.segments.last() else { return true };
            if is_one_of(&last.ident, &LISTS) {
                let mut arguments = crate::function::type_arguments(last).peekable();
                return arguments.peek().is_none() || arguments.any(type_drop_is_seen);
            }
            !is_one_of(&last.ident, &TEXTS) && may_drop(ty)
        }
        ty => may_drop(ty),
    }
}

fn is_text_by_reference(ty: &Type) -> bool {
    let Type::Reference(lent) = bare(ty) else { return false };
    let is_str = matches!(bare(&lent.elem), Type::Path(path) if path.path.is_ident("str"));
    lent.mutability.is_none() && is_str
}

/// A search for a type that borrows, or that may do so.
struct Borrows(bool);

impl Visit<'_> for Borrows {
    fn visit_type_reference(&mut self, _: &syn::TypeReference) {
        self.0 = true;
    }

    fn visit_lifetime(&mut self, lifetime: &syn::Lifetime) {
        self.0 |= lifetime.ident != "static";
    }

    fn visit_type_impl_trait(&mut self, _: &syn::TypeImplTrait) {
        self.0 = true;
    }

    fn visit_type_macro(&mut self, _: &syn::TypeMacro) {
        self.0 = true;
    }
}

/// A search for a part of a pattern that binds nothing.
struct Rest(bool);

impl Visit<'_> for Rest {
    fn visit_pat(&mut self, pat: &Pat) {
        match pat {
            Pat::Wild(_) | Pat::Rest(_) => self.0 = true,
            Pat::Struct(pat) if pat.rest.is_some() => self.0 = true,
            _ => syn::visit::visit_pat(self, pat),
        }
    }
}

/// Returns whether tokens name a field of `name`: `name.field` or `name.0`, but not `name.method()`.
fn names_field(tokens: TokenStream, name: &Ident) -> bool {
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    let is_name = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == name);
    let is_dot = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == '.');
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => names_field(group.stream(), name),
        token if is_name(token) && is_dot(tokens.get(index + 1)) => {
            let calls = match tokens.get(index + 3) {
                Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
                // The method has a turbofish.
                Some(TokenTree::Punct(punct)) => punct.as_char() == ':',
                _ => false,
            };
            !calls && !is_dot(tokens.get(index + 2))
        }
        _ => false,
    })
}

/// Returns whether an attribute is one of the compiler or of clippy that looks at no names of arguments.
fn is_inert(path: &syn::Path) -> bool {
    const INERT: [&str; 14] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "must_use",
        "no_mangle",
        "target_feature",
        "track_caller",
        "warn",
    ];
    INERT.iter().any(|name| path.is_ident(name))
        || path.segments.len() == 2 && path.segments[0].ident == "clippy"
}

/// Prints an argument under a generated name. If `documents` is set, the argument keeps its own name in
/// the documentation. That is possible only if no other macro looks at the arguments, as it would see
/// both.
pub(super) fn hide_name(typed: &PatType, name: &Ident, documents: bool) -> TokenStream {
    let PatType { attrs, pat, colon_token, ty } = typed;
    if !documents {
        return quote!(#(#attrs)* #name #colon_token #ty);
    }
    quote! {
        #(#attrs)* #[cfg(doc)] #pat #colon_token #ty,
        #(#attrs)* #[cfg(not(doc))] #name #colon_token #ty
    }
}
