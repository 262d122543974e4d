//! The server's own page, `/`: the source of its token, and its content without one.

use axum::http::Request;
use relink_server::{Options, RequestOptions};
use serde_json::json;

use crate::support::{Answer, TestApp, token};

/// Starts a server with this `RELINK_TOKEN_URL`.
async fn with_token_url(url: &str) -> TestApp {
    let requests = RequestOptions { token_url: Some(url.to_owned()), ..RequestOptions::default() };
    TestApp::with(|options| Options { requests, ..options }).await
}

async fn ask(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(String::new().into()).unwrap()).await
}

#[tokio::test]
async fn the_page_asks_for_tokens_where_the_settings_say() {
    for (url, expected) in [
        ("/account/bank-token", "token-url=\"/account/bank-token\""),
        ("/t?a=1&b=\"><script>", "token-url=\"/t?a=1&amp;b=&quot;&gt;&lt;script&gt;\""),
        ("https://shop.example/bank?a=1&b='", "data-sign-in=\"https://shop.example/bank?a=1&amp;b=%27\""),
    ] {
        let app = with_token_url(url).await;
        for path in ["/", "/index.html", "/?account=fca_1"] {
            let page = app.get(path, "").await;
            assert_eq!(page.status, 200);
            assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
            assert_eq!(page.headers["cache-control"], "no-cache");
            let expected =
                format!("<title>Your bank accounts</title><bank-relink {expected}></bank-relink>\n");
            assert!(page.text.ends_with(&expected), "{path}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn the_page_has_its_title_in_the_readers_language() {
    let app = with_token_url("/account/bank-token").await;
    for (path, accepted, title) in [
        ("/", "de-AT, en;q=0.5", "Ihre Bankkonten"),
        ("/", "pt-PT", "Suas contas bancárias"),
        ("/?locale=es", "de", "Sus cuentas bancarias"),
        ("/?locale=es&locale=fr", "de", "Ihre Bankkonten"),
    ] {
        let page = ask(&app, path, &[("accept-language", accepted)]).await;
        assert_eq!((page.status.as_u16(), &page.headers["vary"]), (200, &"accept-language".parse().unwrap()));
        assert!(page.text.contains(&format!("<title>{title}</title>")), "{path}: {}", page.text);
    }
}

#[tokio::test]
async fn a_browser_that_takes_compressed_files_gets_the_same_page() {
    let app = with_token_url("/account/bank-token").await;
    for extension in ["br", "gz"] {
        app.file(&format!("index.html.{extension}"), b"compressed when it was built");
    }
    let page = ask(&app, "/", &[("accept-encoding", "gzip, br")]).await;
    assert!(page.text.contains("/account/bank-token"), "{}", page.text);
    assert!(!page.headers.contains_key("content-encoding"));
}

#[tokio::test]
async fn a_page_that_the_browser_has_is_not_sent_again_until_its_token_comes_from_elsewhere() {
    let app = with_token_url("/account/bank-token").await;
    let etag = app.get("/", "").await.headers["etag"].to_str().unwrap().to_owned();
    let known = ask(&app, "/", &[("if-none-match", &etag)]).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    assert_eq!(known.headers["etag"], etag.as_str());
    let other = with_token_url("/account/another").await;
    assert_eq!(ask(&other, "/", &[("if-none-match", &etag)]).await.status, 200);
}

#[tokio::test]
async fn without_a_token_address_the_page_leads_to_the_merchant_in_the_readers_language() {
    let requests = RequestOptions {
        return_origins: Some("https://shop.example, https://other.example".to_owned()),
        ..RequestOptions::default()
    };
    let app = TestApp::with(|options| Options { requests, ..options }).await;
    let page = ask(&app, "/", &[("accept-language", "de-AT, en;q=0.5")]).await;
    assert_eq!((page.status.as_u16(), &page.headers["vary"]), (200, &"accept-language".parse().unwrap()));
    assert!(page.text.contains("<html lang=\"de\" dir=\"ltr\">"), "{}", page.text);
    assert!(page.text.contains("<h1>Weiter bei Acme</h1>"), "{}", page.text);
    assert!(page.text.contains("<a class=\"primary\" href=\"https://shop.example\">Zu Acme</a>"));
    assert!(!page.text.contains("<script") && !page.text.contains("<bank-relink"), "{}", page.text);
    let odd = ask(&app, "/?locale=de&locale=fr&utm=%ff", &[("accept-language", "es")]).await;
    assert!(odd.status == 200 && odd.text.contains("<html lang=\"es\""), "{}", odd.text);
    let wished = ask(&app, "/?locale=ar", &[("accept-language", "de")]).await;
    assert!(wished.text.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", wished.text);
}

#[tokio::test]
async fn the_way_to_the_merchant_is_the_first_of_its_addresses_that_is_known() {
    let (back, own, help) =
        ("https://back.example", "https://own.example", "mailto:help@shop.example?subject=a&b");
    for (back, own, help, expected) in [
        (Some(back), Some(own), Some(help), "href=\"https://back.example\">Go to Acme</a>"),
        (None, Some(own), Some(help), "href=\"https://own.example/\">Go to Acme</a>"),
        (
            None,
            None,
            Some(help),
            "href=\"mailto:help@shop.example?subject=a&amp;b\">help@shop.example?subject=a&amp;b</a>",
        ),
        (None, None, None, "<p>Sign in to Acme to see and reconnect your bank accounts there.</p></main>"),
    ] {
        let some = |text: Option<&str>| text.map(str::to_owned);
        let requests = RequestOptions { return_origins: some(back), ..RequestOptions::default() };
        let app = TestApp::with(|options| Options {
            requests,
            origins: some(own),
            help_url: some(help),
            ..options
        });
        let page = app.await.get("/", "").await;
        assert!(page.text.contains(expected), "{expected}: {}", page.text);
    }
}

#[tokio::test]
async fn pages_of_the_merchants_learn_whether_the_own_page_is_a_way_out() {
    for (app, expected) in [
        (with_token_url("/account/bank-token").await, true),
        (with_token_url("https://shop.example/bank").await, true),
        (TestApp::start().await, false),
    ] {
        let script = ask(&app, "/own-page.js", &[("origin", "https://shop.example")]).await;
        assert_eq!(script.text, format!("export const works = {expected};\n"));
        assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(script.headers["access-control-allow-origin"], "*");
        assert_eq!(script.headers["cross-origin-resource-policy"], "cross-origin");
        let overview = app.get("/api/accounts", &token("cus_1")).await;
        assert_eq!(overview.json()["own_page"], json!(expected));
    }
}

#[tokio::test]
async fn the_page_of_a_link_asks_at_a_path_and_never_at_another_origin() {
    for (url, expected) in [
        ("/account/bank-token", "data-token-url=\"/account/bank-token\""),
        ("https://shop.example/bank", "data-token-url=\"\""),
    ] {
        let page = with_token_url(url).await.get("/r", "").await;
        assert!(page.text.contains(expected), "{}", page.text);
    }
}
