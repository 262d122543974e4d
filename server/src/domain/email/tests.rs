use relink_protocol::stripe::Cause;
use serde_json::json;

use super::*;

fn account(bank: &str) -> Account {
    serde_json::from_value(json!({
        "id": "fca_1", "authorization": "fcauth_1", "institution_name": bank, "livemode": false, "status": "inactive",
        "subcategory": "checking", "last4": "6789", "display_name": "Jenny's secret savings",
    }))
    .unwrap()
}

const BROKEN: Condition = Condition::Broken { cause: Cause::AccessExpired };

fn about<'a>(language: Language, account: &'a Account, condition: &'a Condition) -> EmailContent<'a> {
    EmailContent {
        language,
        merchant: "Northwind",
        help: Some("mailto:help@northwind.example"),
        color: None,
        purpose: Purpose::Payments,
        account,
        beside: &[],
        condition,
        expires_at: "2026-12-03T10:00:00Z".parse().unwrap(),
        link: "https://reconnect.example/r#abc",
        opt_out: None,
    }
}

#[test]
fn a_mail_says_what_is_what_it_means_and_what_happens_next() {
    let account = account("Chase");
    let letter = letter(&about(Language::English, &account, &BROKEN));
    assert_eq!(letter.subject, "Reconnect Chase ••6789");
    insta::assert_snapshot!(letter.text, @r"
    Chase ••6789 needs you to sign in again

    Payments from this account may fail until you sign in to your bank again.

    The button opens a page of Northwind. There you sign in to Chase and choose the same account. It takes about a minute.

    Reconnect Chase:
    https://reconnect.example/r#abc

    The link works until 3 December, and for this account only.

    Northwind never sees your bank password.

    If you no longer use this account, you can ignore this mail. Nothing was changed.

    Northwind
    mailto:help@northwind.example
    ");
}

#[test]
fn a_mail_names_the_other_accounts_of_the_login_by_their_digits() {
    let account = account("Chase");
    let unnumbered = Account { last4: None, ..account.clone() };
    let others = ["1204", "4421"].map(|last4| Account { last4: Some(last4.to_owned()), ..account.clone() });
    let beside = [others.as_slice(), &[unnumbered]].concat();
    for language in Language::ALL {
        let letter = letter(&EmailContent { beside: &beside, ..about(language, &account, &BROKEN) });
        for form in [&letter.text, &letter.html] {
            assert!(form.contains("••1204, ••4421") && !form.contains("secret savings"), "{form}");
        }
    }
}

#[test]
fn in_every_language_both_forms_have_the_link_the_account_and_nothing_else_of_it() {
    let account = account("Chase");
    for language in Language::ALL {
        for condition in [
            BROKEN,
            Condition::NumberExpired,
            Condition::Expiring { on: Some(1_796_000_000) },
            Condition::Expiring { on: None },
        ] {
            let letter = letter(&EmailContent {
                opt_out: Some("https://reconnect.example/u/x"),
                ..about(language, &account, &condition)
            });
            for form in [&letter.text, &letter.html] {
                assert!(
                    form.contains("https://reconnect.example/r#abc") && form.contains("Chase ••6789"),
                    "{form}"
                );
                assert!(form.contains("https://reconnect.example/u/x"), "{form}");
                assert!(!form.contains("savings") && !form.contains("fca_1"), "{form}");
            }
            let direction = if language == Language::Arabic { "rtl" } else { "ltr" };
            assert!(letter.html.contains(&format!("lang=\"{}\" dir=\"{direction}\"", language.code())));
        }
    }
}

#[test]
fn no_bank_and_no_merchant_can_write_html_or_headers() {
    let account = account("<b>Bank</b>\r\nBcc: x@example.com\"'&");
    let about = EmailContent { merchant: "<script>", ..about(Language::English, &account, &BROKEN) };
    let letter = letter(&about);
    assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
    assert!(!letter.html.contains("<b>") && !letter.html.contains("<script>"), "{}", letter.html);
    assert!(!letter.html.contains("http://") && !letter.html.contains("<img"), "nothing is fetched");
}
