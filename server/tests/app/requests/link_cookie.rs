//! The cookie of a link, and the rate limits for opening links.

use reqwest::Method;
use serde_json::{Value, json};

use super::link::{Page, unusable};
use super::{PUBLIC, REQUESTS, ask, linked, open, plain};
use crate::objects::session;
use crate::support::{API_KEY, request};

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = plain().await;
    let (made, link) = linked(&app).await;
    let answer = open(&app, &link).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let name = format!("__Host-relink-{}", made["id"].as_str().unwrap());
    assert!(pair.starts_with(&name) && !pair.contains(&link), "{pair}");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure");
    let page = Page::open(&app, &link).await;
    for (header, value, expected) in [
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "same-site", 404),
        ("sec-fetch-site", "cross-site", 404),
        ("sec-fetch-site", "none", 404),
        ("origin", PUBLIC, 200),
        ("origin", "https://evil.example", 404),
        ("origin", "null", 404),
    ] {
        let answer = page.send(Method::GET, "/api/accounts", None, &[(header, value)]).await;
        assert_eq!(answer.status, expected, "{header}: {value}");
    }
    // The cookie is not accepted without our page's header.
    let mut bare = request(Method::GET, "/api/accounts", "", None);
    bare.headers_mut().insert("cookie", page.cookie.parse().unwrap());
    assert_eq!(app.send(bare).await.status, 401);
}

#[tokio::test]
async fn a_cookie_is_for_its_own_request_only_and_ends() {
    let app = plain().await;
    let page = Page::open(&app, &linked(&app).await.1).await;
    let other = linked(&app).await.0;
    let other = other["id"].as_str().unwrap().to_owned();
    let swapped = Page { app: &app, cookie: page.cookie.replace(&page.request, &other), request: other };
    assert_eq!(swapped.accounts().await.problem(), unusable());
    let cancel = format!("{REQUESTS}/{}/cancel", page.request);
    app.post(&cancel, API_KEY, &Value::Null).await;
    assert_eq!(page.accounts().await.problem(), unusable(), "taken back is taken back");
    let later = Page::open(&app, &linked(&app).await.1).await;
    app.database.run("UPDATE visits SET until = 1").await;
    assert_eq!(later.accounts().await.problem(), unusable());
}

#[tokio::test]
async fn whoever_guesses_waits() {
    let app = plain().await;
    let mut answers = Vec::new();
    for n in 0..80 {
        answers.push(open(&app, &format!("{n:043}")).await);
    }
    let waits = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(waits, 20, "60 a minute for an address");
    let last = answers.last().unwrap();
    assert_eq!(last.problem(), (429, "rate_limited".to_owned()));
    assert!(last.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() <= 61);
}

#[tokio::test]
async fn with_one_link_ten_relinks_are_begun_in_a_minute() {
    let app = plain().await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    let page = Page::open(&app, &linked(&app).await.1).await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(page.begin("fca_1", "repair").await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 2, "{statuses:?}");
    assert!(app.posts().await.len() <= 10);
}

#[tokio::test]
async fn in_a_demo_on_this_machine_the_cookie_has_another_name() {
    let app = super::shop(|requests| relink_server::RequestOptions {
        public_url: Some("http://127.0.0.1:4280".to_owned()),
        ..requests
    })
    .await;
    let made = ask(&app, &json!({"account": "fca_1", "delivery": "link"})).await.json();
    let link = made["url"].as_str().unwrap().strip_prefix("http://127.0.0.1:4280/r#").unwrap().to_owned();
    let cookie = open(&app, &link).await.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("relink-rlr_") && !cookie.contains("Secure"), "{cookie}");
}
