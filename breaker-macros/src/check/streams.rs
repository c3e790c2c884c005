//! Checks of options that have no meaning for a stream, or only for a stream.

use syn::Type;
use syn::spanned::Spanned;

use crate::errors::Errors;
use crate::function::{Function, Shape, stream_shape};
use crate::options::Options;

pub(super) fn check(function: &Function, options: &Options, errors: &mut Errors) {
    let carried = function.carried();
    let is_stream = matches!(function.shape(), Shape::Stream { .. });
    if is_stream || carried.is_some() {
        let last_good = "`last_good` cannot keep a stream, which is gone once it is read: leave it out, or put the \
                         attribute on a function that returns the collected items";
        refuse(options, "last_good", last_good, errors);
    } else {
        let message = |option: &str| {
            format!(
                "`{option}` is about the items of a stream, and the return type shows none: write `impl Stream<Item = \
                 Result<T, E>>` or a boxed stream, not an alias of it; or give `call_timeout` to an `async` function"
            )
        };
        for option in ["first_item", "idle"] {
            refuse(options, option, &message(option), errors);
        }
    }
    if is_stream {
        let whole = "`total_timeout` would end a stream because its reader is slow: give `first_item = \"5s\"` and \
                     `idle = \"20s\"`, which count only the time for which the reader waits";
        refuse(options, "total_timeout", whole, errors);
        let deadline = "`call_timeout` would end a stream because its reader is slow: give `first_item = \"5s\"` and \
                        `idle = \"20s\"`, which count only the time for which the reader waits";
        refuse(options, "call_timeout", deadline, errors);
        let retry = "`retry` cannot take back the items of a stream that have been read: return `Result<impl Stream, \
                     E>` from an `async fn`, and it retries what comes before the stream";
        refuse(options, "retry", retry, errors);
    }
    if carried.is_some_and(|carried| !carried.boxed) {
        let fallback = "a fallback must return the same type as the function, and no other function can return \
                        this `impl Stream`: return `Result<Pin<Box<dyn Stream<Item = Result<T, E>> + Send>>, E>`";
        refuse(options, "fallback", fallback, errors);
    }
    check_async(function, errors);
}

/// Refuses an `async` function that returns a stream without a `Result` around it.
fn check_async(function: &Function, errors: &mut Errors) {
    let output = match function.shape() {
        Shape::Async => function.return_type(),
        Shape::Future { output: Some(output), .. } => *output,
        _ => return,
    };
    if !matches!(output, Type::ImplTrait(_)) && stream_shape(&output).is_some() {
        errors.at(
            output.span(),
            "an `async` function must return its stream in a `Result`, so that a call can fail before there is a \
             stream: return `Result<_, E>` of this, or leave `async` out",
        );
    }
}

fn refuse(options: &Options, option: &str, message: &str, errors: &mut Errors) {
    if let Some(name) = options.written.iter().find(|name| *name == option) {
        errors.at(name.span(), message);
    }
}
