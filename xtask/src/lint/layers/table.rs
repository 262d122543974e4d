//! Tables of layers: `| crate | layer | modules | may use |`, the upper layers of a crate first, and
//! `| crate | modules | may not use |`, dependencies that modules must do without.

use anyhow::{Result, ensure};

const HEADER: &str = "| crate | layer | modules | may use |";

const PURE_HEADER: &str = "| crate | modules | may not use |";

/// Row of the table of layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer<'a> {
    /// Folder of the crate.
    pub(super) folder: &'a str,
    pub(super) name: &'a str,
    /// Top-level modules of the crate, among them `lib` or `main`.
    pub(super) modules: Vec<&'a str>,
    /// Layers that these modules may use, besides their own. A layer that names itself may have cycles.
    pub(super) may_use: Vec<&'a str>,
}

/// Parses the table. Fails if a layer may use one that is above it or does not exist.
pub(super) fn parse(text: &str) -> Result<Vec<Layer<'_>>> {
    let table = text.lines().skip_while(|line| *line != HEADER).skip(2);
    let mut layers: Vec<Layer<'_>> = Vec::new();
    for line in table.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [folder, name, modules, may_use] = *cells else {
            anyhow::bail!("the table of layers has a row without four cells: {line}")
        };
        layers.push(Layer {
            folder: folder.trim_matches('`'),
            name,
            modules: list(modules),
            may_use: list(may_use),
        });
    }
    ensure!(!layers.is_empty(), "there is no table of layers");
    for (place, layer) in layers.iter().enumerate() {
        for used in &layer.may_use {
            let below = layers.iter().skip(place);
            let mut below = below.filter(|below| below.folder == layer.folder);
            ensure!(
                below.any(|below| below.name == *used),
                "{} has no layer {used} below {}",
                layer.folder,
                layer.name
            );
        }
    }
    Ok(layers)
}

/// Row of the table of dependencies that modules must do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pure<'a> {
    /// Folder of the crate.
    pub(super) folder: &'a str,
    /// Top-level modules of the crate.
    pub(super) modules: Vec<&'a str>,
    /// Crates that these modules may not use.
    pub(super) may_not_use: Vec<&'a str>,
}

/// Parses the table of dependencies that modules must do without.
pub(super) fn parse_pure(text: &str) -> Result<Vec<Pure<'_>>> {
    let table = text.lines().skip_while(|line| *line != PURE_HEADER).skip(2);
    let mut rows = Vec::new();
    for line in table.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [folder, modules, may_not_use] = *cells else {
            anyhow::bail!("the table of dependencies has a row without three cells: {line}")
        };
        rows.push(Pure {
            folder: folder.trim_matches('`'),
            modules: list(modules),
            may_not_use: list(may_not_use),
        });
    }
    ensure!(!rows.is_empty(), "there is no table of dependencies");
    Ok(rows)
}

/// Splits a cell at commas. `—` is an empty list.
fn list(cell: &str) -> Vec<&str> {
    let words = cell.split(',').map(|word| word.trim().trim_matches('`'));
    words.filter(|word| !word.is_empty() && *word != "—").collect()
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Layer, PURE_HEADER, Pure, parse, parse_pure};

    #[test]
    fn each_row_is_a_layer() {
        let text = format!(
            "# Layers\n\n{HEADER}\n|---|---|---|---|\n| `e2e` | top | `lib`, `a` | base |\n| `e2e` | base | `b` | — |\n\nx"
        );
        let top = Layer { folder: "e2e", name: "top", modules: vec!["lib", "a"], may_use: vec!["base"] };
        let base = Layer { folder: "e2e", name: "base", modules: vec!["b"], may_use: Vec::new() };
        assert_eq!(parse(&text).unwrap(), [top, base]);
    }

    #[test]
    fn each_row_of_dependencies_names_modules_and_crates() {
        let text = format!("{PURE_HEADER}\n|---|---|---|\n| `server` | `domain` | `sqlx`, `clap` |\n");
        let expected = Pure { folder: "server", modules: vec!["domain"], may_not_use: vec!["sqlx", "clap"] };
        assert_eq!(parse_pure(&text).unwrap(), [expected]);
        assert!(parse_pure("no table").is_err());
    }

    #[test]
    fn a_layer_that_may_use_one_above_it_or_an_unknown_one_is_an_error() {
        let rows = |first: &str, second: &str| {
            format!(
                "{HEADER}\n|---|---|---|---|\n| `a` | top | `b` | {first} |\n| `a` | base | `c` | {second} |\n"
            )
        };
        assert!(parse(&rows("base", "—")).is_ok());
        for (first, second) in [("base", "top"), ("bas", "—")] {
            assert!(parse(&rows(first, second)).is_err(), "{first} {second}");
        }
        assert!(parse("no table").is_err());
    }
}
