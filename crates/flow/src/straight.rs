//! Deep link: goes straight to the account that the page is about, once the accounts are loaded.

use relink_protocol::AccountId;

use crate::step::Step;
use crate::{Again, Effect, Failed, Stage, State};

/// Applied after every step until the account has been shown or could not be. An interrupted attempt takes precedence
/// and ends the deep link.
pub(crate) fn go(account: AccountId, now: State, effect: Option<Effect>) -> (State, Option<Effect>) {
    let State { stage, news, ticket, .. } = now;
    match stage {
        Stage::Browsing(browsing) => match browsing.choose(&account) {
            Step::Stay(stage) => (State { stage, news, ticket, straight: None }, effect),
            step => step.taken(ticket, news),
        },
        stage => {
            let straight = is_before_the_accounts(&stage).then_some(account);
            (State { stage, news, ticket, straight }, effect)
        }
    }
}

fn is_before_the_accounts(stage: &Stage) -> bool {
    let failed = |failed: &Failed| matches!(failed.again, Again::LoadAccounts | Again::LoadPage);
    match stage {
        Stage::Opening(_) => true,
        Stage::Failed(stage) => failed(stage),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Overview, Reported};

    use crate::example::{Walk, broken, failure, healthy, overview, unfinished};
    use crate::{Action, Answer, Event, Explaining, Reason, Request, Stage, update_early};

    fn walk(account: &str) -> Walk {
        Walk::straight_to(account.parse().unwrap())
    }

    fn is_about_the_broken_one(walk: &Walk) -> bool {
        matches!(walk.stage(), Stage::Explaining(Explaining { target }) if target.account == broken())
    }

    #[test]
    fn the_account_is_explained_at_once_and_leaving_it_leads_to_all_of_them() {
        let mut walk = walk("fca_broken");
        walk.answer(Answer::Accounts(Ok(overview())));
        assert!(is_about_the_broken_one(&walk));
        assert_eq!(walk.request(), Some(Request::LoadStripe { url: overview().stripe_js }));
        walk.press(Action::Leave);
        assert!(matches!(walk.stage(), Stage::Browsing(_)));
    }

    #[test]
    fn a_failure_on_the_way_is_no_detour() {
        let mut walk = walk("fca_broken");
        walk.answer(Answer::Accounts(Err(failure(Reason::Offline))));
        walk.event(Event::CameOnline);
        walk.answer(Answer::Accounts(Ok(overview())));
        assert!(is_about_the_broken_one(&walk));
    }

    #[test]
    fn an_account_that_works_or_is_not_there_leaves_the_reader_with_all_of_them() {
        for account in [healthy().name.id.as_str(), "fca_elsewhere"] {
            let mut walk = walk(account);
            walk.answer(Answer::Accounts(Ok(overview())));
            assert!(matches!(walk.stage(), Stage::Browsing(_)));
            assert!(matches!(walk.request(), Some(Request::AwaitChange { .. })));
        }
    }

    #[test]
    fn an_interrupted_attempt_comes_first_and_the_account_is_not_pressed_on_anybody_after_it() {
        let mut walk = walk("fca_broken");
        let unfinished = Some(unfinished(Reported::Finished));
        walk.answer(Answer::Accounts(Ok(Overview { unfinished, ..overview() })));
        assert!(matches!(walk.stage(), Stage::Checking(_)));
        assert_eq!(walk.state().straight, None);
    }

    #[test]
    fn it_takes_the_rest_of_the_program() {
        let walk = walk("fca_broken");
        let accounts = Event::Answered(walk.ticket(), Answer::Accounts(Ok(overview())));
        assert!(update_early(walk.state().clone(), accounts).is_err());
        let failed = Event::Answered(walk.ticket(), Answer::Accounts(Err(failure(Reason::Offline))));
        let (state, _) = update_early(walk.state().clone(), failed).unwrap();
        assert!(state.straight.is_some());
    }
}
