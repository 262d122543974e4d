//! Account numbers that the customer types in instead of signing in at a bank.

use super::{
    World,
    bank_window::StepRefused,
    session::{Progress, Session, SessionResult},
    typed_account::TypedAccount,
};

/// Offer of a bank window to enter account numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ManualEntry {
    /// The window has a form for them.
    Form,
    /// The window closes, because the merchant's page has a form of its own.
    OwnForm,
}

impl ManualEntry {
    /// Returns the mode of the session's parameter `manual_entry` that leads to this offer.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Form => "automatic",
            Self::OwnForm => "custom",
        }
    }
}

impl Session {
    /// Returns the offer in a window of this session, if there is one. A relink is about an account that is known, and
    /// numbers are of use for payments only. The window's own form needs a result that can carry what was typed in: a
    /// payment method of an intent, or a token, which `with_token` says the page asks for.
    pub(crate) fn manual_entry(&self, with_token: bool) -> Option<ManualEntry> {
        let params = &self.params;
        if params.relink_options.is_some() || !params.permissions.contains(&"payment_method") {
            return None;
        }
        match params.manual_entry {
            Some("custom") => Some(ManualEntry::OwnForm),
            Some("automatic") | None => (with_token || self.intent.is_some()).then_some(ManualEntry::Form),
            Some(_) => None,
        }
    }
}

impl World {
    /// Ends the session with an account that was typed in.
    pub(crate) fn enter_account(
        &mut self,
        id: &str,
        account: TypedAccount,
        with_token: bool,
    ) -> Result<(), StepRefused> {
        let result = SessionResult::Typed { account };
        self.end_by_manual_entry(id, ManualEntry::Form, with_token, result)
    }

    /// Ends the session because the customer goes on in the merchant's own form.
    pub(crate) fn leave_for_own_form(&mut self, id: &str) -> Result<(), StepRefused> {
        self.end_by_manual_entry(id, ManualEntry::OwnForm, false, SessionResult::LeftForOwnForm)
    }

    fn end_by_manual_entry(
        &mut self,
        id: &str,
        expected: ManualEntry,
        with_token: bool,
        result: SessionResult,
    ) -> Result<(), StepRefused> {
        let session = self.running_session(id)?;
        if session.manual_entry(with_token) != Some(expected) {
            return Err(StepRefused::NoManualEntry);
        }
        session.progress = Progress::Ended(result);
        Ok(())
    }
}
