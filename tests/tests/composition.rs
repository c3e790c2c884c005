//! The order of the layers: `fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))`, and that a
//! call leaves nothing of them behind wherever it is cut off.

#[path = "composition/cut.rs"]
mod cut;
#[path = "composition/pairs.rs"]
mod pairs;
#[path = "composition/plan.rs"]
mod plan;
#[path = "composition/published.rs"]
mod published;
#[path = "composition/stack.rs"]
mod stack;
#[path = "composition/threads.rs"]
mod threads;
