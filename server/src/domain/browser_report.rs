//! Reports of browsers that a content security policy has kept something from a page with the element: `report-uri` of
//! CSP 2, and the Reporting API.

use serde::Deserialize;
use strum::{EnumString, IntoStaticStr, VariantArray};
use url::Url;

/// Most reports of one request that count. Browsers collect a few.
const MOST: usize = 20;

/// Something that a policy has blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BrowserReport {
    pub(crate) directive: Directive,
    pub(crate) blocked: Blocked,
}

/// Directive that does not allow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum Directive {
    ScriptSrc,
    StyleSrc,
    ConnectSrc,
    FrameSrc,
    ImgSrc,
    FontSrc,
    RequireTrustedTypesFor,
    #[default]
    #[strum(serialize = "other")]
    Other,
}

/// Owner of what was blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Blocked {
    /// Stripe, or the sandbox in its place.
    Stripe,
    /// This server.
    Relink,
    /// Code or styles in the page itself, `eval`, and WebAssembly.
    Inline,
    Other,
}

/// Cause for which an element did not load, as its script reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum LoadFailure {
    FileMissing,
    Internal,
    Offline,
    OldBrowser,
    PolicyBlocked,
    Unreachable,
    UntrustedAttribute,
    WasmBlocked,
    WrongType,
}

/// Reads what an element sends that did not load: the word for the cause. Anything else is none: anyone may send here.
pub(crate) fn load_failure(body: &[u8]) -> Option<LoadFailure> {
    std::str::from_utf8(body).ok()?.parse().ok()
}

/// Origins by which the owner is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origins<'a> {
    /// Address of Stripe.js.
    pub(crate) js: &'a Url,
    /// Public address of this server, which ends with a slash.
    pub(crate) own: Option<&'a Url>,
}

/// Body of `report-uri`.
#[derive(Deserialize)]
struct Legacy {
    #[serde(rename = "csp-report")]
    report: LegacyReport,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct LegacyReport {
    #[serde(default)]
    blocked_uri: String,
    /// Absent in old browsers, whose `violated-directive` has the sources behind the name.
    effective_directive: Option<String>,
    #[serde(default)]
    violated_directive: String,
}

/// One report of the Reporting API.
#[derive(Deserialize)]
struct Report {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    body: ReportBody,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReportBody {
    #[serde(rename = "blockedURL")]
    blocked_url: String,
    effective_directive: String,
}

/// Reads a browser's reports. Anything else is none: anyone may send here.
pub(crate) fn read(body: &[u8], origins: Origins<'_>) -> Vec<BrowserReport> {
    if let Ok(Legacy { report }) = serde_json::from_slice(body) {
        let directive = report.effective_directive.unwrap_or(report.violated_directive);
        return vec![BrowserReport::new(&directive, &report.blocked_uri, origins)];
    }
    let reports: Vec<Report> = serde_json::from_slice(body).unwrap_or_default();
    let violations = reports.iter().filter(|report| report.kind == "csp-violation").take(MOST);
    violations
        .map(|Report { body, .. }| BrowserReport::new(&body.effective_directive, &body.blocked_url, origins))
        .collect()
}

impl BrowserReport {
    fn new(directive: &str, blocked: &str, origins: Origins<'_>) -> Self {
        let name = directive.split(' ').next().unwrap_or_default();
        let name = name.strip_suffix("-elem").or_else(|| name.strip_suffix("-attr")).unwrap_or(name);
        Self { directive: name.parse().unwrap_or_default(), blocked: Blocked::new(blocked, origins) }
    }
}

impl Blocked {
    fn new(blocked: &str, Origins { js, own }: Origins<'_>) -> Self {
        let Ok(url) = Url::parse(blocked) else {
            let is_inline = matches!(
                blocked,
                "inline" | "eval" | "wasm-eval" | "self" | "trusted-types-policy" | "trusted-types-sink"
            );
            return if is_inline { Self::Inline } else { Self::Other };
        };
        let is_stripes =
            url.host_str().is_some_and(|host| host == "stripe.com" || host.ends_with(".stripe.com"));
        if is_stripes || url.origin() == js.origin() {
            Self::Stripe
        } else if own.is_some_and(|own| own.origin() == url.origin() && url.path().starts_with(own.path())) {
            Self::Relink
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reports(body: &str) -> Vec<(&'static str, &'static str)> {
        let js = Url::parse("http://127.0.0.1:4281/stripe.js").unwrap();
        let own = Url::parse("https://reconnect.northwind.example").unwrap();
        let reports = read(body.as_bytes(), Origins { js: &js, own: Some(&own) });
        reports.into_iter().map(|report| (report.directive.into(), report.blocked.into())).collect()
    }

    #[test]
    fn both_kinds_of_reports_are_read() {
        let legacy = |directive: &str, blocked: &str| {
            reports(&format!(
                r#"{{"csp-report": {{"document-uri": "https://shop.example/", {directive}, "blocked-uri": "{blocked}"}}}}"#
            ))
        };
        let effective =
            r#""effective-directive": "script-src-elem", "violated-directive": "script-src 'self'""#;
        assert_eq!(legacy(effective, "https://js.stripe.com/endive/stripe.js"), [("script-src", "stripe")]);
        let old = r#""violated-directive": "connect-src 'self' https://api.stripe.com""#;
        assert_eq!(
            legacy(old, "https://reconnect.northwind.example/api/accounts"),
            [("connect-src", "relink")]
        );
        assert_eq!(legacy(r#""effective-directive": "script-src""#, "wasm-eval"), [("script-src", "inline")]);
        assert_eq!(
            legacy(r#""effective-directive": "media-src""#, "https://cdn.example"),
            [("other", "other")]
        );
        let collected = r#"[
            {"type": "csp-violation", "age": 1, "url": "https://shop.example/", "user_agent": "x",
             "body": {"blockedURL": "http://127.0.0.1:4281/bank", "effectiveDirective": "frame-src"}},
            {"type": "deprecation", "body": {"id": "x"}},
            {"type": "csp-violation", "body": {"blockedURL": "https://notstripe.com/", "effectiveDirective": "style-src-attr"}}
        ]"#;
        assert_eq!(reports(collected), [("frame-src", "stripe"), ("style-src", "other")]);
    }

    #[test]
    fn of_very_many_reports_twenty_count() {
        let one = r#"{"type": "csp-violation", "body": {}}"#;
        assert_eq!(reports(&format!("[{}]", [one; 100].join(","))).len(), 20);
    }

    #[test]
    fn every_cause_that_the_element_names_is_counted() {
        let (diagnosis, loader) =
            (include_str!("../../../element/trouble.js"), include_str!("../../../element/relink.js"));
        let codes = |text: &'static str, before: &'static str| {
            text.split(before).skip(1).filter_map(|rest| rest.split_once('"')).map(|(code, _)| code)
        };
        let diagnosis = diagnosis.split_once("export function trouble").unwrap().0;
        let returned = codes(diagnosis, "return [\"").chain(["old_browser", "internal"]);
        let mut found: Vec<&str> = returned.chain(codes(loader, "this.#fail(\"")).collect();
        found.sort_unstable();
        found.dedup();
        let known: Vec<&str> = LoadFailure::VARIANTS.iter().map(Into::into).collect();
        assert_eq!(found, known);
        assert_eq!(load_failure(b"wrong_type"), Some(LoadFailure::WrongType));
        assert_eq!(load_failure(b"wrong_type "), None);
    }

    proptest! {
        #[test]
        fn what_is_no_report_is_none(body in "\\PC{0,80}") {
            prop_assert_eq!(reports(&body), []);
        }
    }
}
