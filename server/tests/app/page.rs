//! The built page.

use axum::http::Request;

use crate::support::{INDEX, TestApp};

#[tokio::test]
async fn the_page_is_asked_for_every_time_and_its_hashed_files_once() {
    let app = TestApp::start().await;
    app.file("relink-0123456789abcdef_bg.wasm", b"plain");
    app.file("relink-0123456789abcdef_bg.wasm.br", b"brotli");
    let page = app.get("/", "").await;
    assert_eq!(page.text, INDEX);
    assert_eq!(page.headers["cache-control"], "no-cache");
    assert!(page.headers.contains_key("etag") && page.headers.contains_key("last-modified"));
    let wasm = app.get("/relink-0123456789abcdef_bg.wasm", "").await;
    assert_eq!(wasm.text, "plain");
    assert_eq!(wasm.headers["content-type"], "application/wasm");
    assert_eq!(wasm.headers["cache-control"], "public, max-age=31536000, immutable");
    let request = Request::get("/relink-0123456789abcdef_bg.wasm").header("accept-encoding", "gzip, br");
    let packed = app.send(request.body(String::new().into()).unwrap()).await;
    assert_eq!(
        (packed.text.as_str(), &packed.headers["content-encoding"]),
        ("brotli", &"br".parse().unwrap())
    );
    assert_eq!(packed.headers["content-type"], "application/wasm");
    assert!(packed.headers["vary"].to_str().unwrap().contains("accept-encoding"));
}

#[tokio::test]
async fn the_later_part_of_the_program_is_kept_for_good_and_its_absence_is_not() {
    let app = TestApp::start().await;
    let name = "relink-later-0123456789abcdef.wasm";
    let missing = app.get(&format!("/{name}"), "").await;
    assert_eq!(
        (missing.status.as_u16(), &missing.headers["cache-control"]),
        (404, &"no-store".parse().unwrap())
    );
    app.file(name, b"later");
    let later = app.get(&format!("/{name}"), "").await;
    assert_eq!(later.text, "later");
    assert_eq!(later.headers["content-type"], "application/wasm");
    assert_eq!(later.headers["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn a_page_that_the_browser_has_is_not_sent_again() {
    let app = TestApp::start().await;
    let etag = app.get("/", "").await.headers["etag"].clone();
    let request = Request::get("/").header("if-none-match", etag).body(String::new().into()).unwrap();
    let answer = app.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (304, ""));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_nothing_outside_the_folder_is_served() {
    let app = TestApp::start().await;
    for path in [
        "/accounts",
        "/relink-0123456789abcdef.js",
        "/../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
    ] {
        let answer = app.get(path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(answer.text, "There is nothing here.\n");
    }
}

#[tokio::test]
async fn without_a_built_page_the_server_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let options = crate::support::shop("http://127.0.0.1:1", folder.path());
    let error = relink_server::App::open(crate::support::config(options)).await.unwrap_err().to_string();
    assert!(error.ends_with("; run cargo xtask build"), "{error}");
}
