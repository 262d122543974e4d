//! Properties of changes from elsewhere, on every path.

use proptest::prelude::*;
use relink_protocol::{AccountSummary, Overview};

use super::{any_input, event};
use crate::test_support::{Harness, overview};
use crate::{Answer, Request, Stage, Ticket};

/// Returns an overview in which each account has any condition or is gone.
pub(super) fn any_change() -> impl Strategy<Value = Overview> {
    let conditions: Vec<_> = overview().accounts.into_iter().map(|account| account.condition).collect();
    let condition = proptest::option::weighted(0.8, proptest::sample::select(conditions));
    (prop::collection::vec(condition, overview().accounts.len()), "[2-9]").prop_map(
        |(conditions, version)| {
            let accounts = overview().accounts.into_iter().zip(conditions);
            let accounts = accounts
                .filter_map(|(account, condition)| Some(AccountSummary { condition: condition?, ..account }));
            Overview { accounts: accounts.collect(), version, ..overview() }
        },
    )
}

/// Returns the version of the accounts on the screen, if nothing is in progress that a change could disturb.
fn shown_version(stage: &Stage) -> Option<&str> {
    let overview = match stage {
        Stage::Browsing(browsing) => &browsing.overview,
        Stage::Explaining(explaining) => &explaining.target.overview,
        Stage::Unrepairable(unrepairable) => &unrepairable.target.overview,
        Stage::Opening(_)
        | Stage::Preparing(_)
        | Stage::AtBank(_)
        | Stage::Checking(_)
        | Stage::Finished(_)
        | Stage::Paying(_)
        | Stage::Paid(_)
        | Stage::Failed(_) => return None,
    };
    Some(&overview.version)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_page_listens_from_the_version_that_it_shows_and_only_while_nothing_is_under_way(
        inputs in prop::collection::vec(any_input(), 0..60)
    ) {
        let mut harness = Harness::start();
        let mut newest = harness.request();
        for input in &inputs {
            let before = harness.ticket();
            harness.event(event(&harness, input, Ticket::FIRST));
            // Requests from before the newest step are no longer awaited.
            newest = if harness.ticket() == before { newest } else { harness.request() };
            let listens_from = match &newest {
                Some(Request::AwaitChange { since }) => Some(since.as_str()),
                _ => None,
            };
            let fetches_first = matches!(harness.stage(), Stage::Explaining(_))
                && matches!(newest, Some(Request::LoadStripe { .. }));
            let expected = if fetches_first { None } else { shown_version(harness.stage()) };
            prop_assert_eq!(listens_from, expected, "{:?}", harness.stage());
        }
    }

    #[test]
    fn a_change_elsewhere_asks_for_nothing_but_the_next_and_disturbs_nothing_that_is_under_way(
        inputs in prop::collection::vec(any_input(), 0..60), change in any_change()
    ) {
        let mut harness = Harness::start();
        for input in &inputs {
            harness.event(event(&harness, input, Ticket::FIRST));
        }
        let before = harness.state().clone();
        harness.answer(Answer::Changed(change.clone()));
        if shown_version(&before.stage).is_some() {
            prop_assert_eq!(harness.request(), Some(Request::AwaitChange { since: change.version.clone() }));
            prop_assert_eq!(shown_version(harness.stage()), Some(change.version.as_str()));
        } else {
            prop_assert_eq!(harness.state(), &before);
            prop_assert_eq!(harness.request(), None);
        }
    }
}
