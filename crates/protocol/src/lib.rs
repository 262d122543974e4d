//! The words that the page and the companion server speak, and the pure rules of a relink.
//!
//! No I/O, no clock, no browser: the same code runs in the customer's page and on the server. The rules come from
//! Stripe's description of relink; each names the fact it rests on.

mod account;
mod condition;
mod id;
mod open_enum;
mod outcome;
mod problem;
mod secret;
mod session;
pub mod stripe;

pub use account::{AccountSummary, Overview, UnfinishedRelink};
pub use condition::{Condition, MissingPreviewFields, condition};
pub use id::{AccountId, AuthorizationId, CustomerId, InstitutionId, InvalidId, SessionId};
pub use outcome::{RelinkOutcome, Reported, decide};
pub use problem::{Problem, ProblemCode};
pub use secret::ClientSecret;
pub use session::{ReadOutcome, StartSession, StartedSession};
