//! The order of the layers: `fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))`,
//! and that a call leaves nothing behind at whatever point it is dropped.

#[macro_use]
mod layers;

mod beside;
mod cut;
mod nested;
mod outliers;
mod pairs;
mod plan;
mod published;
mod stack;
mod threads;
mod total;
