//! `cargo xtask dist`: builds the files of a release.

mod archive;
#[cfg(test)]
mod container_tests;
mod dependencies;
mod licences;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use self::dependencies::Dependencies;
use crate::build::{self, Programs};
use crate::front_end::Quality;
use crate::project::{Project, copy_folder};
use crate::run::say;

/// Build the files of a release.
///
/// Builds everything for release and writes into target/release-files, which is replaced:
///   relink-VERSION-OS-ARCH.tar.gz  the server with the embedded page, the sandbox, Relink's licences,
///                                  those of all dependencies (THIRD-PARTY.txt), and an SBOM in CycloneDX
///                                  format (sbom.cdx.json)
///   SHA256SUMS                     the archive's checksum
///   Containerfile                  builds a container image from the archive
///   compose.yaml                   runs that image with PostgreSQL, the sandbox and the demo shop
///   examples/                      the demo shop
/// Prints the paths of the first four. Installs the same tools as `cargo xtask build --release`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Folder to write to; it is deleted first [default: target/release-files]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Environment variable that tells the server's build script which page to embed.
const EMBED_PAGE: &str = "RELINK_EMBED_PAGE";
const LICENCES: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];
/// Files of `deploy/` that are copied next to the archive.
const BESIDE: [&str; 2] = ["Containerfile", "compose.yaml"];
/// Folders of the shop that `compose.yaml` runs.
const SHOP: [&str; 3] = ["examples/backend", "examples/merchant", "examples/themes"];

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let page = build::page(project, Quality::Release)?;
    let programs = build::programs_with(project, Quality::Release, &[(EMBED_PAGE, page.as_os_str())])?;
    let out = args.out.clone().unwrap_or_else(|| project.target.join("release-files"));
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out).with_context(|| format!("could not create {}", out.display()))?;
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("relink-{version}-{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let work = tempfile::tempdir()?;
    let folder = work.path().join(&name);
    fill(project, &folder, &programs)?;
    say("Packing …");
    let archive = archive::pack(&folder, &name, &out)?;
    for file in BESIDE {
        fs::copy(project.root.join("deploy").join(file), out.join(file))?;
    }
    for folder in SHOP {
        copy_folder(&project.root.join(folder), &out.join(folder), &[])?;
    }
    archive::write_sums(&out, &[&archive])?;
    for file in [archive.as_str(), archive::SUMS].iter().chain(&BESIDE) {
        println!("{}", out.join(file).display());
    }
    Ok(())
}

/// Copies everything that the archive contains into `folder`.
fn fill(project: &Project, folder: &Path, programs: &Programs) -> Result<()> {
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
    let sbom = serde_json::to_string_pretty(&sbom::of(&dependencies))?;
    Ok(fs::write(folder.join("sbom.cdx.json"), sbom + "\n")?)
}
