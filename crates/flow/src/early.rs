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
    let State { stage, changes, ticket, deep_link } = now;
    if matches!(&event, Event::Answered(answered, _) if *answered != ticket) {
        return Ok((State { stage, changes, ticket, deep_link }, None));
    }
    let step = match stage {
        // A deep link chooses its account as soon as the accounts are loaded.
        stage if deep_link.is_some() && matches!(event, Event::Answered(_, Answer::Accounts(Ok(_)))) => {
            Err((stage, event))
        }
        Stage::Opening(opening) => opening.step_early(event),
        Stage::Browsing(browsing) => browsing.step_early(event),
        Stage::Failed(failed) => failed.step_early(event),
        stage => Err((stage, event)),
    };
    match step {
        Ok(step) => {
            let (state, effect) = step.apply_to(ticket, changes);
            Ok((state.with_deep_link(deep_link), effect))
        }
        Err((stage, event)) => Err((State { stage, changes, ticket, deep_link }, event)),
    }
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Overview, Reported};

    use super::*;
    use crate::test_support::{Harness, broken, failure, overview, unfinished};
    use crate::{Action, Failed, Reason, Request, UncertainEffect};

    fn answers(harness: &Harness, event: Event) -> bool {
        update_early(harness.state().clone(), event).is_ok()
    }

    #[test]
    fn first_part_handles_accounts_failures_and_retry() {
        let harness = Harness::start();
        for answer in [Ok(overview()), Err(failure(Reason::Offline))] {
            assert!(answers(&harness, Event::Answered(harness.ticket(), Answer::Accounts(answer))));
        }
        let mut failed = Harness::start();
        failed.answer(Answer::Accounts(Err(failure(Reason::Offline))));
        assert!(answers(&failed, Event::Action(Action::TryAgain)) && answers(&failed, Event::CameOnline));
    }

    #[test]
    fn choice_and_interrupted_attempt_need_lazy_part() {
        assert!(!answers(&Harness::browsing(), Event::Action(Action::Choose(broken().name.id))));
        let harness = Harness::start();
        let unfinished = Some(unfinished(Reported::Finished));
        let answer = Answer::Accounts(Ok(Overview { unfinished, ..overview() }));
        assert!(!answers(&harness, Event::Answered(harness.ticket(), answer)));
    }

    #[test]
    fn changed_accounts_need_lazy_part() {
        let harness = Harness::browsing();
        assert!(!answers(&harness, Event::Answered(harness.ticket(), Answer::Changed(overview()))));
    }

    #[test]
    fn coming_online_while_browsing_needs_no_lazy_part() {
        assert!(answers(&Harness::browsing(), Event::CameOnline));
    }

    #[test]
    fn without_lazy_part_interrupted_attempt_is_uncertain() {
        for (mut harness, uncertain_effect) in
            [(Harness::browsing(), UncertainEffect::None), (Harness::start(), UncertainEffect::Relink)]
        {
            harness.event(Event::LoadFailed(failure(Reason::ServerUnreachable)));
            assert!(
                matches!(harness.stage(), Stage::Failed(Failed { uncertain_effect: found, .. }) if *found == uncertain_effect)
            );
            harness.press(Action::TryAgain);
            assert_eq!(harness.request(), Some(Request::Restart));
            harness.answer(Answer::RestartFailed(failure(Reason::ServerUnreachable)));
            harness.press(Action::TryAgain);
            assert_eq!(harness.request(), Some(Request::Restart), "it still lacks the rest");
        }
    }
}
