//! Decides which arguments move into the body, and which stay for the fallback.
//!
//! A fallback reads as if it stood behind the body. The body borrows what the fallback names, as far as
//! the borrow checker agrees. Other arguments move into the body, unless the body can borrow them and
//! the function drops them (see `drops`). A body that takes all arguments is a `move` closure or an
//! `async move` block.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, FnArg, Ident, Pat, PatIdent, PatType, Receiver, ReceiverKind, Signature, Token, Type,
};

use super::consumed::is_copy;
use super::drops::{hide_name, is_owned};
use super::{Expansion, local};
use crate::function::{bare, bound, mentions, simple_name};
use crate::options::{Fallback, FallbackOn};

#[derive(Default)]
pub(super) struct Arguments {
    /// The inputs of the signature. An input in `hidden` gets its new name when the signature is
    /// printed.
    pub(super) inputs: Punctuated<FnArg, Token![,]>,
    /// The keyword `move`, if the body takes all arguments that it uses.
    pub(super) move_all: Option<Token![move]>,
    /// The first statements of the body, which take arguments along and destructure patterns.
    pub(super) into_body: TokenStream,
    /// The statements that clone arguments before the body runs.
    pub(super) clone: TokenStream,
    /// The statements that give the clones the names of the arguments before the fallback runs.
    pub(super) unclone: TokenStream,
    /// The arguments that have a generated name, by their index.
    pub(super) hidden: Vec<(usize, Ident)>,
    /// The arguments for the call of a fallback function or method.
    pub(super) call: Vec<CallArgument>,
}

pub(super) struct CallArgument {
    pub(super) cfgs: Vec<Attribute>,
    pub(super) value: TokenStream,
    pub(super) is_self: bool,
}

impl Expansion {
    pub(super) fn arguments(&self) -> Arguments {
        let mut arguments = Arguments::default();
        let lends = self.lends();
        let all_are_copied = self.function.sig.inputs.iter().all(is_copied);
        for (index, input) in self.function.sig.inputs.iter().enumerate() {
            match input {
                FnArg::Receiver(receiver) => arguments.receiver(receiver),
                FnArg::Typed(typed) => {
                    let mut typed = typed.clone();
                    if self.retries() {
                        self.lend_to_attempts(&mut typed);
                    } else if lends {
                        self.share(&mut typed, &mut arguments.into_body);
                    }
                    if lends && !all_are_copied {
                        self.copy_reference(&typed, &mut arguments.into_body);
                    }
                    if self.fallback().is_some_and(Fallback::takes_all) {
                        arguments.pass_to_path(&typed, index);
                    }
                    arguments.inputs.push(FnArg::Typed(typed));
                }
            }
        }
        if !lends && self.moves_arguments() {
            arguments.move_all = Some(Token![move](self.body_span()));
            self.order_drops(&mut arguments);
        }
        // A body that changed a value behind a reference that it borrows would be one error of the whole
        // closure, and not one at the change.
        if lends && all_are_copied {
            arguments.move_all = Some(Token![move](self.body_span()));
        }
        for name in self.cloned() {
            if self.retries() {
                self.clone_for_attempt(name, &mut arguments);
                continue;
            }
            let copy = local(&format!("clone_of_{}", name.unraw()));
            let clone = quote_spanned!(name.span()=> ::core::clone::Clone::clone(&#name));
            arguments.clone.extend(quote!(let #copy = #clone;));
            arguments.unclone.extend(quote!(let #name = #copy;));
        }
        arguments
    }

    /// Returns whether the body must leave arguments to the fallback or to the next attempt. With
    /// `fallback_on = "rejection"` body and fallback are in different branches, and neither takes
    /// anything from the other.
    pub(super) fn lends(&self) -> bool {
        let on = self.options.fallback_on.as_ref().map_or(FallbackOn::Any, |given| given.value);
        self.retries() || on != FallbackOn::Rejection && self.fallback_keeps_arguments()
    }

    pub(super) fn fallback_keeps_arguments(&self) -> bool {
        self.function.sig.inputs.iter().any(|input| match input {
            FnArg::Receiver(receiver) => self.keeps(&Ident::new("self", receiver.self_token.span)),
            FnArg::Typed(typed) => bound(&typed.pat).iter().any(|pat| self.keeps(&pat.ident)),
        })
    }

    /// Returns whether the body must leave this argument to the fallback or to the next attempt.
    pub(super) fn leaves(&self, name: &Ident) -> bool {
        self.retries() || self.lends() && self.keeps(name)
    }

    pub(super) fn is_cloned(&self, name: &Ident) -> bool {
        self.cloned().contains(name)
    }

    /// Returns whether the fallback needs this argument itself, not a clone of it.
    fn keeps(&self, name: &Ident) -> bool {
        if self.cloned().contains(name) {
            return false;
        }
        match self.fallback() {
            None => false,
            Some(Fallback::Function(_) | Fallback::Method(_)) => true,
            Some(Fallback::Closure(closure)) => mentions(quote!(#closure), name),
            Some(Fallback::Value(value)) => mentions(quote!(#value), name),
        }
    }

    /// Moves an argument that the fallback does not need into the body, together with its `mut`, which
    /// would be unused on the outer name. An argument with something to drop stays if the body can
    /// borrow it, so that the function drops it in its order.
    fn share(&self, typed: &mut PatType, into_body: &mut TokenStream) {
        let cfgs = cfgs(typed);
        for PatIdent { by_ref, mutability, ident, .. } in bound(&typed.pat) {
            let stays = self.runs_at_once() && is_owned(&FnArg::Typed(typed.clone()));
            if self.keeps(&ident) || self.is_unused(&ident) || stays {
                continue;
            }
            let mutability = mutability.filter(|_| by_ref.is_none());
            into_body.extend(quote!(#(#cfgs)* let #mutability #ident = #ident;));
            DropMut::of(&ident, &mut typed.pat);
        }
    }

    /// Gives the body a copy of a reference that it leaves to the fallback or to the next attempt. If
    /// it borrowed the reference, a change of the value behind it would be an error of the closure.
    fn copy_reference(&self, typed: &PatType, into_body: &mut TokenStream) {
        let Pat::Ident(PatIdent { by_ref: None, mutability: None, ident: name, subpat: None, .. }) =
            &*typed.pat
        else {
            return;
        };
        let is_shared = matches!(bare(&typed.ty), Type::Reference(ty) if ty.mutability.is_none());
        if is_shared && self.leaves(name) && !self.is_cloned(name) && mentions(self.body_tokens(), name)
        {
            let cfgs = cfgs(typed);
            into_body.extend(quote!(#(#cfgs)* let #name = #name;));
        }
    }

    /// Removes the `mut` of an argument that is cloned, as each attempt has a clone under that name. All
    /// other arguments are borrowed, as far as the body agrees: no attempt may take what the next one
    /// needs.
    fn lend_to_attempts(&self, typed: &mut PatType) {
        for PatIdent { ident, .. } in bound(&typed.pat) {
            if self.cloned().contains(&ident) {
                DropMut::of(&ident, &mut typed.pat);
            }
        }
    }

    fn clone_for_attempt(&self, name: &Ident, arguments: &mut Arguments) {
        let copy = local(&format!("clone_of_{}", name.unraw()));
        let clone = quote_spanned!(name.span()=> ::core::clone::Clone::clone(&#name));
        let pats = self.function.arguments().flat_map(|argument| bound(&argument.pat));
        let mutability = pats.filter(|pat| pat.ident == *name).find_map(|pat| pat.mutability);
        arguments.clone.extend(quote!(let #copy = #clone;));
        arguments.into_body.extend(quote!(let #mutability #name = #copy;));
    }

    /// Returns whether the body does not use an argument with a name that begins with `_`. A move would
    /// be a use of that name, which lints report.
    fn is_unused(&self, name: &Ident) -> bool {
        name.unraw().to_string().starts_with('_') && !mentions(self.body_tokens(), name)
    }

    pub(super) fn fallback(&self) -> Option<&Fallback> {
        self.options.fallback.as_ref().map(|given| &given.value)
    }

    fn cloned(&self) -> &[Ident] {
        self.options.clone.as_ref().map_or(&[], |given| &given.value)
    }
}

impl Arguments {
    /// Gives an argument a generated name, and returns the name.
    pub(super) fn hide(&mut self, index: usize) -> Ident {
        let name = local(&format!("argument_{index}"));
        if !self.is_hidden(index) {
            self.hidden.push((index, name.clone()));
        }
        name
    }

    pub(super) fn is_hidden(&self, index: usize) -> bool {
        self.hidden.iter().any(|(hidden, _)| *hidden == index)
    }

    /// Returns the signature with these inputs. If `documents` is set, an argument has in the
    /// documentation the name that the user wrote.
    pub(super) fn signature(&self, sig: &Signature, documents: bool) -> TokenStream {
        if self.hidden.is_empty() {
            let mut sig = sig.clone();
            sig.inputs.clone_from(&self.inputs);
            return quote!(#sig);
        }
        let inputs = self.inputs.iter().enumerate().map(|(index, input)| {
            let hidden = self.hidden.iter().find(|(hidden, _)| *hidden == index);
            match (input, hidden) {
                (FnArg::Typed(typed), Some((_, name))) => hide_name(typed, name, documents),
                _ => quote!(#input),
            }
        });
        let Signature { constness, asyncness, safety, abi, fn_token, ident, generics, output, .. } = sig;
        let (parameters, condition) = (&generics.params, &generics.where_clause);
        let (open, close) = (&generics.lt_token, &generics.gt_token);
        let mut list = Group::new(Delimiter::Parenthesis, quote!(#(#inputs),*));
        list.set_span(sig.paren_token.span.join());
        quote! {
            #constness #asyncness #safety #abi #fn_token #ident #open #parameters #close #list #output #condition
        }
    }

    /// Returns statements that set the generated names in the documentation. They are for the bodies
    /// that rustdoc checks: those of functions with an opaque result.
    pub(super) fn names_for_rustdoc(&self) -> TokenStream {
        let names = self.hidden.iter().map(|(_, name)| name);
        quote!(#(#[cfg(doc)] let #names = ::core::unreachable!();)*)
    }

    fn receiver(&mut self, receiver: &Receiver) {
        let this = receiver.self_token;
        self.call.push(CallArgument { cfgs: Vec::new(), value: quote!(#this), is_self: true });
        self.inputs.push(FnArg::Receiver(receiver.clone()));
    }

    /// Passes an argument to the fallback. A pattern gets a generated name, by which the fallback can
    /// have the whole value.
    fn pass_to_path(&mut self, typed: &PatType, index: usize) {
        let cfgs = cfgs(typed);
        let name = match simple_name(&typed.pat) {
            Some(name) => name.clone(),
            None => {
                let (name, parts) = (self.hide(index), &typed.pat);
                self.into_body.extend(quote!(#(#cfgs)* let #parts = #name;));
                name
            }
        };
        self.call.push(CallArgument { cfgs, value: quote!(#name), is_self: false });
    }
}

pub(super) fn cfgs(typed: &PatType) -> Vec<Attribute> {
    typed.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// Returns whether an argument is copied when a body takes it, as far as its form says: it is a shared
/// reference or a number. A body that took a copy of a `mut` argument would change that copy alone.
fn is_copied(input: &FnArg) -> bool {
    match input {
        FnArg::Receiver(receiver) => matches!(receiver.kind, ReceiverKind::Reference(_, _, None)),
        FnArg::Typed(typed) => match (&*typed.pat, bare(&typed.ty)) {
            (Pat::Ident(PatIdent { mutability: Some(_), .. }), _) => false,
            (Pat::Ident(_), Type::Reference(reference)) => reference.mutability.is_none(),
            (Pat::Ident(_), ty) => is_copy(ty),
            _ => false,
        },
    }
}

pub(super) struct DropMut<'n>(&'n Ident);

impl<'n> DropMut<'n> {
    pub(super) fn of(name: &'n Ident, pat: &mut Pat) {
        Self(name).visit_pat_mut(pat);
    }
}

impl VisitMut for DropMut<'_> {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        if pat.ident == *self.0 && pat.by_ref.is_none() {
            pat.mutability = None;
        }
        syn::visit_mut::visit_pat_ident_mut(self, pat);
    }
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
        let printed = crate::expand::circuit_breaker(options, function).expect("a valid function");
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
        assert_eq!(printed.sig.inputs.len(), 7, "three of them have a second one");
    }
}
