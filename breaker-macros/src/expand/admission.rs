//! How a call asks for the right to run.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{Expansion, local};
use crate::function::Shape;

impl Expansion {
    /// An expression for a `Result<Permit, BreakerError>`. In an `async` function it may await its turn; then nothing
    /// of it is left in the future afterwards.
    pub(super) fn admission(&self) -> TokenStream {
        let (span, call_site) = (self.return_span(), local("call_site"));
        let runtime = self.runtime(span);
        match self.shape {
            Shape::Sync => quote_spanned!(span=> #call_site.admit_or_wait()),
            _ if self.may_wait() => quote_spanned!(span=> #runtime::admit_or_wait!(#call_site)),
            Shape::Async | Shape::Future { .. } | Shape::Stream { .. } => {
                quote_spanned!(span=> #call_site.admit())
            }
        }
    }

    /// Whether the breaker may have a `max_wait` that a future knows of. It would make every other one larger.
    pub(super) fn may_wait(&self) -> bool {
        let is_awaited = matches!(self.shape, Shape::Async) || self.is_lazy();
        is_awaited && (self.options.policy.max_wait.is_some() || self.options.breaker.is_some())
    }
}
