//! Results of relink requests: in a cell, as stages in time, and as a funnel with the reasons of the rest.

use jiff::Timestamp;
use maud::{Markup, Render, html};
use strum::IntoEnumIterator;

use super::layout::{date, many, moment};
use super::words::{spaced, stored};
use super::{texts, words};
use crate::domain::relink_request::{Delivery, Request};
use crate::domain::request_result::{Funnel, Obstacle, RequestResult, Stage};

/// Renders the result of an account's latest request and its day.
pub(super) fn result(latest: Option<&Request>) -> Markup {
    let Some(request) = latest else { return html! { span.empty { "—" } } };
    let result = RequestResult::of(latest);
    html! {
        span class={ "result " (result.as_str()) } { (words::result(result)) }
        @if let Some(at) = since(result, request) { " " (date(at)) }
        @if let Some(why) = &request.failure { span.small { " " (stored(why)) } }
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
        Delivery::Email | Delivery::StripeEmail => texts::result_delivered(),
        Delivery::Link | Delivery::StripeLink => texts::stage_sent(),
    };
    let steps = [
        (texts::stage_asked(), Some(request.created_at)),
        (delivered, request.sent_at),
        (texts::result_opened(), request.opened_at),
        (texts::stage_began(), request.began_at),
        (words::result(result), end),
    ];
    html! {
        ol.stages {
            @for (name, at) in steps {
                @if let Some(at) = at { li { (name) " " (moment(at)) } }
            }
            @if let Some(why) = &request.failure { li.small { (stored(why)) } }
            @if end.is_none() { li.small { (texts::link_works_until(moment(request.expires_at))) } }
        }
    }
}

/// Renders the funnel as a table with a bar for each stage, and the reasons of those who stopped there.
pub(super) fn funnel(funnel: &Funnel) -> Markup {
    let asked = funnel.reached(Stage::Asked);
    if asked == 0 {
        return html! { p.empty { (texts::funnel_empty()) } };
    }
    let rest = funnel.rest();
    let direct = funnel.repaired_without_link();
    html! {
        table.funnel {
            caption.hidden { (texts::funnel()) }
            thead { tr {
                th scope="col" { (texts::column_stage()) } th.number scope="col" { (texts::column_requests()) } th.number scope="col" { (texts::column_of_all()) }
                th.bars scope="col" aria-hidden="true" {} th scope="col" { (texts::column_stopped()) }
            } }
            tbody { @for stage in Stage::iter() {
                @let reached = funnel.reached(stage);
                tr {
                    th scope="row" data-name=(texts::column_stage()) { (words::stage(stage)) }
                    td.number data-name=(texts::column_requests()) { (many(reached)) }
                    td.number data-name=(texts::column_of_all()) { (percent(reached, asked)) }
                    td.bars aria-hidden="true" { (bar(reached, asked)) }
                    td data-name=(texts::column_stopped()) {
                        @for (at, obstacle, requests) in &rest {
                            @if *at == stage { div { (texts::stopped(many(*requests), sentence(stage, obstacle))) } }
                        }
                    }
                }
            } }
        }
        @if direct > 0 {
            p.hint { (texts::funnel_direct(many(direct))) }
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

/// Renders a share in percent; a dash if the whole is empty, because unknown is not zero.
pub(super) fn percent(part: i64, whole: i64) -> Markup {
    if whole == 0 { "—".render() } else { texts::percent((part * 100 + whole / 2) / whole) }
}

fn sentence(stage: Stage, obstacle: &Obstacle) -> Markup {
    let sentence = match obstacle {
        Obstacle::NotYet => match stage {
            Stage::Asked => texts::stopped_unsent(),
            Stage::Delivered => texts::stopped_unopened(),
            Stage::Opened => texts::stopped_opened(),
            Stage::Began | Stage::Repaired => texts::stopped_in_progress(),
        },
        Obstacle::Expired => texts::stopped_expired(),
        Obstacle::Cancelled => texts::stopped_cancelled(),
        Obstacle::MailLost => texts::stopped_lost(),
        Obstacle::Failed(why) if why.is_empty() => texts::stopped_failed_unknown(),
        Obstacle::Failed(why) => return texts::stopped_failed(stored(why)),
        Obstacle::Attempt(outcome) => return attempt(outcome.as_deref()),
    };
    sentence.render()
}

/// Describes the outcome of a customer's last attempt.
fn attempt(outcome: Option<&str>) -> Markup {
    let sentence = match outcome {
        None | Some("pending") => texts::attempt_left(),
        Some("cancelled") => texts::attempt_cancelled(),
        Some("no_account") => texts::attempt_no_account(),
        Some("no_authorization") => texts::attempt_no_authorization(),
        Some("failed") => texts::attempt_failed(),
        Some("new_account") => texts::attempt_new_account(),
        Some("relinked" | "new_authorization") => texts::attempt_not_working(),
        Some(other) => return stored(&spaced(other)),
    };
    sentence.render()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_of_nothing_is_unknown_and_no_zero() {
        let percent = |part, whole| percent(part, whole).into_string();
        assert_eq!([percent(0, 0), percent(0, 3), percent(2, 3)], ["—", "0%", "67%"]);
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
