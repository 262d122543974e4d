//! Frame of the pages that this server hosts: the merchant's logo or name above, and below it how to check that the page
//! is the merchant's, and where to get help.

use maud::{DOCTYPE, Markup, html};

use super::brand;
use crate::config::settings::Config;
use crate::domain::language::Language;
use crate::domain::texts;

/// Page with a title in a language.
#[derive(Debug)]
pub(super) struct HostedPage<'a> {
    pub(super) config: &'a Config,
    pub(super) language: Language,
    pub(super) title: &'a str,
}

impl HostedPage<'_> {
    /// Renders the page. `main` is the whole `<main>` element, `script` the path of a module.
    pub(super) fn render(&self, main: &Markup, script: Option<&str>) -> Markup {
        let Self { config, language, title } = *self;
        let base = config.requests.base_path();
        html! {
            (DOCTYPE)
            html lang=(language.code()) dir=(texts::direction(language)) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (title) " · " (config.merchant_name) }
                    link rel="icon" href={ (base) (brand::icon_of(config)) };
                    link rel="stylesheet" href={ (base) "/r.css" };
                    @if let Some(script) = script { script type="module" src={ (base) (script) } {} }
                }
                body {
                    (header(config))
                    (main)
                    (footer(config, language))
                }
            }
        }
    }

    /// Renders the page with one card: a heading, a paragraph, and what follows them.
    pub(super) fn card(&self, body: &str, rest: &Markup) -> Markup {
        let main = html! {
            main.card {
                h1 { (self.title) }
                p { (body) }
                (rest)
            }
        };
        self.render(&main, None)
    }
}

/// Renders the merchant's logo, or the icon and the name.
pub(super) fn header(config: &Config) -> Markup {
    let base = config.requests.base_path();
    html! {
        header.merchant {
            @if config.requests.logo.is_some() {
                img.logo src={ (base) (brand::LOGO) } alt=(config.merchant_name);
            } @else {
                img src={ (base) (brand::ICON) } alt="" width="32" height="32";
                bdi { (config.merchant_name) }
            }
        }
    }
}

/// Renders what tells this page from a forged one, and the merchant's help. That nobody sees the bank password stands where the
/// customer is about to sign in to the bank.
pub(super) fn footer(config: &Config, language: Language) -> Markup {
    let merchant = config.merchant_name.as_str();
    let address = config.requests.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    html! {
        footer.about {
            @if let Some(address) = &address { p { (texts::page_address(language, address)) } }
            @if let Some(help) = &config.help_url { p { a href=(help) { (texts::page_help(language, merchant)) } } }
        }
    }
}

/// Renders a link to the merchant as a button. An email address is shown as the label.
pub(super) fn way_to_merchant(language: Language, merchant: &str, address: &str) -> Markup {
    let label =
        address.strip_prefix("mailto:").map_or_else(|| texts::over_go(language, merchant), str::to_owned);
    html! { a.primary href=(address) { (label) } }
}

/// Returns where a customer can go on: the first return origin, otherwise the first origin with the element, otherwise
/// the help address.
pub(super) fn merchant_address(config: &Config) -> Option<String> {
    let origin = config.requests.return_origins.first().cloned();
    let origin = origin.or_else(|| config.origins.first().map(ToString::to_string));
    origin.or_else(|| config.help_url.clone())
}
