//! Content security policy of the page. Stripe's origins are those of its security guide; the sandbox has one origin.

use reqwest::Url;

/// Returns the page's Content-Security-Policy for this Stripe.js and this API; only `ancestors` may frame the page. `base`
/// is the path of the public URL.
///
/// Browsers report what the policy blocks to this server. The page runs no inline script and no inline style. Compiling wasm needs `'wasm-unsafe-eval'`.
pub(crate) fn policy(js: &Url, api: &Url, ancestors: &[Url], base: &str) -> String {
    let ancestors = match ancestors {
        [] => "'none'".to_owned(),
        some => some.iter().map(|url| url.origin().ascii_serialization()).collect::<Vec<_>>().join(" "),
    };
    let js_origin = js.origin().ascii_serialization();
    let api_origin = api.origin().ascii_serialization();
    let (scripts, connections, frames, images) = if js.host_str() == Some("js.stripe.com") {
        let scripts = "https://js.stripe.com https://*.js.stripe.com";
        (
            scripts.to_owned(),
            api_origin,
            format!("{scripts} https://hooks.stripe.com"),
            " https://*.stripe.com",
        )
    } else {
        (js_origin.clone(), js_origin.clone(), js_origin, "")
    };
    [
        "default-src 'none'",
        &format!("script-src 'self' 'wasm-unsafe-eval' {scripts}"),
        &format!("connect-src 'self' {connections}"),
        &format!("frame-src {frames}"),
        "style-src 'self'",
        &format!("img-src 'self' data:{images}"),
        "font-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'none'",
        &format!("frame-ancestors {ancestors}"),
        &format!("report-uri {base}/reports"),
    ]
    .join("; ")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn with_keys_the_page_may_use_what_stripe_lists() {
        let policy =
            policy(&url("https://js.stripe.com/endive/stripe.js"), &url("https://api.stripe.com"), &[], "");
        assert_snapshot!(policy.replace("; ", "\n"), @r"
        default-src 'none'
        script-src 'self' 'wasm-unsafe-eval' https://js.stripe.com https://*.js.stripe.com
        connect-src 'self' https://api.stripe.com
        frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com
        style-src 'self'
        img-src 'self' data: https://*.stripe.com
        font-src 'self'
        base-uri 'none'
        object-src 'none'
        form-action 'none'
        frame-ancestors 'none'
        report-uri /reports
        ");
    }

    #[test]
    fn in_the_sandbox_the_page_may_use_the_sandbox() {
        let shops = [url("https://shop.example"), url("http://127.0.0.1:4282")];
        let policy =
            policy(&url("http://127.0.0.1:4281/stripe.js"), &url("http://127.0.0.1:4281"), &shops, "/relink");
        assert_snapshot!(policy.replace("; ", "\n"), @r"
        default-src 'none'
        script-src 'self' 'wasm-unsafe-eval' http://127.0.0.1:4281
        connect-src 'self' http://127.0.0.1:4281
        frame-src http://127.0.0.1:4281
        style-src 'self'
        img-src 'self' data:
        font-src 'self'
        base-uri 'none'
        object-src 'none'
        form-action 'none'
        frame-ancestors https://shop.example http://127.0.0.1:4282
        report-uri /relink/reports
        ");
    }
}
