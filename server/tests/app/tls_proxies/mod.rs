//! The server behind nginx, HAProxy and Caddy with the configurations of `deploy/`.

mod client;
mod program;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;

pub(crate) use self::client::Client;
pub(crate) use self::program::{Place, Program, Upstream, repository, write_certificate};
use self::program::{Proxy, deployed};
use crate::database::Database;
use crate::process::Process;
use crate::support::{API_KEY, WEBHOOK_SECRET, token};
use crate::webhooks::{event, signature};

const CUSTOMER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Address of a server that can't be reached: nobody listens on port 9, "discard".
const DEAD: Option<&str> = Some("127.0.0.1:9");
/// Address that a client claims to have.
const FORGED: &str = "203.0.113.9";

/// Server with a proxy in front.
struct Site {
    proxy: Proxy,
    _server: Process,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn start(program: Program) -> Option<Self> {
        Self::with(program, "60s", DEAD).await
    }

    /// Starts both, with the shop at `/` and the server below `/relink/`.
    async fn behind_a_path(program: Program, shop: SocketAddr) -> Option<Self> {
        Self::at(Place::Path { shop }, program, "60s", DEAD).await
    }

    /// Starts both, with this timeout of the proxy's and the address of a second server; without one, the server is
    /// there twice. Returns `None` if the program is not installed.
    async fn with(program: Program, timeout: &str, second: Option<&str>) -> Option<Self> {
        Self::at(Place::Host, program, timeout, second).await
    }

    async fn at(place: Place, program: Program, timeout: &str, second: Option<&str>) -> Option<Self> {
        program.path()?;
        let folder = tempfile::tempdir().unwrap();
        let database = Database::start(folder.path()).await;
        let mut server = Process::start_with(
            &database.url,
            "",
            &[
                ("RELINK_PUBLIC_URL", &place.public_url()),
                ("RELINK_TRUSTED_PROXIES", "127.0.0.1"),
                ("RELINK_API_KEY", API_KEY),
                ("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:0"),
            ],
        )
        .await;
        let management = server.management_url().await;
        let (_, management_port) = management.rsplit_once(':').unwrap();
        let address = server.url.trim_start_matches("http://");
        let upstream = Upstream { place, addresses: [address, second.unwrap_or(address)], management_port };
        let proxy = program.start(&upstream, timeout)?;
        Some(Self { proxy, _server: server, _folder: folder })
    }

    async fn customer(&self) -> Client {
        Client::connect(&self.proxy, CUSTOMER).await
    }
}

/// Returns the next piece of a stream of events, or `None` at its end.
async fn next_event(stream: &mut Incoming) -> Option<String> {
    let next = async {
        let frame = stream.frame().await?.expect("the stream is cut off");
        Some(String::from_utf8_lossy(&frame.into_data().unwrap()).into_owned())
    };
    tokio::time::timeout(Duration::from_secs(40), next).await.expect("nothing arrives")
}

async fn an_open_page_hears_at_once_and_stays_open_longer_than_the_proxys_timeout(program: Program) {
    // Of the server's comments, one every 15 s, the second arrives after this.
    let Some(site) = Site::with(program, "20s", DEAD).await else { return };
    let authorization = format!("Bearer {}", token("cus_1"));
    let headers = [("authorization", &*authorization), ("last-event-id", "an older version")];
    let mut client = site.customer().await;
    let response = client.send("GET", "/api/changes", &headers, "").await;
    assert_eq!(response.status(), 200, "{}", site.proxy.log());
    let mut stream = response.into_body();
    // A proxy that gathers responses would hold this back until the stream ends.
    let first = next_event(&mut stream).await.unwrap();
    assert!(first.contains("event: accounts"), "{first}");
    for _ in 0..2 {
        assert_eq!(next_event(&mut stream).await.as_deref(), Some(": still here\n\n"));
    }
}

async fn the_customers_address_is_recorded_and_can_not_be_forged(program: Program) {
    let Some(site) = Site::start(program).await else { return };
    let chain = format!("{FORGED}, 127.0.0.1");
    let element = format!("for={FORGED}");
    let attempts: [&[(&str, &str)]; 4] = [
        &[],
        &[("x-forwarded-for", FORGED)],
        &[("x-forwarded-for", FORGED), ("x-forwarded-for", &chain)],
        &[("forwarded", &element), ("x-real-ip", FORGED)],
    ];
    for (n, headers) in attempts.into_iter().enumerate() {
        let mut client = site.customer().await;
        client.get("/api/connections", API_KEY, headers).await;
        let trail = client.get("/api/audit?limit=100", API_KEY, headers).await;
        let entries = trail["data"].as_array().unwrap();
        assert_eq!(entries.len(), n + 1, "{trail}");
        assert!(
            entries.iter().all(|entry| entry["ip_address"] == CUSTOMER.to_string()),
            "{headers:?}: {trail}"
        );
    }
}

async fn what_is_too_large_gets_an_answer_and_the_largest_event_passes(program: Program) {
    // Caddy sends a body once only, so it needs a server that can be reached.
    let Some(site) = Site::with(program, "60s", None).await else { return };
    let mut client = site.customer().await;
    for (path, size, expected) in [
        ("/api/sessions", 17 * 1024, 413),
        ("/webhooks/stripe", 63 * 1024, 200),
        ("/webhooks/stripe", 65 * 1024, 413),
        ("/webhooks/stripe", 200 * 1024, 413),
    ] {
        let mut event = event(&format!("evt_{size}"), "fca_1");
        event["padding"] = "x".repeat(size).into();
        let body = event.to_string();
        let authorization = format!("Bearer {}", token("cus_1"));
        let headers = [
            ("authorization", &*authorization),
            ("content-type", "application/json"),
            ("stripe-signature", &signature(WEBHOOK_SECRET, body.as_bytes(), 0)),
        ];
        let response = client.send("POST", path, &headers, body).await;
        assert_eq!(response.status(), expected, "{size} bytes to {path}: {}", site.proxy.log());
    }
}

async fn headers_pass_a_dead_server_costs_nothing_and_plain_http_is_sent_to_tls(program: Program) {
    let Some(site) = Site::start(program).await else { return };
    let mut client = site.customer().await;
    for _ in 0..20 {
        let response = client.send("GET", "/", &[], "").await;
        assert_eq!(response.status(), 200);
        for header in ["strict-transport-security", "content-security-policy", "cross-origin-opener-policy"] {
            assert!(response.headers().contains_key(header), "{header}");
        }
    }
    let secret = "a-secret-of-a-customer";
    assert_eq!(client.send("GET", &format!("/u/{secret}"), &[], "").await.status(), 404);
    let logs = [site.proxy.log(), site.proxy.access_log()].concat();
    assert!(!logs.contains(secret), "{logs}");
    let plain = redirect(&format!("http://127.0.0.1:{}/u/x?y=1", site.proxy.plain_port)).await;
    assert!(plain.starts_with("https://relink.shop.example") && plain.ends_with("/u/x?y=1"), "{plain}");
}

async fn behind_a_path_the_shop_stays_and_the_server_answers_below_it(program: Program) {
    let shop = wiremock::MockServer::start().await;
    let page = wiremock::ResponseTemplate::new(200).set_body_string("the shop");
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(page).mount(&shop).await;
    let Some(site) = Site::behind_a_path(program, *shop.address()).await else { return };
    let mut client = site.customer().await;
    for path in ["/", "/relinks", "/api/accounts", "/console"] {
        let response = client.send("GET", path, &[], "").await;
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "the shop", "{path}");
    }
    let response = client.send("GET", "/relink/", &[], "").await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(response.status() == 200 && policy.ends_with("report-uri /relink/reports"), "{policy}");
    let response = client.send("GET", "/relink", &[], "").await;
    let location = response.headers()["location"].to_str().unwrap();
    assert!(response.status().is_redirection() && location.ends_with("/relink/"), "{location}");
    let trail = client.get("/relink/api/audit", API_KEY, &[("x-forwarded-for", FORGED)]).await;
    assert!(trail["data"].is_array(), "{trail}");
    let secret = "a-secret-of-a-customer";
    assert_eq!(client.send("GET", &format!("/relink/u/{secret}"), &[], "").await.status(), 404);
    let logs = [site.proxy.log(), site.proxy.access_log()].concat();
    assert!(!logs.contains(secret), "{logs}");
    for path in ["/relink/console", "/relink/console/sign-in"] {
        assert_eq!(client.send("GET", path, &[], "").await.status(), 403, "customers come from elsewhere");
    }
}

/// Returns where this address redirects a browser to that knows the host name.
async fn redirect(url: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let response = client.build().unwrap().get(url).header("host", Place::Host.host()).send().await.unwrap();
    assert!(response.status().is_redirection(), "{}", response.status());
    response.headers()["location"].to_str().unwrap().to_owned()
}

macro_rules! behind {
    ($($module:ident: $program:expr => [$($test:ident),+])+) => {$(
        mod $module {
            use super::Program;

            $(
                #[tokio::test]
                async fn $test() {
                    super::$test($program).await;
                }
            )+
        }
    )+};
}

behind! {
    nginx: Program::Nginx => [
        an_open_page_hears_at_once_and_stays_open_longer_than_the_proxys_timeout,
        the_customers_address_is_recorded_and_can_not_be_forged,
        what_is_too_large_gets_an_answer_and_the_largest_event_passes,
        headers_pass_a_dead_server_costs_nothing_and_plain_http_is_sent_to_tls,
        behind_a_path_the_shop_stays_and_the_server_answers_below_it
    ]
    haproxy: Program::HaProxy => [
        an_open_page_hears_at_once_and_stays_open_longer_than_the_proxys_timeout,
        the_customers_address_is_recorded_and_can_not_be_forged,
        what_is_too_large_gets_an_answer_and_the_largest_event_passes,
        headers_pass_a_dead_server_costs_nothing_and_plain_http_is_sent_to_tls,
        behind_a_path_the_shop_stays_and_the_server_answers_below_it
    ]
    caddy: Program::Caddy => [
        an_open_page_hears_at_once_and_stays_open_longer_than_the_proxys_timeout,
        the_customers_address_is_recorded_and_can_not_be_forged,
        what_is_too_large_gets_an_answer_and_the_largest_event_passes,
        headers_pass_a_dead_server_costs_nothing_and_plain_http_is_sent_to_tls,
        behind_a_path_the_shop_stays_and_the_server_answers_below_it
    ]
}

/// Returns the code block of the manual with this info string.
fn quoted(language: &str) -> String {
    let manual = std::fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let (_, block) = manual.split_once(&format!("```{language}\n")).expect("there is such a block");
    block.split_once("```").expect("it ends").0.to_owned()
}

#[test]
fn the_manual_quotes_the_configurations_as_they_are() {
    for (language, file) in [("nginx", "nginx.conf"), ("haproxy", "haproxy.cfg"), ("caddyfile", "Caddyfile")]
    {
        let (block, file_text) = (quoted(language), deployed(file));
        assert!(block.lines().count() > 5 && file_text.contains(&block), "{file} has no\n{block}");
    }
}
