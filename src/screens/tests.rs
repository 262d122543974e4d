//! Tests of the content and the actions of each screen.

mod banner;
mod changes;
mod connected;

use std::collections::BTreeSet;

use relink_flow::{Action, Answer, Effect, Event, Failure, Reason, State};
use relink_protocol::stripe::{Cause, Permission, Subcategory};
use relink_protocol::{
    AccountName, AccountSummary, ClientSecret, Condition, Connected, Overview, PermissionChange, Purpose,
    RelinkOutcome, Reported, StartedSession,
};

use super::*;
use crate::text;
use crate::ui::Mark;

/// A conversation whose requests are answered by the test.
struct Conversation(State, Option<Effect>);

impl Conversation {
    fn start() -> Self {
        let (state, effect) = relink_flow::start();
        Self(state, Some(effect))
    }

    fn event(self, event: Event) -> Self {
        let (state, effect) = relink_flow::update(self.0, event);
        Self(state, effect)
    }

    fn press(self, action: Action) -> Self {
        self.event(Event::Action(action))
    }

    fn answer(self, answer: Answer) -> Self {
        let ticket = self.1.as_ref().expect("a pending request").ticket;
        self.event(Event::Answered(ticket, answer))
    }

    fn card(&self) -> Card {
        draw(&self.0)
    }
}

fn name(id: &str, last4: &str) -> AccountName {
    AccountName {
        id: id.parse().unwrap(),
        institution_name: "Alder Bank".to_owned(),
        last4: Some(last4.to_owned()),
        display_name: None,
        subcategory: Subcategory::Checking,
    }
}

fn overview(condition: Condition) -> Overview {
    let permissions = PermissionChange::between(&[Permission::PaymentMethod], &[Permission::PaymentMethod]);
    let account = AccountSummary {
        name: name("fca_1", "6789"),
        condition,
        permissions,
        also_repairs: Vec::new(),
        blocked: None,
        bank_trouble: None,
    };
    Overview {
        merchant: "Northwind".to_owned(),
        purpose: Purpose::Payments,
        exact: true,
        allows_another: true,
        help_url: None,
        own_page: true,
        accounts: vec![account],
        unfinished: None,
        stripe_js: "https://js.example/stripe.js".to_owned(),
        version: "1".to_owned(),
    }
}

fn opened(overview: Overview) -> Conversation {
    Conversation::start().answer(Answer::Accounts(Ok(overview)))
}

fn chosen_in(overview: Overview) -> Conversation {
    opened(overview).press(Action::Choose("fca_1".parse().unwrap()))
}

fn chosen(condition: Condition) -> Conversation {
    chosen_in(overview(condition))
}

fn preparing(condition: Condition) -> Conversation {
    chosen(condition).press(Action::Continue)
}

fn checking(condition: Condition) -> Conversation {
    checked(preparing(condition))
}

/// Continues through the bank window until the outcome is requested.
fn checked(preparing: Conversation) -> Conversation {
    let started = StartedSession {
        session: "fcsess_1".parse().unwrap(),
        client_secret: ClientSecret::new("fcsess_client_secret_1".to_owned()),
        publishable_key: "pk_test_1".to_owned(),
    };
    preparing
        .answer(Answer::Stripe(Ok(())))
        .answer(Answer::Session(Ok(started)))
        .answer(Answer::Bank(Reported::Finished))
}

fn broken() -> Condition {
    Condition::Broken { cause: Cause::AccessExpired }
}

fn restored() -> Connected {
    Connected { restored: vec![name("fca_1", "6789")], ..Connected::default() }
}

fn added() -> Connected {
    let mandate = Some("You allow it.".to_owned());
    Connected { added: vec![name("fca_2", "2231")], mandate, ..Connected::default() }
}

fn finished(outcome: RelinkOutcome) -> Conversation {
    checking(broken()).answer(Answer::Outcome(Ok(outcome)))
}

fn labels(card: &Card) -> Vec<&str> {
    card.primary.iter().chain(&card.secondary).map(|button| button.label.as_str()).collect()
}

/// Returns the accounts of a list, with their state and the label of their button.
fn rows(card: &Card) -> Vec<(&str, &str, Option<&str>)> {
    card.accounts
        .iter()
        .map(|row| {
            (row.id.as_str(), row.state.as_str(), row.button.as_ref().map(|button| button.label.as_str()))
        })
        .collect()
}

fn has_paragraph(card: &Card, text: &str) -> bool {
    card.paragraphs.iter().any(|said| said == text)
}

const REASONS: [Reason; 11] = [
    Reason::Offline,
    Reason::ServerUnreachable,
    Reason::SignedOut,
    Reason::NotFound,
    Reason::NotRepairable,
    Reason::LinkUnusable,
    Reason::PaymentRefused,
    Reason::StripeBlocked,
    Reason::StripeUnavailable,
    Reason::Busy,
    Reason::Internal,
];

#[test]
fn every_outcome_and_every_failure_is_a_screen_of_its_own_with_one_next_step() {
    use RelinkOutcome::{
        Cancelled, Failed, NewAccount, NewAuthorization, NoAccount, NoAuthorization, Relinked,
    };
    let outcomes = [
        Relinked(restored()),
        NewAccount(added()),
        NewAuthorization(Connected { added: added().added, mandate: added().mandate, ..restored() }),
        NoAccount,
        NoAuthorization,
        Failed,
        Cancelled,
    ]
    .map(|outcome| finished(outcome).card());
    let failures =
        REASONS.map(|reason| preparing(broken()).answer(Answer::Stripe(Err(Failure::from(reason)))).card());
    let cards: Vec<Card> = outcomes.into_iter().chain(failures).collect();
    for card in &cards {
        assert!(card.primary.is_some() && !card.heading.is_empty(), "{card:?}");
        assert!(!card.paragraphs.is_empty() || !card.accounts.is_empty(), "{card:?}");
    }
    let names: BTreeSet<&str> = cards.iter().map(|card| card.screen).collect();
    assert_eq!(names.len(), cards.len());
}

#[test]
fn nothing_changed_is_shown_only_if_certain() {
    for reason in REASONS {
        let before = preparing(broken()).answer(Answer::Stripe(Err(Failure::from(reason)))).card();
        assert!(has_paragraph(&before, text::NOTHING_CHANGED.get()), "{reason:?}");
        let after = checking(broken()).answer(Answer::Outcome(Err(Failure::from(reason)))).card();
        assert!(!has_paragraph(&after, text::NOTHING_CHANGED.get()), "{reason:?}");
    }
}

#[test]
fn a_healthy_connection_is_said_to_stay_healthy() {
    let condition = Condition::Expiring { on: None };
    assert!(
        chosen(condition.clone())
            .card()
            .closing_paragraphs
            .iter()
            .any(|note| note == text::EXPLAINING_STAYS.get())
    );
    let cancelled = checking(condition).answer(Answer::Outcome(Ok(RelinkOutcome::Cancelled))).card();
    assert!(has_paragraph(&cancelled, text::CANCELLED_STAYS.get()));
}

#[test]
fn what_will_be_shared_is_said_before_any_window_opens() {
    let card = chosen(broken()).card();
    let [list] = card.lists.as_slice() else { panic!("one list: {:?}", card.lists) };
    assert_eq!(
        (list.items.as_slice(), list.mark),
        (&[text::PERMISSION_PAYMENT_METHOD.get().to_owned()][..], Mark::Check)
    );
    assert_eq!(card.primary.expect("a primary button").label, "Continue to Alder Bank");
}

#[test]
fn a_relink_that_changes_what_is_shared_says_what_is_new_what_stays_and_what_goes() {
    use Permission::{Balances, Ownership, PaymentMethod, Transactions};
    let mut overview = overview(broken());
    overview.accounts[0].permissions =
        PermissionChange::between(&[PaymentMethod, Transactions], &[PaymentMethod, Balances, Ownership]);
    let card = chosen_in(overview).card();
    let lists: Vec<_> =
        card.lists.iter().map(|list| (list.intro.as_str(), list.items.join(", "), list.mark)).collect();
    let new = [text::PERMISSION_BALANCES.get(), text::PERMISSION_OWNERSHIP.get()].join(", ");
    assert_eq!(
        lists,
        [
            (text::explaining_new("Northwind").as_str(), new, Mark::Check),
            (
                &text::explaining_stays_shared("Northwind"),
                text::PERMISSION_PAYMENT_METHOD.get().to_owned(),
                Mark::Check
            ),
            (
                &text::explaining_goes("Northwind"),
                text::PERMISSION_TRANSACTIONS.get().to_owned(),
                Mark::Minus
            ),
        ]
    );
}

#[test]
fn what_else_a_relink_repairs_is_said_before_it() {
    let mut overview = overview(broken());
    let sibling = AccountSummary { name: name("fca_2", "1204"), ..overview.accounts[0].clone() };
    overview.accounts[0].also_repairs = vec![sibling.name.id.clone(), "fca_hidden".parse().unwrap()];
    overview.accounts.push(sibling);
    let card = chosen_in(overview).card();
    let also = card.lists.last().expect("a list");
    assert_eq!(
        (also.intro.as_str(), also.items.as_slice()),
        (text::EXPLAINING_ALSO.get(), &["Alder Bank ••1204".to_owned()][..])
    );
}

#[test]
fn each_purpose_says_what_it_means_when_an_account_is_broken_and_when_it_works_again() {
    for (purpose, broken_says, works_says) in [
        (
            Purpose::Payments,
            text::BROWSING_ATTENTION_PAYMENTS.get().to_owned(),
            text::RELINKED_PAYMENTS.get().to_owned(),
        ),
        (
            Purpose::Payouts,
            text::BROWSING_ATTENTION_PAYOUTS.get().to_owned(),
            text::RELINKED_PAYOUTS.get().to_owned(),
        ),
        (Purpose::Data, text::browsing_attention_data("Northwind"), text::relinked_data("Northwind")),
    ] {
        let overview = Overview { purpose, ..overview(broken()) };
        assert_eq!(opened(overview.clone()).card().paragraphs, [broken_says]);
        let conversation = checked(chosen_in(overview).press(Action::Continue));
        let card = conversation.answer(Answer::Outcome(Ok(RelinkOutcome::Relinked(restored())))).card();
        assert_eq!(card.paragraphs, [works_says]);
        assert!(card.accounts.is_empty(), "the heading says it all");
    }
}

#[test]
fn an_account_that_was_not_shared_can_give_way_to_another_one_where_that_is_allowed() {
    let card = finished(RelinkOutcome::NoAccount).card();
    assert_eq!(
        labels(&card),
        ["Choose another Alder Bank account", text::ANOTHER_BANK.get(), text::NOT_NOW.get()]
    );
    let again = finished(RelinkOutcome::NoAccount).press(Action::AnotherAccount);
    let card = checked(again).answer(Answer::Outcome(Ok(RelinkOutcome::NoAccount))).card();
    assert_eq!(labels(&card), [text::TRY_AGAIN.get(), text::ANOTHER_BANK.get(), text::NOT_NOW.get()]);
    let by_link = Overview { allows_another: false, ..overview(broken()) };
    let conversation = checked(chosen_in(by_link).press(Action::Continue));
    let card = conversation.answer(Answer::Outcome(Ok(RelinkOutcome::NoAccount))).card();
    assert_eq!(labels(&card), [text::TRY_AGAIN.get(), text::NOT_NOW.get()]);
}

#[test]
fn each_unrepairable_cause_has_its_text() {
    let causes = [
        "access_denied",
        "access_expired",
        "account_closed",
        "account_unavailable",
        "institution_requirement",
        "unspecified",
        "newer_than_us",
    ];
    let cards =
        causes.map(|cause| chosen(Condition::Unrepairable { cause: Cause::from(cause.to_owned()) }).card());
    let texts: BTreeSet<&str> = cards.iter().map(|card| card.paragraphs[0].as_str()).collect();
    assert_eq!(texts.len(), causes.len());
    for card in &cards {
        assert_eq!(labels(card), [text::ANOTHER_BANK.get(), text::SEE_ACCOUNTS.get()]);
    }
    let closed = Condition::Unrepairable { cause: Cause::AccountClosed };
    let by_link = Overview { allows_another: false, ..overview(closed) };
    assert_eq!(labels(&chosen_in(by_link).card()), [text::SEE_ACCOUNTS.get()]);
}

#[test]
fn another_bank_is_explained_without_naming_the_old_one() {
    let closed = Condition::Unrepairable { cause: Cause::AccountClosed };
    let card = chosen(closed).press(Action::AnotherBank).card();
    assert_eq!(card.heading, text::EXPLAINING_ANOTHER_HEADING.get());
    assert_eq!(card.lists.len(), 1);
    let said = format!("{card:?}");
    assert!(!said.contains("Alder"), "{said}");
}

#[test]
fn help_is_offered_where_something_unexpected_happened_and_the_merchant_has_some() {
    let help_url = Some("https://help.northwind.example/".to_owned());
    let conversation = checked(
        chosen_in(Overview { help_url: help_url.clone(), ..overview(broken()) }).press(Action::Continue),
    );
    assert_eq!(conversation.answer(Answer::Outcome(Ok(RelinkOutcome::Failed))).card().help, help_url);
    assert_eq!(finished(RelinkOutcome::Failed).card().help, None);
}

#[test]
fn the_servers_own_page_is_a_way_out_only_where_it_can_sign_the_customer_in() {
    for own_page in [true, false] {
        let conversation = chosen_in(Overview { own_page, ..overview(broken()) }).press(Action::Continue);
        let card = conversation.answer(Answer::Stripe(Err(Failure::from(Reason::StripeBlocked)))).card();
        assert_eq!(card.offers_own_page, own_page);
    }
}
