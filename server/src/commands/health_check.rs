//! `relink-server health`: asks the server on this machine if it is ready. For containers, which lack curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, ensure};

/// Shorter than the usual timeout of container health checks.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fails unless the server at `listen` responds to `/readyz` with 200.
pub(crate) async fn check(listen: SocketAddr) -> anyhow::Result<()> {
    let url = format!("http://{}/readyz", reachable(listen));
    let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
    let answer = client.get(&url).send().await.with_context(|| format!("no answer from {url}"))?;
    ensure!(answer.status().is_success(), "{url} answered {}", answer.status());
    Ok(())
}

/// Returns an address to connect to: the loopback for a server that listens on all addresses.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::{check, reachable};

    #[tokio::test]
    async fn a_server_is_healthy_only_while_it_says_that_it_is_ready() {
        let server = MockServer::start().await;
        for (status, healthy) in [(200, true), (503, false)] {
            server.reset().await;
            let answer = ResponseTemplate::new(status);
            Mock::given(path("/readyz")).respond_with(answer).mount(&server).await;
            assert_eq!(check(*server.address()).await.is_ok(), healthy, "{status}");
        }
        let address = *server.address();
        drop(server);
        check(address).await.unwrap_err();
    }

    #[test]
    fn a_server_that_listens_everywhere_is_reached_on_the_loopback() {
        for (listen, expected) in
            [("0.0.0.0:4280", "127.0.0.1:4280"), ("[::]:4280", "[::1]:4280"), ("10.0.0.7:80", "10.0.0.7:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), expected.parse().unwrap());
        }
    }
}
