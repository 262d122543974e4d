//! `POST /console/preview`: shows who would get an email, and how many each rule excludes. Changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, Render, html};
use relink_protocol::AccountId;

use super::account_actions::refused;
use super::address::public_path;
use super::auth::{Acting, Fields, OperatorForm, SignedIn};
use super::batch::needs_approval;
use super::connections::{customer, name};
use super::email_preview;
use super::error::PageError;
use super::filter_form::{TableParams, chooses_all};
use super::layout::{Layout, form_token, many, number_of};
use super::sign_in::to;
use super::words::filter_error;
use super::{texts, words};
use crate::domain::connection::StoredAccount;
use crate::domain::eligible::GivenReason;
use crate::domain::relink_request::Delivery;
use crate::services::relink_requests::{self, CreateError};
use crate::state::AppState;
use crate::store::batches::Chosen;
use crate::store::connection_search::Order;

/// Maximum number of accounts that are checked; if more match, the newest changes serve as a sample.
const LOOKED_AT: i64 = 500;
const EXAMPLES: usize = 3;
pub(super) const MOST_NAMED: usize = 200;

/// Accounts for which a request would have the same result.
#[derive(Debug, Default)]
struct Group {
    accounts: i64,
    sentence: Markup,
    examples: Vec<Markup>,
}

/// Renders the page.
pub(super) async fn page(
    State(app): State<Arc<AppState>>,
    OperatorForm { by, fields, .. }: OperatorForm<Acting>,
) -> Result<Response, PageError> {
    let Some(chosen) = chosen(&app, &fields).await? else { return Ok(none_chosen(&fields)) };
    let (accounts, is_whole) = accounts(&app, &chosen).await?;
    let reason = reason(&fields);
    let (groups, example) = judge(&app, &accounts, reason).await?;
    let asked = groups.get(ASKED).map_or(0, |group| group.accounts);
    let waits = needs_approval(&app, &chosen).await?;
    let email = if let Some(example) = example {
        email_preview::example(&app, example, reason).await?
    } else {
        html! {}
    };
    let can_mail = app.mailer.is_some() && app.config.requests.public_url.is_some();
    let content = html! {
        h1 { (texts::preview_heading()) }
        @if is_whole {
            p { (texts::preview_whole(texts::accounts(number_of(&accounts)), html! { strong { (many(asked)) } })) }
        } @else {
            p { (texts::preview_sample(html! { strong { (many(asked)) } }, many(LOOKED_AT))) }
        }
        table {
            caption.hidden { (texts::preview_caption()) }
            thead { tr {
                th scope="col" { (texts::column_happens()) }
                th.number scope="col" { (texts::accounts_heading()) }
                th scope="col" { (texts::column_example()) }
            } }
            tbody { @for group in groups.values() { (row(group)) } }
        }
        @if !can_mail {
            p.alert { (texts::preview_no_mail(words::list(["RELINK_SMTP_URL", "RELINK_MAIL_FROM", "RELINK_PUBLIC_URL"]))) }
        } @else if asked == 0 && is_whole {
            p { (texts::preview_nothing()) }
        } @else {
            @if waits { p.hint { (texts::preview_waits()) } }
            form method="post" action=(public_path("/console/batches")) {
                (form_token(&by))
                (again(&fields, &chosen))
                @if reason.is_some() { input type="hidden" name=(REASON[0]) value=(REASON[1]); }
                button { @if waits { (texts::preview_ask_approval()) } @else if is_whole { (texts::preview_send(asked)) } @else { (texts::preview_send_all()) } }
            }
        }
        (email)
        @if app.config.policy.permissions.is_some() { (other_reason(&fields, &chosen, &by)) }
        p { a href=(TableParams::of_form(&fields).with("/console", &[])) { (texts::preview_back()) } }
    };
    Ok(Layout::new(texts::preview_title(), &by)
        .within(texts::nav_connections())
        .page(&content)
        .into_response())
}

/// Name and value of the form field for requests that also go to customers of accounts that work.
pub(super) const REASON: [&str; 2] = ["reason", "permissions_changed"];

/// Returns the reason that the operator has chosen.
pub(super) fn reason(fields: &Fields) -> Option<GivenReason> {
    let [name, value] = REASON;
    (fields.one(name) == value).then_some(GivenReason::PermissionsChanged)
}

/// Renders the choice to ask for new permissions as well, or to leave that out.
fn other_reason(fields: &Fields, chosen: &Chosen, by: &SignedIn) -> Markup {
    let [name, value] = REASON;
    let is_asked = reason(fields).is_some();
    html! {
        form method="post" action=(public_path("/console/preview")) {
            (form_token(by))
            (again(fields, chosen))
            @if !is_asked { input type="hidden" name=(name) value=(value); }
            button.quiet {
                (if is_asked { texts::preview_only_needed() } else { texts::preview_also_healthy() })
            }
        }
    }
}

/// Leads back to the table, which says that nothing is chosen.
pub(super) fn none_chosen(fields: &Fields) -> Response {
    let asked = TableParams::of_form(fields);
    let back = asked.with("/console", &[("after", &asked.after), ("none_chosen", "1")]);
    to(&format!("{back}#bar"), &[])
}

fn row(group: &Group) -> Markup {
    html! {
        tr {
            th scope="row" data-name=(texts::column_happens()) { (group.sentence) }
            td.number data-name=(texts::accounts_heading()) { (many(group.accounts)) }
            td data-name=(texts::column_example()) { @for example in &group.examples { div.small { (example) } } }
        }
    }
}

/// Renders the selection as hidden fields of the form that sends.
fn again(fields: &Fields, chosen: &Chosen) -> Markup {
    html! {
        @match chosen {
            Chosen::Named(accounts) => @for account in accounts { input type="hidden" name="account" value=(account); },
            Chosen::Matching(_) => {
                @let asked = TableParams::of_form(fields);
                input type="hidden" name="all" value=(asked.all()); (asked.hidden())
            },
        }
    }
}

/// Reads the selected accounts from a form; `None` if there are none.
pub(super) async fn chosen(app: &AppState, fields: &Fields) -> Result<Option<Chosen>, PageError> {
    if chooses_all(fields) {
        let tally = app.store.tally().await?;
        return TableParams::of_form(fields)
            .filter(app, &tally)
            .await?
            .map(|filter| Some(Chosen::Matching(filter)))
            .map_err(|error| PageError::NotUnderstood(filter_error(error)));
    }
    let named: Result<Vec<AccountId>, _> = fields.all("account").map(str::parse).collect();
    match named {
        Ok(named) if (1..=MOST_NAMED).contains(&named.len()) => Ok(Some(Chosen::Named(named))),
        Ok(named) if named.is_empty() => Ok(None),
        Ok(_) | Err(_) => Err(PageError::NotUnderstood(texts::preview_not_at_once().render())),
    }
}

async fn accounts(app: &AppState, chosen: &Chosen) -> Result<(Vec<StoredAccount>, bool), PageError> {
    match chosen {
        Chosen::Named(named) => {
            let mut accounts = Vec::new();
            for id in named {
                accounts.extend(app.store.account(id).await?);
            }
            Ok((accounts, true))
        }
        Chosen::Matching(filter) => {
            let mut accounts = app.store.table(filter, Order::NewestFirst, None, LOOKED_AT + 1).await?;
            let is_whole = number_of(&accounts) <= LOOKED_AT;
            accounts.truncate(usize::try_from(LOOKED_AT).unwrap_or(usize::MAX));
            Ok((accounts.into_iter().map(|row| row.kept).collect(), is_whole))
        }
    }
}

/// Key of the group that gets an email. It sorts before every rule's name.
const ASKED: &str = "";

/// Groups the accounts by what would happen. Also returns the first whose customer would get an email.
async fn judge<'a>(
    app: &AppState,
    accounts: &'a [StoredAccount],
    given: Option<GivenReason>,
) -> Result<(BTreeMap<&'static str, Group>, Option<&'a StoredAccount>), PageError> {
    let now = crate::clock::now();
    let mut example = None;
    let mut groups: BTreeMap<&'static str, Group> = BTreeMap::new();
    for kept in accounts {
        let (rule, sentence, from) =
            match relink_requests::may_create(app, &kept.account, Delivery::Email, given, now).await {
                Ok(_) | Err(CreateError::Repeated) => {
                    (ASKED, texts::preview_gets().render(), None::<Timestamp>)
                }
                Err(CreateError::Refused(rule, from)) => (rule.as_str(), words::refusal(rule), from),
                Err(CreateError::Failed(failure)) => return Err(failure.into()),
            };
        if rule == ASKED {
            example.get_or_insert(kept);
        }
        let group = groups.entry(rule).or_default();
        group.accounts += 1;
        group.sentence = sentence;
        if group.examples.len() < EXAMPLES {
            let account = html! { bdi { (name(&kept.account)) } };
            let who = texts::preview_example(account, html! { bdi { (customer(&kept.account)) } });
            group.examples.push(refused(who, from));
        }
    }
    Ok((groups, example))
}
