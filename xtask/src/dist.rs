//! `cargo xtask dist`: builds the files of a release.

mod archive;
#[cfg(test)]
mod container_tests;
mod dependencies;
mod licences;
mod sbom;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use self::dependencies::Dependencies;
use crate::build::{self, Programs};
use crate::front_end::BuildMode;
use crate::package;
use crate::progress::print_progress;
use crate::project::{Project, copy_folder};

/// Build the files of a release.
///
/// Builds everything for release and writes into target/release-files, which is replaced:
///   relink-VERSION-OS-ARCH.tar.gz  the server with the embedded page, the sandbox, Relink's licences,
///                                  those of all dependencies (THIRD-PARTY.txt), and an SBOM in CycloneDX
///                                  format (sbom.cdx.json)
///   relink-web-VERSION.tgz         the npm package @relink/web
///   SHA256SUMS                     the checksums of both
///   Containerfile                  builds a container image from the archive
///   compose.yaml                   runs that image with PostgreSQL, the sandbox and the demo shop
///   relink.service                 systemd unit
///   relink@.service, add-merchant.sh  a server for each of several merchants
///   kubernetes.yaml                example for Kubernetes
///   nginx.conf, haproxy.cfg, Caddyfile  proxies in front of the server; …-path… behind a path of the shop
///   alerts.yaml, dashboard.json    alert rules for Prometheus, dashboard for Grafana
///   examples/                      the demo shop
/// Prints the paths of all but the last. Installs the same tools as `cargo xtask build --release` and `package`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Folder to write to; replaced if it has the files of a release [default: target/release-files]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Environment variable that tells the server's build script which page to embed.
const EMBED_PAGE: &str = "RELINK_EMBED_PAGE";
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];
/// Files of `deploy/` that are copied next to the archive.
const DEPLOY_FILES: [&str; 14] = [
    "Containerfile",
    "compose.yaml",
    "relink.service",
    "relink@.service",
    "add-merchant.sh",
    "kubernetes.yaml",
    "nginx.conf",
    "haproxy.cfg",
    "Caddyfile",
    "nginx-path.conf",
    "haproxy-path.cfg",
    "Caddyfile-path",
    "alerts.yaml",
    "dashboard.json",
];
/// Folders of the shop that `compose.yaml` runs.
const SHOP: [&str; 3] = ["examples/backend", "examples/merchant", "examples/themes"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if let Some(out) = &args.out {
        check_replaceable(out)?;
    }
    let page = build::page(project, BuildMode::Release)?;
    let programs = build::programs_with(project, BuildMode::Release, &[(EMBED_PAGE, page.as_os_str())])?;
    let out = args.out.clone().unwrap_or_else(|| project.target.join("release-files"));
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out).with_context(|| format!("could not create {}", out.display()))?;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("relink-{version}-{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let work = tempfile::tempdir()?;
    let folder = work.path().join(&name);
    collect(project, &folder, &programs)?;
    print_progress("Packing …");
    let archive = archive::pack(&folder, &name, &out)?;
    for file in DEPLOY_FILES {
        fs::copy(project.root.join("deploy").join(file), out.join(file))?;
    }
    for folder in SHOP {
        copy_folder(&project.root.join(folder), &out.join(folder), &[])?;
    }
    let packed = package::build(project)?;
    let package = packed.file_name().and_then(OsStr::to_str).context("the package has no name")?;
    fs::copy(&packed, out.join(package))?;
    archive::write_sums(&out, &[&archive, package])?;
    for file in [archive.as_str(), package, archive::SUMS].iter().chain(&DEPLOY_FILES) {
        println!("{}", out.join(file).display());
    }
    Ok(())
}

/// Fails if the folder exists, is not empty, and was not written by this command.
fn check_replaceable(out: &Path) -> Result<()> {
    let is_empty = || fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    if !out.exists() || out.join(archive::SUMS).is_file() || is_empty() {
        return Ok(());
    }
    bail!(
        "{} exists and is not a release (it has no {}): delete it, or choose another folder with --out",
        out.display(),
        archive::SUMS
    )
}

/// Copies everything that the archive contains into `folder`.
fn collect(project: &Project, folder: &Path, programs: &Programs) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (program, name) in [(&programs.server, "relink-server"), (&programs.sandbox, "relink-sandbox")] {
        fs::copy(program, folder.join(name))
            .with_context(|| format!("could not copy {}", program.display()))?;
    }
    for file in LICENCES {
        fs::copy(project.root.join(file), folder.join(file))?;
    }
    let dependencies = Dependencies::read(project)?;
    fs::write(folder.join("THIRD-PARTY.txt"), licences::text(&dependencies)?)?;
    let sbom = serde_json::to_string_pretty(&sbom::document(&dependencies))?;
    Ok(fs::write(folder.join("sbom.cdx.json"), sbom + "\n")?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{DEPLOY_FILES, archive, check_replaceable};

    #[test]
    fn a_release_has_every_file_for_deploying() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = names.collect();
        assert_eq!(files, DEPLOY_FILES.map(str::to_owned).into());
    }

    #[test]
    fn a_folder_that_is_not_a_release_is_not_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        check_replaceable(&out).unwrap();
        fs::create_dir(&out).unwrap();
        check_replaceable(&out).unwrap();
        fs::write(out.join("thesis.txt"), "").unwrap();
        let error = check_replaceable(&out).unwrap_err().to_string();
        assert!(error.contains("is not a release (it has no SHA256SUMS)"), "{error}");
        fs::write(out.join(archive::SUMS), "").unwrap();
        check_replaceable(&out).unwrap();
    }

    #[test]
    fn a_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(check_replaceable(&file).is_err());
    }
}
