//! The pattern's classic story: a shop with failing dependencies, without and with circuit breakers.
//!
//! Start with `calls.rs`: the three annotated functions are all code of the shop that handles failures.
//!
//! | file | |
//! |---|---|
//! | `calls.rs` | the calls that leave the shop, each behind a breaker with its layers |
//! | `service.rs`, `workers.rs` | the shop: its pages, and the workers that serve them |
//! | `till.rs`, `orders.rs`, `database.rs` | its orders: a durable queue that outlives the process |
//! | `backends.rs` | the HTTP clients of the dependencies |
//! | `dependencies.rs`, `faulty.rs`, `ledger.rs` | the dependencies: HTTP servers with a failure switch |
//! | `load.rs` | the customers |
//! | `script.rs`, `story.rs`, `progress.rs` | the events, their run, and its progress on standard output |
//! | `figures.rs`, `report.rs`, `promises.rs` | the results |
//! | `plot.rs`, `svg.rs`, `theme.rs` | their plot |
//! | `serve.rs`, `home.rs`, `outages.rs` | the shop for use with a browser and curl, and its outages |
//! | `fleet/` | the story for a fleet: several shops that share their breakers |
//! | `game_day.rs` | its game day |
//! | `lines.rs` | its till alone, for the program `order_worker` |

mod backends;
mod calls;
mod database;
mod dependencies;
mod error;
mod faulty;
mod figures;
mod fleet;
mod game_day;
mod home;
mod ledger;
mod lines;
mod load;
mod orders;
mod outages;
mod plot;
mod progress;
mod promises;
mod report;
mod script;
mod serve;
mod service;
mod story;
mod svg;
mod theme;
mod till;
mod workers;

pub use fleet::{BranchPlan, FleetPlan, FleetStory, open_branch, play_fleet};
pub use game_day::{GameDayStory, play_game_day};
pub use lines::take_orders;
pub use script::{Pace, Script};
pub use serve::{Opening, serve};
pub use story::{Story, play};
