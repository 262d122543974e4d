//! Reasons why an account doesn't work: no relink repairs it, its debits are refused, or its bank has a problem.

use relink_protocol::stripe::{BlockReason, BlockRemedy, Cause};
use relink_protocol::{AccountName, AccountSummary, BankTrouble, Condition};

use super::names;
use crate::text;

/// Returns why no relink repairs the account.
pub(super) fn cause(name: &AccountName, cause: &Cause) -> String {
    let (account, bank) = (names::account(name), &name.institution_name);
    match cause {
        Cause::AccountClosed => text::unrepairable_closed(&account),
        Cause::AccessDenied => text::unrepairable_denied(&account, bank),
        Cause::AccessExpired => text::unrepairable_expired(&account, bank),
        Cause::AccountUnavailable => text::unrepairable_unavailable(&account, bank),
        Cause::InstitutionRequirement => text::unrepairable_requirement(&account, bank),
        Cause::Unspecified => text::unrepairable_unspecified(&account, bank),
        Cause::Other(_) => text::unrepairable_unknown(&account, bank),
    }
}

/// True if the connection works but no money moves, and no relink changes that.
pub(super) fn is_stopped(account: &AccountSummary) -> bool {
    let works = matches!(account.condition, Condition::Healthy | Condition::NumberPending);
    works && account.blocked.as_ref().is_some_and(|blocked| blocked.remedy != BlockRemedy::Relink)
}

/// Returns why the account's debits are refused, and whose help it takes. `None` if they are not.
pub(super) fn blocked(account: &AccountSummary, merchant: &str) -> Option<String> {
    let (bank, blocked) = (&account.name.institution_name, account.blocked.as_ref()?);
    let why = match blocked.reason {
        BlockReason::BankAccountClosed => text::blocked_closed(bank),
        BlockReason::BankAccountFrozen => text::blocked_frozen(bank),
        BlockReason::DebitNotAuthorized => text::blocked_unauthorized(bank),
        BlockReason::TokenizedAccountNumberDeactivated => text::blocked_number(bank),
        BlockReason::BankAccountInvalidDetails
        | BlockReason::BankAccountRestricted
        | BlockReason::BankAccountUnusable
        | BlockReason::Other(_) => text::blocked_refused(bank),
    };
    let next = match blocked.remedy {
        BlockRemedy::Relink => text::BLOCKED_RELINK.to_owned(),
        BlockRemedy::NewAuthorization => text::blocked_ask(merchant),
        BlockRemedy::AnotherAccount => text::blocked_another(merchant),
    };
    Some(text::sentences(&why, &next))
}

/// Returns the trouble of the account's bank. `None` if a sign-in there works, as far as is known.
pub(super) fn bank_status(account: &AccountSummary) -> Option<String> {
    let text = match account.bank_trouble? {
        BankTrouble::Degraded => text::bank_degraded,
        BankTrouble::Unavailable => text::bank_unavailable,
    };
    Some(text(&account.name.institution_name))
}
