//! `cargo xtask screens`: pictures of every screen.

use anyhow::Result;

use crate::front_end::Quality;
use crate::journeys::{Engine, Stage};
use crate::project::Project;
use crate::run::{self};

/// Take a picture of every screen: light and dark, 320 and 900 pixels wide.
///
/// Walks past every screen in Chromium, and puts the pictures into target/screens, with one page that shows
/// them all, index.html, and a picture of that page, sheet.png. Without a language the walk is in English, once
/// with lines that run from the left, and once from the right. Installs what `cargo xtask test` does for
/// its journeys in Chromium.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The reader's language, such as ar
    #[arg(long, value_name = "L")]
    locale: Option<String>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let stage = Stage::build(project, Quality::Demo)?;
    let folder = project.target.join("screens");
    let mut command = project.cargo("run", &["--quiet", "--package=relink-e2e", "--example=screens", "--"]);
    command.arg(&folder).args(&args.locale);
    stage.set(project, Engine::Chromium, &mut command)?;
    run::run(&mut command)?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}
