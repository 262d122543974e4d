use relink_test_kit::SmtpStub;
use serde_json::json;

use super::{Browser, shop};
use crate::objects::{active, broken};
use crate::support::{API_KEY, TestApp};
use crate::webhooks::event;

/// Adds accounts of two banks and several customers; the name of one bank is an attack.
async fn fill(app: &TestApp) {
    for n in 1..=7 {
        let id = format!("fca_{n}");
        let customer = format!("cus_{n}");
        let mut account =
            if n % 2 == 1 { broken(&id, Some(&customer)) } else { active(&id, Some(&customer)) };
        account["last4"] = json!(format!("000{n}"));
        if n == 7 {
            account["institution_name"] = json!("=<b>Birch & Co</b>");
        }
        app.stripe_has_account(account);
        app.tell(&event(&format!("evt_{n}"), &id)).await;
    }
    relink_server::work_until_idle(&app.app).await;
    app.database.run(COUNT).await;
    relink_server::work_until_idle(&app.app).await;
}

/// Queues the counting job, as a server does at its start.
const COUNT: &str = "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
                     VALUES ('tally:', 'tally', '', 0, 1, 0, 0, 0, 0, 0)";

fn rows(page: &str) -> usize {
    page.matches("name=\"account\"").count()
}

#[tokio::test]
async fn the_table_is_narrowed_searched_and_paged() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    fill(&app).await;
    let mut browser = Browser::with_key(&app).await;
    for (query, expected) in [
        ("", 7),
        ("?state=broken", 4),
        ("?state=healthy", 3),
        ("?cause=access_expired", 4),
        ("?cause=access_denied", 0),
        ("?q=cus_3", 1),
        ("?q=fca_4", 1),
        ("?q=0005", 1),
        ("?state=healthy&q=0005", 0),
        ("?q=alder", 6),
        ("?bank=Alder+Bank&state=broken", 3),
        ("?from=2000-01-01&to=2000-01-02", 0),
        ("?order=oldest&size=200", 7),
        ("?order=urgent", 7),
        ("?order=ends", 0),
        ("?result=never_asked", 7),
        ("?result=opened", 0),
        ("?asked_from=2000-01-01", 0),
    ] {
        let page = browser.get(&app, &format!("/console{query}")).await;
        assert_eq!((page.status.as_u16(), rows(&page.text)), (200, expected), "{query}");
    }
    for query in ["?q=oak", "?state=asleep", "?from=yesterday", "?after=x", "?result=lost", "?asked_to=soon"]
    {
        assert_eq!(browser.get(&app, &format!("/console{query}")).await.status, 400, "{query}");
    }
    let (mut path, mut seen) = ("/console?size=3".to_owned(), Vec::new());
    loop {
        let page = browser.get(&app, &path).await.text;
        seen.push(rows(&page));
        let mut links = page.split("<a href=\"");
        let Some(next) = links.find(|link| link.split('>').next().unwrap().contains("rel=\"next\"")) else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!(seen, [3, 3, 1]);
}

#[tokio::test]
async fn what_banks_are_called_is_shown_as_text_and_no_formula() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    fill(&app).await;
    let mut browser = Browser::with_key(&app).await;
    let page = browser.get(&app, "/console").await.text;
    assert!(page.contains("=&lt;b&gt;Birch &amp; Co&lt;/b&gt;") && !page.contains("<b>Birch"));
    let csv = browser.get(&app, "/console/connections.csv?state=broken").await;
    assert_eq!(csv.text.lines().count(), 5, "{}", csv.text);
    assert!(
        csv.text.contains(r#","'=<b>Birch & Co</b>","0007","broken","access_expired","","#),
        "{}",
        csv.text
    );
    let trail = app.get("/api/audit?limit=1", API_KEY).await.json();
    assert_eq!(trail["data"][0]["action"], "list.exported");
    assert_eq!(trail["data"][0]["detail"]["connections"]["state"], "broken");
}

#[tokio::test]
async fn a_header_sorts_its_column_and_keeps_the_filter() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    fill(&app).await;
    let mut browser = Browser::with_key(&app).await;
    let page = browser.get(&app, "/console?bank=Alder+Bank&order=urgent").await.text;
    assert!(
        page.contains("aria-sort=\"descending\"><a href=\"/console?bank=Alder%20Bank&amp;order=calm\">State"),
        "{page}"
    );
    assert!(page.contains("<a href=\"/console?bank=Alder%20Bank&amp;order=ends\">Ends"), "{page}");
    assert_eq!(page.matches("aria-sort").count(), 1);
    let first = page.split("name=\"account\"").nth(1).unwrap();
    assert!(first.contains("Broken"), "the most urgent state is first: {first}");
}

#[tokio::test]
async fn every_cause_that_stripe_documents_or_that_was_counted_can_be_chosen() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut account = broken("fca_1", Some("cus_1"));
    account["status_details"]["inactive"]["cause"] = json!("moon_phase");
    app.stripe_has_account(account);
    app.tell(&event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    app.database.run(COUNT_AGAIN).await;
    relink_server::work_until_idle(&app.app).await;
    let mut browser = Browser::with_key(&app).await;
    let page = browser.get(&app, "/console").await.text;
    for cause in ["access_denied", "institution_requirement", "unspecified", "moon_phase"] {
        assert!(page.contains(&format!("<option value=\"{cause}\">")), "{cause}: {page}");
    }
}

#[tokio::test]
async fn nothing_chosen_is_said_on_the_same_page_of_the_table() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    fill(&app).await;
    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    for path in ["/console/preview", "/console/batches"] {
        let fields = [("form", form.as_str()), ("state", "broken"), ("order", "oldest"), ("size", "25")];
        let answer = browser.post(&app, path, &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let back = answer.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(back, "/console?state=broken&order=oldest&size=25&none_chosen=1#bar");
        let page = browser.get(&app, back.trim_end_matches("#bar")).await;
        assert!(page.text.contains("Select at least one connection first."), "{}", page.text);
        assert_eq!(rows(&page.text), 4);
    }
    assert!(app.database.texts("SELECT id FROM batches").await.is_empty());
}

#[tokio::test]
async fn every_page_names_the_merchant_and_the_mode() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::with_key(&app).await;
    for path in [
        "/console",
        "/console/reports",
        "/console/batches",
        "/console/faults",
        "/console/keys",
        "/console/audit",
    ] {
        let page = browser.get(&app, path).await.text;
        assert!(
            page.contains("<bdi>Acme</bdi>") && page.contains("class=\"mode test\">Test<"),
            "{path}: {page}"
        );
    }
    let page = Browser::default().get(&app, "/console/sign-in").await.text;
    assert!(page.contains("<bdi>Acme</bdi>") && page.contains(">Test<"), "{page}");
}

/// Queues the count, or makes the queued one due.
const COUNT_AGAIN: &str = "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, created_at) \
                           VALUES ('tally:', 'tally', '', 0, 1, 0, 0, 0, 0, 0) ON CONFLICT (id) DO UPDATE SET due = 0";

#[tokio::test]
async fn numbers_are_counted_in_the_background_and_shown_in_charts_and_tables() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::with_key(&app).await;
    let page = browser.get(&app, "/console").await.text;
    assert!(
        page.contains("counting…") && !page.contains("class=\"count\">0<"),
        "unknown is not zero: {page}"
    );
    let report = browser.get(&app, "/console/reports").await.text;
    assert!(report.contains("not counted") && report.contains("<strong>—</strong>"), "{report}");
    fill(&app).await;
    // The count may have run before the accounts were added; run it again.
    app.database.run("UPDATE work SET due = 0 WHERE id = 'tally:'").await;
    relink_server::work_until_idle(&app.app).await;
    assert!(browser.get(&app, "/console").await.text.contains("<span class=\"count\">7</span>"));
    let page = browser.get(&app, "/console/reports").await.text;
    assert_eq!(page.matches("<svg class=\"chart\"").count(), 2, "{page}");
    for words in
        ["Repair rate", "By bank", "By cause", "access expired", "Show as table", "From request to repair"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn a_report_covers_the_days_that_were_asked_for_and_is_exported_as_csv() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    fill(&app).await;
    app.database.run(COUNT_AGAIN).await;
    relink_server::work_until_idle(&app.app).await;
    let mut browser = Browser::with_key(&app).await;
    for (query, days) in [("", 30), ("?days=7", 7), ("?days=90", 90), ("?from=2026-01-01&to=2026-01-10", 10)]
    {
        let csv = browser.get(&app, &format!("/console/reports.csv{query}")).await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.text.lines().count(), days + 1, "{query}: {}", csv.text);
        let page = browser.get(&app, &format!("/console/reports{query}")).await;
        assert_eq!(page.status, 200);
    }
    let csv = browser.get(&app, "/console/reports.csv?days=7").await.text;
    let last: Vec<&str> = csv.lines().last().unwrap().split(',').collect();
    assert_eq!(last[1], "\"4\"", "broken today: {csv}");
    assert!(csv.lines().nth(1).unwrap().contains(",\"\",\"\","), "an uncounted day has empty cells: {csv}");
    let of_bank = browser.get(&app, "/console/reports.csv?days=7&bank=Alder+Bank").await.text;
    assert_eq!(of_bank.lines().last().unwrap().split(',').nth(1), Some("\"3\""), "{of_bank}");
    assert_eq!(browser.get(&app, "/console/reports?from=2026-02-01&to=2026-01-01").await.status, 400);
    assert_eq!(browser.get(&app, "/console/pictures").await.headers["location"], "/console/reports");
}
