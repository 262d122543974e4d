//! Steps of the customer in the bank window. Each step checks that the session's progress permits it.

use super::{
    Holding, Institution, World,
    bank::Outage,
    session::{FailureReason, Progress, Prompt, Session, SessionResult},
};

/// Reason why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepRefused {
    /// No session has this client secret.
    NoSession,
    /// The session has ended, and its client secret with it.
    Ended,
    /// The client secret has expired or, if it is single-use, has already opened a window.
    SpentSecret,
    /// The bank does not exist, or the customer chose none.
    NoInstitution,
    /// The bank has an outage.
    Down(Outage),
    /// The session has no such manual entry of account numbers.
    NoManualEntry,
    /// Accounts can only be chosen after signing in.
    NotSignedIn,
    /// The bank has not asked for additional input.
    NoPrompt,
    /// No account, an account that is not offered, or more than the limit was chosen.
    BadChoice,
}

/// Result of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// Signed in; next, the customer chooses accounts.
    Accepted,
    /// The bank asks for additional input.
    PromptShown(Prompt),
    /// The bank rejects the input; the customer may try again.
    Incorrect,
    /// The bank ended the login.
    Failed,
}

/// Result of choosing accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The accounts are linked and the session is over.
    Connected,
    /// The exact account to relink was not chosen.
    WrongAccount,
}

impl World {
    /// Opens a window at its first screen, even if another one was in mid-flow, as after a reload.
    pub(crate) fn open_window(&mut self, id: &str) -> Result<(), StepRefused> {
        let is_single_use = self.settings.secret_single_use;
        let session = self.running_session(id)?;
        if is_single_use && session.windows_opened > 0 {
            return Err(StepRefused::SpentSecret);
        }
        session.windows_opened += 1;
        session.progress = Progress::Started;
        Ok(())
    }

    pub(crate) fn sign_in(
        &mut self,
        id: &str,
        institution: Option<&str>,
        password: &str,
    ) -> Result<SignIn, StepRefused> {
        self.running_session(id)?;
        let institution = self.institution_of_step(id, institution)?;
        self.check_input(id, institution, password)
    }

    /// Answers the bank's request for additional input.
    pub(crate) fn answer_prompt(&mut self, id: &str, answer: &str) -> Result<SignIn, StepRefused> {
        match self.running_session(id)?.progress.clone() {
            Progress::Prompted { institution, .. } => self.check_input(id, institution, answer),
            Progress::Started
            | Progress::SignedIn { .. }
            | Progress::LeftSignIn { .. }
            | Progress::WrongAccount { .. }
            | Progress::Ended(_) => Err(StepRefused::NoPrompt),
        }
    }

    /// Accepts any input but the magic ones of Stripe's testing guide.
    fn check_input(&mut self, id: &str, institution: String, typed: &str) -> Result<SignIn, StepRefused> {
        if let Some(prompt) = Prompt::from_word(typed) {
            self.running_session(id)?.progress = Progress::Prompted { institution, prompt };
            return Ok(SignIn::PromptShown(prompt));
        }
        match typed {
            "incorrect" => Ok(SignIn::Incorrect),
            "error" => self.fail_session(id, FailureReason::NoAuthorization).map(|()| SignIn::Failed),
            _ => {
                self.open_holdings(id, &institution);
                let nothing_to_share = self.matching_holdings(id, &institution).is_empty();
                self.running_session(id)?.progress = if nothing_to_share {
                    Progress::WrongAccount { institution }
                } else {
                    Progress::SignedIn { institution }
                };
                Ok(SignIn::Accepted)
            }
        }
    }

    /// Records that the customer closed the bank's own window before signing in; it can be opened again.
    pub(crate) fn leave_sign_in(&mut self, id: &str, institution: Option<&str>) -> Result<(), StepRefused> {
        self.running_session(id)?;
        let institution = self.institution_of_step(id, institution)?;
        self.running_session(id)?.progress = Progress::LeftSignIn { institution };
        Ok(())
    }

    /// Returns the holdings that the customer can choose from.
    pub(crate) fn offered_holdings(&self, session: &Session) -> Vec<&Holding> {
        match &session.progress {
            Progress::SignedIn { institution } | Progress::WrongAccount { institution } => {
                self.matching_holdings(&session.id, institution)
            }
            Progress::Started
            | Progress::Prompted { .. }
            | Progress::LeftSignIn { .. }
            | Progress::Ended(_) => Vec::new(),
        }
    }

    /// Returns the person's holdings at the bank that match the session's filters.
    fn matching_holdings(&self, id: &str, institution: &str) -> Vec<&Holding> {
        let Some(session) = self.session(id) else { return Vec::new() };
        let wanted = &session.params.subcategories;
        let owner = self.signing_in_holder(session);
        let is_payable = self.institution(institution).is_none_or(Institution::is_payable);
        let must_be_payable = session.params.payment_method_support == Some("all");
        let payable = |holding: &Holding| is_payable && matches!(holding.subcategory, "checking" | "savings");
        let offered = |holding: &&Holding| {
            holding.institution == institution
                && holding.owner == owner
                && !holding.closed
                && (!must_be_payable || payable(holding))
                && (wanted.is_empty() || wanted.contains(&holding.subcategory))
        };
        self.holdings.iter().filter(offered).collect()
    }

    pub(crate) fn choose(&mut self, id: &str, chosen: &[String]) -> Result<Choice, StepRefused> {
        let session = self.running_session(id)?;
        let (Progress::SignedIn { institution } | Progress::WrongAccount { institution }) =
            session.progress.clone()
        else {
            return Err(StepRefused::NotSignedIn);
        };
        let limit = session.params.limit.unwrap_or(usize::MAX);
        let exact = session.params.relink_options.as_ref().and_then(|relink| relink.account.clone());
        let offered = self.matching_holdings(id, &institution);
        let all_offered = chosen.iter().all(|one| offered.iter().any(|holding| holding.id == *one));
        if chosen.is_empty() || chosen.len() > limit || !all_offered {
            return Err(StepRefused::BadChoice);
        }
        let expected = exact.and_then(|account| self.account(&account)).map(|account| &account.holding);
        if expected.is_some_and(|holding| !chosen.contains(holding)) {
            self.running_session(id)?.progress = Progress::WrongAccount { institution };
            return Ok(Choice::WrongAccount);
        }
        self.complete_session(id, &institution, chosen);
        Ok(Choice::Connected)
    }

    pub(crate) fn fail_session(&mut self, id: &str, reason: FailureReason) -> Result<(), StepRefused> {
        self.running_session(id)?.progress = Progress::Ended(SessionResult::Failed(reason));
        Ok(())
    }

    /// Closes the window: a failure if a wrong account was chosen or the bank's window was left, a cancellation
    /// otherwise. Returns true if this ended the session.
    pub(crate) fn close_window(&mut self, id: &str) -> bool {
        let Ok(session) = self.running_session(id) else { return false };
        session.progress = Progress::Ended(match session.progress {
            Progress::WrongAccount { .. } => SessionResult::Failed(FailureReason::NoAccount),
            Progress::LeftSignIn { .. } => SessionResult::Failed(FailureReason::NoAuthorization),
            Progress::Started
            | Progress::SignedIn { .. }
            | Progress::Prompted { .. }
            | Progress::Ended(_) => SessionResult::Cancelled,
        });
        true
    }

    pub(super) fn running_session(&mut self, id: &str) -> Result<&mut Session, StepRefused> {
        let (now, lifetime) = (self.now, self.settings.secret_seconds);
        let session = self.session_mut(id).ok_or(StepRefused::NoSession)?;
        let is_too_old = lifetime.is_some_and(|seconds| session.created + i64::from(seconds) <= now);
        match session.result() {
            Some(_) => Err(StepRefused::Ended),
            None if is_too_old => Err(StepRefused::SpentSecret),
            None => Ok(session),
        }
    }

    /// Returns the bank of a step: the only one that the relink or filter permits, or the customer's pick.
    fn institution_of_step(&self, id: &str, picked: Option<&str>) -> Result<String, StepRefused> {
        let session = self.session(id).ok_or(StepRefused::NoSession)?;
        let picked = self.only_institution(session).or(picked).ok_or(StepRefused::NoInstitution)?;
        let offered = self.offered_institutions(session);
        let institution = offered.into_iter().find(|bank| bank.id == picked);
        let institution = institution.ok_or(StepRefused::NoInstitution)?;
        institution.outage().map_or(Ok(()), |outage| Err(StepRefused::Down(outage)))?;
        Ok(institution.id.clone())
    }

    /// Returns the banks of the window: the only one, or those of the country that the session asks for. As at Stripe,
    /// of several countries, the first counts.
    pub(crate) fn offered_institutions(&self, session: &Session) -> Vec<&Institution> {
        let only = self.only_institution(session);
        let country = session.params.countries.first();
        let is_offered = |bank: &&Institution| match only {
            Some(id) => bank.id == id,
            None => country.is_none_or(|country| country == bank.country()),
        };
        self.institutions.iter().filter(is_offered).collect()
    }

    fn only_institution<'a>(&'a self, session: &'a Session) -> Option<&'a str> {
        let relink = session.params.relink_options.as_ref();
        let authorization = relink.and_then(|relink| self.authorization(&relink.authorization));
        authorization
            .map(|authorization| authorization.institution.as_str())
            .or(session.params.institution.as_deref())
    }
}
