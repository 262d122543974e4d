//! Sign-in by a code that is emailed to an operator, or by an API key with the scope `console`; and what the sign-in by
//! OpenID Connect has in common with them.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Response};
use maud::{Markup, Render, html};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Instrument as _;

use super::account_actions::note;
use super::address::{address, public_path};
use super::auth::{ASKING, AnyRole, KNOWN, OperatorForm, SESSION, SameOriginForm, SignedIn};
use super::error::PageError;
use super::layout::{Brand, leading_to, plain};
use super::oidc;
use super::return_to::ReturnTo;
use super::texts;
use crate::domain::audit::{Actor, AuditAction, Entry};
use crate::domain::email::{Email, code_html};
use crate::domain::language::Language;
use crate::domain::link_token::{Secret, hash};
use crate::domain::sign_in::{self, CODE_LIFETIME, KNOWN_BROWSER_LIFETIME, LONGEST, Operator, SessionEnd};
use crate::domain::texts as words;
use crate::http::cookie;
use crate::http::extract::Client;
use crate::state::AppState;
use crate::store::operators::CodeHash;

/// Maximum length of an ID token that is sent back to the issuer, because servers limit the length of an address.
const LONGEST_HINT: usize = 6000;

/// `GET /console/sign-in`: the forms.
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    signed_in: Result<SignedIn, PageError>,
    Query(asked): Query<Params>,
) -> Response {
    let then = ReturnTo::given(&asked.then);
    if signed_in.is_ok() {
        return to(&public_path(then.page()), &[]);
    }
    sign_in_page(&app, &then, None).into_response()
}

/// Renders the page with the forms.
pub(super) fn sign_in_page(app: &AppState, then: &ReturnTo, wrong: Option<Wrong<'_>>) -> Markup {
    page_for(app, texts::sign_in(), &forms(app, then, wrong))
}

/// Renders a page for somebody who is not signed in yet.
fn page_for(app: &AppState, title: &str, content: &Markup) -> Markup {
    plain(title, Some(&Brand::of(&app.config)), content)
}

/// Query parameters of the page.
#[derive(Debug, Deserialize)]
pub(super) struct Params {
    #[serde(default)]
    pub(super) then: String,
}

/// Way of signing in that did not work, and a sentence about it.
#[derive(Clone, Copy)]
pub(super) enum Wrong<'a> {
    Email(&'a str),
    Key(&'a str),
    Issuer(&'a Markup),
}

/// Fails if operators sign in at the issuer only.
fn other_ways(app: &AppState, then: &ReturnTo) -> Result<(), PageError> {
    let is_only_way = app.config.oidc.as_ref().is_some_and(|oidc| oidc.only);
    if is_only_way { Err(PageError::SignedOut(then.clone())) } else { Ok(()) }
}

fn forms(app: &AppState, then: &ReturnTo, wrong: Option<Wrong<'_>>) -> Markup {
    let oidc = app.config.oidc.as_ref();
    let (email, key, issuer) = match wrong {
        Some(Wrong::Email(why)) => (Some(why), None, None),
        Some(Wrong::Key(why)) => (None, Some(why), None),
        Some(Wrong::Issuer(why)) => (None, None, Some(why)),
        None => (None, None, None),
    };
    let has_codes = !app.config.console.operators.is_empty();
    html! {
        h1 { (texts::sign_in_heading()) }
        @if let Some(oidc) = oidc {
            (field_error("issuer-error", issuer))
            p { a.button href=(address("/console/oidc", &[("then", then.page())])) { (texts::sign_in_with(html! { bdi { (oidc.name) } })) } }
        }
        @if other_ways(app, then).is_ok() {
            @if has_codes {
                @if oidc.is_some() { h2 { (texts::or_with_code()) } }
                (email_form(then, email))
            }
            @if has_codes || oidc.is_some() { h2 { (texts::or_with_key()) } }
            (key_form(then, key))
        }
    }
}

fn email_form(then: &ReturnTo, wrong: Option<&str>) -> Markup {
    html! {
        form method="post" action=(public_path("/console/sign-in")) {
            (then.hidden())
            label for="email" { (texts::email_label()) }
            input #email type="email" name="email" autocomplete="email" required maxlength="200"
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "email-error")] autofocus[wrong.is_some()];
            (field_error("email-error", wrong))
            button { (texts::email_button()) }
        }
    }
}

fn key_form(then: &ReturnTo, wrong: Option<&str>) -> Markup {
    html! {
        form method="post" action=(public_path("/console/key")) {
            (then.hidden())
            // Browsers ask for a name beside a password. Without a name of its own, the field is not sent.
            input type="text" autocomplete="username" value=(texts::key_label()) hidden;
            label for="key" { (texts::key_label()) }
            input #key type="password" name="key" autocomplete="current-password" required maxlength="200" aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=(if wrong.is_some() { "key-error key-hint" } else { "key-hint" }) autofocus[wrong.is_some()];
            (field_error("key-error", wrong))
            p.hint #key-hint { (texts::key_hint(html! { code { "console" } }, html! { code { "RELINK_API_KEY" } })) }
            button.quiet { (texts::key_button()) }
        }
    }
}

/// Renders the error of a field, which names it as its description.
fn field_error(id: &str, why: Option<impl Render>) -> Markup {
    html! { @if let Some(why) = why { p.field-error id=(id) role="alert" { (why) } } }
}

fn code_form(email: &str, then: &ReturnTo, wrong: Option<&str>) -> Markup {
    html! {
        h1 { (texts::code_heading()) }
        p { (texts::code_sent(html! { strong { bdi { (email) } } })) }
        form method="post" action=(public_path("/console/code")) {
            (then.hidden())
            input type="hidden" name="email" value=(email);
            label for="code" { (texts::code_label()) }
            input #code type="text" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12" autofocus
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "code-error")];
            (field_error("code-error", wrong))
            button { (texts::sign_in()) }
        }
        p { a href=(then.sign_in()) { (texts::code_again()) } }
        p.hint { (texts::code_late()) }
    }
}

/// `POST /console/sign-in`: gives every client the same response at once, so that it does not reveal who is an
/// operator. The code is sent afterwards.
pub(super) async fn ask(
    State(app): State<Arc<AppState>>,
    client: Client,
    headers: HeaderMap,
    SameOriginForm(fields): SameOriginForm,
) -> Result<Response, PageError> {
    let now = crate::clock::now();
    app.limits.take_for_address(client.ip, now)?;
    let then = ReturnTo::of_form(&fields);
    other_ways(&app, &then)?;
    let Some(email) = sign_in::mailbox(fields.one("email")) else {
        let page = sign_in_page(&app, &then, Some(Wrong::Email(texts::email_wrong())));
        return Ok((StatusCode::BAD_REQUEST, page).into_response());
    };
    let asking = Secret::new(crate::clock::secret());
    let code = sign_in::code(crate::clock::number());
    let cookie = cookie::set(&app, ASKING, Some(&asking), CODE_LIFETIME);
    let known = cookie::read(&app, &headers, KNOWN).map(|known| browser_name(&known, &email));
    let asker = CodeRequester { asking, known, language: texts::language() };
    tokio::spawn(send(app.clone(), email.clone(), code, asker).in_current_span());
    Ok(([(SET_COOKIE, cookie)], page_for(&app, texts::code_heading(), &code_form(&email, &then, None)))
        .into_response())
}

/// Browser that requests a code.
struct CodeRequester {
    /// Secret of the browser, valid for this one code.
    asking: Secret,
    /// Hash that identifies the browser for this operator; `None` if no operator has signed in there before.
    known: Option<String>,
    language: Language,
}

/// Returns the hash that identifies a known browser; it differs for each operator.
fn browser_name(known: &Secret, email: &str) -> String {
    hash(&format!("console browser {} {email}", known.expose()))
}

async fn send(app: Arc<AppState>, email: String, code: String, asker: CodeRequester) {
    let now = crate::clock::now();
    let Some(mailer) = app.mailer.as_ref().filter(|_| app.config.console.operators.contains_key(&email))
    else {
        tracing::info!("a code was requested for an unknown address");
        return;
    };
    let CodeRequester { asking, known, language } = asker;
    match app.store.set_code(&email, &code_hash(&asking, &code), known.as_deref(), now).await {
        Ok(true) => (),
        Ok(false) => return tracing::warn!("an operator asks for codes too often; none is sent"),
        Err(error) => return tracing::error!(%error, "failed to store a code: {error}"),
    }
    let id = format!("code.{}", crate::clock::new_id().simple());
    let sent = match mailer.pack(&letter(&app.config.merchant_name, &code, language), &email, &id, None, now)
    {
        Ok(parcel) => mailer.send(&parcel).await,
        Err(error) => Err(error),
    };
    if let Err(error) = sent {
        tracing::error!(?error, "the code for an operator was not sent");
    }
}

/// Hashes the code with the browser's secret. The code alone could be found by trying all of them.
fn code_hash(asking: &Secret, code: &str) -> CodeHash {
    CodeHash { browser: asking.hash(), hash: hash(&format!("console code {} {code}", asking.expose())) }
}

fn letter(merchant: &str, code: &str, language: Language) -> Email {
    let [body, notes @ ..] = [
        words::code_body(language, code, merchant),
        words::code_lasts(language),
        words::code_ignore(language),
    ];
    let subject = words::code_subject(language, merchant);
    let html = code_html(language, merchant, &subject, &body, code, &notes);
    let text = [body.as_str(), &notes.join("\n\n")].join("\n\n") + "\n";
    Email { language, subject, text, html }
}

/// `POST /console/code`: signs in with an emailed code.
pub(super) async fn code(
    State(app): State<Arc<AppState>>,
    client: Client,
    headers: HeaderMap,
    SameOriginForm(fields): SameOriginForm,
) -> Result<Response, PageError> {
    let now = crate::clock::now();
    app.limits.take_for_address(client.ip, now)?;
    let email = sign_in::mailbox(fields.one("email")).unwrap_or_default();
    let asking = cookie::read(&app, &headers, ASKING).unwrap_or_else(|| Secret::new([0; 32]));
    let code = sign_in::typed(fields.one("code"));
    let then = ReturnTo::of_form(&fields);
    other_ways(&app, &then)?;
    // The operator may have been removed from the settings since the code was sent.
    let is_right = app.store.try_code(&email, &code_hash(&asking, &code), now).await?
        && app.config.console.operators.contains_key(&email);
    if !is_right {
        // Not logged unless it is an operator's address, because users also mistype passwords into this field.
        let operator = Some(&email).filter(|email| app.config.console.operators.contains_key(email.as_str()));
        app.audit
            .sign_in_failed(Actor::Unknown.at(client.ip), json!({"with": "code", "operator": operator}))
            .await;
        let form = code_form(&email, &then, Some(texts::code_wrong()));
        let page = page_for(&app, texts::code_heading(), &form);
        return Ok((StatusCode::FORBIDDEN, page).into_response());
    }
    begin(&app, &client, &headers, Operator::Email { email }, None, &then).await
}

/// `POST /console/key`: signs in with an API key. The rate limit is for wrong keys only, since keys can't be guessed; a
/// right key always works.
pub(super) async fn key(
    State(app): State<Arc<AppState>>,
    client: Client,
    headers: HeaderMap,
    SameOriginForm(fields): SameOriginForm,
) -> Result<Response, PageError> {
    let now = crate::clock::now();
    let then = ReturnTo::of_form(&fields);
    other_ways(&app, &then)?;
    let given = fields.one("key").trim();
    let hash_of_setting = app.config.api_keys.load().hash_of(given);
    if let Some(hash) = hash_of_setting {
        return begin(&app, &client, &headers, Operator::Setting { hash }, None, &then).await;
    }
    let found = app.store.key(&hash(given)).await?;
    if let Some(key) = found.as_ref().filter(|key| key.opens_console(now)) {
        app.store.record_key_use(key, now).await?;
        return begin(&app, &client, &headers, Operator::Key { key: key.id.clone() }, None, &then).await;
    }
    app.limits.take_for_address(client.ip, now)?;
    let (actor, reason, wrong) = match found {
        None => (Actor::Unknown, "unknown", texts::key_wrong()),
        Some(key) if key.is_expired(now) => {
            (Actor::BackEnd { key: Some(key.id) }, "expired", texts::key_expired())
        }
        Some(key) => (Actor::BackEnd { key: Some(key.id) }, "scope", texts::key_wrong()),
    };
    app.audit.sign_in_failed(actor.at(client.ip), json!({"with": "key", "reason": reason})).await;
    Ok((StatusCode::FORBIDDEN, sign_in_page(&app, &then, Some(Wrong::Key(wrong)))).into_response())
}

/// Begins a new session, which replaces the browser's former one. `id_token` is that of a sign-in at the issuer.
pub(super) async fn begin(
    app: &AppState,
    client: &Client,
    headers: &HeaderMap,
    operator: Operator,
    id_token: Option<&SecretString>,
    then: &ReturnTo,
) -> Result<Response, PageError> {
    let now = crate::clock::now();
    if let Some(former) = cookie::read(app, headers, SESSION) {
        let entry = |former: &Operator| sign_in::ended(former.actor().at(client.ip), SessionEnd::Replaced);
        app.store.end_session(&former.hash(), entry, now).await?;
    }
    let secret = Secret::new(crate::clock::secret());
    app.store.begin_session(&secret.hash(), &operator, now).await?;
    if let Some(token) = id_token.map(ExposeSecret::expose_secret).filter(|token| token.len() <= LONGEST_HINT)
    {
        app.store.set_id_token(&secret.hash(), token).await?;
    }
    note(
        app,
        operator.actor().at(client.ip),
        AuditAction::SignedIn,
        None,
        json!({"with": operator.method()}),
    )
    .await?;
    let mut cookies = vec![
        cookie::set(app, SESSION, Some(&secret), LONGEST),
        cookie::set(app, ASKING, None, CODE_LIFETIME),
    ];
    if let Operator::Email { email } = &operator {
        let known = cookie::read(app, headers, KNOWN).unwrap_or_else(|| Secret::new(crate::clock::secret()));
        app.store.know_browser(email, &browser_name(&known, email), now).await?;
        cookies.push(cookie::set(app, KNOWN, Some(&known), KNOWN_BROWSER_LIFETIME));
    }
    Ok(to(&public_path(then.page()), &cookies))
}

/// `POST /console/sign-out`: ends the session, and sends the browser to the issuer if it was begun there.
pub(super) async fn out(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, .. }: OperatorForm<AnyRole>,
) -> Result<Response, PageError> {
    let at_issuer = oidc::sign_out_url(&app, &by).await;
    let entry = |_: &Operator| Entry::of(by.source(), AuditAction::SignedOut, Value::Null);
    app.store.end_session(&by.session, entry, crate::clock::now()).await?;
    let ended = cookie::set(&app, SESSION, None, LONGEST);
    let Some(url) = at_issuer else { return Ok(to(&public_path("/console/sign-in"), &[ended])) };
    // Not a redirect: browsers apply the policy for forms to redirects after one, too. Not a header either: proxies limit
    // their length, and the address has a token in it.
    let name = app.config.oidc.as_ref().map_or("", |oidc| &oidc.name);
    let content = html! {
        h1 { (texts::sign_out()) }
        p { a.button href=(url) { bdi { (name) } } }
    };
    let page = leading_to(url.as_str(), texts::sign_out(), &Brand::of(&app.config), &content);
    Ok(([(SET_COOKIE, ended)], page).into_response())
}

/// Redirects the browser after a form.
pub(super) fn to(path: &str, cookies: &[String]) -> Response {
    let cookies =
        AppendHeaders(cookies.iter().map(|cookie| (SET_COOKIE, cookie.clone())).collect::<Vec<_>>());
    (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned())], cookies).into_response()
}
