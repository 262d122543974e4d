//! A bank window without a browser: the steps of a customer who ends the session as a test wants it.

use super::{
    Holding, World,
    account::Status,
    bank_window::{Choice, StepRefused},
    manual_entry::ManualEntry,
    session::{FailureReason, Session},
    typed_account::TypedAccount,
};

/// End of a bank window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The customer shares the account to relink, or the accounts that the session asks for.
    Succeeded,
    /// The customer shares accounts that were not linked before.
    NewAccount,
    /// The customer signs in and shares no account that is asked for.
    NoAccount,
    /// The customer does not finish the sign-in.
    NoAuthorization,
    /// The bank fails.
    Other,
    /// The customer closes the window.
    Cancelled,
    /// The customer types in account numbers, or goes on in the merchant's own form if the session asks for that.
    ManualEntry,
}

impl Ending {
    pub(crate) const WORDS: &'static [&'static str] =
        &["succeeded", "new_account", "no_account", "no_authorization", "other", "cancelled", "manual_entry"];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "succeeded" => Self::Succeeded,
            "new_account" => Self::NewAccount,
            "no_account" => Self::NoAccount,
            "no_authorization" => Self::NoAuthorization,
            "other" => Self::Other,
            "cancelled" => Self::Cancelled,
            "manual_entry" => Self::ManualEntry,
            _ => return None,
        })
    }
}

/// Customer's choice in a bank window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choices<'a> {
    /// Bank; may be missing if the session permits one only.
    pub(crate) institution: Option<&'a str>,
    /// Accounts by id, last four digits, or id of the holding; empty for those that fit the ending.
    pub(crate) accounts: &'a [String],
    /// Account that the customer types in.
    pub(crate) typed: &'a TypedAccount,
    /// True if the page asks for a token.
    pub(crate) with_token: bool,
}

impl World {
    /// Opens the window of a session and carries out the steps that lead to this ending. After a refusal, the session
    /// is as before.
    pub(crate) fn complete_window(
        &mut self,
        id: &str,
        ending: Ending,
        choices: Choices<'_>,
    ) -> Result<(), StepRefused> {
        let before = self.session(id).cloned().ok_or(StepRefused::NoSession)?;
        let ended = self.take_steps(id, ending, choices);
        if ended.is_err()
            && let Some(session) = self.session_mut(id)
        {
            *session = before;
        }
        ended
    }

    fn take_steps(&mut self, id: &str, ending: Ending, choices: Choices<'_>) -> Result<(), StepRefused> {
        if self.session(id).is_some_and(|one| one.params.is_hosted && one.live_url(self.now).is_none()) {
            // A hosted session has no other way to a window than its link.
            return Err(self
                .session(id)
                .and_then(Session::result)
                .map_or(StepRefused::SpentSecret, |_| StepRefused::Ended));
        }
        self.open_window(id)?;
        match ending {
            Ending::Succeeded | Ending::NewAccount => {
                self.sign_in(id, choices.institution, "")?;
                let chosen = self.choice_for(id, ending, choices.accounts)?;
                match self.choose(id, &chosen)? {
                    Choice::Connected => Ok(()),
                    Choice::WrongAccount => Err(StepRefused::BadChoice),
                }
            }
            Ending::NoAccount => {
                self.sign_in(id, choices.institution, "")?;
                self.fail_session(id, FailureReason::NoAccount)
            }
            Ending::NoAuthorization => self.fail_session(id, FailureReason::NoAuthorization),
            Ending::Other => self.fail_session(id, FailureReason::Other),
            Ending::Cancelled => {
                self.close_window(id);
                Ok(())
            }
            Ending::ManualEntry => {
                match self.session(id).and_then(|one| one.manual_entry(choices.with_token)) {
                    Some(ManualEntry::OwnForm) => self.leave_for_own_form(id),
                    Some(ManualEntry::Form) => {
                        self.enter_account(id, choices.typed.clone(), choices.with_token)
                    }
                    None => Err(StepRefused::NoManualEntry),
                }
            }
        }
    }

    /// Returns the ids of the holdings to share.
    fn choice_for(&self, id: &str, ending: Ending, named: &[String]) -> Result<Vec<String>, StepRefused> {
        let session = self.session(id).ok_or(StepRefused::NoSession)?;
        let mut offered = self.offered_holdings(session);
        if ending == Ending::NewAccount {
            offered.retain(|holding| !self.is_linked(session, holding));
        }
        if !named.is_empty() {
            let found = |name: &String| offered.iter().find(|holding| self.is_named(holding, name));
            let ids = named.iter().map(|name| found(name).map(|holding| holding.id.clone()));
            return ids.collect::<Option<_>>().ok_or(StepRefused::BadChoice);
        }
        let relink = session.params.relink_options.as_ref();
        if ending == Ending::Succeeded && relink.is_some() {
            let exact = relink.and_then(|relink| self.account(relink.account.as_deref()?));
            match exact {
                Some(exact) => offered.retain(|holding| holding.id == exact.holding),
                None if offered.iter().any(|holding| self.is_linked(session, holding)) => {
                    offered.retain(|holding| self.is_linked(session, holding));
                    // The broken ones are the reason for the relink.
                    offered.sort_by_key(|holding| !self.is_broken(session, holding));
                }
                None => {}
            }
        }
        offered.truncate(session.params.limit.unwrap_or(usize::MAX));
        Ok(offered.into_iter().map(|holding| holding.id.clone()).collect())
    }

    fn is_named(&self, holding: &Holding, name: &str) -> bool {
        let is_of = |account: &super::Account| account.holding == holding.id;
        holding.id == name || holding.last4 == name || self.account(name).is_some_and(is_of)
    }

    /// True if the holding is linked: under the authorization to relink, or at all if there is none.
    fn is_linked(&self, session: &Session, holding: &Holding) -> bool {
        self.links(session, holding).any(|account| account.status != Status::Disconnected)
    }

    fn is_broken(&self, session: &Session, holding: &Holding) -> bool {
        self.links(session, holding).any(|account| account.status.needs_relink())
    }

    fn links<'a>(
        &'a self,
        session: &'a Session,
        holding: &'a Holding,
    ) -> impl Iterator<Item = &'a super::Account> {
        let relink = session.params.relink_options.as_ref();
        self.accounts.iter().filter(move |account| {
            account.holding == holding.id
                && relink.is_none_or(|relink| account.authorization == relink.authorization)
        })
    }
}
