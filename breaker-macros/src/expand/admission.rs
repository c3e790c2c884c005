//! Prints how a call asks for a permit.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{Expansion, local};
use crate::function::Shape;

impl Expansion {
    /// Returns an expression for a `Result<Permit, BreakerError>`. In a future it may wait for a permit;
    /// afterwards the future stores nothing of the queue.
    pub(super) fn admission(&self) -> TokenStream {
        let (span, call_site) = (self.return_span(), local("call_site"));
        let runtime = self.runtime(span);
        match self.shape {
            Shape::Sync => quote_spanned!(span=> #call_site.admit_or_wait()),
            _ if self.may_wait() => {
                let within = self.within();
                quote_spanned!(span=> #runtime::admit_or_wait!(#call_site #within))
            }
            Shape::Async | Shape::Future { .. } | Shape::Stream { .. } => {
                quote_spanned!(span=> #call_site.admit())
            }
        }
    }

    /// Returns what [`admission`](Self::admission) does, with anything that can become the error: for a
    /// function that passes a rejection on, which makes the error in one place.
    pub(super) fn plain_admission(&self) -> TokenStream {
        let (span, call_site) = (self.return_span(), local("call_site"));
        match self.shape {
            Shape::Sync => quote_spanned!(span=> #call_site.admit_or_wait_plainly()),
            _ if self.may_wait() => self.admission(),
            Shape::Async | Shape::Future { .. } | Shape::Stream { .. } => {
                quote_spanned!(span=> #call_site.admit_plainly())
            }
        }
    }

    /// Returns whether a future may wait for its permit: the function has a `max_wait`, or goes through
    /// another breaker, which may have one. The code for this would make every other future larger.
    pub(super) fn may_wait(&self) -> bool {
        let is_awaited = matches!(self.shape, Shape::Async) || self.is_lazy();
        is_awaited && (self.options.policy.max_wait.is_some() || self.options.breaker.is_some())
    }
}
