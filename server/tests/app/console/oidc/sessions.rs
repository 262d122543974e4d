//! Sessions of operators from the issuer: their names, their roles, and their ends.

use relink_server::OidcOptions;
use serde_json::{Value, json};

use super::{Shop, ada, authorized, is_signed_in, sign_in};
use crate::base_path::PUBLIC as BEHIND_A_PATH;
use crate::console::{Browser, OPERATOR};
use crate::support::{API_KEY, Answer};

#[tokio::test]
async fn an_operator_has_the_role_that_the_issuer_says_and_the_trail_says_how_they_signed_in() {
    let shop = Shop::open().await;
    for (roles, role) in [
        (json!(["staff", "unknown"]), "(viewer)"),
        (json!(["staff", "support"]), "(operator)"),
        (json!("boss"), ""),
    ] {
        shop.issuer.sign_in_as(ada(&roles));
        let (mut browser, answer) = shop.sign_in().await;
        assert_eq!((answer.status.as_u16(), answer.headers["location"].to_str().unwrap()), (303, "/console"));
        let page = browser.get(&shop.app, "/console").await.text;
        assert!(page.contains(OPERATOR) && page.contains(role), "{page}");
        assert_eq!(page.contains("(viewer)"), role == "(viewer)", "{page}");
        let form = browser.form(&shop.app).await;
        let answer = browser.post(&shop.app, "/console/batches", &[("form", &form)]).await;
        assert_eq!(answer.status == 403, role == "(viewer)", "{}", answer.text);
        let entry = shop.newest("console.signed_in").await;
        let actor =
            json!({"type": "operator", "email": OPERATOR, "issuer": shop.issuer.name(), "subject": "ada-1"});
        assert_eq!((&entry["actor"], &entry["detail"]), (&actor, &json!({"with": "oidc"})));
    }
    assert!(
        Browser::default()
            .get(&shop.app, "/console/sign-in")
            .await
            .text
            .contains("Sign in with <bdi>Acme Login</bdi>")
    );
}

#[tokio::test]
async fn nobody_signs_in_without_a_role() {
    let shop = Shop::open().await;
    shop.issuer.set_userinfo(json!({"sub": "ada-1"}));
    for roles in [json!([]), json!(["unknown"]), json!("Boss"), json!(null)] {
        shop.issuer.sign_in_as(ada(&roles));
        let (mut browser, answer) = shop.sign_in().await;
        assert_eq!(answer.status, 403, "{roles}");
        assert!(answer.text.contains("You are ada@shop.example at Acme Login"), "{}", answer.text);
        assert!(!is_signed_in(&shop.app, &mut browser).await, "{roles}");
        let failed = shop.newest("console.sign_in_failed").await;
        assert_eq!(failed["detail"]["reason"], "role", "{failed}");
        assert_eq!(failed["detail"]["account"]["subject"], "ada-1", "{failed}");
    }
}

#[tokio::test]
async fn an_address_that_the_issuer_has_not_verified_names_nobody() {
    let shop = Shop::open().await;
    shop.issuer.sign_in_as(json!({"sub": "eve-1", "email": OPERATOR, "roles": ["support"]}));
    let (mut browser, _) = shop.sign_in().await;
    let page = browser.get(&shop.app, "/console").await.text;
    assert!(page.contains("eve-1") && !page.contains(OPERATOR), "{page}");
    let actor = &shop.newest("console.signed_in").await["actor"];
    assert_eq!(actor, &json!({"type": "operator", "issuer": shop.issuer.name(), "subject": "eve-1"}));
}

#[tokio::test]
async fn roles_may_be_at_the_userinfo_endpoint_and_must_be_of_the_same_account() {
    let shop =
        Shop::with(|oidc| OidcOptions { oidc_roles_claim: Some("realm.roles".to_owned()), ..oidc }).await;
    shop.issuer.sign_in_as(json!({"sub": "ada-1"}));
    for (userinfo, status) in [
        (json!({"sub": "ada-1", "realm": {"roles": ["boss"]}}), 303),
        (json!({"sub": "bob-1", "realm": {"roles": ["boss"]}}), 403),
        (json!({"realm": {"roles": ["boss"]}}), 403),
        (json!({"sub": "ada-1", "roles": ["boss"]}), 403),
        (json!("boss"), 403),
    ] {
        shop.issuer.set_userinfo(userinfo.clone());
        let (_, answer) = shop.sign_in().await;
        assert_eq!(answer.status, status, "{userinfo}");
    }
}

#[tokio::test]
async fn the_operator_comes_to_the_page_they_asked_for_and_to_no_other_site() {
    let shop = Shop::open().await;
    for (then, expected) in [
        ("/console?q=cus_A%26B", "/console?q=cus_A%26B"),
        ("https://evil.example/console", "/console"),
        ("//evil.example/console", "/console"),
        ("/console/%2e%2e/%2e%2e/evil", "/console"),
    ] {
        let mut browser = Browser::default();
        let mut path = reqwest::Url::parse("http://x/console/oidc").unwrap();
        path.query_pairs_mut().append_pair("then", then);
        let path = format!("{}?{}", path.path(), path.query().unwrap());
        let answer = browser.get(&shop.app, &path).await;
        let back = authorized(answer.headers["location"].to_str().unwrap()).await;
        assert_eq!(browser.get(&shop.app, &back).await.headers["location"], expected, "{then}");
    }
    let asked = Browser::default().get(&shop.app, "/console/sign-in?then=%2Fconsole%2Faudit").await.text;
    assert!(asked.contains("href=\"/console/oidc?then=%2Fconsole%2Faudit\""), "{asked}");
}

#[tokio::test]
async fn it_works_behind_a_path() {
    let shop = Shop::open().await;
    let app = shop
        .app
        .changed(|mut options| {
            options.requests.public_url = Some(BEHIND_A_PATH.to_owned());
            options
        })
        .await;
    let mut browser = Browser::default();
    let page = browser.get(&app, "/relink/console/sign-in").await.text;
    assert!(page.contains("href=\"/relink/console/oidc?then=%2Fconsole\""), "{page}");
    let answer = browser.get(&app, "/relink/console/oidc").await;
    let back = authorized(answer.headers["location"].to_str().unwrap()).await;
    assert!(back.starts_with("/relink/console/oidc/callback?"), "{back}");
    assert_eq!(browser.get(&app, &back).await.headers["location"], "/relink/console");
    assert_eq!(browser.get(&app, "/relink/console").await.status, 200);
}

#[tokio::test]
async fn a_session_ends_when_its_role_is_gone_from_the_settings() {
    let shop = Shop::open().await;
    let (mut browser, _) = shop.sign_in().await;
    let same = shop.app.another().await;
    assert!(is_signed_in(&same, &mut browser).await);
    let lower = shop.changed(|oidc| oidc.oidc_roles = Some("support:viewer".to_owned())).await;
    let page = browser.get(&lower, "/console").await.text;
    assert!(page.contains("(viewer)"), "{page}");
    let without = shop.changed(|oidc| oidc.oidc_roles = Some("boss:admin".to_owned())).await;
    assert!(!is_signed_in(&without, &mut browser).await);
    assert!(!is_signed_in(&shop.app, &mut browser).await, "it has ended for good");
    let (mut browser, _) = shop.sign_in().await;
    let none = shop.changed(|oidc| *oidc = OidcOptions::default()).await;
    assert!(!is_signed_in(&none, &mut browser).await);
    assert_eq!(none.get("/console/oidc", "").await.status, 404);
}

/// Lets this many milliseconds pass for the session of an operator of the issuer.
async fn pass(shop: &Shop, milliseconds: i64) {
    let kept = shop.app.database.texts("SELECT operator FROM operator_sessions").await;
    let mut operator: Value = serde_json::from_str(&kept[0]).unwrap();
    operator["until"] = json!(operator["until"].as_i64().unwrap() - milliseconds);
    shop.app.database.run(&format!("UPDATE operator_sessions SET operator = '{operator}'")).await;
}

#[tokio::test]
async fn a_session_ends_after_the_time_that_is_set_so_that_the_role_is_read_again() {
    let shop = Shop::with(|oidc| OidcOptions { oidc_session: Some("30m".to_owned()), ..oidc }).await;
    let (mut browser, _) = shop.sign_in().await;
    pass(&shop, 29 * 60_000).await;
    assert!(is_signed_in(&shop.app, &mut browser).await);
    pass(&shop, 60_000).await;
    assert!(!is_signed_in(&shop.app, &mut browser).await);
    let ended = shop.newest("console.session_ended").await;
    assert_eq!(
        (&ended["detail"]["reason"], &ended["actor"]["subject"]),
        (&json!("too_long"), &json!("ada-1"))
    );
    shop.issuer.sign_in_as(ada(&json!([])));
    assert_eq!(sign_in(&shop.app, &mut browser).await.status, 403);
}

#[tokio::test]
async fn where_the_issuer_is_the_only_way_codes_and_keys_open_nothing() {
    let shop = Shop::open().await;
    let mut by_code = Browser::with_code(&shop.app, &shop.office).await;
    let mut by_key = Browser::with_key(&shop.app).await;
    let (mut by_issuer, _) = shop.sign_in().await;
    let only = shop.changed(|oidc| oidc.oidc_only = true).await;
    assert!(is_signed_in(&only, &mut by_issuer).await);
    for browser in [&mut by_code, &mut by_key] {
        assert!(!is_signed_in(&only, browser).await);
    }
    let page = Browser::default().get(&only, "/console/sign-in").await.text;
    assert!(
        page.contains("Acme Login") && !page.contains("name=\"email\"") && !page.contains("name=\"key\""),
        "{page}"
    );
    let before = shop.office.emails().len();
    for (path, fields) in [
        ("/console/sign-in", [("email", OPERATOR)]),
        ("/console/code", [("email", OPERATOR)]),
        ("/console/key", [("key", API_KEY)]),
    ] {
        let mut browser = Browser::default();
        let answer = browser.post(&only, path, &fields).await;
        assert_eq!(answer.headers["location"], "/console/sign-in", "{path}");
        assert!(browser.cookies.is_empty(), "{path}");
    }
    assert_eq!(shop.office.emails().len(), before);
}

/// Returns the address to which a page leads by itself. No header of its answer is too long for a proxy.
fn leads_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "a redirect after a form must not lead to another site");
    let headers: usize =
        answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    assert!(headers < 2_000, "{:?}", answer.headers);
    let (_, refresh) = answer.text.split_once("<meta http-equiv=\"refresh\" content=\"0;url=").unwrap();
    refresh.split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn a_token_that_is_too_long_for_an_address_is_left_out_of_it() {
    let shop = Shop::open().await;
    shop.issuer.configure(json!({"end_session_endpoint": format!("{}/logout", shop.issuer.name())}));
    let app = shop.changed(|_| ()).await;
    for (length, is_sent) in [(3_000, true), (6_000, false)] {
        let mut claims = ada(&json!(["support"]));
        claims["picture"] = json!("x".repeat(length));
        shop.issuer.sign_in_as(claims);
        let mut browser = Browser::default();
        sign_in(&app, &mut browser).await;
        let form = browser.form(&app).await;
        let answer = browser.post(&app, "/console/sign-out", &[("form", &form)]).await;
        let address = leads_to(&answer);
        assert_eq!(address.contains("id_token_hint="), is_sent, "{address}");
        assert!(address.contains("client_id=") && address.contains("post_logout_redirect_uri="), "{address}");
        assert_eq!(authorized(&address).await, "/console/sign-in?");
        assert!(!is_signed_in(&app, &mut browser).await);
    }
}

#[tokio::test]
async fn an_issuer_with_a_faulty_address_for_signing_out_signs_operators_in() {
    let shop = Shop::open().await;
    for faulty in [json!(""), json!("/logout"), json!("http://id.example/logout"), json!(7)] {
        shop.issuer.configure(json!({"end_session_endpoint": faulty}));
        let app = shop.changed(|_| ()).await;
        let mut browser = Browser::default();
        sign_in(&app, &mut browser).await;
        assert!(is_signed_in(&app, &mut browser).await, "{faulty}");
        let form = browser.form(&app).await;
        let answer = browser.post(&app, "/console/sign-out", &[("form", &form)]).await;
        assert_eq!(answer.headers["location"], "/console/sign-in", "{faulty}");
        assert!(app.log().contains("end_session_endpoint of the issuer is not an https address"), "{faulty}");
    }
}

#[tokio::test]
async fn an_operator_who_signs_out_is_signed_out_at_the_issuer_too() {
    let shop = Shop::open().await;
    let (mut browser, _) = shop.sign_in().await;
    let form = browser.form(&shop.app).await;
    let answer = browser.post(&shop.app, "/console/sign-out", &[("form", &form)]).await;
    let location = |answer: &Answer| answer.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(
        (answer.status.as_u16(), location(&answer).as_str()),
        (303, "/console/sign-in"),
        "no address for it"
    );

    shop.issuer
        .configure(json!({"end_session_endpoint": format!("{}/logout?realm=staff", shop.issuer.name())}));
    let app = shop.changed(|_| ()).await;
    let mut browser = Browser::default();
    sign_in(&app, &mut browser).await;
    let form = browser.form(&app).await;
    let answer = browser.post(&app, "/console/sign-out", &[("form", &form)]).await;
    let address = leads_to(&answer);
    assert!(
        address.starts_with(&format!("{}/logout?realm=staff&id_token_hint=", shop.issuer.name())),
        "{address}"
    );
    assert_eq!(authorized(&address).await, "/console/sign-in?");
    assert!(answer.text.contains("<bdi>Acme Login</bdi>"), "{}", answer.text);
    assert!(!is_signed_in(&app, &mut browser).await);

    let mut browser = Browser::with_key(&app).await;
    let form = browser.form(&app).await;
    let answer = browser.post(&app, "/console/sign-out", &[("form", &form)]).await;
    assert_eq!(
        (answer.status.as_u16(), location(&answer).as_str()),
        (303, "/console/sign-in"),
        "not of the issuer"
    );
}
