//! Email of a relink request, as it is sent and as the console previews it.

use jiff::Timestamp;
use relink_protocol::stripe::Account;
use relink_protocol::{Condition, Purpose, condition};

use crate::domain::eligible::Reason;
use crate::domain::email::{Email, EmailContent, letter};
use crate::domain::language::Language;
use crate::infra::mailer::Mailer;
use crate::state::AppState;
use crate::store::StoreError;

/// Account that an email is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmailSubject<'a> {
    pub(crate) account: &'a Account,
    pub(crate) condition: &'a Condition,
    /// Other accounts of its bank login that need a relink, from [`accounts_beside`].
    pub(crate) beside: &'a [Account],
}

/// Fields of a relink request that its email needs besides the account's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EmailTerms<'a> {
    pub(crate) language: Language,
    /// Name of the merchant, or of the connected account whose customer it is.
    pub(crate) merchant: &'a str,
    pub(crate) reason: Reason,
    pub(crate) expires_at: Timestamp,
    pub(crate) link: &'a str,
    /// Link to opt out, for emails that the server sends automatically.
    pub(crate) opt_out: Option<&'a str>,
}

/// Writes the email.
pub(crate) fn write_email(
    app: &AppState,
    about: EmailSubject<'_>,
    terms: EmailTerms<'_>,
    now: Timestamp,
) -> Email {
    letter(&EmailContent {
        language: terms.language,
        merchant: terms.merchant,
        help: app.config.help_url.as_deref(),
        has_logo: app.mailer.as_ref().is_some_and(Mailer::has_logo),
        color: app.config.requests.color,
        purpose: app.config.policy.purposes.first().copied().unwrap_or(Purpose::Payments),
        account: about.account,
        beside: about.beside,
        condition: about.condition,
        // An account that has broken meanwhile is repaired by the same link.
        is_update: terms.reason == Reason::PermissionsChanged && *about.condition == Condition::Healthy,
        expires_at: terms.expires_at,
        zone: &app.config.requests.email_zone,
        now,
        link: terms.link,
        opt_out: terms.opt_out,
    })
}

/// Returns the other accounts of the customer's bank login that need a relink.
pub(crate) async fn accounts_beside(
    app: &AppState,
    account: &Account,
    now: Timestamp,
) -> Result<Vec<Account>, StoreError> {
    let Some(login) = &account.authorization else { return Ok(Vec::new()) };
    let rules = app.config.condition_rules();
    let mut accounts = app.store.accounts_of_login(login).await?;
    accounts.retain(|other| {
        let needs_it = condition(&other.account, rules, now.as_second()).is_ok_and(|it| it.is_repairable());
        let is_other = other.account.id != account.id && other.replaced_by.is_none();
        is_other && needs_it && other.account.account_holder == account.account_holder
    });
    Ok(accounts.into_iter().map(|other| other.account).collect())
}
