//! Accounts whose connection works and whose payments don't, and banks that are down: said in the list, and before the
//! customer goes to the bank.

use relink_protocol::stripe::{BlockReason, BlockRemedy};
use relink_protocol::{BankTrouble, BlockedPayments, Condition, Overview};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixtures::{CONTINUE, broken, explained, overview};
use crate::page::{Page, assert_buttons, assert_paragraph, misnamed, names, speak};

fn blocked(condition: Condition, reason: &str, remedy: BlockRemedy) -> Overview {
    let mut overview = overview(condition);
    overview.accounts[0].blocked =
        Some(BlockedPayments { reason: BlockReason::from(reason.to_owned()), remedy });
    overview
}

#[wasm_bindgen_test]
async fn a_connected_account_whose_debits_are_refused_says_why_and_offers_no_relink() {
    let another = "Reconnecting doesn't change that. Ask Northwind how to pay from another account.";
    let ask = "Reconnecting doesn't change that. Ask Northwind how to allow payments again.";
    for (reason, remedy, why, next) in [
        ("bank_account_closed", BlockRemedy::AnotherAccount, "says this account is closed.", another),
        ("bank_account_frozen", BlockRemedy::AnotherAccount, "says this account is frozen.", another),
        ("bank_account_unusable", BlockRemedy::AnotherAccount, "doesn't accept payments", another),
        ("newer_than_us", BlockRemedy::AnotherAccount, "doesn't accept payments", another),
        ("debit_not_authorized", BlockRemedy::NewAuthorization, "wasn't authorized.", ask),
    ] {
        let _page = Page::open(&blocked(Condition::Healthy, reason, remedy)).await;
        let row = names("listitem");
        assert!(row.contains("Checking Payments are stopped Alder Bank ") && row.contains(why), "{row}");
        assert!(row.ends_with(next) && !row.contains(" Connected"), "{row}");
        assert_buttons(&[]);
    }
}

#[wasm_bindgen_test]
async fn what_a_relink_mends_of_it_and_what_it_does_not_is_said_before_the_press() {
    let number = "tokenized_account_number_deactivated";
    let overview = blocked(Condition::NumberExpired, number, BlockRemedy::Relink);
    let page = explained(&overview).await;
    assert_paragraph(
        "Alder Bank no longer accepts the account number that your payments use. Reconnecting gets a new one, and \
         payments can go on.",
    );
    drop(page);
    let _page = explained(&blocked(broken(), "bank_account_closed", BlockRemedy::AnotherAccount)).await;
    assert_paragraph(
        "Alder Bank says this account is closed. Reconnecting doesn't change that. Ask Northwind how to pay from \
         another account.",
    );
}

#[wasm_bindgen_test]
async fn a_bank_that_is_down_or_unwell_is_said_in_the_list_and_before_the_press() {
    for (trouble, says) in [
        (BankTrouble::Degraded, "Signing in to Alder Bank may take more than one try right now."),
        (BankTrouble::Unavailable, "Alder Bank isn't available right now. Please try again later."),
    ] {
        let mut overview = overview(broken());
        overview.accounts[0].bank_trouble = Some(trouble);
        let page = Page::open(&overview).await;
        assert!(names("listitem").contains(says), "{}", names("listitem"));
        drop(page);
        let _page = explained(&overview).await;
        assert_paragraph(says);
        assert_buttons(&[CONTINUE, "Not now"]);
    }
}

#[wasm_bindgen_test]
async fn in_every_language_a_button_is_called_by_what_is_written_on_it() {
    for (texts, locale) in [
        (include_str!(concat!(env!("OUT_DIR"), "/de.txt")), "de"),
        (include_str!(concat!(env!("OUT_DIR"), "/es.txt")), "es"),
        (include_str!(concat!(env!("OUT_DIR"), "/fr.txt")), "fr"),
        (include_str!(concat!(env!("OUT_DIR"), "/pt-BR.txt")), "pt-BR"),
        (include_str!(concat!(env!("OUT_DIR"), "/zh-Hans.txt")), "zh-Hans"),
        (include_str!(concat!(env!("OUT_DIR"), "/ar.txt")), "ar"),
        (include_str!(concat!(env!("OUT_DIR"), "/en.txt")), "en"),
    ] {
        crate::page::begin();
        speak(texts, locale);
        let _page = Page::open_element(&overview(broken()), crate::page::Element::default()).await;
        assert_eq!(names("button").lines().count(), 1, "{locale}");
        assert_eq!(misnamed(), "", "{locale}");
    }
}
