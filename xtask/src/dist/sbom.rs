//! Software bill of materials (SBOM): lists all dependencies in a CycloneDX document.

use serde_json::{Map, Value, json};

use super::dependencies::{Dependencies, Package};

/// Returns the dependencies as a CycloneDX 1.6 document.
pub(super) fn document(dependencies: &Dependencies) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": { "type": "application", "bom-ref": "relink", "name": "relink", "version": version },
        },
        "components": dependencies.0.iter().map(component).collect::<Value>(),
        "dependencies": [
            { "ref": "relink", "dependsOn": dependencies.0.iter().map(purl).collect::<Value>() },
        ],
    })
}

fn component(package: &Package) -> Value {
    let fields = [
        ("type", "library"),
        ("bom-ref", &purl(package)),
        ("name", &package.name),
        ("version", &package.version),
        ("purl", &purl(package)),
    ];
    let mut fields: Map<String, Value> =
        fields.map(|(name, value)| (name.to_owned(), Value::from(value))).into_iter().collect();
    if !package.licence.is_empty() {
        fields.insert("licenses".to_owned(), json!([{ "expression": package.licence }]));
    }
    if let Some(checksum) = &package.checksum {
        let hashes = json!([{ "alg": "SHA-256", "content": checksum }]);
        fields.insert("hashes".to_owned(), hashes);
    }
    Value::Object(fields)
}

/// Returns the package URL (purl), by which vulnerability scanners identify the package.
fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::dependencies::{Dependencies, Package};
    use super::document;

    #[test]
    fn each_package_has_its_address_licence_and_checksum() {
        let package = Package {
            name: "zstd-sys".to_owned(),
            version: "2.0.16+zstd.1.5.7".to_owned(),
            licence: "MIT OR Apache-2.0".to_owned(),
            authors: Vec::new(),
            folder: "/src".into(),
            checksum: Some("ab".to_owned()),
        };
        let sbom = document(&Dependencies(BTreeSet::from([package])));
        let component = &sbom["components"][0];
        assert_eq!(component["purl"], "pkg:cargo/zstd-sys@2.0.16%2Bzstd.1.5.7");
        assert_eq!(component["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(component["hashes"][0]["content"], "ab");
        assert_eq!(sbom["dependencies"][0]["dependsOn"][0], component["bom-ref"]);
    }
}
