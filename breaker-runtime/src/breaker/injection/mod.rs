//! Game days: faults that the settings inject into admitted calls.
//!
//! A breaker with a [`Plan`] has `SLOW_ADMIT` set in its word, as one with a concurrency limit has, so
//! that each call takes the slow admission path, and only that path looks for a plan. Any other breaker
//! pays nothing.
//!
//! - An injected failure settles the permit as a failure and leaves the admission as an error, so that
//!   no other code has to know it. It is no rejection: retries and fallbacks take it for a failure.
//! - A call that waits runs on after its wait. A sync call waits on its thread. A future waits in its
//!   first polls, by a timer that is found by the call's token: the future itself is no larger.
//! - A ping of `probe` meets the faults of the calls that it stands for, or the ping of a dependency
//!   that is well would close the breaker again and again. It is none of the calls that are counted.
//! - No wait outlasts the [`plan::End`].
//!
//! What a game day cannot show at a breaker is a finding (`limits`), so that an operator who sees no
//! error does not take that for a good result.
//!
//! Without the feature `inject` there is no plan, and the functions are empty.

#[cfg(feature = "inject")]
mod calls;
#[cfg(feature = "inject")]
mod limits;
#[cfg(feature = "inject")]
mod pings;
#[cfg(feature = "inject")]
pub(crate) mod plan;
#[cfg(feature = "inject")]
mod trips;
#[cfg(feature = "inject")]
mod waits;
#[cfg(not(feature = "inject"))]
mod without;

#[cfg(not(feature = "inject"))]
pub(crate) use self::without::Plan;
#[cfg(feature = "inject")]
pub(crate) use self::{calls::InjectedCalls, plan::Plan, trips::InjectedTrip};
