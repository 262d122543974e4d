//! Rights of a link's holder.

use reqwest::Method;
use serde_json::{Value, json};

use super::{PUBLIC, REQUESTS, is_repaired, linked, open, plain, read, told};
use crate::objects::{active, broken, repaired, session};
use crate::support::{API_KEY, Answer, TestApp, request, token};

/// Page of a link, in a browser that has opened it.
pub(super) struct Page<'a> {
    pub(super) app: &'a TestApp,
    pub(super) request: String,
    pub(super) cookie: String,
}

impl<'a> Page<'a> {
    pub(super) async fn open(app: &'a TestApp, link: &str) -> Self {
        let answer = open(app, link).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { app, request: answer.json()["request"].as_str().unwrap().to_owned(), cookie }
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let mut request = request(method, path, "", body);
        request.headers_mut().insert("cookie", self.cookie.parse().unwrap());
        request.headers_mut().insert("relink-link", self.request.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        self.app.send(request).await
    }

    pub(super) async fn accounts(&self) -> Answer {
        self.send(Method::GET, "/api/accounts", None, &[]).await
    }

    pub(super) async fn begin(&self, account: &str, choice: &str) -> Answer {
        let body = json!({"account": account, "choice": choice});
        self.send(Method::POST, "/api/sessions", Some(&body), &[]).await
    }
}

pub(super) fn unusable() -> (u16, String) {
    (404, "link_unusable".to_owned())
}

#[tokio::test]
async fn a_link_leads_through_a_relink_and_is_spent_then() {
    let app = plain().await;
    let (made, link) = linked(&app).await;
    let page = Page::open(&app, &link).await;
    assert_eq!(read(&app, &made["id"]).await["state"], "opened");
    let accounts = page.accounts().await.json();
    assert_eq!(accounts["accounts"].as_array().unwrap().len(), 1);
    assert_eq!((&accounts["exact"], &accounts["allows_another"]), (&json!(true), &json!(false)));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(page.begin("fca_1", "repair").await.status, 200);
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    app.stripe_has(
        "/v1/financial_connections/sessions/fcsess_1",
        session("fcsess_1", "fca_1", &repaired("fca_1")),
    )
    .await;
    let reported = json!({"reported": "finished"});
    let outcome = page.send(Method::POST, "/api/sessions/fcsess_1/outcome", Some(&reported), &[]).await;
    assert!(outcome.text.contains("relinked") && !outcome.text.contains("Everyday"), "{}", outcome.text);
    assert_eq!(read(&app, &made["id"]).await["state"], "completed");
    assert_eq!(told(&app).await, ["created", "opened", "completed"]);
    // The open page may still read the account, but can begin nothing.
    assert_eq!(page.accounts().await.status, 200);
    assert_eq!(page.begin("fca_1", "repair").await.problem(), unusable());
    assert_eq!(open(&app, &link).await.problem(), unusable());
}

#[tokio::test]
async fn a_link_shows_bank_and_digits_of_one_account_and_nothing_of_others() {
    let app = plain().await;
    let mut other = broken("fca_2", Some("cus_1"));
    other["last4"] = json!("444444");
    app.stripe_has_account(other);
    let page = Page::open(&app, &linked(&app).await.1).await;
    let shown = page.accounts().await;
    assert!(shown.text.contains("6789") && shown.text.contains("Alder Bank"), "{}", shown.text);
    for hidden in ["444444", "fca_2", "Everyday", "\"2-"] {
        assert!(!shown.text.contains(hidden), "{hidden}: {}", shown.text);
    }
    for path in ["/api/accounts/fca_1", "/api/accounts/fca_1/owners", "/api/connections", REQUESTS] {
        assert_eq!(page.send(Method::GET, path, None, &[]).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_link_can_only_ever_repair_the_very_account() {
    let app = TestApp::with(|options| relink_server::Options {
        any_account: true,
        api_key: Some(API_KEY.into()),
        requests: relink_server::RequestOptions {
            public_url: Some(PUBLIC.to_owned()),
            ..options.requests.clone()
        },
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has_account(broken("fca_2", Some("cus_1")));
    let page = Page::open(&app, &linked(&app).await.1).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    for (account, choice) in
        [("fca_2", "repair"), ("fca_1", "another_account"), ("fca_1", "another_bank"), ("fca_9", "repair")]
    {
        assert!(page.begin(account, choice).await.status.is_client_error(), "{account} {choice}");
    }
    assert!(app.posts().await.is_empty());
    assert_eq!(page.begin("fca_1", "repair").await.status, 200);
    let form = String::from_utf8(app.posts().await.remove(0).body).unwrap();
    assert!(form.contains("relink_options%5Baccount%5D=fca_1"), "{form}");
    let body = json!({"account": "fca_1"});
    let paid = page.send(Method::POST, "/api/sessions/fcsess_1/payment-method", Some(&body), &[]).await;
    assert_eq!(paid.status, 401, "a link is no sign-in");
}

#[tokio::test]
async fn every_invalid_link_gets_the_same_response() {
    let app = plain().await;
    let (cancelled, link) = linked(&app).await;
    app.post(&format!("{REQUESTS}/{}/cancel", cancelled["id"].as_str().unwrap()), API_KEY, &Value::Null)
        .await;
    let (late, expired) = linked(&app).await;
    app.database
        .run(&format!("UPDATE requests SET expires_at = 1 WHERE id = '{}'", late["id"].as_str().unwrap()))
        .await;
    let (_, somebody_elses) = linked(&app).await;
    let body = json!({"token": somebody_elses});
    let signed_in = app.send(request(Method::POST, "/r/open", &token("cus_2"), Some(&body))).await;
    let mut answers = vec![signed_in, open(&app, &link).await, open(&app, &expired).await];
    answers.push(open(&app, &"A".repeat(43)).await);
    answers.push(open(&app, "guess").await);
    let (_, spent) = linked(&app).await;
    is_repaired(&app, "evt_1").await;
    answers.push(open(&app, &spent).await);
    let same = |answer: &Answer| {
        let mut body = answer.json();
        body["request_id"] = Value::Null;
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        (answer.status, body, names)
    };
    for answer in &answers {
        assert_eq!(answer.problem(), unusable());
        assert_eq!(same(answer), same(&answers[0]));
    }
}

#[tokio::test]
async fn the_right_customer_may_be_signed_in_and_another_one_may_not() {
    let app = plain().await;
    let page = Page::open(&app, &linked(&app).await.1).await;
    for (customer, expected) in [("cus_1", 200), ("cus_2", 404)] {
        let bearer = format!("Bearer {}", token(customer));
        let answer = page.send(Method::GET, "/api/accounts", None, &[("authorization", &bearer)]).await;
        assert_eq!(answer.status, expected, "{customer}");
    }
}

#[tokio::test]
async fn twenty_programs_that_look_at_mails_change_nothing_and_ask_stripe_nothing() {
    let app = plain().await;
    let (made, link) = linked(&app).await;
    let asked = app.stripe.received_requests().await.unwrap().len();
    for _ in 0..20 {
        for path in ["/r", "/r.js", "/r.css"] {
            assert_eq!(app.get(path, "").await.status, 200);
        }
        let page = Page::open(&app, &link).await;
        assert_eq!(page.accounts().await.status, 200);
    }
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), asked);
    assert_eq!(read(&app, &made["id"]).await["state"], "opened");
    assert_eq!(told(&app).await, ["created", "opened"], "once");
    assert_eq!(open(&app, &link).await.status, 200, "and the customer comes through");
}
