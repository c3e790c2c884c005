//! The annotated function: its signature parsed, its body left as tokens.
//!
//! A body that does not parse is the compiler's to explain, and one that does is printed once, as it came.

use std::iter;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::visit_mut::VisitMut;
use syn::{
    AngleBracketedGenericArguments, AssocType, Attribute, Error, FnArg, GenericArgument, Ident, Item,
    Pat, PatIdent, PathArguments, PathSegment, ReturnType, Signature, Token, Type, TypeParamBound,
    Visibility,
};

use crate::nesting::{DEEPEST, too_deep};

/// Refuses what is nested too deep for the parser, but for the body, which is not parsed.
pub(crate) fn check_nesting(options: &TokenStream, item: &TokenStream) -> syn::Result<()> {
    let mut signature: Vec<TokenTree> = item.clone().into_iter().collect();
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    if signature.last().is_some_and(is_body) {
        signature.pop();
    }
    let deep = too_deep(options.clone()).or_else(|| too_deep(signature.into_iter().collect()));
    deep.map_or(Ok(()), |span| {
        let message = format!(
            "#[circuit_breaker]: a type or an expression is nested {DEEPEST} levels deep or more; give an inner part a \
             name, such as `type Items = ..;`, and write that"
        );
        Err(Error::new(span, message))
    })
}

pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Ident>,
    pub(crate) sig: Signature,
    /// The braces and what is in them, less the inner attributes; `None` for `fn f();`.
    pub(crate) body: Option<Group>,
}

/// What a call of the function does.
pub(crate) enum Shape {
    /// It runs the body.
    Sync,
    /// It makes a future of the body.
    Async,
    /// It runs the body, which makes a future: `impl Future`, or a boxed one.
    Future { output: Option<Box<Type>>, boxed: bool },
    /// It runs the body, which makes a stream.
    Stream { item: Option<Box<Type>>, boxed: bool },
}

/// A stream that an answer carries.
pub(crate) struct Carried {
    pub(crate) boxed: bool,
}

/// How the names of the expansion's locals begin.
pub(crate) const LOCALS: &str = "circuit_breaker_";

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let default = if input.peek(Token![default]) {
            let keyword: Token![default] = input.parse()?;
            Some(Ident::new("default", keyword.span))
        } else {
            None
        };
        for keyword in ["struct", "enum", "union", "trait", "impl", "mod", "static", "use", "type"] {
            refuse_item(input, keyword)?;
        }
        let sig: Signature = input.parse()?;
        if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            return Ok(Self { attrs, vis, default, sig, body: None });
        }
        let body = braces(input)?;
        let (inner, statements) = split_inner_attributes(&body)?;
        attrs.extend(inner);
        let mut rest = Group::new(body.delimiter(), statements);
        rest.set_span(body.span());
        Ok(Self { attrs, vis, default, sig, body: Some(rest) })
    }
}

/// The braces of the body, also of a `$body:block`, which comes in an invisible group.
fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    input.step(|cursor| {
        let Some((inside, span, rest)) = cursor.group(Delimiter::Brace) else {
            return Err(cursor.error("expected the body of the function"));
        };
        let mut braces = Group::new(Delimiter::Brace, inside.token_stream());
        braces.set_span(span.join());
        Ok((braces, rest))
    })
}

/// Says what to write where the attribute stands on something else than a function.
fn refuse_item(input: ParseStream<'_>, keyword: &str) -> syn::Result<()> {
    let fork = input.fork();
    let mut first: TokenTree = fork.parse()?;
    if matches!(&first, TokenTree::Ident(ident) if ident == "unsafe") {
        first = fork.parse()?;
    }
    match &first {
        TokenTree::Ident(ident) if ident == keyword => {
            let instead = match keyword {
                "impl" => "put it on each method that is to be protected",
                "trait" => "put it on the methods of an `impl`, or on trait methods that have a body",
                _ => "put it on a function or a method",
            };
            let message = format!("#[circuit_breaker] cannot protect a whole `{keyword}`: {instead}");
            Err(Error::new(ident.span(), message))
        }
        _ => Ok(()),
    }
}

/// Inner attributes belong to the function, and would end up inside a closure.
fn split_inner_attributes(body: &Group) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    let split = |input: ParseStream<'_>| {
        let mut attrs = input.call(Attribute::parse_inner)?;
        for attr in &mut attrs {
            attr.style = syn::AttrStyle::Outer;
        }
        Ok((attrs, input.parse::<TokenStream>()?))
    };
    syn::parse::Parser::parse2(split, body.stream())
}

/// The items that a body begins with, and the rest. None if it is nested too deep for the parser.
pub(crate) fn split_items(body: TokenStream) -> (TokenStream, TokenStream) {
    if too_deep(body.clone()).is_some() {
        return (TokenStream::new(), body);
    }
    let split = |input: ParseStream<'_>| {
        let mut items = TokenStream::new();
        while begins_item(&input.fork()) {
            let fork = input.fork();
            if fork.parse::<Item>().is_err() {
                break;
            }
            while input.cursor() != fork.cursor() {
                items.extend(iter::once(input.parse::<TokenTree>()?));
            }
        }
        Ok((items, input.parse::<TokenStream>()?))
    };
    // What does not parse is the compiler's to explain.
    syn::parse::Parser::parse2(split, body.clone()).unwrap_or_else(|_| (TokenStream::new(), body))
}

/// By its first words; they may turn out to begin an expression. `println!(..)` is no item here.
fn begins_item(input: ParseStream<'_>) -> bool {
    const WORDS: [&str; 14] = [
        "async",
        "const",
        "enum",
        "extern",
        "fn",
        "impl",
        "macro_rules",
        "mod",
        "static",
        "struct",
        "trait",
        "type",
        "unsafe",
        "use",
    ];
    if input.call(Attribute::parse_outer).is_err() || input.parse::<Visibility>().is_err() {
        return false;
    }
    input.call(Ident::parse_any).is_ok_and(|first| WORDS.iter().any(|word| first == word))
}

impl Function {
    pub(crate) fn shape(&self) -> Shape {
        if self.sig.asyncness.is_some() {
            return Shape::Async;
        }
        match &self.sig.output {
            ReturnType::Default => Shape::Sync,
            ReturnType::Type(_, ty) => {
                future_shape(ty).or_else(|| stream_shape(ty)).unwrap_or(Shape::Sync)
            }
        }
    }

    /// The stream in the answer of a function that returns no stream itself: `Result<impl Stream, E>`.
    pub(crate) fn carried(&self) -> Option<Carried> {
        let output = match self.shape() {
            Shape::Sync | Shape::Async => self.return_type(),
            Shape::Future { output, .. } => *output?,
            Shape::Stream { .. } => return None,
        };
        let Shape::Stream { boxed, .. } = stream_shape(&result_argument(&output)?)? else { return None };
        Some(Carried { boxed })
    }

    /// Where an error about the return type belongs.
    pub(crate) fn return_span(&self) -> Span {
        match (&self.sig.output, self.shape()) {
            (ReturnType::Default, _) => self.sig.ident.span(),
            // The rest of the type may be that of another macro, such as #[async_trait].
            (_, Shape::Future { output: Some(output), .. }) => output.span(),
            (ReturnType::Type(_, ty), _) => ty.span(),
        }
    }

    /// The declared return type.
    pub(crate) fn return_type(&self) -> Type {
        match &self.sig.output {
            ReturnType::Default => Type::Verbatim(quote!(())),
            ReturnType::Type(_, ty) => (**ty).clone(),
        }
    }

    /// Whether the body is what this attribute expands to. Its locals have names of their own.
    pub(crate) fn is_expanded(&self) -> bool {
        let body = self.body.as_ref().map(Group::stream).unwrap_or_default();
        body.into_iter()
            .any(|token| matches!(token, TokenTree::Ident(name) if name.to_string().starts_with(LOCALS)))
    }

    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }

    /// The arguments other than `self`.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &syn::PatType> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        })
    }
}

/// The type as it can stand in a body: each `impl Trait` becomes `_`.
pub(crate) fn in_body(ty: &Type) -> Type {
    without_impl(ty, &quote!(_))
}

/// The type with something else in place of each `impl Trait`.
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

/// The type without the invisible groups of macros and the parentheses around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => ty,
    }
}

/// Whether the type is `!`, which cannot be a type argument yet.
pub(crate) fn is_never(ty: &Type) -> bool {
    matches!(bare(ty), Type::Never(_))
}

/// The name that a simple argument binds.
pub(crate) fn simple_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Some(&ident.ident),
        _ => None,
    }
}

/// The names that a pattern binds.
pub(crate) fn bound(pat: &Pat) -> Vec<PatIdent> {
    struct Collect(Vec<PatIdent>);
    impl syn::visit::Visit<'_> for Collect {
        fn visit_pat_ident(&mut self, pat: &PatIdent) {
            self.0.push(pat.clone());
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    let mut collect = Collect(Vec::new());
    syn::visit::Visit::visit_pat(&mut collect, pat);
    collect.0
}

/// Whether tokens name an argument, also in a macro call, and in a format string such as `"{user}"`.
/// Saying yes too often only lends an argument that could have been moved.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    first_mention(tokens, name).is_some()
}

/// Where tokens name an argument: the name as it stands there, or `name` itself if that is in a format string.
pub(crate) fn first_mention(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident.unraw() == name.unraw()).then_some(ident),
        TokenTree::Group(group) => first_mention(group.stream(), name),
        TokenTree::Literal(literal) => {
            literal.to_string().contains(&format!("{{{}", name.unraw())).then(|| name.clone())
        }
        TokenTree::Punct(_) => None,
    })
}

/// `impl Future`, `Pin<Box<dyn Future>>`, and the aliases of the crate `futures`.
fn future_shape(ty: &Type) -> Option<Shape> {
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
fn result_argument(ty: &Type) -> Option<Type> {
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
