//! Properties that hold on every path through the conversation.

mod changes;

use proptest::prelude::*;
use relink_protocol::{Overview, RelinkOutcome, Reported};

use self::changes::any_change;
use crate::test_support::{
    Harness, added, failure, outcomes, overview, pair, question, relinked, started, unfinished,
};
use crate::{Action, Answer, Event, Reason, Request, RetryAction, Stage, Ticket};

/// Input of the conversation.
#[derive(Clone, Debug)]
enum Input {
    Press(Action),
    /// An answer to the newest request, or to an older one if `late`.
    Answer {
        answer: Answer,
        late: bool,
    },
    CameOnline,
}

fn any_reason() -> impl Strategy<Value = Reason> {
    use Reason::{
        Busy, Internal, LinkUnusable, NotFound, NotRepairable, Offline, PaymentRefused, ServerUnreachable,
        SignedOut, StripeBlocked, StripeUnavailable,
    };
    proptest::sample::select(vec![
        Busy,
        Internal,
        LinkUnusable,
        NotFound,
        NotRepairable,
        Offline,
        PaymentRefused,
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
    let others = [RelinkOutcome::Pending, RelinkOutcome::Pending, question()];
    proptest::sample::select(others.into_iter().chain(outcomes()).collect::<Vec<_>>())
}

fn every_action() -> impl Iterator<Item = Action> {
    let choices = overview().accounts.into_iter().map(|account| Action::Choose(account.name.id));
    let others = [
        Action::Continue,
        Action::TryAgain,
        Action::AnotherAccount,
        Action::AnotherBank,
        Action::Pay(added().id),
        Action::Pair(vec![pair()]),
        Action::Leave,
    ];
    let replaced = overview().accounts.into_iter().map(|account| Action::Replace(account.name.id));
    choices.chain(replaced).chain(others)
}

fn any_action() -> impl Strategy<Value = Action> {
    let often = [Action::Continue, Action::TryAgain, Action::Pay(added().id)];
    proptest::sample::select(every_action().chain(often).collect::<Vec<_>>())
}

fn any_overview() -> impl Strategy<Value = Overview> {
    (proptest::option::weighted(0.3, any_reported()), any::<bool>()).prop_map(|(reported, allows_another)| {
        Overview { unfinished: reported.map(unfinished), allows_another, ..overview() }
    })
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        any_overview().prop_map(|overview| Answer::Accounts(Ok(overview))),
        any_reason().prop_map(|reason| Answer::Accounts(Err(failure(reason)))),
        any_change().prop_map(Answer::Changed),
        any_change().prop_map(Answer::Changed),
        Just(Answer::Stripe(Ok(()))),
        Just(Answer::Stripe(Ok(()))),
        any_reason().prop_map(|reason| Answer::Stripe(Err(failure(reason)))),
        Just(Answer::Session(Ok(started()))),
        Just(Answer::Session(Ok(started()))),
        any_reason().prop_map(|reason| Answer::Session(Err(failure(reason)))),
        any_reported().prop_map(Answer::Bank),
        any_outcome().prop_map(|outcome| Answer::Outcome(Ok(outcome))),
        any_reason().prop_map(|reason| Answer::Outcome(Err(failure(reason)))),
        Just(Answer::Paid(Ok(()))),
        any_reason().prop_map(|reason| Answer::Paid(Err(failure(reason)))),
        Just(Answer::Kept),
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

fn event(harness: &Harness, input: &Input, older: Ticket) -> Event {
    match input {
        Input::Press(action) => Event::Action(action.clone()),
        Input::Answer { answer, late: false } => Event::Answered(harness.ticket(), answer.clone()),
        Input::Answer { answer, late: true } => Event::Answered(older, answer.clone()),
        Input::CameOnline => Event::CameOnline,
    }
}

/// Returns the states that an action of the customer leads to.
fn next_states(harness: &Harness) -> Vec<Harness> {
    every_action()
        .filter_map(|action| {
            let mut next = harness.clone();
            next.press(action);
            (next.state() != harness.state()).then_some(next)
        })
        .collect()
}

fn is_waiting(stage: &Stage) -> bool {
    match stage {
        Stage::Opening(_) | Stage::Preparing(_) | Stage::AtBank(_) | Stage::Paying(_) => true,
        Stage::Checking(checking) => !checking.has_stopped(),
        Stage::Browsing(_)
        | Stage::Explaining(_)
        | Stage::Finished(_)
        | Stage::Paid(_)
        | Stage::Unrepairable(_)
        | Stage::Failed(_) => false,
    }
}

/// Returns the successful answers to the requests of this stage.
fn success_answers(stage: &Stage) -> Vec<Answer> {
    match stage {
        Stage::Opening(_) => vec![Answer::Kept, Answer::Accounts(Ok(overview()))],
        Stage::Preparing(_) => vec![Answer::Stripe(Ok(())), Answer::Session(Ok(started()))],
        Stage::AtBank(_) => vec![Answer::Bank(Reported::Finished)],
        Stage::Checking(_) => vec![Answer::Outcome(Ok(relinked()))],
        Stage::Paying(_) => vec![Answer::Paid(Ok(()))],
        Stage::Browsing(_)
        | Stage::Explaining(_)
        | Stage::Finished(_)
        | Stage::Paid(_)
        | Stage::Unrepairable(_)
        | Stage::Failed(_) => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_late_answer_changes_nothing(inputs in prop::collection::vec(any_input(), 0..40), late in any_answer()) {
        let mut harness = Harness::start();
        let mut older = Vec::new();
        for input in &inputs {
            let before = harness.ticket();
            harness.event(event(&harness, input, older.last().copied().unwrap_or(before)));
            if harness.ticket() != before {
                older.push(before);
            }
            for ticket in &older {
                let mut disturbed = harness.clone();
                disturbed.event(Event::Answered(*ticket, late.clone()));
                prop_assert_eq!(disturbed.state(), harness.state());
                prop_assert_eq!(disturbed.request(), None);
            }
        }
    }

    #[test]
    fn no_screen_is_a_dead_end_and_every_path_ends(inputs in prop::collection::vec(any_input(), 0..40)) {
        let mut harness = Harness::start();
        for input in &inputs {
            harness.event(event(&harness, input, Ticket::FIRST));
            // Every path ends at the accounts, where there may be nothing to do.
            let is_home = matches!(harness.stage(), Stage::Browsing(_));
            prop_assert!(is_home || is_waiting(harness.stage()) || !next_states(&harness).is_empty(), "{:?}", harness.stage());
        }
        for _ in 0..20 {
            if matches!(harness.stage(), Stage::Browsing(_)) {
                return Ok(());
            }
            for answer in success_answers(harness.stage()) {
                harness.answer(answer);
            }
            harness.press(Action::TryAgain);
            harness.press(Action::Pair(Vec::new()));
            harness.press(Action::Leave);
        }
        prop_assert!(false, "no way home from {:?}", harness.stage());
    }

    #[test]
    fn every_bank_window_follows_on_a_gesture_of_its_own(inputs in prop::collection::vec(any_input(), 0..60)) {
        let mut harness = Harness::start();
        let (mut gestures, mut sessions, mut windows) = (0, 0, 0);
        for input in &inputs {
            let before = harness.ticket();
            harness.event(event(&harness, input, Ticket::FIRST));
            let pressed_on = matches!(input, Input::Press(
                Action::Continue | Action::TryAgain | Action::AnotherAccount
            ));
            gestures += usize::from(pressed_on && harness.ticket() != before);
            sessions += usize::from(matches!(harness.request(), Some(Request::StartSession { .. })));
            windows += usize::from(matches!(harness.request(), Some(Request::OpenBank { .. })));
            prop_assert!(windows <= sessions && sessions <= gestures);
        }
    }

    #[test]
    fn only_server_reports_success(inputs in prop::collection::vec(any_input(), 0..60)) {
        let mut harness = Harness::start();
        for input in &inputs {
            let was_finished = matches!(harness.stage(), Stage::Finished(_));
            harness.event(event(&harness, input, Ticket::FIRST));
            if let Stage::Finished(finished) = harness.stage() {
                prop_assert_ne!(&finished.outcome, &RelinkOutcome::Pending);
                let told = matches!(input, Input::Answer { answer: Answer::Outcome(Ok(told)), .. }
                    if *told == finished.outcome);
                prop_assert!(was_finished || told);
            }
        }
    }

    #[test]
    fn payment_requires_and_follows_agreement(
        inputs in prop::collection::vec(any_input(), 0..60)
    ) {
        let mut harness = Harness::start();
        for input in &inputs {
            let was_paying = matches!(harness.stage(), Stage::Paying(_));
            let offered = match harness.stage() {
                Stage::Finished(finished) => finished.mandate().is_some(),
                Stage::Failed(failed) => matches!(failed.retry, RetryAction::Pay(_)),
                _ => false,
            };
            harness.event(event(&harness, input, Ticket::FIRST));
            let asks = matches!(harness.request(), Some(Request::Pay { .. }));
            prop_assert!(offered || !asks);
            prop_assert!(asks || was_paying || !matches!(harness.stage(), Stage::Paying(_)));
        }
    }

    #[test]
    fn client_secret_is_never_kept_or_printed(inputs in prop::collection::vec(any_input(), 0..40)) {
        let mut harness = Harness::start();
        for input in &inputs {
            let event = event(&harness, input, Ticket::FIRST);
            let printed = format!("{event:?} {:?} {:?}", harness.state(), harness.request());
            prop_assert!(!printed.contains("canary"));
            harness.event(event);
        }
    }
}
