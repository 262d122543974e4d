//! One file per screen or family of screens: a stage in, a card out. This match is the table of contents.

mod at_bank;
mod browsing;
mod checking;
mod explaining;
mod failed;
mod finished;
mod names;
mod opening;
mod preparing;
mod unrepairable;

use relink_flow::Stage;

use crate::ui::Card;

/// The screen of a stage; without one, the first.
pub(crate) fn draw(stage: Option<&Stage>) -> Card {
    let Some(stage) = stage else { return opening::draw() };
    match stage {
        Stage::Opening(_) => opening::draw(),
        Stage::Browsing(browsing) => browsing::draw(browsing),
        Stage::Explaining(explaining) => explaining::draw(explaining),
        Stage::Preparing(preparing) => preparing::draw(preparing),
        Stage::AtBank(_) => at_bank::draw(),
        Stage::Checking(checking) => checking::draw(checking),
        Stage::Finished(finished) => finished::draw(finished),
        Stage::Unrepairable(unrepairable) => unrepairable::draw(unrepairable),
        Stage::Failed(failed) => failed::draw(failed),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use relink_flow::{Action, Answer, Effect, Event, Failure, Reason, State};
    use relink_protocol::stripe::{Cause, Permission, Subcategory};
    use relink_protocol::{
        AccountSummary, ClientSecret, Condition, Overview, RelinkOutcome, Reported, StartedSession,
    };

    use super::*;
    use crate::text;

    /// A conversation in which every request is answered as it comes.
    struct Talk(State, Option<Effect>);

    impl Talk {
        fn start() -> Self {
            let (state, effect) = relink_flow::start();
            Self(state, Some(effect))
        }

        fn event(self, event: Event) -> Self {
            let (state, effect) = relink_flow::update(self.0, event);
            Self(state, effect)
        }

        fn press(self, action: Action) -> Self {
            self.event(Event::Pressed(action))
        }

        fn answer(self, answer: Answer) -> Self {
            let ticket = self.1.as_ref().expect("something is asked for").ticket;
            self.event(Event::Answered(ticket, answer))
        }

        fn card(&self) -> Card {
            draw(Some(&self.0.stage))
        }
    }

    fn overview(condition: Condition) -> Overview {
        let account = AccountSummary {
            id: "fca_1".parse().unwrap(),
            institution_name: "Alder Bank".to_owned(),
            last4: Some("6789".to_owned()),
            display_name: None,
            subcategory: Subcategory::Checking,
            condition,
            shares: vec![Permission::PaymentMethod],
        };
        Overview {
            merchant: "Northwind".to_owned(),
            accounts: vec![account],
            unfinished: None,
            stripe_js: "https://js.example/stripe.js".to_owned(),
        }
    }

    fn chosen(condition: Condition) -> Talk {
        let talk = Talk::start().answer(Answer::Accounts(Ok(overview(condition))));
        talk.press(Action::Choose("fca_1".parse().unwrap()))
    }

    fn preparing(condition: Condition) -> Talk {
        chosen(condition).press(Action::Continue)
    }

    fn checking(condition: Condition) -> Talk {
        let started = StartedSession {
            session: "fcsess_1".parse().unwrap(),
            client_secret: ClientSecret::new("fcsess_client_secret_1".to_owned()),
            publishable_key: "pk_test_1".to_owned(),
        };
        preparing(condition)
            .answer(Answer::Stripe(Ok(())))
            .answer(Answer::Session(Ok(started)))
            .answer(Answer::Bank(Reported::Finished))
    }

    fn broken() -> Condition {
        Condition::Broken { cause: Cause::AccessExpired }
    }

    fn says(card: &Card, text: &str) -> bool {
        card.says.iter().any(|said| said == text)
    }

    const REASONS: [Reason; 9] = [
        Reason::Offline,
        Reason::ServerUnreachable,
        Reason::SignedOut,
        Reason::NotFound,
        Reason::NotRepairable,
        Reason::StripeBlocked,
        Reason::StripeUnavailable,
        Reason::Busy,
        Reason::Internal,
    ];

    #[test]
    fn every_outcome_and_every_failure_is_a_screen_of_its_own_with_one_next_step() {
        use RelinkOutcome::{Cancelled, Failed, NoAccount, NoAuthorization, Relinked};
        let outcomes = [Relinked, NoAccount, NoAuthorization, Failed, Cancelled]
            .map(|outcome| checking(broken()).answer(Answer::Outcome(Ok(outcome))).card());
        let failures = REASONS
            .map(|reason| preparing(broken()).answer(Answer::Stripe(Err(Failure::from(reason)))).card());
        let cards: Vec<Card> = outcomes.into_iter().chain(failures).collect();
        for card in &cards {
            assert!(card.primary.is_some() && !card.heading.is_empty() && !card.says.is_empty(), "{card:?}");
        }
        let names: BTreeSet<&str> = cards.iter().map(|card| card.screen).collect();
        assert_eq!(names.len(), cards.len());
    }

    #[test]
    fn that_nothing_was_changed_is_said_where_it_is_certain_and_nowhere_else() {
        for reason in REASONS {
            let before = preparing(broken()).answer(Answer::Stripe(Err(Failure::from(reason)))).card();
            assert!(says(&before, text::NOTHING_CHANGED), "{reason:?}");
            let after = checking(broken()).answer(Answer::Outcome(Err(Failure::from(reason)))).card();
            assert!(!says(&after, text::NOTHING_CHANGED), "{reason:?}");
        }
    }

    #[test]
    fn a_healthy_connection_is_said_to_stay_healthy() {
        let condition = Condition::Expiring { on: None };
        assert!(chosen(condition.clone()).card().notes.iter().any(|note| note == text::EXPLAINING_STAYS));
        let cancelled = checking(condition).answer(Answer::Outcome(Ok(RelinkOutcome::Cancelled))).card();
        assert!(says(&cancelled, text::CANCELLED_STAYS));
    }

    #[test]
    fn what_will_be_shared_is_said_before_any_window_opens() {
        let card = chosen(broken()).card();
        let list = card.list.expect("a list of what is shared");
        assert_eq!(list.items, [text::PERMISSION_PAYMENT_METHOD]);
        assert_eq!(card.primary.expect("a way on").label, "Continue to Alder Bank");
    }
}
