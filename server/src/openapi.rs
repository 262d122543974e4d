//! Description of the HTTP API (OpenAPI 3.1). Each route is described beside its handler, and its types derive their
//! schemas; this module adds what routes share: security schemes, errors, and the title.

pub(crate) mod errors;
#[cfg(test)]
mod tests;

use relink_protocol::Problem;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::http::response::Refusal;

/// Parts of the description that no single route has.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Relink",
        description = "API of the Relink server, for the merchant's back end and for the page of its customers. Times \
                       are in seconds since 1970. Errors are `application/problem+json`; each response has an \
                       `x-request-id`, under which the server's log has the cause."
    ),
    components(schemas(Problem, Refusal)),
    modifiers(&SecuritySchemes, &ErrorExamples),
    tags(
        (name = "relink requests", description = "Requests to customers to repair an account"),
        (name = "accounts", description = "Accounts and their connections"),
        (name = "attempts", description = "Attempts of a customer to repair an account"),
        (name = "links", description = "Links of relink requests"),
        (name = "operations", description = "Deliveries, work and metrics of the server"),
        (name = "audit", description = "Audit trail"),
        (name = "health", description = "Health checks")
    )
)]
struct Shared;

/// Returns the description without any route.
pub(crate) fn shared() -> Document {
    Shared::openapi()
}

/// Returns the description as JSON.
pub(crate) fn json(document: &Document) -> String {
    // `Value` prints itself, and can't fail. Neither can the document: all of its keys are texts.
    format!("{:#}\n", serde_json::json!(document))
}

/// Adds an example of each error.
struct ErrorExamples;

impl Modify for ErrorExamples {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let examples = errors::examples().into_iter();
        components.examples.extend(examples.map(|(name, _, example)| (name, example.into())));
    }
}

/// Adds the ways in which a client proves who it is.
struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let bearer = |format: &str, description: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
            SecurityScheme::Http(scheme.description(Some(description)).build())
        };
        components.add_security_scheme(
            "customer_token",
            bearer(
                "JWT",
                "Token of a customer, signed by the merchant's back end. The page sends it as the field `token` of a body that \
                 is declared as `text/plain` and otherwise the same JSON, for which browsers send no CORS preflight.",
            ),
        );
        components.add_security_scheme(
            "api_key",
            bearer(
                "rlk_…",
                "API key of the merchant's back end: `RELINK_API_KEY`, or a key with the listed scopes.",
            ),
        );
        components.add_security_scheme(
            "link_request",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "relink-link",
                "Id of the relink request whose link opened the page.",
            ))),
        );
        components.add_security_scheme(
            "link_cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "__Host-relink-{request}",
                "Cookie that `POST /r/open` sets, named after the relink request. Behind a path it begins with `__Secure-`; over plain http \
                 it has neither.",
            ))),
        );
    }
}
