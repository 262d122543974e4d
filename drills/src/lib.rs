//! Drills: the built server is killed, stormed and measured.
//!
//! Drives the programs from the outside, and looks inside only where a promise is about what is stored. Shares no type
//! with them.

#![expect(clippy::print_stderr, reason = "progress, for whoever runs them")]

mod backlog;
mod bench;
pub mod cli;
mod click;
mod clock;
mod database;
mod event;
mod figures;
mod fill;
mod given;
mod kill;
mod load;
mod mails;
mod post;
mod probe;
mod program;
mod receiver;
mod report;
mod server;
mod server_clock;
mod soak;
mod storm;
mod stream;
mod stripe;
mod toll;
mod verdict;
mod wait;
mod webhooks;
mod wire;

pub use crate::database::Engine;
pub use crate::given::Given;
pub use crate::kill::{Drill, Kills, Report, run};
pub use crate::mails::killed_while_mailing;
