//! Results of relink requests: in a cell, as stages in time, and as a funnel with the reasons of the rest.

use jiff::Timestamp;
use maud::{Markup, html};
use strum::IntoEnumIterator;

use super::layout::{date, many, moment};
use crate::domain::relink_request::{Delivery, Request};
use crate::domain::request_result::{Funnel, Obstacle, RequestResult, Stage};

/// Renders the result of an account's latest request and its day.
pub(super) fn result(latest: Option<&Request>) -> Markup {
    let Some(request) = latest else { return html! { span.empty { "—" } } };
    let result = RequestResult::of(latest);
    html! {
        span class={ "result " (result.as_str()) } { (result.label()) }
        @if let Some(at) = since(result, request) { " " (date(at)) }
        @if let Some(why) = &request.failure { span.small { " " (why) } }
    }
}

/// Returns the time since which the request has this result.
fn since(result: RequestResult, request: &Request) -> Option<Timestamp> {
    match result {
        RequestResult::NeverAsked | RequestResult::Waiting => None,
        RequestResult::Delivered => request.sent_at,
        RequestResult::Opened => request.opened_at,
        RequestResult::Began => request.began_at,
        RequestResult::Repaired
        | RequestResult::Failed
        | RequestResult::Expired
        | RequestResult::Cancelled => request.ended_at,
    }
}

/// Renders the stages of a request with their times, in order.
pub(super) fn stages(request: &Request) -> Markup {
    let result = RequestResult::of(Some(request));
    let end = request.ended_at.filter(|_| request.state.is_end());
    let delivered = match request.delivery {
        Delivery::Email | Delivery::StripeEmail => "Delivered",
        Delivery::Link | Delivery::StripeLink => "Sent",
    };
    let steps = [
        ("Asked", Some(request.created_at)),
        (delivered, request.sent_at),
        ("Opened", request.opened_at),
        ("Began at the bank", request.began_at),
        (result.label(), end),
    ];
    html! {
        ol.stages {
            @for (name, at) in steps {
                @if let Some(at) = at { li { (name) " " (moment(at)) } }
            }
            @if let Some(why) = &request.failure { li.small { (why) } }
            @if end.is_none() { li.small { "The link works until " (moment(request.expires_at)) } }
        }
    }
}

/// Renders the funnel as a table with a bar for each stage, and the reasons of those who stopped there.
pub(super) fn funnel(funnel: &Funnel) -> Markup {
    let asked = funnel.reached(Stage::Asked);
    if asked == 0 {
        return html! { p.empty { "Nobody has been asked yet." } };
    }
    let rest = funnel.rest();
    let direct = funnel.repaired_without_link();
    html! {
        table.funnel {
            caption.hidden { "From request to repair" }
            thead { tr {
                th scope="col" { "Stage" } th.number scope="col" { "Requests" } th.number scope="col" { "Of all" }
                th.bars scope="col" aria-hidden="true" {} th scope="col" { "Stopped here" }
            } }
            tbody { @for stage in Stage::iter() {
                @let reached = funnel.reached(stage);
                tr {
                    th scope="row" data-name="Stage" { (stage.label()) }
                    td.number data-name="Requests" { (many(reached)) }
                    td.number data-name="Of all" { (percent(reached, asked)) }
                    td.bars aria-hidden="true" { (bar(reached, asked)) }
                    td data-name="Stopped here" {
                        @for (at, obstacle, requests) in &rest {
                            @if *at == stage { div { (many(*requests)) " " (sentence(stage, obstacle)) } }
                        }
                    }
                }
            } }
        }
        @if direct > 0 {
            p.hint { (many(direct)) " repaired without opening the link, for example on your own page. A later stage includes \
                      the earlier ones." }
        }
    }
}

/// Renders a bar whose length is this part of the whole, for beside a number.
pub(super) fn bar(part: i64, whole: i64) -> Markup {
    // The parts of a funnel and of a ranking are no larger than the whole.
    let permille = part.max(0).saturating_mul(1000) / whole.max(1);
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" focusable="false" {
            rect width=(permille) height="10" {}
        }
    }
}

/// Formats a share in percent; a dash if the whole is empty, because unknown is not zero.
pub(super) fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "—".to_owned();
    }
    format!("{} %", (part * 100 + whole / 2) / whole)
}

fn sentence(stage: Stage, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NotYet => match stage {
            Stage::Asked => "still to be sent".to_owned(),
            Stage::Delivered => "not opened yet".to_owned(),
            Stage::Opened => "opened the link and went no further yet".to_owned(),
            Stage::Began | Stage::Repaired => "in progress".to_owned(),
        },
        Obstacle::Expired => "expired".to_owned(),
        Obstacle::Cancelled => "cancelled".to_owned(),
        Obstacle::MailLost => "not known whether the mail server took the email".to_owned(),
        Obstacle::Failed(why) if why.is_empty() => "failed for an unknown reason".to_owned(),
        Obstacle::Failed(why) => format!("failed: {why}"),
        Obstacle::Attempt(outcome) => attempt(outcome.as_deref()),
    }
}

/// Describes the outcome of a customer's last attempt.
fn attempt(outcome: Option<&str>) -> String {
    match outcome {
        None | Some("pending") => "left the bank's window, or have not finished",
        Some("cancelled") => "closed the bank's window",
        Some("no_account") => "did not share the account",
        Some("no_authorization") => "did not finish the sign-in",
        Some("failed") => "could not be connected by the bank",
        Some("new_account") => "shared another account",
        Some("relinked" | "new_authorization") => "signed in, and the account does not work yet",
        Some(other) => return other.replace('_', " "),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_of_nothing_is_unknown_and_no_zero() {
        assert_eq!(percent(0, 0), "—");
        assert_eq!(percent(0, 3), "0 %");
        assert_eq!(percent(2, 3), "67 %");
    }

    proptest! {
        #[test]
        fn bars_fit_their_box_and_grow_with_the_part(whole in 1..1_000_000_i64, part in 0..1_000_000_i64) {
            let part = part.min(whole);
            let width = |part| {
                let drawn = bar(part, whole).into_string();
                drawn.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse::<i64>().unwrap()
            };
            prop_assert!((0..=1000).contains(&width(part)));
            prop_assert!(width(part) <= width(whole));
            prop_assert_eq!(width(whole), 1000);
        }
    }
}
