//! Names of states, results, causes and rules in the language of the request.

use jiff::Timestamp;
use maud::{Markup, PreEscaped, Render, html};
use relink_protocol::HolderKind;
use relink_protocol::stripe::{BlockReason, Cause, Permission};

use super::layout::date;
use super::texts;
use crate::domain::eligible::Ineligible;
use crate::domain::filter::{Filter, FilterError, Identifier, MAX_NAMED, State};
use crate::domain::relink_request::Delivery;
use crate::domain::report::PeriodError;
use crate::domain::request_refusal::RequestRefusal;
use crate::domain::request_result::{RequestResult, Stage};
use crate::domain::role::Role;

/// Returns the name of a state.
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Broken => texts::state_broken(),
        State::Expiring => texts::state_expiring(),
        State::NumberExpired => texts::state_number_expired(),
        State::Unrepairable => texts::state_unrepairable(),
        State::DebitsBlocked => texts::state_debits_blocked(),
        State::Healthy => texts::state_healthy(),
        State::NumberPending => texts::state_number_pending(),
        State::Disconnected => texts::state_disconnected(),
        State::Replaced => texts::state_replaced(),
        State::Unrecognized => texts::state_unrecognized(),
    }
}

/// Renders a cause. One that Stripe has added since is shown as it is.
pub(super) fn cause(cause: &Cause) -> Markup {
    let name = match cause {
        Cause::AccessDenied => texts::cause_access_denied(),
        Cause::AccessExpired => texts::cause_access_expired(),
        Cause::AccountClosed => texts::cause_account_closed(),
        Cause::AccountUnavailable => texts::cause_account_unavailable(),
        Cause::InstitutionRequirement => texts::cause_institution_requirement(),
        Cause::Unspecified => texts::cause_unspecified(),
        Cause::Other(code) => return stored(&spaced(code)),
    };
    name.render()
}

/// Renders the cause with this code.
pub(super) fn cause_name(code: &str) -> Markup {
    cause(&Cause::from(code.to_owned()))
}

/// Renders the reason for which Stripe no longer debits a payment method.
pub(super) fn block_reason(reason: &BlockReason) -> Markup {
    let name = match reason {
        BlockReason::BankAccountClosed => texts::block_account_closed(),
        BlockReason::BankAccountFrozen => texts::block_account_frozen(),
        BlockReason::BankAccountInvalidDetails => texts::block_invalid_details(),
        BlockReason::BankAccountRestricted => texts::block_restricted(),
        BlockReason::BankAccountUnusable => texts::block_unusable(),
        BlockReason::DebitNotAuthorized => texts::block_not_authorized(),
        BlockReason::TokenizedAccountNumberDeactivated => texts::block_number_deactivated(),
        BlockReason::Other(code) => return stored(&spaced(code)),
    };
    name.render()
}

/// Renders the name of a permission.
pub(super) fn permission(permission: &Permission) -> Markup {
    let name = match permission {
        Permission::Balances => texts::permission_balances(),
        Permission::Ownership => texts::permission_ownership(),
        Permission::PaymentMethod => texts::permission_payment_method(),
        Permission::Transactions => texts::permission_transactions(),
        Permission::Other(code) => return stored(&spaced(code)),
    };
    name.render()
}

/// Returns the name of a kind of account holder.
pub(super) fn holder(kind: HolderKind) -> &'static str {
    match kind {
        HolderKind::Customer => texts::column_customer(),
        HolderKind::ConnectedAccount => texts::column_stripe_account(),
        HolderKind::CustomerAccount => texts::holder_customer_account(),
    }
}

/// Returns the name of a request's result.
pub(super) fn result(result: RequestResult) -> &'static str {
    match result {
        RequestResult::NeverAsked => texts::result_never_asked(),
        RequestResult::Waiting => texts::result_waiting(),
        RequestResult::Delivered => texts::result_delivered(),
        RequestResult::Opened => texts::result_opened(),
        RequestResult::Began => texts::result_began(),
        RequestResult::Repaired => texts::result_repaired(),
        RequestResult::Failed => texts::result_failed(),
        RequestResult::Expired => texts::result_expired(),
        RequestResult::Cancelled => texts::result_cancelled(),
    }
}

/// Returns the name of a stage.
pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Asked => texts::stage_asked(),
        Stage::Delivered => texts::result_delivered(),
        Stage::Opened => texts::result_opened(),
        Stage::Began => texts::stage_began(),
        Stage::Repaired => texts::result_repaired(),
    }
}

/// Returns the name of a channel.
pub(super) fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Email => texts::delivery_email(),
        Delivery::Link => texts::delivery_link(),
        Delivery::StripeEmail => texts::delivery_stripe_email(),
        Delivery::StripeLink => texts::delivery_stripe_link(),
    }
}

/// Returns the name of a role.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => texts::role_viewer(),
        Role::Operator => texts::role_operator(),
        Role::Admin => texts::role_admin(),
    }
}

/// Renders a sentence about a rule that forbids a request. The API has its own, for programmers.
pub(super) fn refusal(rule: RequestRefusal) -> Markup {
    let sentence = match rule {
        RequestRefusal::Account(rule) => return ineligible(rule),
        RequestRefusal::ReturnUrl => return texts::refusal_return_url("RELINK_RETURN_ORIGINS"),
        RequestRefusal::NoLinks => return texts::refusal_no_links("RELINK_PUBLIC_URL"),
        RequestRefusal::NoMail => {
            return texts::refusal_no_mail(list(["RELINK_SMTP_URL", "RELINK_MAIL_FROM"]));
        }
        RequestRefusal::MailedLately => texts::refusal_mailed_lately(),
        RequestRefusal::OptedOut => texts::refusal_opted_out(),
        RequestRefusal::Email => texts::refusal_email(),
        RequestRefusal::ExpiresIn => texts::refusal_expires_in(),
        RequestRefusal::NoHostedRelink => texts::refusal_no_hosted(),
        RequestRefusal::RefusedByStripe => texts::refusal_by_stripe(),
    };
    sentence.render()
}

fn ineligible(rule: Ineligible) -> Markup {
    let sentence = match rule {
        Ineligible::PermissionsUnchanged => {
            return texts::refusal_permissions_unchanged("RELINK_PERMISSIONS");
        }
        Ineligible::Healthy => texts::refusal_healthy(),
        Ineligible::NotHosted => texts::refusal_not_hosted(),
        Ineligible::NotRelinkable => texts::refusal_not_relinkable(),
        Ineligible::Disconnected => texts::refusal_disconnected(),
        Ineligible::NoOwner => texts::refusal_no_owner(),
        Ineligible::NumberPending => texts::refusal_number_pending(),
        Ineligible::Replaced => texts::refusal_replaced(),
        Ineligible::Unrecognized => texts::refusal_unrecognized(),
    };
    sentence.render()
}

/// Renders why a filter can't be read.
pub(super) fn filter_error(error: FilterError) -> Markup {
    let sentence = match error {
        FilterError::State => texts::filter_no_state(),
        FilterError::Result => texts::filter_no_result(),
        FilterError::Permissions => texts::filter_no_permissions(),
        FilterError::StripeAccount => return texts::filter_no_stripe_account("acct_…"),
        FilterError::Holder => texts::filter_no_holder(),
        FilterError::TooLong => texts::filter_too_long(),
        FilterError::Day => texts::filter_no_day(),
        FilterError::Date => return texts::filter_date("2026-11-30"),
        FilterError::NoMatch => return texts::filter_no_match("fca_…", list(["cus_…", "acct_…"])),
        FilterError::SeveralBanks(banks) => {
            return texts::filter_several_banks(list(banks.iter().map(String::as_str)));
        }
        FilterError::SeveralCustomers => return texts::filter_several_customers(MAX_NAMED),
    };
    sentence.render()
}

/// Renders the conditions of a filter that are set.
pub(super) fn conditions(filter: &Filter) -> Markup {
    let day = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).map(date).unwrap_or_default();
    // The end is exclusive.
    let last = |milliseconds: i64| day(milliseconds.saturating_sub(1));
    let who = filter.who.as_ref().map(|who| match who {
        Identifier::Customer(id) => (texts::column_customer(), html! { bdi { (id) } }),
        Identifier::Customers(ids) => (texts::column_customer(), list(ids.iter().map(String::as_str))),
        Identifier::Account(id) => (texts::column_account(), html! { bdi { (id) } }),
        Identifier::LastDigits(digits) => (texts::condition_digits(), html! { bdi { (digits) } }),
    });
    let set = [
        filter.state.map(|of| (texts::column_state(), state(of).render())),
        filter.cause.as_deref().map(|code| (texts::cause(), cause_name(code))),
        filter.bank.as_deref().map(|bank| (texts::bank(), html! { bdi { (bank) } })),
        who,
        filter.from.map(|at| (texts::changed_from(), day(at))),
        filter.until.map(|at| (texts::changed_until(), last(at))),
        filter.result.map(|of| (texts::last_request(), result(of).render())),
        filter.asked_from.map(|at| (texts::asked_from(), day(at))),
        filter.asked_until.map(|at| (texts::asked_until(), last(at))),
        filter.is_updatable.then(|| (texts::permissions(), texts::permissions_missing().render())),
        filter.holder.map(|kind| (texts::holder(), holder(kind).render())),
        filter.stripe_account.as_ref().map(|id| (texts::column_stripe_account(), html! { bdi { (id) } })),
    ];
    let set: Vec<Markup> =
        set.into_iter().flatten().map(|(name, value)| texts::condition(name, value)).collect();
    if set.is_empty() { texts::condition_none().render() } else { list(set) }
}

/// Renders why days are no period of a report.
pub(super) fn period_error(error: PeriodError) -> Markup {
    match error {
        PeriodError::Date => texts::filter_date("2026-11-30"),
        PeriodError::Reversed => texts::period_reversed().render(),
        PeriodError::TooLong(days) => texts::period_too_long(days),
    }
}

/// Renders items one after the other.
pub(super) fn list<T: Render>(items: impl IntoIterator<Item = T>) -> Markup {
    let items: Vec<String> = items.into_iter().map(|item| item.render().into_string()).collect();
    PreEscaped(items.join(texts::list_separator()))
}

/// Renders words that are stored in English, or come from elsewhere, as what they are.
pub(super) fn stored(words: &str) -> Markup {
    html! { bdi lang="en" { (words) } }
}

/// Makes a code readable.
pub(super) fn spaced(code: &str) -> String {
    code.replace(['_', '.'], " ")
}
