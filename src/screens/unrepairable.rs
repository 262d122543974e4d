//! Why an account can't be repaired.

use relink_flow::{Action, Unrepairable};
use relink_protocol::stripe::Cause;

use super::names;
use crate::text;
use crate::ui::{Card, Tone};

pub(super) fn draw(unrepairable: &Unrepairable) -> Card {
    let target = &unrepairable.target;
    let account = names::account(&target.account);
    let bank = &target.account.institution_name;
    let why = match unrepairable.cause {
        Cause::AccountClosed => text::unrepairable_closed(&account),
        Cause::AccessDenied => text::unrepairable_denied(&account, bank),
        Cause::AccountUnavailable => text::unrepairable_unavailable(&account, bank),
        Cause::AccessExpired | Cause::InstitutionRequirement | Cause::Unspecified | Cause::Other(_) => {
            text::unrepairable_unknown(&account, bank)
        }
    };
    Card::new("unrepairable", text::UNREPAIRABLE_HEADING)
        .tone(Tone::Bad)
        .says(why)
        .says(text::unrepairable_next(&target.overview.merchant))
        .primary(text::SEE_ACCOUNTS, Action::Leave)
}
