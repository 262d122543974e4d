//! Links, keys, cookies and email addresses appear in no log, and don't remain in the database.

use relink_test_kit::{SmtpReply, SmtpStub};
use serde_json::json;

use super::{REQUESTS, ask, by_mail, linked, open, shop};
use crate::support::API_KEY;

const MAILBOX: &str = "canary-mailbox@mail.example";

#[tokio::test]
async fn no_secret_of_a_request_is_logged_or_kept() {
    let office = SmtpStub::start().await.unwrap();
    let with_password = office.url().replace("smtp://", "smtp://user:canary-password@");
    let app = shop(|requests| by_mail(requests, &with_password)).await;
    let (_, link) = linked(&app).await;
    let opened = open(&app, &link).await;
    let cookie = opened.headers["set-cookie"].to_str().unwrap().to_owned();
    let visit = cookie.split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
    office.reply_with(SmtpReply::ToRecipient("550 <canary-mailbox@mail.example> is unknown"));
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1", "email": MAILBOX})).await;
    ask(&app, &json!({"account": "fca_1", "delivery": "email"})).await;
    ask(&app, &json!({"account": "fca_1", "delivery": "email", "email": format!("{MAILBOX}x\r\nBcc: y")}))
        .await;
    relink_server::work_until_idle(&app.app).await;
    open(&app, "canary-guess").await;
    app.get(REQUESTS, API_KEY).await;
    let log = app.log();
    assert!(log.contains("created a relink request"), "it was logged");
    for secret in [&link, &visit, "canary-mailbox", "canary-password", "canary-guess", API_KEY] {
        assert!(!log.contains(secret), "{secret}");
    }
    for (table, columns) in [
        ("requests", "id || COALESCE(link_hash, '') || COALESCE(failure, '')"),
        ("mails", "request || COALESCE(error, '')"),
        ("visits", "hash"),
        ("deliveries", "payload"),
        ("audit", "detail || actor"),
        ("work", "id || COALESCE(last_error, '')"),
    ] {
        let rows = app.database.texts(&format!("SELECT {columns} FROM {table}")).await.join(" ");
        for secret in [&link, &visit, "canary-mailbox", "canary-password"] {
            assert!(!rows.contains(secret), "{secret} in {table}");
        }
    }
}
