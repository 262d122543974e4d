//! Creates a request if every rule allows it, in one transaction with all its consequences.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use lettre::Address;
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, HolderId, condition};

use super::host;
use super::preferred_language::preferred_language;
use crate::domain::audit::AuditSource;
use crate::domain::eligible::{Candidate, GivenReason, Ineligible, Reason, eligible, may_be_hosted};
use crate::domain::language::Language;
use crate::domain::link_token::Secret;
use crate::domain::relink_request::{Delivery, Request, State};
use crate::domain::request_refusal::RequestRefusal;
use crate::domain::return_url::merchant_url;
use crate::domain::session_plan::is_updatable;
use crate::http::error::ApiError;
use crate::http::link_session::link_terms;
use crate::records::relink_requests::Why;
use crate::services::accounts::known_account;
use crate::state::AppState;
use crate::store::idempotency::StoredResult;
use crate::store::job_queue::{JobKind, NewJob, Urgency, mark};
use crate::store::{StoreError, Transaction, accounts, audit, emails, idempotency, requests};

/// Parameters of a new request.
#[derive(Clone, Debug)]
pub(crate) struct NewRelinkRequest {
    pub(crate) account: AccountId,
    pub(crate) delivery: Delivery,
    /// Reason that the merchant gives, so that an account that works may be asked about.
    pub(crate) reason: Option<GivenReason>,
    /// Language of the email and the page; `None`: the one that the customer is known to prefer.
    pub(crate) language: Option<Language>,
    pub(crate) return_url: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) expires_in: Option<i64>,
    pub(crate) is_automatic: bool,
    pub(crate) source: AuditSource,
    /// Secret of the link; random if `None`.
    pub(crate) link: Option<Secret>,
}

/// The created request. Its link is returned here and nowhere else.
#[derive(Clone, Debug)]
pub(crate) struct CreatedRequest {
    pub(crate) request: Request,
    pub(crate) url: Option<String>,
}

/// Idempotency key of the request.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    pub(crate) key: String,
    pub(crate) fingerprint: String,
    pub(crate) salt: String,
}

/// Reason for which no request was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CreateError {
    /// A rule forbids it; if there is a time, only until then.
    Refused(RequestRefusal, Option<Timestamp>),
    /// A concurrent call has used the idempotency key.
    Repeated,
    Failed(ApiError),
}

impl<E: Into<ApiError>> From<E> for CreateError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Lifetime of a request that names none.
pub(crate) const USUAL_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
const SHORTEST: i64 = 5 * 60;
const LONGEST: i64 = 30 * 24 * 60 * 60;
const LONGEST_TEXT: usize = 2000;

/// Creates a relink request for this account's customer, if the rules allow it.
pub(crate) async fn create(
    app: &Arc<AppState>,
    mut ask: NewRelinkRequest,
    once: Option<&Once>,
) -> Result<CreatedRequest, CreateError> {
    let expires_in = check(app, &mut ask)?;
    let account = known_account(app, &app.stripe, &ask.account).await?;
    let now = crate::clock::now();
    let (customer, _) = judge(app, &account, ask.delivery, ask.reason, now)?;
    if ask.is_automatic && app.store.has_opted_out(&customer).await? {
        return Err(CreateError::Refused(RequestRefusal::OptedOut, None));
    }
    let language = match ask.language {
        Some(language) => language,
        None => preferred_language(app, &ask.account, &customer).await?,
    };
    ask.language = Some(language);
    let (request, link) = enter(app, &ask, once, expires_in, now).await?;
    app.connections.messages().notify_one();
    app.connections.work().notify_one();
    tracing::info!(request = request.id, account = %request.account, delivery = ?request.delivery, "created a relink request");
    match ask.delivery {
        Delivery::Link => Ok(CreatedRequest { url: link.map(|link| link_url(app, &link)), request }),
        Delivery::Email => Ok(CreatedRequest { request, url: None }),
        Delivery::StripeLink | Delivery::StripeEmail => host(app, request, account).await,
    }
}

/// Checks the rules without changing anything, to show which accounts can be chosen.
pub(crate) async fn may_create(
    app: &AppState,
    account: &Account,
    delivery: Delivery,
    given: Option<GivenReason>,
    now: Timestamp,
) -> Result<Reason, CreateError> {
    is_set_up(app, delivery)?;
    let replaced = app.store.replaced_among(std::slice::from_ref(account)).await?;
    if !replaced.is_empty() {
        return Err(CreateError::Refused(RequestRefusal::Account(Ineligible::Replaced), None));
    }
    let (_, reason) = judge(app, account, delivery, given, now)?;
    if delivery.is_mail()
        && let Some(from) = app.store.cooldown_until(&account.id, now).await?
    {
        return Err(CreateError::Refused(RequestRefusal::MailedLately, Some(from)));
    }
    Ok(reason)
}

/// Returns the URL of a link. The secret is in the fragment, which browsers send to no server, proxy or log.
pub(crate) fn link_url(app: &AppState, link: &Secret) -> String {
    let origin = app.config.requests.public_url.as_ref().map_or("", reqwest::Url::as_str);
    format!("{origin}r#{}", link.expose())
}

/// Checks that this server is configured for this delivery.
fn is_set_up(app: &AppState, delivery: Delivery) -> Result<(), CreateError> {
    let settings = &app.config.requests;
    match delivery {
        Delivery::Link | Delivery::Email if settings.public_url.is_none() => {
            Err(CreateError::Refused(RequestRefusal::NoLinks, None))
        }
        Delivery::Email if settings.mail.is_none() => Err(CreateError::Refused(RequestRefusal::NoMail, None)),
        Delivery::Link | Delivery::Email | Delivery::StripeLink | Delivery::StripeEmail => Ok(()),
    }
}

/// Checks the parameters that need no account, and normalizes the return URL. Returns the lifetime of the request
/// in seconds.
fn check(app: &AppState, ask: &mut NewRelinkRequest) -> Result<i64, CreateError> {
    let refuse = |rule| Err(CreateError::Refused(rule, None));
    let settings = &app.config.requests;
    is_set_up(app, ask.delivery)?;
    // Stripe's page needs a URL to return to.
    if ask.delivery.is_hosted() && ask.return_url.is_none() {
        return refuse(RequestRefusal::ReturnUrl);
    }
    let is_mailbox = |email: &String| email.parse::<Address>().is_ok() && email.len() <= LONGEST_TEXT;
    if ask.email.as_ref().is_some_and(|email| ask.delivery != Delivery::Email || !is_mailbox(email)) {
        return refuse(RequestRefusal::Email);
    }
    if let Some(typed) = &ask.return_url {
        let Some(url) = merchant_url(typed, &settings.return_origins) else {
            return refuse(RequestRefusal::ReturnUrl);
        };
        ask.return_url = Some(url.into());
    }
    match ask.expires_in.unwrap_or(USUAL_LIFETIME.as_secs()) {
        seconds @ SHORTEST..=LONGEST => Ok(seconds),
        _ => refuse(RequestRefusal::ExpiresIn),
    }
}

async fn enter(
    app: &AppState,
    ask: &NewRelinkRequest,
    once: Option<&Once>,
    expires_in: i64,
    now: Timestamp,
) -> Result<(Request, Option<Secret>), CreateError> {
    let mut change = app.store.change().await?;
    let entered = enter_in(app, &mut change, ask, once, expires_in, now).await;
    match entered {
        Ok(_) => change.commit().await.map_err(StoreError::from)?,
        Err(CreateError::Refused(..) | CreateError::Repeated) => {
            change.rollback().await.map_err(StoreError::from)?;
        }
        Err(CreateError::Failed(_)) => (),
    }
    entered
}

async fn enter_in(
    app: &AppState,
    change: &mut Transaction,
    ask: &NewRelinkRequest,
    once: Option<&Once>,
    expires_in: i64,
    now: Timestamp,
) -> Result<(Request, Option<Secret>), CreateError> {
    let id = format!("rlr_{}", crate::clock::new_id().simple());
    // Locked and read again, because it may have changed. It was stored just before, so if it is missing, the
    // database refused it.
    let kept = accounts::for_update(&app.store, change, &ask.account).await?;
    let kept = kept.ok_or(ApiError::StoreUnavailable)?;
    if kept.replaced_by.is_some() {
        return Err(CreateError::Refused(RequestRefusal::Account(Ineligible::Replaced), None));
    }
    let (customer, reason) = judge(app, &kept.account, ask.delivery, ask.reason, now)?;
    if let Some(Once { key, fingerprint, salt }) = once {
        let (fingerprint, salt) = (fingerprint.clone(), salt.clone());
        let made = StoredResult { fingerprint, request: id.clone(), salt };
        if !idempotency::note(change, key, &made, now).await? {
            return Err(CreateError::Repeated);
        }
    }
    if ask.delivery.is_mail() {
        let turn = requests::take_turn(change, &ask.account, &id, now).await?;
        turn.map_err(|from| CreateError::Refused(RequestRefusal::MailedLately, Some(from)))?;
    }
    let request = new(id, ask, (customer, reason), expires_in, now);
    requests::enter(change, &request).await?;
    let link = (ask.delivery == Delivery::Link)
        .then(|| ask.link.clone().unwrap_or_else(|| Secret::new(crate::clock::secret())));
    if let Some(link) = &link {
        requests::set_link(change, &request.id, link, None).await?;
    }
    if ask.delivery == Delivery::Email {
        emails::enter(change, &request.id, now).await?;
        mark(change, &[mail(&request, now)], now).await?;
    }
    let why = Why { source: ask.source.clone(), failure: None, now };
    let entry = app.requests.tell(change, &request, why).await?;
    audit::enter(change, &entry, crate::clock::new_id(), now).await?;
    Ok((request, link))
}

fn judge(
    app: &AppState,
    account: &Account,
    delivery: Delivery,
    given: Option<GivenReason>,
    now: Timestamp,
) -> Result<(HolderId, Reason), CreateError> {
    let condition = condition(account, app.config.condition_rules(), now.as_second())?;
    let is_updatable = link_terms(app)
        .map_err(CreateError::Failed)
        .map(|terms| is_updatable(&terms, account, &condition))?;
    let candidate = Candidate { account, condition: &condition, is_updatable };
    let eligible = eligible(candidate, given).and_then(|eligible| {
        if delivery.is_hosted() {
            may_be_hosted(account, &condition, now.as_second())?;
        }
        Ok(eligible)
    });
    eligible.map_err(|left_out| CreateError::Refused(RequestRefusal::Account(left_out), None))
}

fn new(
    id: String,
    ask: &NewRelinkRequest,
    (customer, reason): (HolderId, Reason),
    expires_in: i64,
    now: Timestamp,
) -> Request {
    Request {
        id,
        account: ask.account.clone(),
        customer,
        delivery: ask.delivery,
        language: ask.language.unwrap_or(Language::English),
        return_url: ask.return_url.clone(),
        email: ask.email.clone(),
        reason,
        is_automatic: ask.is_automatic,
        state: State::Created,
        session: None,
        created_at: now,
        expires_at: now.saturating_add(SignedDuration::from_secs(expires_in)).unwrap_or(now),
        sent_at: None,
        opened_at: None,
        began_at: None,
        ended_at: None,
        failure: None,
    }
}

fn mail(request: &Request, now: Timestamp) -> NewJob {
    NewJob {
        kind: JobKind::Mail,
        subject: request.id.clone(),
        urgency: Urgency::News,
        created: None,
        due: now,
    }
}
