//! First part of the conversation, for a program that is split in two.

use crate::{Answer, Effect, Event, Stage, State};

/// Like [`crate::update`], for the events that can occur until the customer chooses an account.
///
/// Does not depend on the later stages, so that a program can be split here: the part that is loaded first calls this
/// function, and hands what it gets back to `update` once the lazily loaded part is there. `Ok` is equal to the result
/// of `update`. It either leaves the state unchanged or leads to a stage that the first part can draw, and it requests
/// only the accounts or a restart, which the first part can perform, or to await changes, which can wait for the second
/// part.
///
/// # Errors
///
/// Returns the state and the event unchanged if they need the later stages: a choice by the customer or by a deep link,
/// a change of the accounts, or an interrupted attempt to resume.
pub fn update_early(now: State, event: Event) -> Result<(State, Option<Effect>), (State, Event)> {
    let State { stage, news, ticket, straight } = now;
    if matches!(&event, Event::Answered(answered, _) if *answered != ticket) {
        return Ok((State { stage, news, ticket, straight }, None));
    }
    let step = match stage {
        // A deep link chooses its account as soon as the accounts are loaded.
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
