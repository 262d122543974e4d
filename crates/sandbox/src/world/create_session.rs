//! Creation of sessions, with its checks.

use super::{
    World,
    account::Status,
    number::DAY,
    session::{ClientSecret, Progress, RelinkOptions, Session, SessionParams},
};

/// Minimum time in seconds between two emails for the same account.
const EMAIL_COOLDOWN: i64 = 2 * DAY;

/// Reason why a session can't be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionRefused {
    /// `relink_options[authorization]` does not exist.
    NoSuchAuthorization(String),
    /// `relink_options[account]` does not exist.
    NoSuchAccount(String),
    /// The account belongs to another authorization.
    AccountNotInAuthorization,
    /// The account was disconnected, permanently.
    Disconnected,
    /// The session's account holder is not the authorization's.
    HolderMismatch,
    /// `filters[institution]` does not exist.
    NoSuchInstitution(String),
    /// `filters[institution]` is not the authorization's bank.
    InstitutionMismatch,
    /// The customer got an email for this account less than two days ago and has not completed that session.
    EmailedRecently,
}

impl World {
    pub(crate) fn create_session(
        &mut self,
        params: SessionParams,
        secret: ClientSecret,
    ) -> Result<&mut Session, SessionRefused> {
        self.check(&params)?;
        let session = Session {
            id: self.ids.next("fcsess"),
            secret,
            created: self.now,
            params,
            progress: Progress::Started,
            windows_opened: 0,
            pending_reads: 0,
            url: None,
            visited: 0,
            intent: None,
            token: None,
        };
        Ok(self.sessions.push_mut(session))
    }

    fn check(&self, params: &SessionParams) -> Result<(), SessionRefused> {
        if let Some(id) = &params.institution
            && self.institution(id).is_none()
        {
            return Err(SessionRefused::NoSuchInstitution(id.clone()));
        }
        let Some(relink) = &params.relink_options else { return Ok(()) };
        let Some(authorization) = self.authorization(&relink.authorization) else {
            return Err(SessionRefused::NoSuchAuthorization(relink.authorization.clone()));
        };
        if let Some(id) = &relink.account {
            let account = self.account(id).ok_or_else(|| SessionRefused::NoSuchAccount(id.clone()))?;
            if account.authorization != authorization.id {
                return Err(SessionRefused::AccountNotInAuthorization);
            }
            if account.status == Status::Disconnected {
                return Err(SessionRefused::Disconnected);
            }
        }
        if params.institution.as_ref().is_some_and(|id| *id != authorization.institution) {
            return Err(SessionRefused::InstitutionMismatch);
        }
        if authorization.holder != params.account_holder {
            return Err(SessionRefused::HolderMismatch);
        }
        let is_mail = params.hosted == Some("email");
        if is_mail && self.was_emailed_recently(relink) {
            Err(SessionRefused::EmailedRecently)
        } else {
            Ok(())
        }
    }

    /// True if an email was sent within `EMAIL_COOLDOWN`; emails whose session has ended do not count.
    fn was_emailed_recently(&self, relink: &RelinkOptions) -> bool {
        let mailed = self.sessions.iter().filter(|session| session.params.hosted == Some("email"));
        let mut same = mailed.filter(|session| session.params.relink_options.as_ref() == Some(relink));
        same.any(|session| session.result().is_none() && session.created + EMAIL_COOLDOWN > self.now)
    }
}
