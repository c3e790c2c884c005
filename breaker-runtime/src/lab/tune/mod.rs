//! `breaker-lab tune`: a search for the policies that a log speaks for.
//!
//! - `space` has the policies that are tried, `guard` the chance that one opens without an incident.
//! - `search` replays them on the incidents with the time around them, refines the best ones, and checks
//!   those on the whole log. What is left is the front: no policy on it lets fewer failing calls through
//!   and rejects fewer good calls than another one.
//! - `words` prints the front and the limits of the log, `report` is the same as JSON, and
//!   `command` writes the settings file.

pub(crate) mod command;
mod guard;
mod report;
mod search;
mod space;
#[cfg(test)]
mod tests;
mod words;
