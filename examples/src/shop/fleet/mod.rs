//! The story for a fleet: the shop in several processes, the breakers of which are each for itself in
//! the first run, and share their state through Redis in the second one.
//!
//! | file | |
//! |---|---|
//! | `branch.rs` | one process: a shop with its own customers, and its connection to the fleet |
//! | `report_line.rs` | what a process writes to its output |
//! | `branches.rs` | all processes, as the program that starts them sees them |
//! | `server.rs` | the Redis server |
//! | `plan.rs`, `story.rs` | the chapters, and their run |
//! | `figures.rs`, `report.rs`, `promises.rs` | the results |

mod branch;
mod branches;
mod figures;
mod plan;
mod promises;
mod report;
mod report_line;
mod server;
mod story;

pub use branch::{BranchPlan, open_branch};
pub use plan::FleetPlan;
pub use story::{FleetStory, play_fleet};
