//! nginx, HAProxy and Caddy with the configurations of `deploy/`, on free ports of this machine.

use std::fs::{read_to_string, write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use relink_test_kit::ReservedPort;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// Place of the server, for which there is a configuration of each program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// A host name of its own.
    Host,
    /// A path of the shop's host name; the shop is at this host and port.
    Path { shop: SocketAddr },
}

impl Place {
    /// Host name in the configurations.
    pub(crate) fn host(self) -> &'static str {
        match self {
            Self::Host => "relink.shop.example",
            Self::Path { .. } => "shop.example",
        }
    }

    pub(crate) fn public_url(self) -> String {
        match self {
            Self::Host => format!("https://{}", self.host()),
            Self::Path { .. } => format!("https://{}/relink/", self.host()),
        }
    }

    fn is_path(self) -> bool {
        matches!(self, Self::Path { .. })
    }
}

/// Program that terminates TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    Nginx,
    HaProxy,
    Caddy,
}

/// Running proxy, stopped on drop.
pub(crate) struct Proxy {
    child: Child,
    pub(crate) plain_port: u16,
    pub(crate) tls_port: u16,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) host: &'static str,
    folder: tempfile::TempDir,
    _ports: [ReservedPort; 2],
}

/// Place, host and port of two servers, and the port of their health checks.
pub(crate) struct Upstream<'a> {
    pub(crate) place: Place,
    pub(crate) addresses: [&'a str; 2],
    pub(crate) management_port: &'a str,
}

impl Program {
    /// Returns Debian's path of the program if it is installed; otherwise says so.
    pub(crate) fn path(self) -> Option<&'static Path> {
        let (path, package) = match self {
            Self::Nginx => ("/usr/sbin/nginx", "nginx"),
            Self::HaProxy => ("/usr/sbin/haproxy", "haproxy"),
            Self::Caddy => ("/usr/bin/caddy", "caddy"),
        };
        let path = Some(Path::new(path)).filter(|path| path.exists());
        if path.is_none() {
            eprintln!("NOT TESTED HERE: {self:?}, because it is not installed (apt-get install {package})");
        }
        path
    }

    /// Timeouts of idle connections in the configuration, which the tests shorten.
    fn timeouts(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["proxy_read_timeout 60s"],
            Self::HaProxy => &["timeout client 60s", "timeout server 60s"],
            // It has none for a connection with a request in progress.
            Self::Caddy => &[],
        }
    }

    /// Starts the program in front of these servers. Its timeouts are `timeout`.
    pub(crate) fn start(self, upstream: &Upstream<'_>, timeout: &str) -> Option<Proxy> {
        let program = self.path()?;
        let folder = tempfile::tempdir().unwrap();
        let ports = [(); 2].map(|()| ReservedPort::new().unwrap());
        let [plain_port, tls_port] = ports.each_ref().map(ReservedPort::port);
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([upstream.place.host().to_owned()]).unwrap();
        write_certificate(folder.path(), cert.der(), &signing_key.serialize_der());
        let mut config = self.config(upstream.place, folder.path(), plain_port, tls_port);
        if !matches!(self, Self::Nginx) {
            config = replaced(&config, "port 9280", &format!("port {}", upstream.management_port));
        }
        for (example, address) in ["10.0.0.11:4280", "10.0.0.12:4280"].into_iter().zip(upstream.addresses) {
            config = replaced(&config, example, address);
        }
        if let Place::Path { shop } = upstream.place {
            config = replaced(&config, "10.0.0.21:8080", &shop.to_string());
        }
        for setting in self.timeouts() {
            config = replaced(&config, setting, &setting.replace("60s", timeout));
        }
        let child = self.command(program, folder.path(), &config).spawn().unwrap();
        Some(Proxy {
            child,
            plain_port,
            tls_port,
            certificate: cert.der().clone(),
            host: upstream.place.host(),
            folder,
            _ports: ports,
        })
    }

    /// Returns the configuration with this machine's ports and the test's certificate.
    fn config(self, place: Place, folder: &Path, http: u16, https: u16) -> String {
        let host = place.host();
        // Only the configurations of a host name of its own redirect from plain HTTP.
        let ports: &[(&str, u16, &str)] = &[("443", https, " ssl http2"), ("80", http, "")];
        let ports = if place.is_path() { &ports[..1] } else { ports };
        let [chain, key, both] =
            ["chain.pem", "key.pem", "both.pem"].map(|file| folder.join(file).display().to_string());
        match self {
            Self::Nginx => {
                let mut config = deployed(if place.is_path() { "nginx-path.conf" } else { "nginx.conf" });
                for (port, own, more) in ports {
                    config = replaced(&config, &format!("    listen [::]:{port}{more};\n"), "");
                    config = replaced(
                        &config,
                        &format!("listen {port}{more};"),
                        &format!("listen 127.0.0.1:{own}{more};"),
                    );
                }
                config = replaced(&config, &format!("/etc/ssl/{host}.pem"), &chain);
                replaced(&config, &format!("/etc/ssl/private/{host}.key"), &key)
            }
            Self::HaProxy => {
                let mut config = deployed(if place.is_path() { "haproxy-path.cfg" } else { "haproxy.cfg" });
                for (port, own, _) in ports {
                    config =
                        replaced(&config, &format!("bind :::{port} v4v6"), &format!("bind 127.0.0.1:{own}"));
                }
                replaced(&config, &format!("/etc/haproxy/{host}.pem"), &both)
            }
            Self::Caddy => {
                let site = format!("{host} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n");
                let config = deployed(if place.is_path() { "Caddyfile-path" } else { "Caddyfile" });
                let config = replaced(&config, &format!("{host} {{\n"), &site);
                format!("{{\n\tadmin off\n\thttp_port {http}\n\thttps_port {https}\n}}\n{config}")
            }
        }
    }

    fn command(self, program: &Path, folder: &Path, config: &str) -> Command {
        let file = folder.join("relink.conf");
        write(&file, config).unwrap();
        let mut command = Command::new(program);
        match self {
            Self::Nginx => {
                let main = folder.join("nginx.conf");
                write(&main, nginx_main(folder)).unwrap();
                command.arg("-e").arg(folder.join("log")).arg("-c").arg(main);
            }
            Self::HaProxy => drop(command.arg("-db").arg("-f").arg(file)),
            Self::Caddy => {
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
                command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
            }
        }
        let log = std::fs::File::create(folder.join("output")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }
}

impl Proxy {
    /// Returns the output and the logs so far.
    pub(crate) fn log(&self) -> String {
        ["output", "log"]
            .map(|file| read_to_string(self.folder.path().join(file)).unwrap_or_default())
            .concat()
    }

    /// Returns the log of requests.
    pub(crate) fn access_log(&self) -> String {
        read_to_string(self.folder.path().join("access")).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Main file of nginx, in one process so that nothing is left when it is killed.
fn nginx_main(folder: &Path) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/{kind};"))
        .concat();
    format!(
        "daemon off; master_process off; user root; pid {folder}/pid; events {{}}\n\
         http {{ access_log {folder}/access; {temporary} include {folder}/relink.conf; }}\n"
    )
}

/// Writes a certificate and its key into the folder: `chain.pem`, `key.pem`, and `both.pem` with the two.
pub(crate) fn write_certificate(folder: &Path, certificate: &[u8], key: &[u8]) {
    let [certificate, key] = [pem("CERTIFICATE", certificate), pem("PRIVATE KEY", key)];
    write(folder.join("chain.pem"), &certificate).unwrap();
    write(folder.join("key.pem"), &key).unwrap();
    write(folder.join("both.pem"), [certificate, key].concat()).unwrap();
}

/// Encodes an object as PEM (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    let lines = BASE64_STANDARD.encode(der).into_bytes();
    let lines: Vec<String> =
        lines.chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
    let lines = lines.concat();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// Returns a file of `deploy/`.
pub(crate) fn deployed(file: &str) -> String {
    read_to_string(repository().join("deploy").join(file)).unwrap()
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "there is no {from:?} in {text}");
    text.replace(from, to)
}
