//! Breakers that processes share through Redis: they trip and recover as one. The
//! [guide](crate::guide::fleet) says when to share a breaker and when not.
//!
//! [`connect`] starts one background task for the process. It reads the breakers with the option
//! [`shared`](crate::circuit_breaker#shared) about five times a second, and at once after a change of
//! state; sends what has changed in one exchange; and carries out what the fleet decides: to open, to
//! close, to let this process probe, to set a mode. No call of a breaker waits for it, or for Redis.
//!
//! ```no_run
//! use std::time::Duration;
//! use breaker_runtime::fleet::{self, FleetErrorKind, FleetOptions, FleetPhase, FleetReachability};
//! use breaker_runtime::{CircuitBreaker, Operator, SharedGroup};
//!
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let options = FleetOptions::new().process_name("checkout-7").deadline(Duration::from_millis(300));
//! let fleet = fleet::connect("redis://cache.internal", options)?;
//! let subscription = fleet.on_event(|event| eprintln!("{event}"));
//! let payments = CircuitBreaker::builder("payments").shared(SharedGroup::OfName).quorum(3).build()?;
//!
//! // Any part of the process may command the fleet.
//! let fleet = fleet::connected().expect("connected above");
//! let ada = || Operator::new("ada").reason("maintenance").expires_after(Duration::from_secs(1800));
//! match fleet.force_open("payments", ada()).await {
//!     Err(error) if error.kind() == FleetErrorKind::Store => eprintln!("{error}"),
//!     other => other?,
//! }
//! fleet.automatic("payments", ada()).await?;
//! fleet.force_closed("payments", ada()).await?;
//! fleet.reset("payments", ada()).await?;
//!
//! let status = fleet.status();
//! if status.store == FleetReachability::Lost {
//!     eprintln!("{:?}, since {:?}", status.error, status.since);
//! }
//! for group in status.groups.iter().filter(|group| group.phase == FleetPhase::Open) {
//!     println!("{} is open in {} processes; probes: {:?}", group.name, group.live, group.prober);
//!     for member in fleet.members(&group.name).await? {
//!         println!("{}: failing {}, probes {}", member.name, member.failing, member.probes);
//!     }
//! }
//! drop(subscription);
//! fleet.leave().await;
//! # Ok(())
//! # }
//! ```

mod agent;
mod connect;
mod error;
mod event;
mod operate;
mod options;
pub(crate) mod protocol;
#[cfg(test)]
mod simulation_tests;
mod status;
pub(crate) mod store;

#[cfg(feature = "dashboard")]
pub(crate) use self::agent::shared_group;
pub use self::connect::{Fleet, connect, connected};
pub use self::error::{FleetError, FleetErrorKind};
pub use self::event::{FleetEvent, FleetSubscription};
pub use self::options::FleetOptions;
pub use self::status::{
    FleetGroup, FleetMember, FleetOpenCause, FleetPhase, FleetProber, FleetReachability, FleetStatus,
};
