//! Behaviour of a bank after a link or repair: at most of Stripe's test institutions the connection breaks again.

use super::{
    World,
    account::{Action, Notice, Status},
    bank::InstitutionKind,
    number::{AccountNumber, DAY, NumberKind, NumberStatus},
    onboarding::{EVENTUALLY_EXPIRING, EXPIRED, IMMEDIATELY_EXPIRING},
    planned::Change,
};

/// Delay in seconds for "shortly after the flow" in Stripe's guide: long enough to see the connection work.
const SHORTLY: i64 = 10;

/// Kind of link that a session made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkKind {
    /// The account was linked for the first time.
    First,
    /// The account was broken, or about to break, and works again.
    Repair,
}

impl World {
    pub(super) fn apply_bank_behavior(&mut self, account: &str, link: LinkKind) {
        let Some(institution) = self.account(account).map(|account| account.institution.clone()) else {
            return;
        };
        let kind = self.institution(&institution).map(|bank| bank.kind).unwrap_or_default();
        match (kind, link) {
            (InstitutionKind::Inactive | InstitutionKind::ReauthImmediate, LinkKind::First) => {
                self.schedule_deactivation(account);
            }
            (InstitutionKind::ReauthImmediate, LinkKind::Repair) => self.announce_deactivation(account, DAY),
            (InstitutionKind::ReauthEventual, _) => self.announce_deactivation(account, 30 * DAY),
            (InstitutionKind::Tokens, LinkKind::First) => self.apply_token_behavior(account),
            (InstitutionKind::Inactive | InstitutionKind::Tokens, LinkKind::Repair)
            | (InstitutionKind::Ordinary | InstitutionKind::Unpayable | InstitutionKind::Down(_), _) => {}
        }
    }

    fn schedule_deactivation(&mut self, account: &str) {
        let (account, cause) = (account.to_owned(), "access_expired".to_owned());
        let end = Change::Deactivate { account, action: Action::RelinkRequired, cause };
        self.plan_change(self.now + SHORTLY, end);
    }

    fn announce_deactivation(&mut self, id: &str, after: i64) {
        let notice = Notice {
            action: Action::RelinkRequired,
            cause: "access_expired".to_owned(),
            expected_deactivation_date: self.now + after,
        };
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            account.status = Status::Active(Some(notice.clone()));
        }
    }

    /// Sets the token's state by the account's name, as at Stripe's test institution.
    fn apply_token_behavior(&mut self, id: &str) {
        let now = self.now;
        let Some(account) = self.accounts.iter_mut().find(|account| account.id == id) else { return };
        let kind = |days: i64| NumberKind::Tokenized { expires: Some(now + days * DAY) };
        match account.name.as_str() {
            EXPIRED => {
                account.numbers = vec![AccountNumber { kind: kind(-1), status: NumberStatus::Deactivated }];
            }
            EVENTUALLY_EXPIRING => {
                account.numbers = vec![AccountNumber { kind: kind(30), status: NumberStatus::Transactable }];
            }
            IMMEDIATELY_EXPIRING => {
                self.plan_change(now + SHORTLY, Change::ExpireNumbers { account: id.to_owned() });
            }
            _ => {}
        }
    }
}
