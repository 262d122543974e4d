//! `deploy/add-merchant.sh` and `deploy/relink@.service`: a server for each of several merchants on one machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string, write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use relink_server::decide;

use crate::database::postgres;
use crate::deploy::{TOKEN_KEY, UNIT, options, settings_of, with_secrets};
use crate::tls_proxies::write_certificate;

const TEMPLATE: &str = include_str!("../../../deploy/relink@.service");

/// Machine with the folders that the script writes to.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn etc(&self) -> PathBuf {
        self.0.path().join("relink")
    }

    fn nginx(&self) -> PathBuf {
        self.0.path().join("nginx")
    }

    /// Runs the script with these arguments. `postgres` is the URL of a role that may create databases.
    fn run(&self, arguments: [&str; 4], postgres: Option<&str>) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/add-merchant.sh");
        let mut command = Command::new("sh");
        command.arg(script).args(arguments);
        command.env("RELINK_ETC", self.etc()).env("RELINK_NGINX", self.nginx()).env_remove("RELINK_POSTGRES");
        command.envs(postgres.map(|url| ("RELINK_POSTGRES", url)));
        command.output().unwrap()
    }

    fn add(&self, name: &str, postgres: Option<&str>) -> BTreeMap<String, String> {
        let [url, origin] = ["relink.", ""].map(|host| format!("https://{host}{name}.example"));
        let output = self.run([name, &url, &origin, &format!("{name} & Söhne")], postgres);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.settings(name)
    }

    /// Returns the merchant's settings.
    fn settings(&self, name: &str) -> BTreeMap<String, String> {
        let file = read_to_string(self.etc().join(name).join("relink.env")).unwrap();
        let lines = file.lines().filter_map(|line| line.split_once('='));
        lines.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
    }
}

/// Returns the settings of a merchant's server, as systemd passes them: those of relink.env after those of the unit.
fn all_settings(machine: &Machine, name: &str) -> BTreeMap<String, String> {
    let mut settings = settings_of(&TEMPLATE.replace("%i", name));
    settings.extend(machine.settings(name));
    settings
}

#[test]
fn twenty_merchants_have_ports_files_and_settings_of_their_own_and_their_servers_start() {
    let machine = Machine::new();
    let names: Vec<String> = (1..=20).map(|number| format!("shop-{number}")).collect();
    let mut ports = BTreeSet::new();
    let mut databases = BTreeSet::new();
    for name in &names {
        machine.add(name, None);
        let mut settings = all_settings(&machine, name);
        ports.extend([settings["RELINK_LISTEN"].clone(), settings["RELINK_MANAGEMENT_LISTEN"].clone()]);
        databases.insert(settings["DATABASE_URL"].clone());
        assert_eq!(settings["RELINK_MERCHANT_NAME"], format!("{name} & Söhne"));
        // What the operator is told to fill in.
        settings.insert("STRIPE_PUBLISHABLE_KEY".to_owned(), "pk_test_1".to_owned());
        let secrets = machine.etc().join(name).join("secrets");
        let mut files: Vec<String> = read_dir(&secrets)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, ["stripe-key", "stripe-webhook", "token-key"]);
        let contents = [("stripe-key", "rk_test_1"), ("stripe-webhook", "whsec_1"), ("token-key", TOKEN_KEY)];
        with_secrets(&mut settings, "%d", &contents, &secrets);
        let mut options = options(&settings);
        options.read_secret_files().unwrap();
        decide(options).unwrap();
    }
    assert_eq!((ports.len(), databases.len()), (40, 20));
}

#[test]
fn nobody_else_reads_a_merchants_settings_and_secrets() {
    use std::os::unix::fs::PermissionsExt as _;
    let machine = Machine::new();
    machine.add("northwind", None);
    let folder = machine.etc().join("northwind");
    for (path, mode) in [("", 0o700), ("secrets", 0o700), ("relink.env", 0o600), ("secrets/token-key", 0o600)]
    {
        let permissions = folder.join(path).metadata().unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, mode, "{path}");
    }
}

#[tokio::test]
async fn a_merchants_role_reads_its_own_database_and_can_not_connect_to_anothers() {
    let Some(server) = postgres() else {
        eprintln!("NOT TESTED HERE: the script with PostgreSQL, which is not installed");
        return;
    };
    sqlx::any::install_default_drivers();
    let machine = Machine::new();
    // The PostgreSQL is shared with other tests.
    let id = uuid::Uuid::now_v7().simple().to_string();
    let [own, other] =
        ["a", "b"].map(|name| machine.add(&format!("{name}-{id}"), Some(server))["DATABASE_URL"].clone());
    let connect = async |url: &str| {
        use sqlx::Connection as _;
        sqlx::AnyConnection::connect(url).await
    };
    connect(&own).await.unwrap();
    let (login, _) = own.rsplit_once('/').unwrap();
    let (_, database) = other.rsplit_once('/').unwrap();
    let refused = connect(&format!("{login}/{database}")).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied for database"), "{refused}");
}

#[test]
fn what_is_written_is_never_overwritten_and_unusable_arguments_are_named() {
    let machine = Machine::new();
    let before = machine.add("northwind", None);
    let good = ["northwind", "https://relink.northwind.example", "https://northwind.example", "Northwind"];
    for (place, argument, expected) in [
        (0, "northwind", "exists"),
        (0, "../northwind", "a name has small letters"),
        (0, "", "a name has small letters"),
        (1, "http://relink.northwind.example", "begins with https://"),
        (1, "https://northwind.example/relink", "ends after the host name"),
        (1, "https://northwind.example;", "a host name in small letters"),
        (2, "northwind.example", "the shop's origin begins with https://"),
        (2, "https://northwind.example\nRELINK_API_KEY=x", "nothing but a host name and a port"),
        (3, "North\"wind", "a character that settings can't have"),
        (3, "North\nwind", "a character that settings can't have"),
    ] {
        let mut arguments = if place == 0 { good } else { ["other", good[1], good[2], good[3]] };
        arguments[place] = argument;
        let output = machine.run(arguments, None);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(expected), "{argument}: {said}");
    }
    assert_eq!(machine.settings("northwind"), before);
    assert_eq!(read_dir(machine.etc()).unwrap().count(), 1, "nothing is written for what is refused");
}

/// Runs only where nginx is installed.
#[test]
fn nginx_takes_the_files_of_all_merchants_together() {
    let nginx = Path::new("/usr/sbin/nginx");
    if !nginx.exists() {
        eprintln!("NOT TESTED HERE: nginx, because it is not installed (apt-get install nginx)");
        return;
    }
    let machine = Machine::new();
    let folder = machine.0.path().display().to_string();
    let made = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    write_certificate(machine.0.path(), made.cert.der(), &made.signing_key.serialize_der());
    for name in ["northwind", "southwind", "eastwind"] {
        let settings = machine.add(name, None);
        let file = machine.nginx().join(format!("relink-{name}.conf"));
        let config = read_to_string(&file).unwrap();
        assert!(config.contains(&format!("server {};", settings["RELINK_LISTEN"])), "{config}");
        assert!(config.contains(&format!("server_name relink.{name}.example;")), "{config}");
        let config = config
            .replace(&format!("/etc/ssl/private/relink.{name}.example.key"), &format!("{folder}/key.pem"));
        let config =
            config.replace(&format!("/etc/ssl/relink.{name}.example.pem"), &format!("{folder}/chain.pem"));
        write(file, config).unwrap();
    }
    let main = machine.0.path().join("nginx.conf");
    let include = format!("access_log off; include {folder}/nginx/relink-*.conf;");
    write(&main, format!("pid {folder}/pid; events {{}}\nhttp {{ {include} }}\n")).unwrap();
    let mut command = Command::new(nginx);
    let output =
        command.arg("-t").arg("-e").arg(machine.0.path().join("log")).arg("-c").arg(main).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_template_is_the_unit_with_places_of_the_merchants_own() {
    let service = |text: &str| text.split_once("[Unit]").unwrap().1.to_owned();
    let mut expected = service(UNIT);
    for (one, each) in [
        ("Description=Relink:", "Description=Relink for %i:"),
        ("/etc/relink/", "/etc/relink/%i/"),
        ("/var/lib/relink/", "/var/lib/relink/%i/"),
        ("StateDirectory=relink\n", "StateDirectory=relink/%i\n"),
        // In relink.env.
        ("Environment=RELINK_LISTEN=127.0.0.1:4280\n", ""),
        ("Environment=RELINK_MANAGEMENT_LISTEN=127.0.0.1:4290\n", ""),
    ] {
        assert!(expected.contains(one), "{one}");
        expected = expected.replace(one, each);
    }
    assert_eq!(service(TEMPLATE), expected);
}
