//! Creation of sessions, with its checks.

use super::{
    World,
    account::Status,
    number::DAY,
    session::{ClientSecret, Progress, RelinkOptions, Request, Session},
};

/// Minimum time in seconds between two emails for the same account.
const MAIL_PAUSE: i64 = 2 * DAY;

/// Reason why a session can't be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `relink_options[authorization]` does not exist.
    NoSuchAuthorization(String),
    /// `relink_options[account]` does not exist.
    NoSuchAccount(String),
    /// The account belongs to another authorization.
    AccountNotInAuthorization,
    /// The account was disconnected, permanently.
    Disconnected,
    /// The session's account holder is not the authorization's.
    OtherHolder,
    /// `filters[institution]` does not exist.
    NoSuchInstitution(String),
    /// `filters[institution]` is not the authorization's bank.
    OtherInstitution,
    /// The customer got an email for this account less than two days ago and has not completed that session.
    MailedLately,
}

impl World {
    pub(crate) fn create_session(
        &mut self,
        request: Request,
        secret: ClientSecret,
    ) -> Result<&mut Session, Refusal> {
        self.check(&request)?;
        let session = Session {
            id: self.ids.next("fcsess"),
            secret,
            created: self.now,
            request,
            progress: Progress::Started,
            windows_opened: 0,
            pending_reads: 0,
            url: None,
            token: None,
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
            if account.status == Status::Disconnected {
                return Err(Refusal::Disconnected);
            }
        }
        if request.institution.as_ref().is_some_and(|id| *id != authorization.institution) {
            return Err(Refusal::OtherInstitution);
        }
        if authorization.holder != request.account_holder {
            return Err(Refusal::OtherHolder);
        }
        let is_mail = request.hosted == Some("email");
        if is_mail && self.was_mailed_lately(relink) { Err(Refusal::MailedLately) } else { Ok(()) }
    }

    /// True if an email was sent within `MAIL_PAUSE`; emails whose session has ended do not count.
    fn was_mailed_lately(&self, relink: &RelinkOptions) -> bool {
        let mailed = self.sessions.iter().filter(|session| session.request.hosted == Some("email"));
        let mut same = mailed.filter(|session| session.request.relink_options.as_ref() == Some(relink));
        same.any(|session| session.ending().is_none() && session.created + MAIL_PAUSE > self.now)
    }
}
