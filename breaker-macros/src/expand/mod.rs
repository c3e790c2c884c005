//! Prints the expansion of an annotated function.
//!
//! Locals are resolved at `Span::mixed_site()`, so that none can clash with a name of the user;
//! `exclude` has the one exception. A path of the runtime is absolute, unless the option `crate`
//! replaces it. The statics are in a block of their own. The functions and macros of the runtime do the
//! work.

mod admission;
mod arguments;
mod attempt;
mod body;
mod closures;
mod config;
mod consumed;
mod drops;
mod exclude;
mod fallback;
mod keys;
mod last_good;
mod layered;
mod once;
mod order;
mod predicate;
#[cfg(test)]
mod printed;
mod probe;
mod retry;
mod static_breaker;
mod streams;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Ident, Path, Type};

use crate::check::check;
use crate::errors::Errors;
use crate::function::{
    Function, LOCALS, Shape, check_nesting, has_borrowing_object, has_impl, hides_error, in_body,
    is_never, without_impl,
};
use crate::options::{Fallback, FallbackOn, Given, Options};

pub(crate) fn circuit_breaker(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    check_nesting(&options, &item)?;
    let mut errors = Errors::default();
    let written = options.clone();
    let options = Options::parse(options, &mut errors);
    let Some(function) = errors.take(syn::parse2::<Function>(item)) else {
        return Err(errors.into_result().expect_err("an error was found above"));
    };
    check(&function, &options, &mut errors);
    errors.into_result()?;
    if order::instrument_goes_first(&function) {
        let krate = options.krate.as_ref().map(|given| &given.value);
        return Ok(order::annotate_last(&function, &written, krate));
    }
    Ok(Expansion::new(function, options, written).print())
}

/// Returns the path of the hidden runtime.
pub(crate) fn runtime(options: &Options) -> TokenStream {
    let krate = options.krate.as_ref().map(|Given { value, .. }| value);
    let runtime = krate.map_or_else(|| quote!(::breaker_runtime), |path: &Path| quote!(#path));
    quote!(#runtime::__private)
}

/// Returns an expression of type `CircuitBreaker`, which makes and registers a declared breaker.
pub(crate) fn declared(function: Function, options: Options) -> TokenStream {
    Expansion::new(function, options, TokenStream::new()).declared()
}

/// The input of the printer, which all of its parts share.
struct Expansion {
    function: Function,
    options: Options,
    /// The tokens of the options, as the user wrote them.
    written: TokenStream,
    shape: Shape,
    /// The path of the hidden runtime, before it is relocated to a span.
    runtime: TokenStream,
    /// The span of the return type for messages, with the name resolution of the macro.
    return_span: Span,
}

/// Makes the name of a local of the expansion. The span keeps it apart from the user's locals, but not
/// from a static or constant of the same name, which a pattern would refer to.
fn local(name: &str) -> Ident {
    Ident::new(&format!("{LOCALS}{name}"), Span::mixed_site())
}

impl Expansion {
    fn new(function: Function, options: Options, written: TokenStream) -> Self {
        let (shape, runtime) = (function.shape(), runtime(&options));
        let return_span = Span::mixed_site().located_at(function.return_span());
        Self { function, options, written, shape, runtime, return_span }
    }

    fn print(&self) -> TokenStream {
        let Function { attrs, inner, vis, default, sig, .. } = &self.function;
        let (call_site, accessor) = self.call_site();
        let (call_site, call_site_in_future) = self.set_call_site(&call_site);
        let arguments = self.arguments();
        let documents = self.names_arguments();
        let sig = arguments.signature(sig, documents);
        let for_rustdoc = documents.then(|| arguments.names_for_rustdoc());
        let needed_again = self.needed_again();
        let body = if self.is_stream() {
            self.stream(&arguments, &call_site_in_future)
        } else {
            self.body(&arguments, &call_site_in_future)
        };
        let body = self.needs_streams(quote!(#call_site #needed_again #body));
        // Lints treat a function as code of the macro if its braces are the macro's.
        let block = self.in_own_braces(quote!(#(#inner)* #for_rustdoc #body));
        quote! {
            #(#attrs)*
            #vis #default #sig #block
            #accessor
        }
    }

    /// Encloses statements in the braces that the user wrote.
    fn in_own_braces(&self, statements: TokenStream) -> Group {
        let mut group = Group::new(Delimiter::Brace, statements);
        group.set_span(self.body_span());
        group
    }

    /// Ends the function with a value, in a `return` statement: for a last expression a lint would ask
    /// for a `return`. A value of type `!` is the last expression.
    fn end(&self, value: &TokenStream) -> TokenStream {
        if self.is_never() {
            return value.clone();
        }
        let value = self.leave(value);
        quote!(#value;)
    }

    /// Leaves the function with a value. A value of type `!` needs no `return`, which would be
    /// unreachable.
    fn leave(&self, value: &TokenStream) -> TokenStream {
        // The `return` alone determines the output of an `async` block.
        let in_future = matches!(self.shape, Shape::Async);
        if self.is_never() && !in_future {
            return value.clone();
        }
        quote_spanned!(self.return_span()=> return #value)
    }

    fn is_never(&self) -> bool {
        is_never(&self.function.return_type())
    }

    fn body_tokens(&self) -> TokenStream {
        self.function.body.as_ref().map(Group::stream).unwrap_or_default()
    }

    /// Returns the span of the body in the user's code.
    fn body_span(&self) -> Span {
        self.function.body.as_ref().map_or_else(Span::mixed_site, Group::span)
    }

    /// Returns the path of the hidden runtime, relocated to a span. An expression begins at its first
    /// token: with a path at another span the compiler would report one error at two spans, and so
    /// twice.
    fn runtime(&self, span: Span) -> TokenStream {
        relocate(self.runtime.clone(), span)
    }

    fn return_span(&self) -> Span {
        self.return_span
    }

    /// Returns a local of the expansion, with the span at which errors about the return type are
    /// reported.
    fn local_at_return(&self, name: &str) -> Ident {
        let mut local = local(name);
        local.set_span(self.return_span);
        local
    }

    /// Returns the type of the output as a type argument, or `_` if that type is not known.
    fn output(&self) -> TokenStream {
        match self.output_type() {
            Some(ty) => {
                let ty = in_body(&ty);
                quote!(#ty)
            }
            None => quote!(_),
        }
    }

    /// Returns the type of the output as it is written in a body, if it is written in the signature and
    /// can be a type argument.
    fn output_type(&self) -> Option<Type> {
        let ty = match &self.shape {
            Shape::Future { output, .. } | Shape::Stream { item: output, .. } => {
                (**output.as_ref()?).clone()
            }
            Shape::Sync | Shape::Async => self.function.return_type(),
        };
        (!is_never(&ty)).then(|| self.function.elided(ty))
    }

    /// Returns the call policy, which says how outputs count and what becomes of rejections. It is a
    /// call of the runtime with the span of the return type, where the compiler reports a type that does
    /// not fit.
    fn rules(&self, plain: &str, with_predicate: &str) -> TokenStream {
        self.carrying(self.judging_rules(plain, with_predicate))
    }

    fn judging_rules(&self, plain: &str, with_predicate: &str) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let options = &self.options;
        // Predicates, retries and `honour_retry_after` need the type of the output that they read. The
        // fallback closure of a future or a stream stands beside the body, and needs the type of its
        // cause. A judge alone, for `fallback_on = "rejection"`, does not determine the type. In all
        // other cases the compiler infers it from the body.
        let predicates = options.classify.is_some()
            || options.failure_if.is_some()
            || options.ignore_if.is_some()
            || options.exclude.is_some();
        let cause = matches!(self.shape, Shape::Future { .. } | Shape::Stream { .. })
            && matches!(self.fallback(), Some(Fallback::Closure(_)));
        let alone = options.fallback_on.as_ref().is_some_and(|on| on.value == FallbackOn::Rejection);
        let honour = matches!(options.policy.honour_retry_after, Some(Given { value: true, .. }));
        let known = predicates || cause || alone || honour || self.retries();
        let output = if known { self.output() } else { quote_spanned!(span=> _) };
        let rules = match &options.failure_if {
            _ if options.classify.is_some() => {
                let name = Ident::new(with_predicate, span);
                let (found, part) = (self.classifying_part(), self.local_at_return("part"));
                quote_spanned! {span=>
                    match #found {
                        #part => #runtime::#name::<#output, _>(#runtime::unjudged).classified(#part),
                    }
                }
            }
            Some(Given { value, .. }) => {
                let (name, predicate) = (Ident::new(with_predicate, span), self.predicate(value));
                quote_spanned!(span=> #runtime::#name::<#output, _>(#predicate))
            }
            None => {
                let name = Ident::new(plain, span);
                // With a predicate, the cause is added to all of the rules below.
                let judge = self.of_output(if predicates { "bare_judge" } else { "judge" });
                let fail = plain.starts_with("fallback").then(|| self.of_output("fail"));
                let inferred = fail.as_ref().map(|_| quote_spanned!(span=> , _));
                quote_spanned!(span=> #runtime::#name::<#output, _ #inferred>(#judge, #fail))
            }
        };
        let rules = match &options.ignore_if {
            Some(Given { value, .. }) => {
                let predicate = self.predicate(value);
                quote_spanned!(span=> #rules.ignoring(#predicate))
            }
            None => rules,
        };
        let rules = match &options.exclude {
            Some(Given { value, .. }) => {
                let matches = exclude::excluded(value);
                quote_spanned!(span=> #rules.excluding(#matches))
            }
            None => rules,
        };
        let rules = if predicates { self.with_cause(&rules) } else { rules };
        if !honour {
            return if self.retries() { self.hinted(&rules) } else { rules };
        }
        let (found, part) = (self.retry_after_part(), self.local_at_return("part"));
        // The part has a name: the compiler would report an error about the part itself inside the macro
        // that finds it.
        quote_spanned!(span=> match #found { #part => #rules.honour_retry_after(#part) })
    }

    /// Finds the part of the output that says when to call again, from the type, by the order in which a
    /// method call removes references.
    fn retry_after_part(&self) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let Some(ty) = self.output_type() else { return quote_spanned!(span=> #runtime::some_part()) };
        let output = without_impl(&ty, &quote!(()));
        quote_spanned!(span=> #runtime::find!(required_retry_after of #output))
    }

    /// Finds the part of the output that says how the dependency answered, in the same way.
    fn classifying_part(&self) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let Some(ty) = self.output_type() else {
            return quote_spanned!(span=> #runtime::some_class_part());
        };
        let output = without_impl(&ty, &quote!(()));
        quote_spanned!(span=> #runtime::find!(class of #output))
    }

    /// Adds to the rules that a retry waits for as long as a failed output asks for, if the type of the
    /// output is written in full and can ask for that.
    fn hinted(&self, rules: &TokenStream) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let Some(ty) = self.output_type() else { return rules.clone() };
        if has_impl(&ty) {
            return rules.clone();
        }
        quote_spanned!(span=> #rules.with_retry_after(#runtime::find!(retry_after of #ty)))
    }

    /// Adds to the rules what an output that is no success says of its cause, if its type is known.
    fn with_cause(&self, rules: &TokenStream) -> TokenStream {
        if self.output_type().is_none() {
            return rules.clone();
        }
        let (span, form) = (self.return_span(), self.of_output("cause"));
        quote_spanned!(span=> #form.add_to(#rules))
    }

    /// Looks up what the runtime has for the type of the output: whether it is a `Result`, and whether
    /// its error names a cause. A type that is not known counts as a `Result`.
    fn of_output(&self, what: &str) -> TokenStream {
        let span = self.return_span();
        let borrows = self.output_type().is_some_and(|ty| has_borrowing_object(&ty));
        let what = match what {
            // A boxed error is asked by its type, which only one that borrows nothing has at run time.
            "judge" | "result_judge" if borrows => "bare_judge",
            "cause" if borrows => "named_cause",
            _ => what,
        };
        let (runtime, what) = (self.runtime(span), Ident::new(what, span));
        let output = match self.output_type() {
            Some(ty) if !hides_error(&ty) => {
                let ty = without_impl(&ty, &quote!(()));
                quote!(#ty)
            }
            _ => quote!(::core::result::Result<(), ()>),
        };
        quote_spanned!(span=> #runtime::find!(#what of #output))
    }
}

/// Moves the outermost tokens to a span for messages. Their name resolution stays as it was.
fn relocate(tokens: TokenStream, span: Span) -> TokenStream {
    let place = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::circuit_breaker;
    use crate::nesting::DEEPEST;

    fn expand(options: &str, item: &str) -> Result<String, String> {
        let tokens = |text: &str| text.parse().expect("tokens");
        let expanded = circuit_breaker(tokens(options), tokens(item));
        expanded.map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
    }

    fn nested(depth: usize) -> String {
        format!("{}u8{}", "Vec<".repeat(depth), ">".repeat(depth))
    }

    #[test]
    fn type_nested_too_deep_is_refused_and_does_not_overflow_the_stack() {
        for depth in [DEEPEST, 3_000, 100_000] {
            let ty = nested(depth);
            for item in [format!("fn f() -> {ty} {{}}"), format!("fn f(a: {ty}) {{}}")] {
                assert!(expand("", &item).is_err_and(|error| error.contains("deep")), "{depth}");
            }
            let key = format!("key = host as {ty}");
            assert!(expand(&key, "fn f(host: u8) {}").is_err_and(|error| error.contains("deep")));
        }
    }

    /// The test has half of the compiler's stack.
    #[test]
    fn type_nested_almost_too_deep_is_parsed() {
        let forms = [
            ("Vec<", ">"),
            ("(", ",)"),
            ("[", "]"),
            ("&", ""),
            ("fn() -> ", ""),
            ("Box<dyn Fn() -> ", ">"),
        ];
        let parse = move || {
            for (open, close) in forms {
                let mut depth = DEEPEST - 4;
                if open.contains("Box") {
                    depth /= 2;
                }
                let ty = format!("{}u8{}", open.repeat(depth), close.repeat(depth));
                let options = "failure_if = |_| false, fallback = 1, clone(a)";
                let item = format!("fn f(a: {ty}) -> {ty} {{ type T = {ty}; a }}");
                expand(options, &item).unwrap_or_else(|error| panic!("{open}: {error}"));
            }
            for (open, close) in
                [("(", ")"), ("{", "}"), ("!", ""), ("&", ""), ("f(", ")"), ("|_| ", "")]
            {
                let depth = DEEPEST - 4;
                let value = format!("{}a{}", open.repeat(depth), close.repeat(depth));
                let options = format!("failure_if = |_| false, fallback = {value}");
                expand(&options, "fn f(a: u8) -> u8 { a }")
                    .unwrap_or_else(|error| panic!("{open}: {error}"));
            }
        };
        let thread = std::thread::Builder::new().stack_size(4 << 20).spawn(parse).expect("a thread");
        thread.join().expect("no panic");
    }

    #[test]
    fn declaration_nested_too_deep_is_refused() {
        let declaration = format!("static DB: timeout = f::<{}>();", nested(3_000));
        let declared = crate::declare::declare(declaration.parse().expect("tokens")).to_string();
        assert!(declared.contains("compile_error") && declared.contains("deep"), "{declared}");
    }

    #[test]
    fn body_nested_too_deep_is_left_to_the_compiler() {
        let body = format!("type T = {}; Ok(())", nested(3_000));
        expand("", &format!("fn f() -> Result<(), E> {{ {body} }}")).expect("the body is not parsed");
    }
}
