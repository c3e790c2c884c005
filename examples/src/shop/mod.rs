//! The pattern's classic story: a shop whose dependencies fail, without and with circuit breakers.
//!
//! Start with `calls.rs`: the three annotated functions are all that the shop does about failures.
//!
//! | file | |
//! |---|---|
//! | `calls.rs` | the calls that leave the shop, each behind a breaker with a fallback |
//! | `service.rs`, `workers.rs`, `shelf.rs` | the shop: its pages, and what they work with |
//! | `till.rs`, `orders.rs`, `database.rs` | its orders: a durable queue that outlives the process |
//! | `backends.rs` | the HTTP clients of the dependencies |
//! | `dependencies.rs`, `faulty.rs`, `ledger.rs` | the dependencies: HTTP servers with a failure switch |
//! | `load.rs` | the customers |
//! | `story.rs`, `progress.rs` | what happens when, and telling it as it goes |
//! | `figures.rs`, `report.rs`, `plot.rs`, `promises.rs` | what came of it |
//! | `serve.rs` | the shop to play with by curl |
//! | `lines.rs` | its till alone, for the program `order_worker` |

mod backends;
mod calls;
mod database;
mod dependencies;
mod error;
mod faulty;
mod figures;
mod ledger;
mod lines;
mod load;
mod orders;
mod plot;
mod progress;
mod promises;
mod report;
mod script;
mod serve;
mod service;
mod shelf;
mod story;
mod till;
mod workers;

pub use lines::take_orders;
pub use script::Script;
pub use serve::serve;
pub use story::{Story, tell};
