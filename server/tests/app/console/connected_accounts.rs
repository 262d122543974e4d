//! The console of a platform with connected accounts, and of a merchant without any.

use relink_server::{ConnectOptions, work_until_idle};

use super::*;
use crate::support::{now, signed};
use crate::with_sandbox::Stand;

const POTTER: &str = "acct_SandboxPotter";
const POTTERS: &str = "acct_SandboxPotter.fca_AlderInga";
const WEAVERS: &str = "acct_SandboxWeaver.fca_AlderInga";

/// Starts a server that works for these connected accounts and has read Inga's account at each, and Jenny's.
async fn market(office: &SmtpStub, connected: Option<&str>) -> Stand {
    let stand = Stand::start(|options| Options {
        connect: ConnectOptions {
            connected_accounts: connected.map(str::to_owned),
            ..ConnectOptions::default()
        },
        console: ConsoleOptions { operators: Some(OPERATOR.to_owned()), ..ConsoleOptions::default() },
        requests: RequestOptions {
            public_url: Some(PUBLIC.to_owned()),
            return_origins: Some("https://shop.example".to_owned()),
            smtp_url: Some(SecretString::from(office.url())),
            mail_from: Some("Market <billing@market.example>".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    })
    .await;
    stand.control("/_sandbox/scenes", &json!({"scene": "connect"})).await;
    let exp = now() + 300;
    let inga = |account: &str| json!({"sub": "cus_SandboxInga", "stripe_account": account, "exp": exp});
    let jenny = json!({"sub": "cus_SandboxJenny", "exp": exp});
    let claims =
        if connected.is_some() { vec![jenny, inga(POTTER), inga("acct_SandboxWeaver")] } else { vec![jenny] };
    for claims in claims {
        let listed = stand.app.get("/api/accounts", &signed(&claims)).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
    }
    stand
}

/// Returns the accounts whose rows a page has.
fn rows(page: &str) -> Vec<&str> {
    let rows = page.split("name=\"account\" value=\"").skip(1);
    rows.filter_map(|row| row.split('"').next()).collect()
}

#[tokio::test]
async fn connections_are_filtered_by_connected_account_and_by_kind_of_holder() {
    let office = SmtpStub::start().await.unwrap();
    let stand = market(&office, Some("acct_SandboxPotter,acct_SandboxWeaver")).await;
    let mut browser = Browser::with_key(&stand.app).await;
    let all = browser.get(&stand.app, "/console").await.text;
    assert!(rows(&all).contains(&POTTERS) && rows(&all).contains(&WEAVERS), "{:?}", rows(&all));
    assert!(all.contains("href=\"/console?stripe_account=acct%5FSandboxPotter\"><bdi>acct_SandboxPotter"));
    assert!(all.contains("<option value=\"acct_SandboxWeaver\">"), "those of the settings are suggested");
    let potters = browser.get(&stand.app, "/console?stripe_account=acct_SandboxPotter&size=25").await.text;
    assert_eq!(rows(&potters), [POTTERS]);
    // Sorting, the export and a batch keep the filter.
    for link in [
        "/console?stripe_account=acct%5FSandboxPotter&amp;size=25&amp;order=urgent\"",
        "/console/connections.csv?stripe_account=acct%5FSandboxPotter\"",
    ] {
        assert!(potters.contains(&format!("href=\"{link}")), "{link}: {potters}");
    }
    assert!(potters.contains("type=\"hidden\" name=\"stripe_account\" value=\"acct_SandboxPotter\""));
    // A server of 0.1.0 knows no such filter, and would ask everybody.
    let choice = |page: &str| {
        page.split("name=\"all\" value=\"").nth(1).map(|rest| rest[..rest.find('"').unwrap()].to_owned())
    };
    assert_eq!(choice(&all).unwrap(), "1");
    for query in ["holder=customer", "stripe_account=acct_SandboxPotter"] {
        let page = browser.get(&stand.app, &format!("/console?{query}")).await.text;
        assert_eq!(choice(&page).unwrap(), "matching", "{query}");
    }
    let form = browser.form(&stand.app).await;
    for (filter, expected) in [(("holder", "customer"), "matching"), (("state", "broken"), "1")] {
        let fields = [("form", form.as_str()), ("all", expected), filter];
        let preview = browser.post(&stand.app, "/console/preview", &fields).await.text;
        assert_eq!(choice(&preview).unwrap(), expected, "{filter:?}: {preview}");
    }
    for (query, expected) in [
        ("holder=customer&stripe_account=acct_SandboxWeaver", 200),
        ("holder=customer_account", 200),
        ("holder=person", 400),
        ("stripe_account=cus_1", 400),
    ] {
        assert_eq!(browser.get(&stand.app, &format!("/console?{query}")).await.status, expected, "{query}");
    }
    let none = browser.get(&stand.app, "/console?holder=account&stripe_account=acct_SandboxPotter").await;
    assert_eq!(rows(&none.text), [""; 0]);
    let csv =
        browser.get(&stand.app, "/console/connections.csv?stripe_account=acct_SandboxPotter").await.text;
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines.len() == 2 && lines[0].ends_with(",\"stripe_account\""), "{csv}");
    assert!(lines[1].ends_with(",\"acct_SandboxPotter\""), "{csv}");
    let page = browser.get(&stand.app, &format!("/console/accounts/{POTTERS}")).await.text;
    assert!(page.contains("href=\"/console?stripe_account=acct%5FSandboxPotter\""));
    let page = browser.get(&stand.app, "/console/customers/acct_SandboxPotter.cus_SandboxInga").await.text;
    assert!(page.contains("href=\"/console?stripe_account=acct%5FSandboxPotter\""));
}

#[tokio::test]
async fn a_batch_to_a_connected_accounts_customers_asks_them_only_and_is_found_by_it() {
    let office = SmtpStub::start().await.unwrap();
    let stand = market(&office, Some("all")).await;
    let app = &stand.app;
    let mut browser = Browser::with_key(app).await;
    let form = browser.form(app).await;
    let fields = [("form", form.as_str()), ("all", "matching"), ("stripe_account", POTTER)];
    let begun = browser.post(app, "/console/batches", &fields).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
    work_until_idle(&app.app).await;
    assert_eq!(app.database.texts("SELECT account FROM requests").await, [POTTERS]);
    let batch = begun.headers["location"].to_str().unwrap().to_owned();
    for (account, accounts) in [("", 1), (POTTER, 1), ("acct_SandboxWeaver", 0)] {
        let list = browser.get(app, &format!("/console/batches?stripe_account={account}")).await.text;
        assert_eq!(list.matches("/console/batches/bat_").count(), accounts, "{account}");
        let page = browser.get(app, &format!("{batch}?stripe_account={account}")).await.text;
        assert_eq!(page.matches("/console/accounts/acct_").count(), accounts, "{account}");
    }
    for (query, expected) in [(POTTER, 1), ("acct_SandboxWeaver", 0)] {
        for list in ["/v1/relink-requests", "/api/connections"] {
            let read = app.get(&format!("{list}?stripe_account={query}"), API_KEY).await.json();
            let expected = if list == "/api/connections" { 1 } else { expected };
            assert_eq!(read["data"].as_array().unwrap().len(), expected, "{list} {query}: {read}");
        }
    }
}

#[tokio::test]
async fn a_merchant_without_connected_accounts_sees_nothing_of_them() {
    let office = SmtpStub::start().await.unwrap();
    let stand = market(&office, None).await;
    let mut browser = Browser::with_key(&stand.app).await;
    for path in ["/console", "/console/batches", "/console/connections.csv"] {
        let page = browser.get(&stand.app, path).await;
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("stripe_account"), "{path}: {}", page.text);
    }
}
