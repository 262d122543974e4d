//! `GET /console/email`: the email about an account as its customer would get it, for the frame in a preview.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use maud::{Markup, html};
use relink_protocol::stripe::Account;
use relink_protocol::{AccountId, Condition, condition};
use serde::Deserialize;
use serde_json::json;
use strum::IntoEnumIterator as _;

use super::account_actions::note;
use super::address::address;
use super::auth::SignedIn;
use super::error::PageError;
use super::preview::REASON;
use super::texts;
use crate::domain::audit::AuditAction;
use crate::domain::connection::StoredAccount;
use crate::domain::eligible::{GivenReason, Reason};
use crate::domain::email::{Email, LOGO_ID};
use crate::domain::language::Language;
use crate::domain::link_token::Secret;
use crate::domain::relink_request::Delivery;
use crate::http::error::ApiError;
use crate::services::merchant_names;
use crate::services::relink_requests::{
    self, CreateError, EmailSubject, EmailTerms, USUAL_LIFETIME, accounts_beside, link_url, write_email,
};
use crate::state::AppState;

/// Content security policy of the email, which has inline styles. Its links and everything else are off.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'self'; sandbox";
/// Name of the frame, in which the links to the languages open.
const FRAME: &str = "email";

/// Query parameters.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    account: AccountId,
    #[serde(default)]
    locale: String,
    #[serde(default)]
    reason: Option<GivenReason>,
}

/// Responds with the email as HTML. The view is recorded in the audit trail.
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    by: SignedIn,
    Query(asked): Query<Params>,
) -> Result<Response, PageError> {
    let kept = app.store.account(&asked.account).await?.ok_or(PageError::NotFound)?;
    let language = Language::of_locale(&asked.locale).unwrap_or(Language::English);
    let draft = Draft::about(&app, &kept.account, asked.reason).await?.ok_or(PageError::NotFound)?;
    let email = draft.write(&app, language);
    let detail = json!({"email": language.code()});
    note(&app, by.source(), AuditAction::AccountViewed, Some(&kept.account), detail).await?;
    let policy = [(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    Ok((policy, Html(with_logo(&app, &email.html))).into_response())
}

/// Email that a request would send now, in a language yet to be chosen.
struct Draft<'a> {
    account: &'a Account,
    condition: Condition,
    beside: Vec<Account>,
    merchant: String,
    reason: Reason,
    now: Timestamp,
}

impl<'a> Draft<'a> {
    /// Returns `None` if the rules allow no email.
    async fn about(
        app: &Arc<AppState>,
        account: &'a Account,
        given: Option<GivenReason>,
    ) -> Result<Option<Self>, PageError> {
        let now = crate::clock::now();
        let reason = match relink_requests::may_create(app, account, Delivery::Email, given, now).await {
            Ok(reason) => reason,
            Err(CreateError::Refused(..) | CreateError::Repeated) => return Ok(None),
            Err(CreateError::Failed(failure)) => return Err(failure.into()),
        };
        let condition = condition(account, app.config.condition_rules(), now.as_second());
        let condition = condition.map_err(|missing| PageError::from(ApiError::from(missing)))?;
        let beside = accounts_beside(app, account, now).await?;
        let of = account.id.stripe_account();
        let merchant = merchant_names::for_page(app, &app.stripe, of.as_ref()).await?;
        Ok(Some(Self { account, condition, beside, merchant, reason, now }))
    }

    fn write(&self, app: &AppState, language: Language) -> Email {
        let about = EmailSubject { account: self.account, condition: &self.condition, beside: &self.beside };
        // A link that opens nothing.
        let link = link_url(app, &Secret::new([0; 32]));
        let terms = EmailTerms {
            language,
            merchant: &self.merchant,
            reason: self.reason,
            expires_at: self.now.saturating_add(USUAL_LIFETIME).unwrap_or(self.now),
            link: &link,
            opt_out: None,
        };
        write_email(app, about, terms, self.now)
    }
}

/// Embeds the logo, which is an attachment in a real email, and makes links do nothing: a sandboxed page opens no tab.
fn with_logo(app: &AppState, html: &str) -> String {
    let html = html.replacen("<title>", "<base target=\"_blank\">\n<title>", 1);
    let Some(logo) = &app.config.requests.logo else { return html };
    let content = BASE64_STANDARD.encode(&logo.content);
    html.replace(&format!("cid:{LOGO_ID}"), &format!("data:{};base64,{content}", logo.format.media_type()))
}

/// Returns the name of the language in the console's.
fn name_of(language: Language) -> &'static str {
    match language {
        Language::English => texts::language_en(),
        Language::Arabic => texts::language_ar(),
        Language::German => texts::language_de(),
        Language::Spanish => texts::language_es(),
        Language::French => texts::language_fr(),
        Language::BrazilianPortuguese => texts::language_pt(),
        Language::SimplifiedChinese => texts::language_zh(),
    }
}

/// Renders the email of one of the chosen accounts, with its subject in each language, which is a link to the email in
/// that language.
pub(super) async fn example(
    app: &Arc<AppState>,
    kept: &StoredAccount,
    given: Option<GivenReason>,
) -> Result<Markup, PageError> {
    let Some(draft) = Draft::about(app, &kept.account, given).await? else { return Ok(html! {}) };
    let subjects = Language::iter().map(|language| (language, draft.write(app, language).subject));
    let [name, value] = REASON;
    let reason = if given.is_some() { value } else { "" };
    let path = |language: Language| {
        let account = kept.account.id.as_str();
        address("/console/email", &[("account", account), ("locale", language.code()), (name, reason)])
    };
    Ok(html! {
        h2 #email { (texts::email_heading()) }
        p.hint { (texts::email_for(html! { bdi { (super::connections::name(&kept.account)) } })) }
        ul.subjects {
            @for (language, subject) in subjects {
                li {
                    @let subject = html! { a href=(path(language)) target=(FRAME) lang=(language.code()) dir="auto" { (subject) } };
                    (texts::condition(html! { span.small { (name_of(language)) } }, subject))
                }
            }
        }
        iframe.email name=(FRAME) title=(texts::email_heading()) src=(path(Language::English)) {}
    })
}
