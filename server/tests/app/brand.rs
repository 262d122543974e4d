//! The merchant's logo, name and help on the pages that the server hosts.

use relink_server::{Options, RequestOptions};

use crate::support::TestApp;

const LOGO: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

/// Starts a server with a public address, a help address, and the settings of `change`.
async fn with_brand(change: impl FnOnce(&mut RequestOptions)) -> TestApp {
    let public_url = Some("https://reconnect.northwind.example".to_owned());
    let mut requests = RequestOptions { public_url, ..RequestOptions::default() };
    change(&mut requests);
    let help_url = Some("https://northwind.example/help".to_owned());
    TestApp::with(|options| Options { requests, help_url, ..options }).await
}

#[tokio::test]
async fn every_hosted_page_says_whose_it_is_how_to_check_it_and_where_to_get_help() {
    let (element, way_out) = (
        with_brand(|requests| requests.token_url = Some("/token".to_owned())).await,
        with_brand(|_| ()).await,
    );
    element.file("index.html", include_bytes!("../../../index.html"));
    let element = element.another().await;
    for (app, path, status) in [
        (&way_out, "/r", 200),
        (&way_out, "/r/", 200),
        (&way_out, "/u/unknown", 404),
        (&way_out, "/", 200),
        (&element, "/", 200),
    ] {
        let page = app.get(path, "").await;
        assert_eq!(page.status, status, "{path}");
        for part in [
            "<img src=\"/brand/icon.svg\" alt=\"\" width=\"32\" height=\"32\"><bdi>Acme</bdi>",
            "<link rel=\"icon\" href=\"/brand/icon.svg\">",
            "begins with https://reconnect.northwind.example.",
            "<a href=\"https://northwind.example/help\">Get help from Acme</a>",
        ] {
            assert!(page.text.contains(part), "{path} lacks {part}: {}", page.text);
        }
        assert!(
            !page.text.contains("bank password"),
            "{path}: the card says so, where the customer signs in"
        );
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("img-src 'self'"), "{path}: {policy}");
    }
    assert!(element.get("/", "").await.text.contains("<link rel=\"stylesheet\" href=\"/brand.css\">"));
}

#[tokio::test]
async fn a_logo_replaces_icon_and_name_and_can_run_nothing() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), LOGO).unwrap();
    let app = with_brand(|requests| requests.merchant_logo = Some(file.path().to_owned())).await;
    let page = app.get("/r", "").await.text;
    assert!(page.contains("<img class=\"logo\" src=\"/brand/logo\" alt=\"Acme\">"), "{page}");
    assert!(page.contains("<link rel=\"icon\" href=\"/brand/logo\">"), "{page}");
    let logo = app.get("/brand/logo", "").await;
    assert_eq!((logo.status.as_u16(), logo.text.as_bytes()), (200, LOGO));
    assert_eq!(logo.headers["content-type"], "image/svg+xml");
    assert_eq!(
        logo.headers["content-security-policy"],
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    );
    assert!(logo.headers.contains_key("etag"), "a browser asks whether it has changed");
}

#[tokio::test]
async fn without_a_logo_there_is_an_icon_in_the_merchants_colour() {
    let app = with_brand(|requests| requests.merchant_color = Some("#a8201a".to_owned())).await;
    assert_eq!(app.get("/brand/logo", "").await.status, 404);
    let icon = app.get("/brand/icon.svg", "").await;
    assert_eq!(icon.headers["content-type"], "image/svg+xml");
    assert!(icon.text.contains("fill=\"#a8201a\"") && icon.text.contains(">A</text>"), "{}", icon.text);
    for styles in ["/r.css", "/brand.css"] {
        assert!(app.get(styles, "").await.text.contains("--relink-accent: #a8201a"), "{styles}");
    }
}

#[tokio::test]
async fn a_link_whose_hash_was_encoded_leads_to_the_link_and_its_secret_to_no_log() {
    let app = with_brand(|_| ()).await;
    let secret = format!("canary{}", "A".repeat(37));
    for (path, location) in [
        (format!("/r%23{secret}"), format!("/r#{secret}")),
        (format!("/r%23{secret}."), format!("/r#{secret}")),
        (format!("/r%23{}", "ä"), "/r".to_owned()),
        ("/r%23short".to_owned(), "/r".to_owned()),
    ] {
        let answer = app.get(&path, "").await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.headers["location"], location.as_str(), "{path}");
    }
    assert!(!app.log().contains("canary"), "{}", app.log());
}
