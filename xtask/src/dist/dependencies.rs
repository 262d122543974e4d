//! Published packages that are compiled into the released programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command;
use crate::project::{self, Project};

/// Released programs with their targets; `None` is this machine's.
const SHIPPED: [(&str, Option<&str>); 3] =
    [("relink-server", None), ("relink-sandbox", None), ("relink", Some("wasm32-unknown-unknown"))];

/// Published package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// SPDX expression, or empty.
    pub(super) licence: String,
    pub(super) authors: Vec<String>,
    /// Folder of its source.
    pub(super) folder: PathBuf,
    /// SHA-256 of the published file, in hexadecimal digits.
    pub(super) checksum: Option<String>,
}

/// All published packages, sorted, each once.
#[derive(Debug)]
pub(super) struct Dependencies(pub(super) BTreeSet<Package>);

impl Dependencies {
    /// Reads the packages that are compiled into the released programs. Procedural macros and their dependencies count,
    /// dependencies of build scripts and tests do not.
    pub(super) fn read(project: &Project) -> Result<Self> {
        let lock = project::read(&project.root.join("Cargo.lock"))?;
        let host = host(&command::capture(project.command("rustc").arg("-vV"))?)?;
        let mut all = BTreeSet::new();
        for (name, target) in SHIPPED {
            let mut cargo = project.cargo("metadata", &["--format-version=1", "--filter-platform"]);
            let metadata = command::capture(cargo.arg(target.unwrap_or(&host)))?;
            let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata wrote no JSON")?;
            all.extend(published(&metadata, name, &checksums(&lock))?);
        }
        Ok(Self(all))
    }
}

/// Parses this machine's target triple from the output of `rustc -vV`.
fn host(said: &str) -> Result<String> {
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// Returns the published packages that are compiled into the program of the package `name`.
fn published(
    metadata: &Value,
    name: &str,
    checksums: &BTreeMap<(String, String), String>,
) -> Result<Vec<Package>> {
    let packages = list(metadata, "/packages");
    let by_id: BTreeMap<&str, &Value> =
        packages.iter().filter_map(|package| Some((text(package, "id")?, package))).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(metadata, "/resolve/nodes").iter().filter_map(|node| Some((text(node, "id")?, node))).collect();
    let is_root = |package: &&Value| text(package, "name") == Some(name) && package["source"].is_null();
    let root = packages.iter().find(is_root).and_then(|package| text(package, "id"));
    let mut waiting =
        vec![root.with_context(|| format!("cargo metadata lists no workspace package {name}"))?];
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            waiting.extend(nodes.get(id).into_iter().flat_map(|node| normal_dependencies(node)));
        }
    }
    let found =
        seen.into_iter().filter_map(|id| by_id.get(id)).filter(|package| !package["source"].is_null());
    found.map(|package| read(package, checksums)).collect()
}

/// Returns the normal dependencies, that is, not those of build scripts or tests.
fn normal_dependencies(node: &Value) -> impl Iterator<Item = &str> {
    let is_normal =
        |dependency: &&Value| list(dependency, "/dep_kinds").iter().any(|kind| kind["kind"].is_null());
    list(node, "/deps").iter().filter(is_normal).filter_map(|dependency| text(dependency, "pkg"))
}

fn read(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Package> {
    let field = |key: &str| text(package, key).map(str::to_owned);
    let (name, version) =
        (field("name").context("a package has no name")?, field("version").context("no version")?);
    let manifest = PathBuf::from(field("manifest_path").context("no manifest_path")?);
    let authors = list(package, "/authors").iter().filter_map(Value::as_str).map(str::to_owned);
    Ok(Package {
        licence: field("license").unwrap_or_default().replace('/', " OR "),
        authors: authors.collect(),
        folder: manifest.parent().context("a manifest has a folder")?.to_owned(),
        checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
        name,
        version,
    })
}

/// Parses the checksums in `Cargo.lock`, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |entry: &str, key: &str| {
        let line = entry.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        Some(line?.trim_end_matches('"').to_owned())
    };
    let entry = |entry| Some(((value(entry, "name")?, value(entry, "version")?), value(entry, "checksum")?));
    lock.split("[[package]]").filter_map(entry).collect()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{checksums, host, published};

    #[test]
    fn excludes_build_and_dev_dependencies() {
        let package = |name: &str, source: Option<&str>| {
            json!({
                "id": name, "name": name, "version": "1.0.0", "source": source, "license": "MIT/Apache-2.0",
                "authors": ["Ann"], "manifest_path": format!("/src/{name}/Cargo.toml"),
            })
        };
        let dependency =
            |name: &str, kind: Option<&str>| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [package("ours", None), package("lib", Some("r")), package("deep", Some("r")),
                package("cc", Some("r")), package("test", Some("r"))],
            "resolve": { "nodes": [
                { "id": "ours", "deps": [dependency("lib", None), dependency("test", Some("dev"))] },
                { "id": "lib", "deps": [dependency("deep", None), dependency("cc", Some("build"))] },
            ] },
        });
        let sums = BTreeMap::from([(("lib".to_owned(), "1.0.0".to_owned()), "ab".to_owned())]);
        let found = published(&metadata, "ours", &sums).unwrap();
        let names: Vec<_> = found.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["deep", "lib"]);
        assert_eq!(found[1].checksum.as_deref(), Some("ab"));
        assert_eq!(found[1].licence, "MIT OR Apache-2.0");
        assert!(published(&metadata, "other", &sums).is_err());
    }

    #[test]
    fn the_lock_file_has_the_checksums_of_published_packages() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"cd\"\n";
        let key = ("b".to_owned(), "2.0.0".to_owned());
        assert_eq!(checksums(lock), BTreeMap::from([(key, "cd".to_owned())]));
    }

    #[test]
    fn the_host_is_what_rustc_says() {
        assert_eq!(
            host("rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\n").unwrap(),
            "x86_64-unknown-linux-gnu"
        );
    }
}
