//! The built page's files.

use axum::http::Request;

use relink_server::Options;

use crate::support::TestApp;

#[tokio::test]
async fn the_page_is_asked_for_every_time_and_its_hashed_files_once() {
    let app = TestApp::start().await;
    app.file("relink-0123456789abcdef_bg.wasm", b"plain");
    app.file("relink-0123456789abcdef_bg.wasm.br", b"brotli");
    let page = app.get("/", "").await;
    assert_eq!(page.headers["cache-control"], "no-cache");
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

/// As a container image or a reproducible archive has it: all files with one modification time.
#[tokio::test]
async fn after_an_upgrade_that_keeps_length_and_time_of_the_loader_browsers_get_the_new_one() {
    let app = TestApp::start().await;
    let install = |loader: &[u8]| {
        app.file("relink.js", loader);
        let file = std::fs::File::options().append(true).open(app.web_root.path().join("relink.js")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1)).unwrap();
    };
    let ask = async |tag: &str| {
        let request = Request::get("/relink.js").header("if-none-match", tag);
        app.send(
            request
                .header("if-modified-since", "Thu, 01 Jan 2037 00:00:00 GMT")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await
    };
    install(b"import('/relink-01234567.js')");
    let old = app.get("/relink.js", "").await;
    let old_tag = old.headers["etag"].to_str().unwrap();
    assert_eq!(
        (ask(old_tag).await.status, ask("\"other\"").await.status),
        (304.try_into().unwrap(), 200.try_into().unwrap())
    );
    install(b"import('/relink-89abcdef.js')");
    let new = ask(old_tag).await;
    assert_eq!((new.status, new.text.as_str()), (200.try_into().unwrap(), "import('/relink-89abcdef.js')"));
    let again = ask(new.headers["etag"].to_str().unwrap()).await;
    assert_eq!((again.status, again.text.as_str()), (304.try_into().unwrap(), ""));
    assert_eq!(again.headers["cache-control"], "no-cache");
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
async fn a_page_can_preload_the_program_under_a_name_that_stays_the_same() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/relink.wasm", "").await.status, 404);
    for (hash, program) in [("01234567", b"one"), ("89abcdef", b"two")] {
        let name = format!("relink-{hash}.wasm");
        app.file(&name, program);
        app.file("relink.js", format!(r#"export let files = {{ wasm: "{name}" }};"#).as_bytes());
        let answer = app.get("/relink.wasm", "").await;
        assert_eq!((answer.status.as_u16(), answer.text.as_bytes()), (200, &program[..]));
        // The loader compares this name, and another site's page may read it.
        assert_eq!(answer.headers["relink-file"], name);
        assert_eq!(answer.headers["access-control-expose-headers"], "x-request-id,retry-after,relink-file");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert_eq!(answer.headers["content-type"], "application/wasm");
        assert_eq!(answer.headers["cache-control"], "no-cache");
        let request = Request::get("/relink.wasm").header("if-none-match", &answer.headers["etag"]);
        let again = app.send(request.body(String::new().into()).unwrap()).await;
        assert_eq!(
            (again.status.as_u16(), &again.headers["relink-file"]),
            (304, &answer.headers["relink-file"])
        );
    }
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
    let error = relink_server::AppState::open(crate::support::config(options)).await.unwrap_err().to_string();
    assert!(error.ends_with("; run cargo xtask build"), "{error}");
}

#[tokio::test]
async fn every_page_may_load_the_files_and_only_the_merchants_own_may_ask_or_frame() {
    let shops = "https://shop.example, http://127.0.0.1:4282,https://shop.example";
    let app = TestApp::with(|options| Options { origins: Some(shops.to_owned()), ..options }).await;
    app.file("relink.js", b"export {};");
    app.file("frame.html", b"framed");
    let asked_by = async |path: &str, origin: &str| {
        let request = Request::get(path).header("origin", origin).body(String::new().into());
        app.send(request.unwrap()).await
    };
    for path in ["/", "/relink.js", "/frame"] {
        let file = asked_by(path, "https://stranger.example").await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.headers["access-control-allow-origin"], "*", "{path}");
        assert_eq!(file.headers["cross-origin-resource-policy"], "cross-origin", "{path}");
        let ancestors =
            if path == "/frame" { "https://shop.example http://127.0.0.1:4282" } else { "'none'" };
        let policy = file.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains(&format!("; frame-ancestors {ancestors};")), "{path}: {policy}");
    }
    for (origin, allowed) in [("https://shop.example", true), ("https://stranger.example", false)] {
        let answer = asked_by("/api/accounts", origin).await;
        assert_eq!(answer.problem().0, 401);
        let allow = answer.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(allow, allowed.then_some(origin));
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        assert!(answer.headers["vary"].to_str().unwrap().contains("origin"));
    }
}

#[tokio::test]
async fn the_merchants_own_pages_may_send_a_token_and_say_what_they_have_heard() {
    let app =
        TestApp::with(|options| Options { origins: Some("https://shop.example".to_owned()), ..options })
            .await;
    let preflight = Request::options("/api/changes")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization,last-event-id");
    let answer = app.send(preflight.body(String::new().into()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], "https://shop.example");
    assert_eq!(answer.headers["access-control-allow-methods"], "GET,POST,DELETE");
    assert_eq!(answer.headers["access-control-allow-headers"], "authorization,content-type,last-event-id");
    assert_eq!(answer.headers["access-control-max-age"], "7200");
}

#[tokio::test]
async fn a_language_that_the_page_does_not_speak_is_no_error() {
    let app = TestApp::start().await;
    let words = app.get("/words-0123456789abcdef/tlh-Latn.txt", "").await;
    assert_eq!((words.status.as_u16(), words.text.as_str()), (204, ""));
    assert_eq!(words.headers["cache-control"], "no-store");
    assert_eq!(words.headers["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn only_an_answer_that_holds_the_file_may_be_kept() {
    let app = TestApp::start().await;
    app.file("frame.html", b"framed");
    app.file("relink-0123456789abcdef.js", b"export {};");
    let ask = async |method: &str, path: &str, header: (&str, &str)| {
        let request = Request::builder().method(method).uri(path).header(header.0, header.1);
        app.send(request.body(String::new().into()).unwrap()).await
    };
    let none = ("accept", "*/*");
    for (method, path, header, status, kept) in [
        ("GET", "/relink-0123456789abcdef.js", none, 200, true),
        ("HEAD", "/relink-0123456789abcdef.js", none, 200, true),
        ("GET", "/relink-0123456789abcdef.js", ("range", "bytes=0-3"), 206, true),
        ("GET", "/relink-0123456789abcdef.js", ("range", "bytes=90-99"), 416, false),
        (
            "GET",
            "/relink-0123456789abcdef.js",
            ("if-unmodified-since", "Thu, 01 Jan 1970 00:00:01 GMT"),
            412,
            false,
        ),
        ("POST", "/relink-0123456789abcdef.js", none, 405, false),
        ("GET", "/relink-fedcba9876543210.js", none, 404, false),
        ("GET", "/words-fedcba9876543210/en-Latn.txt", none, 204, false),
        ("POST", "/words-fedcba9876543210/en-Latn.txt", none, 405, false),
        ("GET", "/console/0123456789ab.css", none, 404, false),
        ("GET", "/relink.js", none, 404, false),
        ("GET", "/", none, 200, false),
        ("POST", "/", none, 405, false),
        ("GET", "/own-page.js", none, 200, false),
        ("GET", "/opener.js", none, 200, false),
        ("GET", "/frame", none, 200, false),
        ("GET", "/r", none, 200, false),
        ("GET", "/r.js", none, 200, false),
        ("GET", "/r.css", none, 200, false),
        ("GET", "/api/nothing", none, 404, false),
        ("GET", "/v1/nothing", none, 404, false),
        ("GET", "/healthz", none, 200, false),
        ("GET", "/readyz", none, 200, false),
    ] {
        let answer = ask(method, path, header).await;
        assert_eq!(answer.status, status, "{method} {path} {header:?}");
        let policy = answer.headers.get("cache-control").map(|policy| policy.to_str().unwrap());
        let expected: &[&str] =
            if kept { &["public, max-age=31536000, immutable"] } else { &["no-cache", "no-store"] };
        assert!(
            policy.is_some_and(|policy| expected.contains(&policy)),
            "{method} {path} {header:?}: {policy:?}"
        );
    }
}
