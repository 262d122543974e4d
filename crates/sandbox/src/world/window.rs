//! What the customer does in the bank window, step by step. Each step checks that it is its turn.

use super::{
    Holding, World,
    session::{Ending, FailureReason, Progress, Session},
};

/// A step that can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepRefused {
    /// No session has this client secret.
    NoSession,
    /// The session is over: its client secret is used up.
    Ended,
    /// That bank is not on offer in this session.
    NoInstitution,
    /// Accounts can only be chosen after signing in.
    NotSignedIn,
    /// Nothing, something unknown, or more than the limit was chosen.
    BadChoice,
}

/// What came of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// On to the choice of accounts.
    Accepted,
    /// The bank refuses the password; the customer may try again.
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
        let session = self.running(id)?;
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
        match password {
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

    /// What the person who signed in may choose from.
    pub(crate) fn offered(&self, session: &Session) -> Vec<&Holding> {
        match &session.progress {
            Progress::SignedIn { institution } | Progress::WrongAccount { institution } => {
                self.shareable(&session.id, institution)
            }
            Progress::Started | Progress::Ended(_) => Vec::new(),
        }
    }

    /// What this person holds at the bank and the session asks for.
    fn shareable(&self, id: &str, institution: &str) -> Vec<&Holding> {
        let Some(session) = self.session(id) else { return Vec::new() };
        let wanted = &session.request.subcategories;
        let owner = self.person(session);
        let offered = |holding: &&Holding| {
            holding.institution == institution
                && holding.owner == owner
                && !holding.closed
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
            Progress::Started | Progress::SignedIn { .. } | Progress::Ended(_) => Ending::Cancelled,
        });
        true
    }

    fn running(&mut self, id: &str) -> Result<&mut Session, StepRefused> {
        let session = self.session_mut(id).ok_or(StepRefused::NoSession)?;
        if session.ending().is_some() { Err(StepRefused::Ended) } else { Ok(session) }
    }

    /// A relink and a filter leave one bank; otherwise the customer picks.
    fn institution_of_step(&self, id: &str, picked: Option<&str>) -> Result<String, StepRefused> {
        let session = self.session(id).ok_or(StepRefused::NoSession)?;
        let picked = self.only_institution(session).or(picked).ok_or(StepRefused::NoInstitution)?;
        let institution = self.institution(picked).ok_or(StepRefused::NoInstitution)?;
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
