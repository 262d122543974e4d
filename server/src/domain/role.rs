//! Roles of operators.

use strum::EnumString;

/// Rights of an operator. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Role {
    /// Sees everything, and changes nothing but their own sessions.
    Viewer,
    /// Asks customers to reconnect, cancels requests, and retries what failed.
    Operator,
    /// Ends the sessions of others as well.
    Admin,
}
