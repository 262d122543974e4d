//! Sign-in at an issuer by OpenID Connect.

mod answers;
mod sessions;

use jsonwebtoken::Algorithm;
use relink_server::{OidcOptions, Options};
use relink_test_kit::{IssuerKey, IssuerStub, OIDC_CLIENT, SmtpStub};
use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Browser, OPERATOR, shop_with};
use crate::support::{API_KEY, Answer, TestApp};

pub(crate) const KEY: IssuerKey = IssuerKey {
    kid: "first",
    algorithm: Algorithm::RS256,
    pem: include_str!("../../../keys/rsa2048.private.pem"),
};
const NEXT_KEY: IssuerKey = IssuerKey {
    kid: "second",
    algorithm: Algorithm::ES256,
    pem: include_str!("../../../keys/es256.private.pem"),
};
const OTHER_KEY: IssuerKey = IssuerKey {
    kid: "first",
    algorithm: Algorithm::EdDSA,
    pem: include_str!("../../../keys/eddsa.private.pem"),
};

/// Settings for this issuer.
pub(crate) fn settings(issuer: &IssuerStub) -> OidcOptions {
    let text = |text: &str| Some(text.to_owned());
    OidcOptions {
        oidc_issuer: Some(issuer.name()),
        oidc_client_id: text(OIDC_CLIENT.0),
        oidc_client_secret: Some(SecretString::from(OIDC_CLIENT.1)),
        oidc_roles: text("staff:viewer,support:operator,boss:admin"),
        oidc_name: text("Acme Login"),
        ..OidcOptions::default()
    }
}

/// Shop whose operators sign in at an issuer, by codes, and with a key.
struct Shop {
    app: TestApp,
    issuer: IssuerStub,
    office: SmtpStub,
}

impl Shop {
    async fn open() -> Self {
        Self::with(|options| options).await
    }

    async fn with(change: impl FnOnce(OidcOptions) -> OidcOptions) -> Self {
        let (office, issuer) = (SmtpStub::start().await.unwrap(), IssuerStub::start(KEY).await.unwrap());
        let oidc = change(settings(&issuer));
        let app = shop_with(&office, OPERATOR, |mut options| {
            options.console.oidc = oidc;
            options
        })
        .await;
        issuer.sign_in_as(ada(&json!(["support"])));
        Self { app, issuer, office }
    }

    /// Restarts the server with other settings for the issuer.
    async fn changed(&self, change: impl FnOnce(&mut OidcOptions)) -> TestApp {
        self.app
            .changed(|mut options: Options| {
                change(&mut options.console.oidc);
                options
            })
            .await
    }

    /// Signs a new browser in as the user of the moment, and returns it with the last answer.
    async fn sign_in(&self) -> (Browser, Answer) {
        let mut browser = Browser::default();
        let answer = sign_in(&self.app, &mut browser).await;
        (browser, answer)
    }

    /// Returns the newest entry with this action in the audit trail.
    async fn newest(&self, action: &str) -> Value {
        let list = self.app.get("/api/audit?limit=100", API_KEY).await.json();
        let found = list["data"].as_array().unwrap().iter().find(|entry| entry["action"] == action);
        found.unwrap_or_else(|| panic!("no {action} in {list}")).clone()
    }
}

/// Claims about an operator with these roles.
fn ada(roles: &Value) -> Value {
    json!({"sub": "ada-1", "email": "Ada@shop.example", "email_verified": true, "roles": roles})
}

/// Signs the browser in at the issuer, and returns the server's answer.
async fn sign_in(app: &TestApp, browser: &mut Browser) -> Answer {
    let back = authorized(&begun(app, browser).await).await;
    browser.get(app, &back).await
}

/// Begins a sign-in, and returns the address of the issuer to which the browser is sent.
async fn begun(app: &TestApp, browser: &mut Browser) -> String {
    let answer = browser.get(app, "/console/oidc").await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].to_str().unwrap().to_owned()
}

/// Follows the address to the issuer, and returns the path and query at which it sends the browser back.
async fn authorized(address: &str) -> String {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = http.get(address).send().await.unwrap();
    assert_eq!(answer.status(), 302, "{address}");
    let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    format!("{}?{}", back.path(), back.query().unwrap_or_default())
}

async fn is_signed_in(app: &TestApp, browser: &mut Browser) -> bool {
    browser.get(app, "/console").await.status == 200
}
