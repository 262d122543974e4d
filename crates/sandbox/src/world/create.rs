//! Which sessions may be created.

use super::{
    World,
    session::{ClientSecret, Progress, Request, Session},
};

/// Why a session can't be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `relink_options[authorization]` names nothing.
    NoSuchAuthorization(String),
    /// `relink_options[account]` names nothing.
    NoSuchAccount(String),
    /// The account belongs to another authorization.
    AccountNotInAuthorization,
    /// The session is for somebody else than the authorization, or for nobody.
    OtherHolder,
    /// `filters[institution]` names nothing.
    NoSuchInstitution(String),
}

impl World {
    pub(crate) fn create_session(
        &mut self,
        request: Request,
        secret: ClientSecret,
    ) -> Result<&mut Session, Refusal> {
        self.check(&request)?;
        let session = Session {
            id: format!("fcsess_Sandbox{:04}", self.sessions.len() + 1),
            secret,
            request,
            progress: Progress::Started,
            windows_opened: 0,
            pending_reads: 0,
        };
        Ok(self.sessions.push_mut(session))
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        if let Some(id) = &request.institution
            && self.institution(id).is_none()
        {
            return Err(Refusal::NoSuchInstitution(id.clone()));
        }
        let Some(relink) = &request.relink_options else { return Ok(()) };
        let Some(authorization) = self.authorization(&relink.authorization) else {
            return Err(Refusal::NoSuchAuthorization(relink.authorization.clone()));
        };
        if let Some(id) = &relink.account {
            let account = self.account(id).ok_or_else(|| Refusal::NoSuchAccount(id.clone()))?;
            if account.authorization != authorization.id {
                return Err(Refusal::AccountNotInAuthorization);
            }
        }
        if authorization.holder == request.account_holder { Ok(()) } else { Err(Refusal::OtherHolder) }
    }
}
