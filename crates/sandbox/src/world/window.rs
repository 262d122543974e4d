//! What the customer does in the bank window, step by step. Each step checks that it is its turn.

use super::{
    Holding, World,
    bank::{Kind, Outage},
    session::{Ending, FailureReason, Progress, Prompt, Session},
};

/// A step that can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepRefused {
    /// No session has this client secret.
    NoSession,
    /// The session is over: its client secret is used up.
    Ended,
    /// The client secret is too old, or has opened a window before, where such secrets don't work.
    SpentSecret,
    /// That bank is not on offer in this session.
    NoInstitution,
    /// Nobody can sign in at that bank now.
    Down(Outage),
    /// Accounts can only be chosen after signing in.
    NotSignedIn,
    /// The bank has not asked for anything.
    NotAsked,
    /// Nothing, something unknown, or more than the limit was chosen.
    BadChoice,
}

/// What came of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// On to the choice of accounts.
    Accepted,
    /// The bank wants to know more first.
    Asked(Prompt),
    /// The bank refuses what was typed; the customer may try again.
    Incorrect,
    /// The bank ended the login.
    Failed,
}

/// What came of choosing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The accounts are linked and the session is over.
    Connected,
    /// The exact account that is to be relinked was not among them.
    WrongAccount,
}

impl World {
    /// A window was opened: the customer begins at the first screen, even after a reload in mid-flow.
    pub(crate) fn open_window(&mut self, id: &str) -> Result<(), StepRefused> {
        let is_single_use = self.settings.secret_single_use;
        let session = self.running(id)?;
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
        self.running(id)?;
        let institution = self.institution_of_step(id, institution)?;
        self.judge(id, institution, password)
    }

    /// The customer answers what the bank has asked for.
    pub(crate) fn answer(&mut self, id: &str, answer: &str) -> Result<SignIn, StepRefused> {
        match self.running(id)?.progress.clone() {
            Progress::Asked { institution, .. } => self.judge(id, institution, answer),
            Progress::Started
            | Progress::SignedIn { .. }
            | Progress::LeftSignIn { .. }
            | Progress::WrongAccount { .. }
            | Progress::Ended(_) => Err(StepRefused::NotAsked),
        }
    }

    /// Anything is right, but for the magic inputs of Stripe's testing guide.
    fn judge(&mut self, id: &str, institution: String, typed: &str) -> Result<SignIn, StepRefused> {
        if let Some(prompt) = Prompt::from_word(typed) {
            self.running(id)?.progress = Progress::Asked { institution, prompt };
            return Ok(SignIn::Asked(prompt));
        }
        match typed {
            "incorrect" => Ok(SignIn::Incorrect),
            "error" => self.fail(id, FailureReason::NoAuthorization).map(|()| SignIn::Failed),
            _ => {
                self.welcome(id, &institution);
                let nothing_to_share = self.shareable(id, &institution).is_empty();
                self.running(id)?.progress = if nothing_to_share {
                    Progress::WrongAccount { institution }
                } else {
                    Progress::SignedIn { institution }
                };
                Ok(SignIn::Accepted)
            }
        }
    }

    /// The customer closed the bank's own window before it was done; may open it again.
    pub(crate) fn leave_sign_in(&mut self, id: &str, institution: Option<&str>) -> Result<(), StepRefused> {
        self.running(id)?;
        let institution = self.institution_of_step(id, institution)?;
        self.running(id)?.progress = Progress::LeftSignIn { institution };
        Ok(())
    }

    /// What the person who signed in may choose from.
    pub(crate) fn offered(&self, session: &Session) -> Vec<&Holding> {
        match &session.progress {
            Progress::SignedIn { institution } | Progress::WrongAccount { institution } => {
                self.shareable(&session.id, institution)
            }
            Progress::Started | Progress::Asked { .. } | Progress::LeftSignIn { .. } | Progress::Ended(_) => {
                Vec::new()
            }
        }
    }

    /// What this person holds at the bank and the session asks for.
    fn shareable(&self, id: &str, institution: &str) -> Vec<&Holding> {
        let Some(session) = self.session(id) else { return Vec::new() };
        let wanted = &session.request.subcategories;
        let owner = self.person(session);
        let kind = self.institution(institution).map(|bank| bank.kind).unwrap_or_default();
        let must_be_payable = session.request.payment_method_support == Some("all");
        let payable = |holding: &Holding| {
            kind != Kind::Unpayable && matches!(holding.subcategory, "checking" | "savings")
        };
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
        let session = self.running(id)?;
        let (Progress::SignedIn { institution } | Progress::WrongAccount { institution }) =
            session.progress.clone()
        else {
            return Err(StepRefused::NotSignedIn);
        };
        let limit = session.request.limit.unwrap_or(usize::MAX);
        let exact = session.request.relink_options.as_ref().and_then(|relink| relink.account.clone());
        let offered = self.shareable(id, &institution);
        let all_offered = chosen.iter().all(|one| offered.iter().any(|holding| holding.id == *one));
        if chosen.is_empty() || chosen.len() > limit || !all_offered {
            return Err(StepRefused::BadChoice);
        }
        let expected = exact.and_then(|account| self.account(&account)).map(|account| &account.holding);
        if expected.is_some_and(|holding| !chosen.contains(holding)) {
            self.running(id)?.progress = Progress::WrongAccount { institution };
            return Ok(Choice::WrongAccount);
        }
        self.connect(id, &institution, chosen);
        Ok(Choice::Connected)
    }

    pub(crate) fn fail(&mut self, id: &str, reason: FailureReason) -> Result<(), StepRefused> {
        self.running(id)?.progress = Progress::Ended(Ending::Failed(reason));
        Ok(())
    }

    /// The window was closed: a cancellation, unless a wrong account was chosen before. Says whether this
    /// ended the session.
    pub(crate) fn close_window(&mut self, id: &str) -> bool {
        let Ok(session) = self.running(id) else { return false };
        session.progress = Progress::Ended(match session.progress {
            Progress::WrongAccount { .. } => Ending::Failed(FailureReason::NoAccount),
            Progress::LeftSignIn { .. } => Ending::Failed(FailureReason::NoAuthorization),
            Progress::Started | Progress::SignedIn { .. } | Progress::Asked { .. } | Progress::Ended(_) => {
                Ending::Cancelled
            }
        });
        true
    }

    fn running(&mut self, id: &str) -> Result<&mut Session, StepRefused> {
        let (now, lifetime) = (self.now, self.settings.secret_seconds);
        let session = self.session_mut(id).ok_or(StepRefused::NoSession)?;
        let is_too_old = lifetime.is_some_and(|seconds| session.created + i64::from(seconds) <= now);
        match session.ending() {
            Some(_) => Err(StepRefused::Ended),
            None if is_too_old => Err(StepRefused::SpentSecret),
            None => Ok(session),
        }
    }

    /// A relink and a filter leave one bank; otherwise the customer picks.
    fn institution_of_step(&self, id: &str, picked: Option<&str>) -> Result<String, StepRefused> {
        let session = self.session(id).ok_or(StepRefused::NoSession)?;
        let picked = self.only_institution(session).or(picked).ok_or(StepRefused::NoInstitution)?;
        let institution = self.institution(picked).ok_or(StepRefused::NoInstitution)?;
        institution.outage().map_or(Ok(()), |outage| Err(StepRefused::Down(outage)))?;
        Ok(institution.id.clone())
    }

    pub(crate) fn only_institution<'a>(&'a self, session: &'a Session) -> Option<&'a str> {
        let relink = session.request.relink_options.as_ref();
        let authorization = relink.and_then(|relink| self.authorization(&relink.authorization));
        authorization
            .map(|authorization| authorization.institution.as_str())
            .or(session.request.institution.as_deref())
    }
}
