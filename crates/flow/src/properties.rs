//! What holds on every path through the conversation.

use proptest::prelude::*;
use relink_protocol::{Overview, RelinkOutcome, Reported, UnfinishedRelink};

use crate::example::{Walk, broken, closed, expiring, failure, healthy, overview, session, started};
use crate::{Action, Answer, Event, Reason, Request, Stage, Ticket};

/// What can be fed to the conversation.
#[derive(Clone, Debug)]
enum Input {
    Press(Action),
    /// An answer to the newest request, or to an older one.
    Answer {
        answer: Answer,
        late: bool,
    },
    CameOnline,
}

fn any_reason() -> impl Strategy<Value = Reason> {
    use Reason::{
        Busy, Internal, NotFound, NotRepairable, Offline, ServerUnreachable, SignedOut, StripeBlocked,
        StripeUnavailable,
    };
    proptest::sample::select(vec![
        Busy,
        Internal,
        NotFound,
        NotRepairable,
        Offline,
        ServerUnreachable,
        SignedOut,
        StripeBlocked,
        StripeUnavailable,
    ])
}

fn any_reported() -> impl Strategy<Value = Reported> {
    use Reported::{Closed, Error, Finished, Unknown};
    proptest::sample::select(vec![Closed, Error, Finished, Unknown])
}

fn any_outcome() -> impl Strategy<Value = RelinkOutcome> {
    use RelinkOutcome::{Cancelled, Failed, NoAccount, NoAuthorization, Pending, Relinked};
    proptest::sample::select(vec![Pending, Pending, Relinked, NoAccount, NoAuthorization, Failed, Cancelled])
}

fn any_action() -> impl Strategy<Value = Action> {
    let accounts = [broken(), expiring(), closed(), healthy()].map(|account| Action::Choose(account.id));
    let others = [Action::Continue, Action::Continue, Action::TryAgain, Action::TryAgain, Action::Leave];
    proptest::sample::select(accounts.into_iter().chain(others).collect::<Vec<_>>())
}

fn any_overview() -> impl Strategy<Value = Overview> {
    proptest::option::weighted(0.3, any_reported()).prop_map(|reported| Overview {
        unfinished: reported.map(|reported| UnfinishedRelink {
            session: session(),
            account: broken().id,
            reported,
        }),
        ..overview()
    })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        any_overview().prop_map(|overview| Answer::Accounts(Ok(overview))),
        any_reason().prop_map(|reason| Answer::Accounts(Err(failure(reason)))),
        Just(Answer::Stripe(Ok(()))),
        Just(Answer::Stripe(Ok(()))),
        any_reason().prop_map(|reason| Answer::Stripe(Err(failure(reason)))),
        Just(Answer::Session(Ok(started()))),
        Just(Answer::Session(Ok(started()))),
        any_reason().prop_map(|reason| Answer::Session(Err(failure(reason)))),
        any_reported().prop_map(Answer::Bank),
        any_outcome().prop_map(|outcome| Answer::Outcome(Ok(outcome))),
        any_reason().prop_map(|reason| Answer::Outcome(Err(failure(reason)))),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        6 => any_action().prop_map(Input::Press),
        12 => any_answer().prop_map(|answer| Input::Answer { answer, late: false }),
        2 => any_answer().prop_map(|answer| Input::Answer { answer, late: true }),
        1 => Just(Input::CameOnline),
    ]
}

fn event(walk: &Walk, input: &Input, older: Ticket) -> Event {
    match input {
        Input::Press(action) => Event::Pressed(action.clone()),
        Input::Answer { answer, late: false } => Event::Answered(walk.ticket(), answer.clone()),
        Input::Answer { answer, late: true } => Event::Answered(older, answer.clone()),
        Input::CameOnline => Event::CameOnline,
    }
}

/// What the customer can press on this screen that leads somewhere.
fn ways_on(walk: &Walk) -> Vec<Walk> {
    let choices = overview().accounts.into_iter().map(|account| Action::Choose(account.id));
    choices
        .chain([Action::Continue, Action::TryAgain, Action::Leave])
        .filter_map(|action| {
            let mut next = walk.clone();
            next.press(action);
            (next.state() != walk.state()).then_some(next)
        })
        .collect()
}

fn is_waiting(stage: &Stage) -> bool {
    match stage {
        Stage::Opening(_) | Stage::Preparing(_) | Stage::AtBank(_) => true,
        Stage::Checking(checking) => !checking.has_stopped(),
        Stage::Browsing(_)
        | Stage::Explaining(_)
        | Stage::Finished(_)
        | Stage::Unrepairable(_)
        | Stage::Failed(_) => false,
    }
}

/// The kindest answer to what the screen waits for.
fn kind_answer(stage: &Stage) -> Vec<Answer> {
    match stage {
        Stage::Opening(_) => vec![Answer::Accounts(Ok(overview()))],
        Stage::Preparing(_) => vec![Answer::Stripe(Ok(())), Answer::Session(Ok(started()))],
        Stage::AtBank(_) => vec![Answer::Bank(Reported::Finished)],
        Stage::Checking(_) => vec![Answer::Outcome(Ok(RelinkOutcome::Relinked))],
        Stage::Browsing(_)
        | Stage::Explaining(_)
        | Stage::Finished(_)
        | Stage::Unrepairable(_)
        | Stage::Failed(_) => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_late_answer_changes_nothing(inputs in prop::collection::vec(any_input(), 0..40), late in any_answer()) {
        let mut walk = Walk::start();
        let mut older = Vec::new();
        for input in &inputs {
            let before = walk.ticket();
            walk.event(event(&walk, input, older.last().copied().unwrap_or(before)));
            if walk.ticket() != before {
                older.push(before);
            }
            for ticket in &older {
                let mut disturbed = walk.clone();
                disturbed.event(Event::Answered(*ticket, late.clone()));
                prop_assert_eq!(disturbed.state(), walk.state());
                prop_assert_eq!(disturbed.request(), None);
            }
        }
    }

    #[test]
    fn no_screen_is_a_dead_end_and_every_path_ends(inputs in prop::collection::vec(any_input(), 0..40)) {
        let mut walk = Walk::start();
        for input in &inputs {
            walk.event(event(&walk, input, Ticket::FIRST));
            prop_assert!(is_waiting(walk.stage()) || !ways_on(&walk).is_empty(), "{:?}", walk.stage());
        }
        for _ in 0..20 {
            if matches!(walk.stage(), Stage::Browsing(_)) {
                return Ok(());
            }
            for answer in kind_answer(walk.stage()) {
                walk.answer(answer);
            }
            walk.press(Action::TryAgain);
            walk.press(Action::Leave);
        }
        prop_assert!(false, "no way home from {:?}", walk.stage());
    }

    #[test]
    fn every_bank_window_follows_on_a_gesture_of_its_own(inputs in prop::collection::vec(any_input(), 0..60)) {
        let mut walk = Walk::start();
        let (mut gestures, mut sessions, mut windows) = (0, 0, 0);
        for input in &inputs {
            let before = walk.ticket();
            walk.event(event(&walk, input, Ticket::FIRST));
            let pressed_on = matches!(input, Input::Press(Action::Continue | Action::TryAgain));
            gestures += usize::from(pressed_on && walk.ticket() != before);
            sessions += usize::from(matches!(walk.request(), Some(Request::StartSession { .. })));
            windows += usize::from(matches!(walk.request(), Some(Request::OpenBank { .. })));
            prop_assert!(windows <= sessions && sessions <= gestures);
        }
    }

    #[test]
    fn success_is_only_ever_the_servers_word(inputs in prop::collection::vec(any_input(), 0..60)) {
        let mut walk = Walk::start();
        for input in &inputs {
            let was_finished = matches!(walk.stage(), Stage::Finished(_));
            walk.event(event(&walk, input, Ticket::FIRST));
            if let Stage::Finished(finished) = walk.stage() {
                prop_assert_ne!(finished.outcome, RelinkOutcome::Pending);
                let told = matches!(input, Input::Answer { answer: Answer::Outcome(Ok(told)), .. }
                    if *told == finished.outcome);
                prop_assert!(was_finished || told);
            }
        }
    }

    #[test]
    fn nothing_that_is_kept_or_printed_shows_the_client_secret(inputs in prop::collection::vec(any_input(), 0..40)) {
        let mut walk = Walk::start();
        for input in &inputs {
            let event = event(&walk, input, Ticket::FIRST);
            let printed = format!("{event:?} {:?} {:?}", walk.state(), walk.request());
            prop_assert!(!printed.contains("canary"));
            walk.event(event);
        }
    }
}
