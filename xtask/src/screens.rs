//! `cargo xtask screens`: screenshots of every screen.

use anyhow::Result;

use crate::command;
use crate::front_end::BuildMode;
use crate::journeys::{Engine, TestEnv};
use crate::project::Project;

/// Take screenshots of every screen: light and dark, 320 and 900 pixels wide.
///
/// Visits every screen in Chromium and writes the screenshots to target/screens, with a page that shows
/// them all (index.html) and a screenshot of that page (sheet.png). Without --locale, the screens are in
/// English, once from left to right and once from right to left. Prints the path of index.html.
///
/// Installs the same tools as `cargo xtask test --only journeys`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Language of the screens, such as ar.
    #[arg(long, value_name = "L")]
    locale: Option<String>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let env = TestEnv::build(project, BuildMode::Demo)?;
    let folder = project.target.join("screens");
    let mut command = project.cargo("run", &["--quiet", "--package=relink-e2e", "--example=screens", "--"]);
    command.arg(&folder).args(&args.locale);
    env.set_variables(project, Engine::Chromium, &mut command)?;
    command::run(&mut command)?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}
