//! `cargo xtask screens`: screenshots of every screen.

use anyhow::Result;

use crate::command;
use crate::front_end::BuildMode;
use crate::journeys::{Engine, TestEnv};
use crate::project::Project;

/// Take screenshots of every screen: light and dark, at 320, 390, 768 and 1280 pixels.
///
/// Visits the customer's page and that of a link, the console with a month of made-up history, the emails, and
/// the sandbox in Chromium, and writes the screenshots to target/screens, with a page that shows them all
/// (index.html). Without --locale, the screens are in English, from left to right and from right to left; pages
/// of the console and emails are in Arabic instead of turned. Prints the path of index.html.
///
/// Installs the same tools as `cargo xtask test --only journeys`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Language of the screens, such as ar.
    #[arg(long, value_name = "L")]
    locale: Option<String>,
    /// Take one group: page, console, emails or sandbox. Can be repeated; the others stay as they are.
    #[arg(long, value_name = "GROUP", value_parser = ["page", "console", "emails", "sandbox"])]
    only: Vec<String>,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let env = TestEnv::build(project, BuildMode::Demo)?;
    let folder = project.target.join("screens");
    let mut command = project.cargo("run", &["--quiet", "--package=relink-e2e", "--example=screens", "--"]);
    command.arg(&folder);
    if let Some(locale) = &args.locale {
        command.args(["--locale", locale]);
    }
    for group in &args.only {
        command.args(["--only", group]);
    }
    env.set_variables(project, Engine::Chromium, &mut command)?;
    command::run(&mut command)?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}
