//! The order of the layers: `fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))`, and that a
//! call leaves nothing of them behind wherever it is cut off.

mod cut;
mod pairs;
mod plan;
mod published;
mod stack;
mod threads;
