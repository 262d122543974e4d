//! The beginning of the conversation by itself, for a program that comes in two parts.

use crate::{Answer, Effect, Event, Stage, State};

/// [`crate::update`] for what can happen until the customer chooses an account.
///
/// Uses nothing of the later stages, so that a program can be cut there: the early part calls this, and hands what it
/// gets back to `update` once the rest has come. `Ok` is what `update` would have said. It leads to another early
/// stage, which the early part can draw, and asks for the accounts or the page, which the early part can ask for. It also
/// asks to be told of changes; that can wait for the rest.
///
/// # Errors
///
/// The state and the event, untouched, where it takes the rest to answer: a choice of the customer's or the
/// page's, or an interrupted attempt that is to be taken up.
pub fn update_early(now: State, event: Event) -> Result<(State, Option<Effect>), (State, Event)> {
    let State { stage, news, ticket, straight } = now;
    if matches!(&event, Event::Answered(answered, _) if *answered != ticket) {
        return Ok((State { stage, news, ticket, straight }, None));
    }
    let step = match stage {
        // Where the page is about one of the accounts, that is chosen as soon as they come.
        stage if straight.is_some() && matches!(event, Event::Answered(_, Answer::Accounts(Ok(_)))) => {
            Err((stage, event))
        }
        Stage::Opening(opening) => opening.step_early(event),
        Stage::Browsing(browsing) => browsing.step_early(event),
        Stage::Failed(failed) => failed.step_early(event),
        stage => Err((stage, event)),
    };
    match step {
        Ok(step) => {
            let (state, effect) = step.taken(ticket, news);
            Ok((state.straight_to(straight), effect))
        }
        Err((stage, event)) => Err((State { stage, news, ticket, straight }, event)),
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Overview, Reported};

    use super::*;
    use crate::example::{Walk, broken, failure, overview, unfinished};
    use crate::{Action, Doubt, Failed, Reason, Request};

    fn answers(walk: &Walk, event: Event) -> bool {
        update_early(walk.state().clone(), event).is_ok()
    }

    #[test]
    fn the_accounts_and_their_failure_are_answered_and_so_is_another_try() {
        let walk = Walk::start();
        for answer in [Ok(overview()), Err(failure(Reason::Offline))] {
            assert!(answers(&walk, Event::Answered(walk.ticket(), Answer::Accounts(answer))));
        }
        let mut failed = Walk::start();
        failed.answer(Answer::Accounts(Err(failure(Reason::Offline))));
        assert!(answers(&failed, Event::Pressed(Action::TryAgain)) && answers(&failed, Event::CameOnline));
    }

    #[test]
    fn a_choice_and_an_interrupted_attempt_take_the_rest() {
        assert!(!answers(&Walk::browsing(), Event::Pressed(Action::Choose(broken().name.id))));
        let walk = Walk::start();
        let unfinished = Some(unfinished(Reported::Finished));
        let answer = Answer::Accounts(Ok(Overview { unfinished, ..overview() }));
        assert!(!answers(&walk, Event::Answered(walk.ticket(), answer)));
    }

    #[test]
    fn accounts_that_have_changed_take_the_rest() {
        let walk = Walk::browsing();
        assert!(!answers(&walk, Event::Answered(walk.ticket(), Answer::Changed(overview()))));
    }

    #[test]
    fn the_network_that_comes_back_while_the_accounts_are_shown_takes_nothing() {
        assert!(answers(&Walk::browsing(), Event::CameOnline));
    }

    #[test]
    fn without_the_rest_a_choice_changes_nothing_and_an_interrupted_attempt_is_in_doubt() {
        for (mut walk, doubt) in [(Walk::browsing(), Doubt::None), (Walk::start(), Doubt::Relink)] {
            walk.event(Event::Incomplete(failure(Reason::ServerUnreachable)));
            assert!(matches!(walk.stage(), Stage::Failed(Failed { doubt: found, .. }) if *found == doubt));
            walk.press(Action::TryAgain);
            assert_eq!(walk.request(), Some(Request::LoadPage));
            walk.answer(Answer::Page(failure(Reason::ServerUnreachable)));
            walk.press(Action::TryAgain);
            assert_eq!(walk.request(), Some(Request::LoadPage), "it still lacks the rest");
        }
    }
}
