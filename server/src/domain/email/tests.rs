use relink_protocol::stripe::Cause;
use serde_json::json;
use strum::IntoEnumIterator;

use super::*;

fn account(bank: &str) -> Account {
    serde_json::from_value(json!({
        "id": "fca_1", "authorization": "fcauth_1", "institution_name": bank, "livemode": false, "status": "inactive",
        "subcategory": "checking", "last4": "6789", "display_name": "Jenny's secret savings",
    }))
    .unwrap()
}

static UTC: TimeZone = TimeZone::UTC;
const BROKEN: Condition = Condition::Broken { cause: Cause::AccessExpired };

fn about<'a>(language: Language, account: &'a Account, condition: &'a Condition) -> EmailContent<'a> {
    EmailContent {
        has_logo: false,
        language,
        merchant: "Northwind",
        help: Some("mailto:help@northwind.example"),
        color: None,
        purpose: Purpose::Payments,
        account,
        beside: &[],
        condition,
        is_update: false,
        expires_at: "2026-12-03T10:00:00Z".parse().unwrap(),
        zone: &UTC,
        now: "2026-11-28T10:00:00Z".parse().unwrap(),
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
    Chase ••6789 needs to be reconnected

    Payments from this account may fail until you sign in to your bank again.

    The button takes you to Northwind's page, where you sign in to Chase and choose the same account. It takes about a minute.

    Reconnect Chase:
    https://reconnect.example/r#abc

    This link works until December 3, for this account only.

    Northwind never sees your bank password.

    If you no longer use this account, you can ignore this email. Nothing was changed.

    Northwind
    help@northwind.example
    ");
}

#[test]
fn an_email_does_not_print_its_link() {
    let account = account("Chase");
    let printed = format!("{:?}", letter(&about(Language::English, &account, &BROKEN)));
    assert_eq!(printed, r#"Email { subject: "Reconnect Chase ••6789", .. }"#);
}

#[test]
fn a_mail_about_new_permissions_is_no_alarm() {
    let account = account("Chase");
    for language in Language::iter() {
        let about = EmailContent { is_update: true, ..about(language, &account, &Condition::Healthy) };
        let letter = letter(&about);
        assert!(letter.subject.contains("Chase ••6789"), "{}", letter.subject);
        let broken = super::letter(&EmailContent { is_update: false, condition: &BROKEN, ..about });
        assert_ne!(letter.subject, broken.subject, "{language:?}");
    }
    let about = EmailContent { is_update: true, ..about(Language::English, &account, &Condition::Healthy) };
    let letter = letter(&about);
    assert_eq!(letter.subject, "Update what you share from Chase ••6789");
    assert!(
        letter.text.starts_with("Northwind asks to see more of Chase ••6789\n\nYour account keeps working.")
    );
    assert!(letter.text.contains("See what is new:\nhttps://reconnect.example/r#abc"), "{}", letter.text);
    assert!(!letter.text.contains("econnect C"), "{}", letter.text);
}

#[test]
fn a_day_is_the_one_of_the_merchants_time_zone_because_access_that_ends_at_night_ends_the_day_before() {
    let account = account("Chase");
    for (ends, zone, day) in [
        ("2026-12-04T02:00:00Z", "UTC", "December 4"),
        ("2026-12-04T02:00:00Z", "America/New_York", "December 3"),
        ("2026-12-04T04:59:59Z", "America/New_York", "December 3"),
        ("2026-12-04T05:00:00Z", "America/New_York", "December 4"),
        ("2026-12-03T15:30:00Z", "Pacific/Auckland", "December 4"),
        // Half an hour before midnight, on the day before daylight saving begins, on that day, and on the day it ends.
        ("2027-03-14T04:30:00Z", "America/New_York", "March 13, 2027"),
        ("2027-03-15T03:30:00Z", "America/New_York", "March 14, 2027"),
        ("2027-11-08T04:30:00Z", "America/New_York", "November 7, 2027"),
    ] {
        let ends: Timestamp = ends.parse().unwrap();
        let condition = Condition::Expiring { on: Some(ends.as_second()) };
        let says = format!("Reconnect Chase ••6789 before {day}\n");
        let zone = TimeZone::get(zone).unwrap();
        let about = EmailContent { zone: &zone, ..about(Language::English, &account, &condition) };
        let letter = letter(&about);
        assert!(letter.text.starts_with(&says), "not {says}: {}", letter.text);
    }
}

#[test]
fn an_email_shows_the_logo_or_else_the_name() {
    let account = account("Chase");
    let about = EmailContent { merchant: "A & B", ..about(Language::English, &account, &BROKEN) };
    let html = |has_logo| letter(&EmailContent { has_logo, ..about }).html;
    assert!(html(true).contains("<img src=\"cid:logo@relink\" alt=\"A &amp; B\""), "{}", html(true));
    assert!(html(false).contains(">A &amp; B</p>") && !html(false).contains("<img"), "{}", html(false));
}

#[test]
fn a_mail_names_the_other_accounts_of_the_login_by_their_digits() {
    let account = account("Chase");
    let unnumbered = Account { last4: None, ..account.clone() };
    let others = ["1204", "4421"].map(|last4| Account { last4: Some(last4.to_owned()), ..account.clone() });
    let beside = [others.as_slice(), &[unnumbered]].concat();
    for language in Language::iter() {
        let letter = letter(&EmailContent { beside: &beside, ..about(language, &account, &BROKEN) });
        for form in [&letter.text, &letter.html] {
            let both = format!("••1204{}••4421", texts::list_separator(language));
            assert!(form.contains(&both) && !form.contains("secret savings"), "{form}");
        }
    }
}

#[test]
fn a_day_of_another_year_has_its_year_as_on_the_page() {
    let account = account("Chase");
    let about = EmailContent {
        expires_at: "2027-01-01T10:00:00Z".parse().unwrap(),
        ..about(Language::French, &account, &BROKEN)
    };
    let letter = letter(&about);
    assert!(letter.text.contains("jusqu’au 1er janvier 2027, pour"), "{}", letter.text);
}

#[test]
fn in_every_language_both_forms_have_the_link_the_account_and_nothing_else_of_it() {
    let account = account("Chase");
    for language in Language::iter() {
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
