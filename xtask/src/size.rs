//! `cargo xtask size`: how much the browser fetches up to the first screen.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::project::Project;
use crate::{build, compress, page, project};

/// What everything up to the first screen may weigh, in bytes after brotli.
const FIRST_SCREEN_BUDGET: u64 = 45_000;

/// What others make the browser fetch for the same, measured in the same way.
const PEERS: [(&str, u64); 2] = [("React with one Plaid button", 61_954), ("MX's widget", 442_721)];

/// Measure what the browser fetches up to the first screen.
///
/// Builds the front end for release, then weighs index.html and every file of ours that it or its
/// style sheets name: raw, gzip -9 and brotli -q 11. Ends with an error above the budget. A file that
/// only a script asks for is not seen. Installs what `cargo xtask build
/// --release` does.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Write the same figures to FILE, for programs
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    build::front_end(project, true)?;
    let files = first_screen(&project.dist())?
        .into_iter()
        .map(|file| {
            let weight = weigh(&fs::read(project.dist().join(&file))?)?;
            Ok((file, weight))
        })
        .collect::<Result<Vec<_>>>()?;
    let total = sum(&files);
    print!("{}", table(&files, total));
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&figures(&files, total))?;
        fs::write(file, text + "\n").with_context(|| format!("could not write {}", file.display()))?;
    }
    let over = total.brotli.saturating_sub(FIRST_SCREEN_BUDGET);
    ensure!(over == 0, "the first screen is {over} bytes over its budget of {FIRST_SCREEN_BUDGET}");
    Ok(())
}

/// `index.html` and everything of ours that it needs, as paths in `dist`.
fn first_screen(dist: &Path) -> Result<Vec<String>> {
    let mut files = vec!["index.html".to_owned()];
    files.extend(page::files_of_html(&project::read(&dist.join("index.html"))?));
    for file in files.clone() {
        if Path::new(&file).extension().is_some_and(|extension| extension == "css") {
            let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            for found in page::files_of_css(&project::read(&dist.join(&file))?) {
                let found = format!("{folder}{found}");
                if !files.contains(&found) {
                    files.push(found);
                }
            }
        }
    }
    for file in &files {
        ensure!(dist.join(file).is_file(), "the page asks for {file}, which is not in dist/");
    }
    Ok(files)
}

fn weigh(plain: &[u8]) -> Result<Weight> {
    let length = |bytes: &[u8]| u64::try_from(bytes.len());
    Ok(Weight {
        raw: length(plain)?,
        gzip: length(&compress::gzip(plain)?)?,
        brotli: length(&compress::brotli(plain)?)?,
    })
}

fn sum(files: &[(String, Weight)]) -> Weight {
    files.iter().fold(Weight::default(), |sum, (_, weight)| Weight {
        raw: sum.raw + weight.raw,
        gzip: sum.gzip + weight.gzip,
        brotli: sum.brotli + weight.brotli,
    })
}

fn table(files: &[(String, Weight)], total: Weight) -> String {
    let mut text =
        format!("{:<44}{:>12}{:>12}{:>12}\n", "bytes up to the first screen", "raw", "gzip", "brotli");
    let named = files.iter().map(|(file, weight)| (file.as_str(), *weight));
    for (name, weight) in named.chain([("total", total)]) {
        let (raw, gzip, brotli) = (grouped(weight.raw), grouped(weight.gzip), grouped(weight.brotli));
        // Writing to a String can't fail.
        let _ok = writeln!(text, "{name:<44}{raw:>12}{gzip:>12}{brotli:>12}");
    }
    for (name, brotli) in std::iter::once(("budget", FIRST_SCREEN_BUDGET)).chain(PEERS) {
        let _ok = writeln!(text, "{name:<68}{:>12}", grouped(brotli));
    }
    text
}

fn figures(files: &[(String, Weight)], total: Weight) -> Value {
    let row = |name: &str, weight: Weight| json!({ "file": name, "raw": weight.raw, "gzip": weight.gzip, "brotli": weight.brotli });
    json!({
        "files": files.iter().map(|(name, weight)| row(name, *weight)).collect::<Vec<_>>(),
        "total": { "raw": total.raw, "gzip": total.gzip, "brotli": total.brotli },
        "budget": FIRST_SCREEN_BUDGET,
        "within_budget": total.brotli <= FIRST_SCREEN_BUDGET,
        "peers": PEERS.map(|(name, brotli)| json!({ "name": name, "brotli": brotli })),
    })
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1000), number % 1000),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FIRST_SCREEN_BUDGET, Weight, figures, first_screen, grouped, sum, table};

    #[test]
    fn the_first_screen_is_the_page_its_files_and_those_of_its_style_sheets() {
        let dist = tempfile::tempdir().unwrap();
        fs::create_dir(dist.path().join("s")).unwrap();
        for (file, text) in [
            ("index.html", r#"<link href="/s/a.css"><script src="/boot.js"></script>"#),
            ("s/a.css", "a{background:url(b.svg)}"),
            ("s/b.svg", ""),
            ("boot.js", ""),
            ("later.js", ""),
        ] {
            fs::write(dist.path().join(file), text).unwrap();
        }
        assert_eq!(first_screen(dist.path()).unwrap(), ["index.html", "s/a.css", "boot.js", "s/b.svg"]);
        fs::remove_file(dist.path().join("boot.js")).unwrap();
        let error = first_screen(dist.path()).unwrap_err();
        assert_eq!(error.to_string(), "the page asks for boot.js, which is not in dist/");
    }

    #[test]
    fn the_total_is_what_is_compared_with_the_budget() {
        let half = FIRST_SCREEN_BUDGET / 2;
        let weight = |brotli| Weight { raw: 9, gzip: 5, brotli };
        let within = [("a".to_owned(), weight(half)), ("b".to_owned(), weight(half))];
        assert_eq!(figures(&within, sum(&within))["within_budget"], true);
        let above = [("a".to_owned(), weight(half)), ("b".to_owned(), weight(half + 1))];
        assert_eq!(figures(&above, sum(&above))["within_budget"], false);
    }

    #[test]
    fn the_table_shows_each_file_the_total_and_the_peers() {
        let files = [("boot.js".to_owned(), Weight { raw: 1500, gzip: 700, brotli: 650 })];
        let table = table(&files, sum(&files));
        assert!(
            table
                .contains("boot.js                                            1,500         700         650")
        );
        assert!(table.contains("total  ") && table.contains(" 45,000\n") && table.contains(" 442,721\n"));
    }

    #[test]
    fn digits_are_grouped_in_threes() {
        assert_eq!([0, 999, 1000, 1_234_056].map(grouped), ["0", "999", "1,000", "1,234,056"]);
    }
}
