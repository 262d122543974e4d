//! Tests of announced changes.

use super::*;
use crate::text::tests::LanguageGuard;

fn repaired() -> Overview {
    overview(Condition::Healthy)
}

/// Returns the card after the accounts have changed without the customer's doing.
fn changed(conversation: Conversation, accounts: Overview) -> Card {
    conversation.answer(Answer::Changed(accounts)).card()
}

#[test]
fn an_account_that_was_repaired_elsewhere_is_said_to_be_connected_and_its_warning_is_gone() {
    let card = changed(opened(overview(broken())), repaired());
    assert_eq!(card.announcement.as_deref(), Some("Alder Bank ••6789: Connected."));
    assert_eq!(rows(&card), [("fca_1", text::CONDITION_HEALTHY.get(), None)]);
    assert!(card.paragraphs.is_empty() && card.notice.is_none(), "{card:?}");
}

#[test]
fn an_account_that_breaks_while_it_is_shown_is_said_to_need_the_customer() {
    let card = changed(opened(repaired()), overview(broken()));
    assert_eq!(card.announcement.as_deref(), Some("Alder Bank ••6789: Sign in to your bank again."));
    assert_eq!(card.paragraphs, [text::BROWSING_ATTENTION_PAYMENTS.get()]);
}

#[test]
fn accounts_that_are_gone_are_told_and_many_changes_are_told_as_one() {
    let card = changed(opened(repaired()), Overview { accounts: Vec::new(), ..repaired() });
    assert_eq!(card.announcement.as_deref(), Some("Alder Bank ••6789 is no longer in your account list."));
    let account = |id: &str| AccountSummary { name: name(id, "1204"), ..repaired().accounts[0].clone() };
    let accounts = ["fca_2", "fca_3", "fca_4"].map(account).to_vec();
    let card = changed(opened(repaired()), Overview { accounts, ..repaired() });
    assert_eq!(card.announcement.as_deref(), Some(text::NEWS_MANY.get()));
}

#[test]
fn several_changes_are_joined_as_the_language_joins_sentences() {
    let said = || {
        let both = |overview: Overview| {
            let other = AccountSummary { name: name("fca_2", "1204"), ..overview.accounts[0].clone() };
            Overview { accounts: vec![overview.accounts[0].clone(), other], ..overview }
        };
        changed(opened(both(repaired())), both(overview(broken()))).announcement.unwrap()
    };
    let english =
        "Alder Bank ••6789: Sign in to your bank again. Alder Bank ••1204: Sign in to your bank again.";
    assert_eq!(said(), english);
    let _guard = LanguageGuard::chinese();
    assert_eq!(said(), "Alder Bank ••6789：需要重新登录银行。Alder Bank ••1204：需要重新登录银行。");
    assert_eq!(text::sentence("请尽快重新连接"), "请尽快重新连接。");
}

#[test]
fn superseded_screen_is_explained_and_announced() {
    let explaining = chosen(broken()).answer(Answer::Stripe(Ok(())));
    let card = changed(explaining, repaired());
    assert_eq!(card.screen, "browsing");
    assert_eq!(card.notice, Some(text::news_reconnected("Alder Bank ••6789")));
    assert_eq!(card.announcement, None, "the notice is read where the screen is new");
    let explaining = chosen(broken()).answer(Answer::Stripe(Ok(())));
    let card = changed(explaining, overview(Condition::Disconnected));
    assert_eq!(card.notice, Some(text::news_overtaken("Alder Bank ••6789")));
}

#[test]
fn an_account_that_breaks_while_it_is_explained_is_no_longer_said_to_stay_connected() {
    let explaining = chosen(Condition::Expiring { on: None }).answer(Answer::Stripe(Ok(())));
    let card = changed(explaining, overview(broken()));
    assert_eq!(card.screen, "explaining");
    assert!(!card.closing_paragraphs.iter().any(|note| note == text::EXPLAINING_STAYS.get()));
    assert_eq!(card.announcement.as_deref(), Some("Alder Bank ••6789: Sign in to your bank again."));
}

#[test]
fn own_changes_are_not_announced() {
    let card = chosen(broken()).press(Action::Leave).card();
    assert_eq!((card.announcement, card.notice), (None, None));
}

#[test]
fn each_warning_says_what_it_is_about() {
    for (condition, says) in [
        (Condition::Healthy, None),
        (broken(), Some(text::BROWSING_ATTENTION_PAYMENTS.get())),
        (Condition::Expiring { on: None }, Some(text::BROWSING_ATTENTION_SOON.get())),
        (Condition::NumberExpired, Some(text::BROWSING_ATTENTION_NUMBER.get())),
        (Condition::Disconnected, None),
    ] {
        let card = opened(overview(condition)).card();
        assert_eq!(card.paragraphs.first().map(String::as_str), says);
    }
    let data = Overview { purpose: Purpose::Data, ..overview(Condition::NumberExpired) };
    assert!(opened(data).card().paragraphs.is_empty(), "no money moves there");
}
