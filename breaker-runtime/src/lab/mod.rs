//! Policies on recorded calls: what they would have decided, before they decide anything.

//!
//! # Record
//!
//! [`record_to`] writes the calls of breakers to a file while the service runs. It is no option of a
//! breaker: a recording is about traffic, has one file for all breakers, and begins and ends at run
//! time.
//!
//! - A call waits for nothing: it puts an entry into a bounded queue, without a lock and without memory,
//!   and one thread writes. A call that finds the queue full is left out and counted.
//! - Plain successes can be sampled; their number stays exact. All other calls are written.
//! - A call that began before the recording is not in it, and the pings of the option `probe` are not
//!   calls.

#[cfg(feature = "record")]
mod recorder;
#[cfg(feature = "record")]
pub mod recording;

#[cfg(feature = "record")]
pub use crate::lab::recorder::{
    Destination, RecordError, Recording, RecordingOptions, RecordingStats, record_to,
};
