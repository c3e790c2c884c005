//! Which arguments go into the body, and which stay for the fallback.
//!
//! A fallback reads as if it stood behind the body: what it names is lent to the body, as far as the
//! borrow checker agrees; everything else moves into the body. A body that takes all is a `move` closure.

use proc_macro2::{Group, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Attribute, FnArg, Ident, Pat, PatIdent, PatType, Receiver, Token};

use super::{Expansion, local};
use crate::function::{bound, mentions, simple_name};
use crate::options::{Fallback, FallbackOn};

#[derive(Default)]
pub(super) struct Arguments {
    /// The signature's inputs; patterns that a fallback path needs as a whole have become names.
    pub(super) inputs: Punctuated<FnArg, Token![,]>,
    /// `move`, unless the fallback needs arguments after the body.
    pub(super) move_all: Option<Token![move]>,
    /// The first statements of the body: takes arguments along, and takes patterns apart.
    pub(super) into_body: TokenStream,
    /// Clones arguments before the body runs.
    pub(super) clone: TokenStream,
    /// Gives the clones their names before the fallback runs.
    pub(super) unclone: TokenStream,
    /// What a function as fallback is called with.
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
                    if self.fallback().is_some_and(Fallback::takes_all) {
                        arguments.pass_to_path(&mut typed, index);
                    }
                    arguments.inputs.push(FnArg::Typed(typed));
                }
            }
        }
        if !lends {
            arguments.move_all = Some(Token![move](Span::mixed_site()));
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

    /// Whether the body must leave arguments to the fallback. With `fallback_on = "rejection"` the two
    /// stand in different branches, and neither takes anything from the other.
    fn lends(&self) -> bool {
        let on = self.options.fallback_on.as_ref().map_or(FallbackOn::Any, |given| given.value);
        let named = |input: &FnArg| match input {
            FnArg::Receiver(receiver) => self.keeps(&Ident::new("self", receiver.self_token.span)),
            FnArg::Typed(typed) => bound(&typed.pat).iter().any(|pat| self.keeps(&pat.ident)),
        };
        if self.retries() {
            return true;
        }
        on != FallbackOn::Rejection && self.function.sig.inputs.iter().any(named)
    }

    /// Whether the body must leave this argument to the fallback or to the next attempt.
    pub(super) fn leaves(&self, name: &Ident) -> bool {
        self.retries() || self.lends() && self.keeps(name)
    }

    pub(super) fn is_cloned(&self, name: &Ident) -> bool {
        self.cloned().contains(name)
    }

    /// Whether the fallback needs this argument itself, not a clone of it.
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

    /// Moves what the fallback does not need into the body, `mut` included: left on the outer name it
    /// would be unused.
    fn share(&self, typed: &mut PatType, into_body: &mut TokenStream) {
        let cfgs = cfgs(typed);
        for PatIdent { by_ref, mutability, ident, .. } in bound(&typed.pat) {
            if self.keeps(&ident) || self.is_unused(&ident) {
                continue;
            }
            let mutability = mutability.filter(|_| by_ref.is_none());
            into_body.extend(quote!(#(#cfgs)* let #mutability #ident = #ident;));
            DropMut(&ident).visit_pat_mut(&mut typed.pat);
        }
    }

    /// No attempt may take what the next one needs: an argument is lent, as far as the body agrees, unless it is to
    /// be cloned. Then each attempt has a clone under its name.
    fn lend_to_attempts(&self, typed: &mut PatType) {
        for PatIdent { ident, .. } in bound(&typed.pat) {
            if self.cloned().contains(&ident) {
                DropMut(&ident).visit_pat_mut(&mut typed.pat);
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

    /// As its name says; to move it would be a use, of which lints complain.
    fn is_unused(&self, name: &Ident) -> bool {
        let body = self.function.body.as_ref().map(Group::stream).unwrap_or_default();
        name.unraw().to_string().starts_with('_') && !mentions(body, name)
    }

    pub(super) fn fallback(&self) -> Option<&Fallback> {
        self.options.fallback.as_ref().map(|given| &given.value)
    }

    fn cloned(&self) -> &[Ident] {
        self.options.clone.as_ref().map_or(&[], |given| &given.value)
    }
}

impl Arguments {
    fn receiver(&mut self, receiver: &Receiver) {
        let this = receiver.self_token;
        self.call.push(CallArgument { cfgs: Vec::new(), value: quote!(#this), is_self: true });
        self.inputs.push(FnArg::Receiver(receiver.clone()));
    }

    /// Gives the argument a name, if it has none, by which the fallback can have the whole.
    fn pass_to_path(&mut self, typed: &mut PatType, index: usize) {
        let cfgs = cfgs(typed);
        let name = match simple_name(&typed.pat) {
            Some(name) => name.clone(),
            None => {
                let name = local(&format!("argument_{index}"));
                let whole = Pat::Verbatim(quote!(#name));
                let parts = std::mem::replace(&mut *typed.pat, whole);
                self.into_body.extend(quote!(#(#cfgs)* let #parts = #name;));
                name
            }
        };
        self.call.push(CallArgument { cfgs, value: quote!(#name), is_self: false });
    }
}

fn cfgs(typed: &PatType) -> Vec<Attribute> {
    typed.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

struct DropMut<'n>(&'n Ident);

impl VisitMut for DropMut<'_> {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        if pat.ident == *self.0 && pat.by_ref.is_none() {
            pat.mutability = None;
        }
        syn::visit_mut::visit_pat_ident_mut(self, pat);
    }
}
