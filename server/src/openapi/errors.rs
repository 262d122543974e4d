//! Errors in the description: each route lists the sets of errors that it and its extractors respond with. Statuses,
//! codes and titles are those of [`ApiError`].

use std::collections::BTreeMap;
use std::marker::PhantomData;

use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use relink_protocol::Problem;
use serde_json::json;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, Object, Schema, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::domain::eligible::Ineligible;
use crate::domain::request_refusal::RequestRefusal;
use crate::http::error::ApiError;
use crate::http::response::{ProblemBody, Refusal};

/// Request id in examples.
const REQUEST_ID: &str = "019acb5e-7d2a-7c33-9b1f-3e2f4a5b6c7d";

/// Set of errors that a route can respond with.
pub(crate) trait ErrorSet {
    fn errors() -> Vec<ApiError>;
}

macro_rules! error_sets {
    ($($(#[$doc:meta])* $name:ident = [$($error:expr),+ $(,)?];)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) enum $name {}

            impl ErrorSet for $name {
                fn errors() -> Vec<ApiError> {
                    vec![$($error),+]
                }
            }
        )+

        /// Returns the errors of all sets.
        fn all() -> Vec<ApiError> {
            [$($name::errors()),+].concat()
        }
    };
}

error_sets! {
    /// The caller is a customer with a token.
    ByCustomer = [ApiError::SignedOut];
    /// The caller is a customer with a token or by a link.
    ByPage = [ApiError::SignedOut, ApiError::LinkUnusable];
    /// The caller is the merchant's back end. Without `RELINK_API_KEY`, the routes do not exist for other bearers.
    ByBackEnd = [ApiError::SignedOut, ApiError::KeyExpired, ApiError::Forbidden, ApiError::NotFound];
    /// A parameter is invalid.
    Invalid = [ApiError::NotUnderstood];
    /// The request has a JSON body.
    HasBody = [ApiError::NotUnderstood, ApiError::TooSlow, ApiError::TooLarge, ApiError::NotJson];
    /// The object is missing or another customer's.
    Missing = [ApiError::NotFound];
    /// The route calls Stripe.
    CallsStripe = [
        ApiError::StripeUnavailable, ApiError::RateLimited, ApiError::OverBudget, ApiError::TooManyTries(60),
        ApiError::Misconfigured,
    ];
    /// Stripe can't return the data.
    NoData = [ApiError::NotShared, ApiError::NotFetched];
    /// A relink can't help the account, or Stripe returned a session twice.
    NoSession = [ApiError::NotRepairable, ApiError::DuplicateId];
    /// Another answer was given before.
    Answered = [ApiError::AlreadyAnswered];
    /// The payment method can't be created.
    NoPayment = [ApiError::PaymentRefused, ApiError::CustomerAddressUnknown];
    /// Too many pages listen for changes.
    TooManyPages = [ApiError::TooManyListeners];
    /// The address tried too many links.
    TooManyLinks = [ApiError::LinkUnusable, ApiError::TooManyTries(60)];
    /// A relink request can't be created.
    NoRequest = [
        refused(RequestRefusal::Account(Ineligible::Healthy)), refused(RequestRefusal::Account(Ineligible::NotRelinkable)),
        refused(RequestRefusal::Account(Ineligible::Disconnected)), refused(RequestRefusal::Account(Ineligible::NoOwner)),
        refused(RequestRefusal::Account(Ineligible::NumberPending)), refused(RequestRefusal::Account(Ineligible::Replaced)),
        refused(RequestRefusal::Account(Ineligible::PermissionsUnchanged)),
        refused(RequestRefusal::Account(Ineligible::NotHosted)),
        refused(RequestRefusal::Account(Ineligible::Unrecognized)), refused(RequestRefusal::NoLinks),
        ApiError::Refused(RequestRefusal::MailedLately, Some(1_795_172_800)), refused(RequestRefusal::NoMail),
        refused(RequestRefusal::NoHostedRelink), refused(RequestRefusal::RefusedByStripe),
        refused(RequestRefusal::ReturnUrl), refused(RequestRefusal::Email), refused(RequestRefusal::ExpiresIn),
    ];
    /// The `Idempotency-Key` was used before.
    Repeated = [ApiError::KeyReused, ApiError::InProgress];
    /// A relink request in a final state can't be cancelled.
    Over = [ApiError::AlreadyOver];
    /// The server is shutting down.
    ShuttingDown = [ApiError::Stopping];
}

/// Returns the error for a refusal to which no time applies.
fn refused(rule: RequestRefusal) -> ApiError {
    ApiError::Refused(rule, None)
}

macro_rules! tuples {
    ($($($name:ident)+;)+) => {
        $(impl<$($name: ErrorSet),+> ErrorSet for ($($name,)+) {
            fn errors() -> Vec<ApiError> {
                [$($name::errors()),+].concat()
            }
        })+
    };
}

tuples! { A B; A B C; A B C D; A B C D E; A B C D E F; }

/// Errors of every route.
const EVERYWHERE: [ApiError; 3] = [ApiError::Internal, ApiError::StoreUnavailable, ApiError::TookTooLong];

/// Responses for the errors of a set, and for those that every route has.
#[derive(Debug)]
pub(crate) struct Errors<T>(PhantomData<T>);

impl<T: ErrorSet> IntoResponses for Errors<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut by_status = BTreeMap::<u16, Vec<ApiError>>::new();
        for error in T::errors().into_iter().chain(EVERYWHERE) {
            let errors = by_status.entry(error.status().as_u16()).or_default();
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
        by_status.into_iter().map(|(status, errors)| (status.to_string(), response(&errors).into())).collect()
    }
}

fn response(errors: &[ApiError]) -> Response {
    let mut titles: Vec<_> = errors.iter().map(|error| error.title()).collect();
    titles.dedup();
    let examples = examples().into_iter().filter(|(_, error, _)| errors.contains(error));
    let examples = examples.map(|(name, ..)| {
        let reference = Ref::new(format!("#/components/examples/{name}"));
        (name, RefOr::<Example>::Ref(reference))
    });
    let content = ContentBuilder::new().schema(Some(schema(errors))).examples_from_iter(examples).build();
    let response =
        ResponseBuilder::new().description(titles.join(" ")).content("application/problem+json", content);
    let has_hint = errors.iter().any(|error| error.into_response().headers().contains_key(RETRY_AFTER));
    if !has_hint {
        return response.build();
    }
    let seconds = HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::Integer)))
        .description(Some("Seconds after which to try again."));
    response.header(RETRY_AFTER.as_str(), seconds.build()).build()
}

/// Refusals have two more fields than other problems.
fn schema(errors: &[ApiError]) -> RefOr<Schema> {
    let problem = Ref::from_schema_name(Problem::name());
    let is_refusal = |error: &&ApiError| matches!(error, ApiError::Refused(..));
    let refusal =
        || AllOfBuilder::new().item(problem.clone()).item(Ref::from_schema_name(Refusal::name())).build();
    match errors.iter().filter(is_refusal).count() {
        0 => problem.into(),
        all if all == errors.len() => Schema::from(refusal()).into(),
        _ => Schema::from(AnyOfBuilder::new().item(Schema::from(refusal())).item(problem.clone()).build())
            .into(),
    }
}

/// Returns an example of each error's body by name: the code or, for refusals, the rule; numbered where errors share a
/// code.
pub(crate) fn examples() -> Vec<(String, ApiError, Example)> {
    let mut numbers = BTreeMap::<String, usize>::new();
    let mut examples: Vec<(String, ApiError, Example)> = Vec::new();
    for error in all().into_iter().chain(EVERYWHERE) {
        if examples.iter().any(|(_, other, _)| *other == error) {
            continue;
        }
        let name = if let ApiError::Refused(rule, _) = error {
            rule.as_str().to_owned()
        } else {
            error.code().as_str().to_owned()
        };
        let number = numbers.entry(name.clone()).and_modify(|number| *number += 1).or_insert(1);
        let name = if *number == 1 { name } else { format!("{name}_{number}") };
        let value = json!(ProblemBody::new(error, REQUEST_ID));
        examples.push((name, error, ExampleBuilder::new().value(Some(value)).build()));
    }
    examples
}
