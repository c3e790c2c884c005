//! How a call asks for the right to run.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Lifetime;

use super::{Expansion, local};
use crate::function::Shape;

impl Expansion {
    /// An expression for a `Result<Permit, BreakerError>`. In an `async` function it may await its turn; then nothing
    /// of it is left in the future afterwards.
    pub(super) fn admission(&self) -> TokenStream {
        let (span, call_site) = (self.return_span(), local("call_site"));
        match self.shape {
            Shape::Sync => quote_spanned!(span=> #call_site.admit_or_wait()),
            _ if self.may_wait() => {
                let asked = Lifetime::new("'asked", Span::mixed_site());
                let (admitted, queued) = (local("admitted"), local("queued"));
                quote_spanned! {span=>
                    #asked: {
                        let #queued = match #call_site.admit_or_queue().decided() {
                            ::core::result::Result::Ok(#admitted) => break #asked #admitted,
                            ::core::result::Result::Err(#queued) => #queued,
                        };
                        #queued.await
                    }
                }
            }
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
