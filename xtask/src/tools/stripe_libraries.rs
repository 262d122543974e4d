//! Stripe's client libraries for Go, PHP and Ruby, and the programs that run them and the recipe for Java.
//!
//! Not every network has the registries of these languages. Where one is out of reach, its library is left out, in words.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::stripe_clients::{WHY, fingerprint};
use crate::command;
use crate::progress::print_progress;
use crate::project::Project;
use crate::tools::{Recipe, debian, python};

/// Version of the library for Ruby.
const RUBY_VERSION: &str = "19.5.0";
/// Time in which a registry must accept a connection.
const PATIENCE: Duration = Duration::from_secs(3);

/// Program of a language, and the packages of Debian that have it.
struct Language {
    name: &'static str,
    program: &'static str,
    packages: &'static [&'static str],
}

const JAVA: Language = Language { name: "Java", program: "javac", packages: &["default-jdk-headless"] };
const PHP: Language = Language {
    name: "PHP",
    program: "composer",
    packages: &["php-cli", "php-curl", "php-mbstring", "composer"],
};
const RUBY: Language = Language { name: "Ruby", program: "ruby", packages: &["ruby"] };

/// Go, with the folder of the modules that it may use.
pub(crate) struct Go {
    pub(crate) program: PathBuf,
    pub(crate) modules: PathBuf,
}

/// Returns Go at the version in `requirements.txt` of `folder`, and the modules in `go.sum`; `None` if they are left out.
pub(crate) fn go(project: &Project, folder: &Path) -> Result<Option<Go>> {
    let version = fingerprint(&folder.join("go.sum"))?;
    let install = |home: &Path| {
        let modules = home.join("modules");
        // Go is installed below, before its modules.
        let mut download = Command::new(go_program(project, folder)?);
        download.current_dir(folder).args(["mod", "download"]);
        download.env("GOMODCACHE", modules).env("GOFLAGS", "-modcacherw").env("GOTOOLCHAIN", "local");
        command::run(&mut download)
    };
    let required_files = ["modules/cache/download/github.com/stripe/stripe-go/v86/@v/list"];
    let recipe = recipe("stripe-go", &version, &required_files, &install);
    if !is_obtainable(project, &recipe, "Go", &["proxy.golang.org"]) {
        return Ok(None);
    }
    let program = go_program(project, folder)?;
    let modules = project.tools.ensure_installed(&recipe)?.join("modules");
    Ok(Some(Go { program, modules }))
}

/// Returns Go, which is in a package of Python. The package's script names the folder in which it was installed first.
fn go_program(project: &Project, folder: &Path) -> Result<PathBuf> {
    let python = python::environment(project, folder, "go", WHY)?;
    let mut ask = Command::new(python);
    ask.args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
    Ok(Path::new(command::capture(&mut ask)?.trim()).join("go/bin/go"))
}

/// Returns the folder into which Composer installed the packages in `composer.json` of `folder`; `None` if they are left
/// out.
pub(crate) fn php(project: &Project, folder: &Path) -> Result<Option<PathBuf>> {
    let version = fingerprint(&folder.join("composer.json"))?;
    let install = |home: &Path| {
        std::fs::copy(folder.join("composer.json"), home.join("composer.json"))?;
        let mut composer = Command::new("composer");
        composer.args(["install", "--no-interaction", "--no-plugins", "--no-scripts", "--working-dir"]);
        command::run(composer.arg(home).env("COMPOSER_ALLOW_SUPERUSER", "1"))
    };
    let recipe = recipe("stripe-php", &version, &["vendor/autoload.php"], &install);
    if !is_obtainable(project, &recipe, "PHP", &["repo.packagist.org", "api.github.com"])
        || !PHP.ensure_installed(project)?
    {
        return Ok(None);
    }
    Ok(Some(project.tools.ensure_installed(&recipe)?.join("vendor")))
}

/// Returns the folder of gems, for `GEM_HOME`; `None` if it is left out.
pub(crate) fn ruby(project: &Project) -> Result<Option<PathBuf>> {
    let install = |home: &Path| {
        let mut gem = Command::new("gem");
        gem.args(["install", "stripe", "--version", RUBY_VERSION, "--no-document", "--install-dir"]);
        command::run(gem.arg(home))
    };
    let required_file = format!("gems/stripe-{RUBY_VERSION}/lib/stripe.rb");
    let required_files = [required_file.as_str()];
    let recipe = recipe("stripe-ruby", RUBY_VERSION, &required_files, &install);
    if !is_obtainable(project, &recipe, "Ruby", &["rubygems.org"]) || !RUBY.ensure_installed(project)? {
        return Ok(None);
    }
    Ok(Some(project.tools.ensure_installed(&recipe)?))
}

/// Returns true if Java is there, for the recipe that needs no library.
pub(crate) fn java(project: &Project) -> Result<bool> {
    JAVA.ensure_installed(project)
}

fn recipe<'a>(
    name: &'a str,
    version: &'a str,
    required_files: &'a [&'a str],
    install: &'a dyn Fn(&Path) -> Result<()>,
) -> Recipe<'a> {
    Recipe { name, version, purpose: WHY, required_files, install }
}

/// Returns true if the library is installed, or if all of the hosts that have it accept connections. Otherwise prints that
/// it is left out.
fn is_obtainable(project: &Project, recipe: &Recipe<'_>, language: &str, hosts: &[&str]) -> bool {
    if project.tools.has(recipe) {
        return true;
    }
    let unreachable = hosts.iter().find(|host| !accepts_connections(host));
    if let Some(host) = unreachable {
        print_progress(format!(
            "Left out: Stripe's library for {language}, because {host} can't be reached."
        ));
    }
    unreachable.is_none()
}

fn accepts_connections(host: &str) -> bool {
    let Ok(addresses) = (host, 443).to_socket_addrs() else { return false };
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

impl Language {
    /// Returns true if the program is there, after an attempt to install it as root on Debian. Otherwise, also where the
    /// installation fails, prints that the language is left out: other tests can do without it.
    fn ensure_installed(&self, project: &Project) -> Result<bool> {
        if command::find(self.program).is_none() {
            let _lock = project.tools.lock()?;
            if let Err(error) = debian::install(self.packages, &format!("{}: {WHY}", self.name)) {
                print_progress(format!("{error:#}"));
            }
        }
        let is_there = command::find(self.program).is_some();
        if !is_there {
            let (name, program, install) = (self.name, self.program, debian::command(self.packages));
            print_progress(format!(
                "Left out: {name}, because {program} is missing. To install it:\n  {install}"
            ));
        }
        Ok(is_there)
    }
}

#[cfg(test)]
mod tests {
    use super::accepts_connections;

    #[test]
    fn a_host_that_no_name_server_knows_accepts_no_connections() {
        assert!(!accepts_connections("registry.invalid"));
    }
}
