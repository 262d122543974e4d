//! Path of the public URL, for a server behind a path of the shop's own host name.

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower::{ServiceExt as _, service_fn};

/// Lets the router take requests below `base` like those without it, so that a proxy may remove the path or leave it.
pub(crate) fn accept(base: String, router: Router) -> Router {
    if base.is_empty() {
        return router;
    }
    Router::new().fallback_service(service_fn(move |mut request: Request| {
        let (base, router) = (base.clone(), router.clone());
        async move {
            match below(&base, request.uri()) {
                Some(Below::Uri(uri)) => *request.uri_mut() = uri,
                Some(Below::Base) => {
                    request.extensions_mut().insert(WithoutSlash);
                }
                None => (),
            }
            router.oneshot(request).await
        }
    }))
}

/// Address at or below the base.
#[derive(Debug, PartialEq)]
enum Below {
    /// The base without a slash at its end.
    Base,
    /// The address without the base.
    Uri(Uri),
}

fn below(base: &str, uri: &Uri) -> Option<Below> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(base)?;
    match rest.chars().next() {
        None | Some('?') => Some(Below::Base),
        Some('/') => {
            let mut parts = uri.clone().into_parts();
            parts.path_and_query = Some(rest.parse::<PathAndQuery>().ok()?);
            Uri::from_parts(parts).ok().map(Below::Uri)
        }
        Some(_) => None,
    }
}

/// Mark of a request for the base without a slash at its end.
#[derive(Clone, Copy)]
struct WithoutSlash;

/// Redirects a request for the base to the one with a slash, to which addresses in the page are relative. A layer below all
/// others, so that this response has their headers and its line in the log.
pub(crate) async fn add_slash(request: Request, next: Next) -> Response {
    if request.extensions().get::<WithoutSlash>().is_none() {
        return next.run(request).await;
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{}/{query}", request.uri().path())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_removed_from_whole_segments_and_once() {
        for (given, expected) in [
            ("/relink/", Some("/")),
            ("/relink/api/accounts?a=/relink/", Some("/api/accounts?a=/relink/")),
            ("/relink/relink/x", Some("/relink/x")),
            ("https://shop.example/relink/r", Some("https://shop.example/r")),
            ("/relink.js", None),
            ("/api/relink/", None),
            ("/", None),
        ] {
            let expected = expected.map(|uri| Below::Uri(uri.parse().unwrap()));
            assert_eq!(below("/relink", &given.parse().unwrap()), expected, "{given}");
        }
        for given in ["/relink", "/relink?account=fca_1"] {
            assert_eq!(below("/relink", &given.parse().unwrap()), Some(Below::Base), "{given}");
        }
    }
}
