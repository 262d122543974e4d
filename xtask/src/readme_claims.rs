//! Claims about Relink in the README's comparison with Stripe: the text of each cell, and the tests that prove it.
//!
//! To change a cell in the README, change it here, too, and name the tests that prove the new text.

use crate::named_tests::in_tests::{assert_is_test, read};

/// A cell: the name of its row, its text, and the tests that prove it as pairs of file and function.
type Claim = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CLAIMS: [Claim; 8] = [
    (
        "Integration effort",
        "a tag in your page and a token from your server; for a relink request one API call, or none with \
         the console",
        &[
            (
                "e2e/tests/embed/main.rs",
                "in_the_shop_an_account_is_repaired_from_the_banner_under_the_manuals_policy",
            ),
            ("server/tests/app/requests/api.rs", "a_request_is_made_read_listed_and_taken_back"),
            (
                "e2e/tests/journeys/relink_requests.rs",
                "an_operator_asks_by_mail_the_customer_relinks_and_everyone_hears_of_it",
            ),
        ],
    ),
    (
        "Availability",
        "open source, on your own server; needs Stripe's public preview",
        &[
            (
                "crates/protocol/src/condition/tests.rs",
                "a_version_without_relink_fields_is_an_error_that_says_what_to_do",
            ),
            (
                "server/tests/app/requests/hosted.rs",
                "where_stripe_has_no_hosted_relink_for_the_merchant_the_answer_says_so",
            ),
        ],
    ),
    (
        "Presentation",
        "in your page; on a page of your server, by a link or an email in your name; or on Stripe's page, \
         if you have that preview",
        &[
            (
                "e2e/tests/embed/main.rs",
                "in_the_shop_an_account_is_repaired_from_the_banner_under_the_manuals_policy",
            ),
            (
                "e2e/tests/journeys/relink_requests/links.rs",
                "a_link_leads_to_one_account_in_the_requests_language_and_back_to_the_merchant",
            ),
            ("server/tests/app/requests/mail.rs", "a_mail_goes_to_the_customer_and_its_link_works"),
            ("server/tests/app/requests/hosted.rs", "stripe_gives_a_page_for_exactly_that_account"),
        ],
    ),
    (
        "Eligible accounts",
        "in your page any that a relink repairs; by relink request those of Stripe's rule, with a customer, \
         and those about to be deactivated",
        &[
            (
                "crates/protocol/src/condition/tests.rs",
                "what_a_customer_can_repair_is_broken_or_about_to_break",
            ),
            (
                "server/src/domain/eligible.rs",
                "eligible_is_what_stripe_says_and_what_is_about_to_be_deactivated",
            ),
            ("server/tests/app/requests/api.rs", "only_accounts_that_a_relink_helps_are_eligible"),
        ],
    ),
    (
        "Limits",
        "none in your page and for links; one email per account in 48 hours, until the account works again",
        &[
            (
                "server/tests/app/requests/mail.rs",
                "the_second_mail_waits_48_hours_and_after_a_completed_relink_it_does_not",
            ),
            ("server/tests/app/requests/mail.rs", "of_64_who_send_at_once_on_two_servers_one_mail_goes"),
            ("server/tests/app/requests/hosted.rs", "of_stripes_mails_too_there_is_one_in_48_hours"),
        ],
    ),
    (
        "Account selection",
        "by relink request exactly that account; in your page as you choose",
        &[
            ("server/tests/app/requests/link.rs", "a_link_can_only_ever_repair_the_very_account"),
            (
                "e2e/tests/journeys/narrowing.rs",
                "a_token_that_insists_on_the_account_offers_no_other_when_it_was_not_shared",
            ),
        ],
    ),
    (
        "Data permissions",
        "change with a relink; the customer sees what is new, what stays and what goes",
        &[
            (
                "tests/web/explaining.rs",
                "a_relink_that_changes_what_is_shared_says_what_is_new_what_stays_and_what_goes",
            ),
            (
                "e2e/tests/journeys/purposes.rs",
                "data_asks_for_the_login_alone_and_says_what_else_is_shared_from_now_on",
            ),
        ],
    ),
    (
        "Tokenized numbers",
        "renewed by a relink; what is about to expire is shown 30 days before",
        &[
            (
                "crates/protocol/src/condition/tests.rs",
                "a_tokenized_number_is_warned_of_thirty_days_before_it_ends",
            ),
            ("crates/sandbox/src/world/tests/relink.rs", "a_relink_renews_tokens_and_announcements"),
        ],
    ),
];

/// Returns the first and the last cell of each row of the README's comparison table.
fn cells(readme: &str) -> Vec<(String, String)> {
    let rows = readme.lines().skip_while(|line| !line.starts_with("| | Stripe's hosted relink, Dashboard"));
    let table = rows.skip(2).take_while(|line| line.starts_with('|'));
    let cell = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        Some((cells.first()?.to_string(), cells.last()?.to_string()))
    };
    table.filter_map(cell).collect()
}

#[test]
fn each_cell_of_our_column_in_the_readme_is_shown_by_tests_that_there_are() {
    let claimed: Vec<(String, String)> =
        CLAIMS.iter().map(|(row, cell, _)| ((*row).to_owned(), (*cell).to_owned())).collect();
    assert_eq!(cells(&read("README.md")), claimed);
    for (row, _, tests) in CLAIMS {
        for (file, test) in tests {
            assert_is_test(row, file, test);
        }
    }
}
