//! Policies on recorded calls: what they would have decided, before they decide anything.
//!
//! [`recording`] is the format of recorded calls. With the feature `lab` there is the program
//! `breaker-lab`, which the guide's page `lab` describes.
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

#[cfg(feature = "lab")]
mod access_log;
#[cfg(feature = "lab")]
mod chance;
#[cfg(feature = "lab")]
mod command;
#[cfg(feature = "lab")]
mod explain;
#[cfg(feature = "lab")]
mod input;
#[cfg(feature = "lab")]
mod log;
#[cfg(feature = "lab")]
mod output;
#[cfg(feature = "lab")]
mod policies;
#[cfg(feature = "record")]
mod recorder;
#[cfg(feature = "record")]
pub mod recording;
#[cfg(feature = "lab")]
mod replay;
#[cfg(feature = "lab")]
mod simulate;
#[cfg(feature = "lab")]
mod svg;
#[cfg(feature = "lab")]
mod tune;

#[cfg(feature = "lab")]
#[doc(hidden)]
pub use crate::lab::command::main;
#[cfg(feature = "record")]
pub use crate::lab::recorder::{
    Destination, RecordError, Recording, RecordingOptions, RecordingStats, record_to,
};
