//! The order of the layers: `fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))`, and that a
//! call leaves nothing of them behind wherever it is cut off.

#[path = "composition/pairs.rs"]
mod pairs;
#[path = "composition/published.rs"]
mod published;
#[path = "composition/stack.rs"]
mod stack;
