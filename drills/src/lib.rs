//! Drills: load, kill and fault-injection tests of the built server.
//!
//! They drive the programs from the outside, and read the database only where a promise is about stored data. They
//! share no type with the programs.

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
