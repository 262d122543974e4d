//! The console, used like a browser without JavaScript.

mod attacks;
mod behind_a_path;
mod connected_accounts;
mod forms;
mod journey;
mod languages;
mod lockout;
mod names;
pub(crate) mod oidc;
mod roles;
mod sign_in;
mod table;
mod unreadable;

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use relink_server::{ConsoleOptions, Options, RequestOptions};
use relink_test_kit::SmtpStub;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

use crate::objects::broken;
use crate::support::{API_KEY, Answer, TestApp, request};

const PUBLIC: &str = "https://reconnect.example";
pub(crate) const OPERATOR: &str = "ada@shop.example";

/// Starts a shop with operators, email and one broken account.
async fn shop(office: &SmtpStub) -> TestApp {
    shop_of(office, &format!("{OPERATOR}, Bob@shop.example")).await
}

async fn shop_of(office: &SmtpStub, operators: &str) -> TestApp {
    shop_with(office, operators, |options| options).await
}

/// Starts a shop with these operators, email, one broken account, and changed settings.
async fn shop_with(office: &SmtpStub, operators: &str, change: impl FnOnce(Options) -> Options) -> TestApp {
    let app = TestApp::with(|options| {
        change(Options {
            api_key: Some(SecretString::from(API_KEY)),
            console: ConsoleOptions { operators: Some(operators.to_owned()), ..ConsoleOptions::default() },
            requests: RequestOptions {
                public_url: Some(PUBLIC.to_owned()),
                smtp_url: Some(SecretString::from(office.url().to_owned())),
                mail_from: Some("Acme <billing@acme.example>".to_owned()),
                ..RequestOptions::default()
            },
            ..options
        })
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has("/v1/customers/cus_1", json!({"id": "cus_1", "email": "jenny@mail.example"})).await;
    app
}

/// Headers that browsers send with a form of this server's pages.
const OWN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

/// Browser with cookies.
#[derive(Default)]
struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    async fn get(&mut self, app: &TestApp, path: &str) -> Answer {
        self.go(app, Method::GET, path, None, &OWN).await
    }

    /// Sends a form from a page of this server.
    async fn post(&mut self, app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.go(app, Method::POST, path, Some(fields), &OWN).await
    }

    async fn go(
        &mut self,
        app: &TestApp,
        method: Method,
        path: &str,
        fields: Option<&[(&str, &str)]>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut question = axum::http::Request::builder().method(method).uri(path);
        let plain = request(Method::GET, "/", "", None);
        if let Some(peer) = plain.extensions().get::<ConnectInfo<SocketAddr>>() {
            question = question.extension(*peer);
        }
        for (name, value) in headers {
            question = question.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let all: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            question = question.header("cookie", all.join("; "));
        }
        let body = fields.map(|fields| {
            let mut url = reqwest::Url::parse("http://x").unwrap();
            url.query_pairs_mut().extend_pairs(fields);
            url.query().unwrap_or_default().to_owned()
        });
        if body.is_some() {
            question = question.header("content-type", "application/x-www-form-urlencoded");
        }
        let answer = app.send(question.body(Body::from(body.unwrap_or_default())).unwrap()).await;
        for set in answer.headers.get_all("set-cookie") {
            let (pair, rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let own = name.strip_prefix("__Host-").or_else(|| name.strip_prefix("__Secure-"));
            assert!(own.is_some_and(|own| own.starts_with("relink-console")), "{name}");
            for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                assert!(rest.contains(part), "{rest}");
            }
            self.cookies.retain(|(other, _)| other != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    /// Returns a browser that has signed in with the API key.
    async fn with_key(app: &TestApp) -> Self {
        let mut browser = Self::default();
        let answer = browser.post(app, "/console/key", &[("key", API_KEY)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    /// Returns a browser that has signed in with a code.
    async fn with_code(app: &TestApp, office: &SmtpStub) -> Self {
        Self::with_code_of(app, office, OPERATOR).await
    }

    /// Returns a browser in which this operator has signed in with a code.
    async fn with_code_of(app: &TestApp, office: &SmtpStub, email: &str) -> Self {
        let mut browser = Self::default();
        let before = office.emails().len();
        browser.post(app, "/console/sign-in", &[("email", email)]).await;
        let code = code(office, before).await;
        let answer = browser.post(app, "/console/code", &[("email", email), ("code", &code)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }

    /// Returns the token that this session's forms contain.
    async fn form(&mut self, app: &TestApp) -> String {
        let page = self.get(app, "/console").await;
        let (_, rest) = page.text.split_once("name=\"form\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

/// Signs an operator in with a code, and returns the list of connections for each of these searches.
pub(crate) async fn sign_in_and_search(app: &TestApp, office: &SmtpStub, texts: &[&str]) -> Vec<String> {
    let mut browser = Browser::with_code(app, office).await;
    let mut pages = Vec::new();
    for text in texts {
        pages.push(browser.get(app, &format!("/console?q={text}")).await.text);
    }
    pages
}

/// Begins a batch for this account, as an operator who signs in with the API key.
pub(crate) async fn begin_batch(app: &TestApp, account: &str) {
    let mut browser = Browser::with_key(app).await;
    let form = browser.form(app).await;
    let begun = browser.post(app, "/console/batches", &[("form", &form), ("account", account)]).await;
    assert_eq!(begun.status, 303, "{}", begun.text);
}

/// Waits for the email after the first `before` ones, and returns its code.
async fn code(office: &SmtpStub, before: usize) -> String {
    loop {
        if let Some(mail) = office.emails().get(before) {
            let (code, _) = mail.split_once(" is your code").expect("a code");
            return code[code.len() - 9..].to_owned();
        }
        tokio::task::yield_now().await;
    }
}
