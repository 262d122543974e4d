//! Real browsers against the running whole: a sandbox, a server and a customer with a browser of their own.
//!
//! Drives the page as a customer does, and looks behind the scenes only at what is recorded there: the sandbox's
//! state and the server's log. Changes nothing of ours to make a test easier; trouble is made at the socket.

#![expect(clippy::indexing_slicing, reason = "only of JSON, where what is not there is null")]

mod axe;
mod bank;
mod browser;
mod elsewhere;
mod engine;
mod gate;
mod hand;
mod merchant;
mod page;
mod program;
mod shop;
mod speech;
mod stand;
mod tour;
mod visit;
mod wait;

pub use axe::{EVERYTHING, Violation};
pub use bank::BankWindow;
pub use browser::Browser;
pub use engine::Engine;
pub use gate::{Asked, Gate, Rule};
pub use hand::Way;
pub use merchant::Merchant;
pub use page::{Page, Row, Screen};
pub use program::Program;
pub use shop::Shop;
pub use stand::{ALDER, ALDER_SAVINGS, Restart, Settings, Stand, TERN};
pub use tour::{Look, every_screen};
pub use visit::Visit;
pub use wait::until;
