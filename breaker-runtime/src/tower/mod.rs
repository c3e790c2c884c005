//! A circuit breaker as a layer.

mod answer;
mod breaker;
mod counts;
mod future;
mod layer;
mod permit;
mod ready;
mod service;

pub use self::answer::{Answer, AsCallError, AsError, AsResponse};
pub use self::breaker::{Choose, KeyOf, Keyed};
pub use self::counts::{Counts, ErrFails, Nothing, Rule, WaitOf};
pub use self::future::ResponseFuture;
pub use self::layer::CircuitBreakerLayer;
pub use self::ready::{NeverWaits, TakeReady, Waits};
pub use self::service::CircuitBreakerService;
