use super::*;

const SHOP: OtherSettings<'_> = OtherSettings {
    mode: Mode::Test,
    listen: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4280),
    behind_tls_proxy: false,
    public_url: None,
};

#[expect(clippy::unnecessary_wraps, reason = "every setting is optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn decided(options: NetworkOptions) -> Result<NetworkSettings, ConfigError> {
    decide(options, SHOP)
}

fn trusts(list: &str, ip: &str) -> bool {
    let options = NetworkOptions { trusted_proxies: some(list), ..NetworkOptions::default() };
    decided(options).unwrap().trusted_proxies.trusts(ip.parse().unwrap())
}

#[test]
fn without_settings_the_documented_defaults_hold() {
    let settings = decided(NetworkOptions { keep_alive: some(" "), ..NetworkOptions::default() }).unwrap();
    assert_eq!((settings.max_connections, settings.max_connections_per_address), (12_000, 200));
    assert_eq!(settings.max_open_pages, 10_000);
    let timeouts = [settings.header_timeout, settings.keep_alive, settings.write_timeout];
    assert_eq!(timeouts.map(|timeout| timeout.as_secs()), [10, 75, 30]);
    assert_eq!([settings.shutdown_delay, settings.drain_timeout].map(|timeout| timeout.as_secs()), [5, 20]);
    assert!(!settings.trusted_proxies.trusts("127.0.0.1".parse().unwrap()));
    assert_eq!(settings.management_listen, None);
    assert_eq!(settings.hsts, Hsts::Host);
    assert!(!settings.needs_true_address);
}

#[test]
fn the_sandbox_stops_without_a_delay() {
    let around = OtherSettings { mode: Mode::Sandbox, ..SHOP };
    assert_eq!(decide(NetworkOptions::default(), around).unwrap().shutdown_delay, Duration::ZERO);
}

#[test]
fn a_true_address_is_needed_with_live_keys_or_an_https_address() {
    let [https, http] =
        ["https://relink.shop.example", "http://127.0.0.1:4280"].map(|url| Url::parse(url).unwrap());
    for (around, expected) in [
        (OtherSettings { mode: Mode::Live, ..SHOP }, true),
        (OtherSettings { public_url: Some(&https), ..SHOP }, true),
        (OtherSettings { public_url: Some(&http), ..SHOP }, false),
    ] {
        assert_eq!(decide(NetworkOptions::default(), around).unwrap().needs_true_address, expected);
    }
}

#[test]
fn proxies_are_addresses_networks_or_all_private_ones() {
    assert!(trusts("10.0.0.5, 2001:db8::/32", "10.0.0.5"));
    assert!(!trusts("10.0.0.5, 2001:db8::/32", "10.0.0.6"));
    assert!(trusts("10.0.0.5, 2001:db8::/32", "2001:db8::7"));
    assert!(trusts("::ffff:10.0.0.5", "10.0.0.5"));
    for ip in ["127.0.0.1", "::1", "10.1.2.3", "100.64.0.1", "fd00::1"] {
        assert!(trusts("private", ip), "{ip}");
    }
    assert!(!trusts("private", "203.0.113.7"));
    // As wide as the widest private networks.
    assert!(trusts("10.0.0.0/8,fc00::/7", "10.255.0.1"));
    assert!(trusts("10.0.0.0/8,fc00::/7", "fdff::1"));
}

#[test]
fn the_flag_alone_trusts_private_peers_and_is_replaced_by_a_list() {
    let behind = OtherSettings { behind_tls_proxy: true, ..SHOP };
    let with = |trusted_proxies| {
        let options = NetworkOptions { trusted_proxies, ..NetworkOptions::default() };
        decide(options, behind).unwrap().trusted_proxies
    };
    assert!(with(None).trusts("10.0.0.1".parse().unwrap()));
    assert!(!with(None).trusts("203.0.113.7".parse().unwrap()));
    assert!(!with(some("203.0.113.7")).trusts("10.0.0.1".parse().unwrap()));
}

#[test]
fn settings_that_contradict_are_refused() {
    use ConfigError as C;
    let default = NetworkOptions::default;
    let number = |name, least, most| C::Number { name, least, most };
    for (options, expected) in [
        (NetworkOptions { trusted_proxies: some("proxy.internal"), ..default() }, C::TrustedProxies),
        (NetworkOptions { trusted_proxies: some(","), ..default() }, C::TrustedProxies),
        (NetworkOptions { trusted_proxies: some("10.0.0.1,0.0.0.0/0"), ..default() }, C::TrustsEveryone),
        (NetworkOptions { trusted_proxies: some("::/0"), ..default() }, C::TrustsEveryone),
        (NetworkOptions { trusted_proxies: some("0.0.0.0/1,128.0.0.0/1"), ..default() }, C::TrustsEveryone),
        (NetworkOptions { trusted_proxies: some("10.0.0.0/7"), ..default() }, C::TrustsEveryone),
        (NetworkOptions { trusted_proxies: some("fc00::/6"), ..default() }, C::TrustsEveryone),
        (NetworkOptions { management_listen: some("9000"), ..default() }, C::ManagementListen),
        (
            NetworkOptions { management_listen: some("127.0.0.1:4280"), ..default() },
            C::ManagementListenIsTaken,
        ),
        (NetworkOptions { hsts: some("all"), ..default() }, C::Hsts),
        (
            NetworkOptions { max_connections: some("10"), max_open_pages: some("10"), ..default() },
            C::OpenPages,
        ),
        (NetworkOptions { keep_alive: some("0"), ..default() }, number("RELINK_KEEP_ALIVE", 1, 3_600)),
        (
            NetworkOptions { shutdown_delay: some("-1"), ..default() },
            number("RELINK_SHUTDOWN_DELAY", 0, 3_600),
        ),
        (
            NetworkOptions { max_connections: some("many"), ..default() },
            number("RELINK_MAX_CONNECTIONS", 1, 1_000_000),
        ),
    ] {
        assert_eq!(decided(options).unwrap_err(), expected);
    }
}

#[test]
fn connections_fit_into_the_files_that_the_system_allows() {
    let mut settings = decided(NetworkOptions::default()).unwrap();
    assert!(!settings.limit_to_files(settings.files_needed()));
    assert_eq!(settings.max_connections, 12_000);
    assert!(settings.limit_to_files(4_096));
    assert_eq!((settings.max_connections, settings.max_open_pages), (3_840, 3_200));
    assert!(settings.limit_to_files(100));
    assert_eq!((settings.max_connections, settings.max_open_pages), (50, 41));
}
