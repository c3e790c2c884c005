//! Finds arguments that the body consumes although a fallback or the next attempt needs them.
//!
//! The borrow checker would report them, but it does not know `clone(..)`. So if the body certainly
//! moves an argument, the expansion checks that its type is `Copy` or a mutable reference. The form of
//! the body shows what it does. There is no check if the body binds the name again or contains a `cfg`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Block, Expr, ExprArray, ExprAsync, ExprCall, ExprClosure, ExprMethodCall, ExprReturn, ExprStruct,
    ExprTuple, Item, Local, Pat, PatIdent, PatType, Stmt, Type,
};

use super::Expansion;
use crate::function::{bare, mentions, simple_name};

impl Expansion {
    /// Returns statements that do not compile if the body consumes an argument that is needed again.
    pub(super) fn needed_again(&self) -> TokenStream {
        let needed = self.function.arguments().filter(|argument| self.is_needed_again(argument));
        let names: Vec<_> = needed.filter_map(|argument| simple_name(&argument.pat)).collect();
        let body = self.function.body.as_ref().filter(|_| !names.is_empty());
        let Some(body) = body.map(ToTokens::to_token_stream) else { return TokenStream::new() };
        if mentions(body.clone(), &Ident::new("cfg", Span::call_site())) {
            return TokenStream::new();
        }
        // The compiler explains a body that does not parse.
        let Ok(block) = syn::parse2::<Block>(body) else { return TokenStream::new() };
        names.into_iter().filter_map(|name| self.not_consumed(name, &block)).collect()
    }

    fn is_needed_again(&self, argument: &PatType) -> bool {
        let is_needed = |name| self.leaves(name) && !self.is_cloned(name);
        argument.attrs.is_empty()
            && !is_copy(&argument.ty)
            && simple_name(&argument.pat).is_some_and(is_needed)
    }

    fn not_consumed(&self, name: &Ident, body: &Block) -> Option<TokenStream> {
        let mut find = Find { name, at: None, is_bound: false };
        find.visit_block(body);
        let at = find.at.filter(|_| !find.is_bound)?;
        let span = Span::mixed_site().located_at(at);
        let runtime = self.runtime(span);
        let message = format!(
            "the body consumes `{name}`, and a fallback or the next attempt needs it: add `clone({name})` to the \
             attribute"
        );
        let label = format!("`{name}` is consumed here");
        let note = format!("or lend it: `&{name}`");
        Some(quote_spanned! {span=> {
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
            trait NeededAgain {}
            impl NeededAgain for #runtime::Left {}
            fn is_needed_again(_: impl NeededAgain) {}
            #[allow(unused_imports)]
            use #runtime::{Stays as _, StaysBorrowed as _, Taken as _};
            is_needed_again((&&#runtime::argument(&#name)).after_the_body());
        }})
    }
}

/// Returns whether the form of a type shows that it is `Copy` or a reference. The compiler decides about
/// all other types.
pub(super) fn is_copy(ty: &Type) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize", "str",
    ];
    match bare(ty) {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Path(path) => PRIMITIVES.iter().any(|primitive| path.path.is_ident(primitive)),
        _ => false,
    }
}

/// A search for the move of an argument in a body, and for another meaning of its name.
struct Find<'n> {
    name: &'n Ident,
    at: Option<Span>,
    is_bound: bool,
}

impl Find<'_> {
    fn moves(&mut self, value: &Expr) {
        match value {
            Expr::Path(path) if path.path.is_ident(self.name) => {
                self.at.get_or_insert(value.span());
            }
            Expr::Group(group) => self.moves(&group.expr),
            Expr::Paren(paren) => self.moves(&paren.expr),
            _ => {}
        }
    }

    fn move_all<'e>(&mut self, values: impl IntoIterator<Item = &'e Expr>) {
        values.into_iter().for_each(|value| self.moves(value));
    }

    /// Records the move of an argument by a `move` block or closure, which takes all that it names.
    fn captures(&mut self, tokens: &impl ToTokens) {
        if mentions(tokens.to_token_stream(), self.name) {
            self.at.get_or_insert(tokens.span());
        }
    }
}

impl Visit<'_> for Find<'_> {
    fn visit_pat_ident(&mut self, pat: &PatIdent) {
        self.is_bound |= pat.ident == *self.name;
        visit::visit_pat_ident(self, pat);
    }

    fn visit_item(&mut self, item: &Item) {
        // An item has names of its own, and a macro may bind any name.
        self.is_bound |= mentions(item.to_token_stream(), self.name);
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        self.move_all(&call.args);
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        self.move_all(&call.args);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_struct(&mut self, value: &ExprStruct) {
        self.move_all(value.fields.iter().map(|field| &field.expr));
        visit::visit_expr_struct(self, value);
    }

    fn visit_expr_tuple(&mut self, tuple: &ExprTuple) {
        self.move_all(&tuple.elems);
        visit::visit_expr_tuple(self, tuple);
    }

    fn visit_expr_array(&mut self, array: &ExprArray) {
        self.move_all(&array.elems);
        visit::visit_expr_array(self, array);
    }

    fn visit_expr_return(&mut self, value: &ExprReturn) {
        self.move_all(value.expr.as_deref());
        visit::visit_expr_return(self, value);
    }

    fn visit_block(&mut self, block: &Block) {
        if let Some(Stmt::Expr(value, None)) = block.stmts.last() {
            self.moves(value);
        }
        visit::visit_block(self, block);
    }

    fn visit_local(&mut self, local: &Local) {
        if let (Pat::Ident(PatIdent { by_ref: None, .. }), Some(init)) = (&local.pat, &local.init) {
            self.moves(&init.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_async(&mut self, block: &ExprAsync) {
        if block.capture.is_some() {
            self.captures(block);
        }
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_closure(&mut self, closure: &ExprClosure) {
        if closure.capture.is_some() {
            self.captures(closure);
        }
        visit::visit_expr_closure(self, closure);
    }
}
