//! Types that the page and the companion server exchange, and the pure rules of a relink.
//!
//! No I/O, no clock, no browser: the same code runs in the customer's page and on the server. The rules come from
//! Stripe's description of relink; each one names the fact that it rests on.

mod account;
mod bank_status;
mod condition;
mod holder;
mod id;
mod open_enum;
#[cfg(feature = "openapi")]
mod openapi;
mod outcome;
mod permissions;
mod problem;
mod purpose;
mod secret;
mod session;
mod session_result;
pub mod stripe;

pub use account::{AccountName, AccountSummary, BlockedPayments, Overview, UnfinishedRelink};
pub use bank_status::{BankTrouble, bank_trouble};
pub use condition::{Condition, ConditionRules, MissingPreviewFields, condition, next_change};
pub use holder::{HolderId, HolderKind};
pub use id::{
    AccountId, AuthorizationId, CustomerId, InstitutionId, InvalidId, PaymentMethodId, Qualify, SessionId,
    SetupIntentId, StripeAccountId,
};
pub use outcome::{
    AccountNow, AccountPair, Connected, DatedAccount, KnownAccount, LookAlikes, OutcomeInput, PairAccounts,
    RelinkOutcome, Replacement, confirmed_replacement, outcome, paired, replacements,
};
pub use permissions::PermissionChange;
pub use problem::{Problem, ProblemCode};
pub use purpose::{Choice, Purpose};
pub use secret::{ClientSecret, PageUrl};
pub use session::{PayFrom, ReadOutcome, StartSession, StartedSession};
pub use session_result::{Reported, Requested, SessionResult, decide};
