//! Tests of the screens after something was connected.

use super::*;

#[test]
fn a_relink_that_repaired_several_accounts_names_them_and_what_is_left() {
    let connected = Connected {
        restored: vec![name("fca_1", "6789"), name("fca_2", "1204")],
        still_broken: vec![name("fca_3", "4421")],
        ..Connected::default()
    };
    let card = finished(RelinkOutcome::Relinked(connected)).card();
    assert_eq!(card.heading, "Alder Bank ••6789 is connected");
    assert_eq!(
        rows(&card),
        [
            ("fca_1", text::CONDITION_HEALTHY.get(), None),
            ("fca_2", text::CONDITION_HEALTHY.get(), None),
            ("fca_3", text::CONNECTED_STILL_BROKEN.get(), Some(text::BROWSING_RECONNECT.get())),
        ]
    );
}

#[test]
fn success_is_never_said_of_an_account_that_is_still_broken() {
    let other = Connected {
        restored: vec![name("fca_2", "1204")],
        still_broken: vec![name("fca_1", "6789")],
        ..Connected::default()
    };
    let card = finished(RelinkOutcome::Relinked(other)).card();
    assert_eq!((card.heading.as_str(), card.paragraphs.len()), ("Alder Bank ••1204 is connected", 0));
    let none = Connected { still_broken: vec![name("fca_1", "6789")], ..Connected::default() };
    let card = finished(RelinkOutcome::Relinked(none)).card();
    assert_eq!(card.heading, text::CONNECTED_NONE_HEADING.get());
    assert_eq!(
        rows(&card),
        [("fca_1", text::CONNECTED_STILL_BROKEN.get(), Some(text::BROWSING_RECONNECT.get()))]
    );
}

#[test]
fn a_new_account_shows_the_mandate_before_it_can_be_paid_from() {
    let card = finished(RelinkOutcome::NewAccount(added())).card();
    assert_eq!(card.heading, "Pay from ••2231 instead?");
    assert_eq!(
        card.paragraphs,
        ["Alder Bank ••2231 is connected.", "Payments still come from Alder Bank ••6789."]
    );
    assert_eq!(card.closing_paragraphs, [text::MANDATE_HEADING.get(), "You allow it."]);
    assert_eq!(labels(&card), ["Pay from ••2231", "Keep ••6789"]);
    assert_eq!(card.primary.unwrap().action, Action::Pay("fca_2".parse().unwrap()));
}

#[test]
fn an_account_that_came_back_as_another_connection_is_confirmed() {
    let renewed = Connected { added: vec![name("fca_9", "6789")], ..added() };
    let card = finished(RelinkOutcome::NewAccount(renewed)).card();
    assert_eq!(card.heading, "Alder Bank ••6789 is connected");
    assert!(has_paragraph(&card, text::NEW_ACCOUNT_CONFIRM.get()));
    assert_eq!(labels(&card), ["Pay from ••6789", text::NOT_NOW.get()]);
}

#[test]
fn where_nothing_is_paid_from_an_account_a_new_one_is_only_told_of() {
    let overview = Overview { purpose: Purpose::Payouts, ..overview(broken()) };
    let conversation = checked(chosen_in(overview).press(Action::Continue));
    let connected = Connected { mandate: None, ..added() };
    let card = conversation.answer(Answer::Outcome(Ok(RelinkOutcome::NewAccount(connected)))).card();
    assert_eq!(card.heading, text::NEW_ACCOUNT_HEADING.get());
    assert!(has_paragraph(&card, &text::new_account_payouts("Alder Bank ••6789", "Northwind")));
    assert_eq!(labels(&card), [text::DONE.get()]);
}

#[test]
fn each_account_of_a_new_login_has_its_own_next_step() {
    let connected = Connected {
        restored: vec![name("fca_1", "6789")],
        still_broken: vec![name("fca_3", "4421")],
        ..added()
    };
    let card = finished(RelinkOutcome::NewAuthorization(connected)).card();
    assert_eq!(card.heading, "Your Alder Bank accounts are connected again");
    assert_eq!(card.closing_paragraphs, [text::MANDATE_HEADING.get(), "You allow it."]);
    assert_eq!(
        rows(&card),
        [
            ("fca_1", text::CONDITION_HEALTHY.get(), None),
            ("fca_2", text::CONNECTED_NEW.get(), Some("Pay from ••2231")),
            ("fca_3", text::CONNECTED_STILL_BROKEN.get(), Some(text::BROWSING_RECONNECT.get())),
        ]
    );
}

#[test]
fn each_of_several_accounts_has_a_paragraph_of_the_mandate() {
    let connected = Connected { mandate: Some("You allow A.\n\nYou allow B.".to_owned()), ..added() };
    let card = finished(RelinkOutcome::NewAuthorization(connected)).card();
    assert_eq!(card.closing_paragraphs, [text::MANDATE_HEADING.get(), "You allow A.", "You allow B."]);
}

#[test]
fn a_payment_method_is_told_of_from_asking_to_done() {
    let paying = finished(RelinkOutcome::NewAccount(added())).press(Action::Pay("fca_2".parse().unwrap()));
    assert!(paying.card().is_busy);
    let card = paying.answer(Answer::Paid(Ok(()))).card();
    assert_eq!(card.heading, "You can pay from Alder Bank ••2231 now");
    for (reason, doubt) in [(Reason::PaymentRefused, false), (Reason::ServerUnreachable, true)] {
        let paying =
            finished(RelinkOutcome::NewAccount(added())).press(Action::Pay("fca_2".parse().unwrap()));
        let card = paying.answer(Answer::Paid(Err(Failure::from(reason)))).card();
        assert_eq!(has_paragraph(&card, text::PAYMENT_UNKNOWN.get()), doubt, "{reason:?}");
        assert_eq!(has_paragraph(&card, text::NOTHING_CHANGED.get()), !doubt, "{reason:?}");
    }
}
