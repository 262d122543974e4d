use serde_json::json;

use super::{Browser, shop};
use crate::objects::{active, broken};
use crate::requests::smtp_stub::SmtpServer;
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
    let office = SmtpServer::start().await;
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
    ] {
        let page = browser.get(&app, &format!("/console{query}")).await;
        assert_eq!((page.status.as_u16(), rows(&page.text)), (200, expected), "{query}");
    }
    for query in ["?q=oak", "?state=asleep", "?from=yesterday", "?after=x"] {
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
    let office = SmtpServer::start().await;
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
async fn the_numbers_are_counted_in_the_background_and_shown_in_pictures_and_tables() {
    let office = SmtpServer::start().await;
    let app = shop(&office).await;
    let mut browser = Browser::with_key(&app).await;
    assert!(browser.get(&app, "/console").await.text.contains("Not counted yet"));
    fill(&app).await;
    // The count may have run before the accounts were added; run it again.
    app.database.run("UPDATE work SET due = 0 WHERE id = 'tally:'").await;
    relink_server::work_until_idle(&app.app).await;
    assert!(browser.get(&app, "/console").await.text.contains("<span class=\"count\">7</span>"));
    let page = browser.get(&app, "/console/pictures").await.text;
    assert!(page.matches("<svg class=\"chart\"").count() >= 10, "{page}");
    assert!(page.contains("Show as table"));
}
