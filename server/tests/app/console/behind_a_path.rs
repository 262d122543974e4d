//! The console behind a path of the shop's own host name.

use std::collections::BTreeSet;

use relink_server::Options;
use relink_test_kit::SmtpStub;

use super::{Browser, OPERATOR, shop_with};
use crate::base_path::{PUBLIC, addresses};
use crate::support::{API_KEY, Answer, TestApp};
use crate::webhooks::event;

async fn shop(office: &SmtpStub) -> TestApp {
    let app = shop_with(office, OPERATOR, |mut options| {
        options.requests.public_url = Some(PUBLIC.to_owned());
        Options { webhook_url: None, ..options }
    })
    .await;
    app.tell(&event("evt_1", "fca_1")).await;
    relink_server::work_until_idle(&app.app).await;
    app
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].to_str().unwrap()
}

#[tokio::test]
async fn every_address_of_the_console_is_below_the_path_and_leads_somewhere() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    let mut browser = Browser::default();
    let refused = browser.get(&app, "/relink/console/accounts/fca_1?of=10").await;
    assert_eq!(location(&refused), "/relink/console/sign-in?then=%2Fconsole%2Faccounts%2Ffca%5F1%3Fof%3D10");
    let then = [("key", API_KEY), ("then", "/console/accounts/fca_1?of=10")];
    let signed_in = browser.post(&app, "/relink/console/key", &then).await;
    assert_eq!(location(&signed_in), "/relink/console/accounts/fca_1?of=10");
    let form = browser.form(&app).await;
    let chosen = [("form", form.as_str()), ("account", "fca_1")];
    let begun = browser.post(&app, "/relink/console/batches", &chosen).await;
    let batch = location(&begun).to_owned();
    assert!(batch.starts_with("/relink/console/batches/"), "{batch}");
    let preview = browser.post(&app, "/relink/console/preview", &chosen).await;
    let linked = browser.post(&app, "/relink/console/accounts/fca_1/link", &chosen).await;
    assert!(linked.text.contains("https://shop.example/relink/r#"), "{}", linked.text);
    let nothing = browser.post(&app, "/relink/console/preview", &[("form", form.as_str())]).await;
    assert!(location(&nothing).starts_with("/relink/console?"), "{nothing:?}", nothing = nothing.headers);

    let mut known: BTreeSet<String> =
        [batch, "/relink/console".to_owned(), "/relink/console/missing".to_owned()].into();
    let mut waiting: Vec<String> = known.iter().cloned().collect();
    let more = addresses(&preview.text).into_iter().chain(addresses(&linked.text));
    waiting.extend(more.filter(|address| address.starts_with('/')));
    while let Some(path) = waiting.pop() {
        let page = browser.get(&app, &path).await;
        let expected = if path.ends_with("/missing") { 404 } else { 200 };
        // Forms are at addresses that take no GET.
        assert!(page.status == expected || page.status == 405, "{path}: {}", page.status);
        for found in addresses(&page.text) {
            let is_below = found.starts_with("/relink/console");
            let is_of_email = found.starts_with("https://shop.example/relink/");
            let is_local = is_below || is_of_email || found.starts_with('#') || found == "data:,";
            assert!(is_local, "{path} has {found}");
            let found = found.split('#').next().unwrap().to_owned();
            if is_below && known.len() < 200 && known.insert(found.clone()) {
                waiting.push(found);
            }
        }
    }
    for part in ["accounts/fca_1", "customers/cus_1", "keys", "audit", "reports.csv", ".css", ".js", "faults"]
    {
        assert!(known.iter().any(|path| path.contains(part)), "{part}: {known:?}");
    }
    let out = browser.post(&app, "/relink/console/sign-out", &[("form", form.as_str())]).await;
    assert_eq!(location(&out), "/relink/console/sign-in");
}

#[tokio::test]
async fn its_cookies_are_sent_to_no_page_of_the_shop() {
    let office = SmtpStub::start().await.unwrap();
    let app = shop(&office).await;
    for path in ["/relink/console/key", "/console/key"] {
        let signed_in = Browser::default().post(&app, path, &[("key", API_KEY)]).await;
        let cookies: Vec<&str> =
            signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        for cookie in cookies {
            assert!(cookie.starts_with("__Secure-relink-console"), "{cookie}");
            assert!(cookie.contains("; Path=/relink;") && cookie.ends_with("; Secure"), "{cookie}");
        }
    }
}
