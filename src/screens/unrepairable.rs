//! An account can't be repaired, and why.

use relink_flow::{Action, Unrepairable};
use relink_protocol::stripe::Cause;

use super::names;
use crate::text;
use crate::ui::{Card, Tone};

pub(super) fn draw(unrepairable: &Unrepairable) -> Card {
    let target = &unrepairable.target;
    let account = names::account(&target.account.name);
    let bank = &target.account.name.institution_name;
    let why = match unrepairable.cause {
        Cause::AccountClosed => text::unrepairable_closed(&account),
        Cause::AccessDenied => text::unrepairable_denied(&account, bank),
        Cause::AccessExpired => text::unrepairable_expired(&account, bank),
        Cause::AccountUnavailable => text::unrepairable_unavailable(&account, bank),
        Cause::InstitutionRequirement => text::unrepairable_requirement(&account, bank),
        Cause::Unspecified => text::unrepairable_unspecified(&account, bank),
        Cause::Other(_) => text::unrepairable_unknown(&account, bank),
    };
    let card = Card::new("unrepairable", text::UNREPAIRABLE_HEADING).tone(Tone::Error).paragraph(why);
    if target.overview.allows_another {
        card.primary(text::ANOTHER_BANK, Action::AnotherBank).secondary(text::SEE_ACCOUNTS, Action::Leave)
    } else {
        card.paragraph(text::unrepairable_next(&target.overview.merchant))
            .primary(text::SEE_ACCOUNTS, Action::Leave)
    }
}
