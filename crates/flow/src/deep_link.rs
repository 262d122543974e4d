//! Deep link: goes straight to the account that the page is about, once the accounts are loaded.

use relink_protocol::AccountId;

use crate::step::Step;
use crate::{Effect, Failed, RetryAction, Stage, State};

/// Applied after every step until the account has been shown or could not be. An interrupted attempt takes precedence
/// and ends the deep link.
pub(crate) fn follow(account: AccountId, now: State, effect: Option<Effect>) -> (State, Option<Effect>) {
    let State { stage, changes, ticket, .. } = now;
    match stage {
        Stage::Browsing(browsing) => match browsing.choose(&account) {
            Step::Unchanged(Stage::Browsing(browsing)) => {
                let stage = Stage::Browsing(browsing.without(&account));
                (State { stage, changes, ticket, deep_link: None }, effect)
            }
            Step::Unchanged(stage) => (State { stage, changes, ticket, deep_link: None }, effect),
            step => step.apply_to(ticket, changes),
        },
        stage => {
            let deep_link = is_before_the_accounts(&stage).then_some(account);
            (State { stage, changes, ticket, deep_link }, effect)
        }
    }
}

fn is_before_the_accounts(stage: &Stage) -> bool {
    match stage {
        Stage::Opening(_) => true,
        Stage::Failed(Failed { retry, .. }) => matches!(retry, RetryAction::LoadAccounts),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Overview, Reported};

    use crate::test_support::{
        Harness, broken, changed, disconnected, failure, healthy, overview, unfinished,
    };
    use crate::{Action, Answer, Event, Explaining, Notice, Reason, Request, Stage};

    fn harness(account: &str) -> Harness {
        Harness::with_deep_link(account.parse().unwrap())
    }

    fn is_about_the_broken_one(harness: &Harness) -> bool {
        matches!(harness.stage(), Stage::Explaining(Explaining { target }) if target.account == broken())
    }

    #[test]
    fn the_account_is_explained_at_once_and_leaving_it_leads_to_all_of_them() {
        let mut harness = harness("fca_broken");
        harness.answer(Answer::Accounts(Ok(overview())));
        assert!(is_about_the_broken_one(&harness));
        assert_eq!(harness.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        harness.press(Action::Leave);
        assert!(matches!(harness.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn deep_link_survives_failure() {
        let mut harness = harness("fca_broken");
        harness.answer(Answer::Accounts(Err(failure(Reason::Offline))));
        harness.event(Event::CameOnline);
        harness.answer(Answer::Accounts(Ok(overview())));
        assert!(is_about_the_broken_one(&harness));
    }

    #[test]
    fn an_account_that_works_or_is_not_there_leads_to_all_of_them_with_a_notice() {
        for (account, notice) in [
            (healthy().name.id.as_str(), Notice::Connected(healthy().name)),
            ("fca_elsewhere", Notice::NotFound),
        ] {
            let mut harness = harness(account);
            harness.answer(Answer::Accounts(Ok(overview())));
            assert!(
                matches!(harness.stage(), Stage::Browsing(browsing) if browsing.notice.as_ref() == Some(&notice)),
                "{:?}",
                harness.stage()
            );
            assert!(matches!(harness.request(), Some(Request::AwaitChange { .. })));
        }
    }

    #[test]
    fn a_disconnected_account_leads_to_all_of_them_and_its_row_says_it() {
        let mut harness = harness(disconnected().name.id.as_str());
        harness.answer(Answer::Accounts(Ok(changed(vec![disconnected()]))));
        assert!(matches!(harness.stage(), Stage::Browsing(browsing) if browsing.notice.is_none()));
    }

    #[test]
    fn interrupted_attempt_cancels_deep_link() {
        let mut harness = harness("fca_broken");
        let unfinished = Some(unfinished(Reported::Finished));
        harness.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert!(matches!(harness.stage(), Stage::Checking(_)));
        assert_eq!(harness.state().deep_link, None);
    }
}
