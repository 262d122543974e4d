//! Reads the result of the window in which a customer links accounts. Does not judge it: only a server can.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{CollectError, ErrorKind, StripeError, Thrown};
use crate::js;
use crate::scrub::Reader;

/// Session as the browser saw it end. Without accounts, the customer linked none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectedSession {
    /// `fcsess_…`.
    pub id: Option<String>,
    /// Linked accounts. Accounts without an id are left out, because they are useless.
    pub accounts: Vec<CollectedAccount>,
    /// Result of a relink; absent for other sessions, and on versions of the API without relink.
    pub relink_result: Option<RelinkResult>,
}

/// A linked account, with the fields that a page may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedAccount {
    /// `fca_…`.
    pub id: String,
    /// Account's name at the bank.
    pub display_name: Option<String>,
    /// Bank's name.
    pub institution_name: Option<String>,
    /// Last four digits of the account number.
    pub last4: Option<String>,
}

/// Result of a relink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelinkResult {
    /// Authorization that works now; may differ from the requested one.
    pub authorization: Option<String>,
    /// Repaired account, if the session named one.
    pub account: Option<String>,
    /// Reason why the relink failed.
    pub failure_reason: Option<FailureReason>,
}

/// Reason why a relink failed. The list may grow, so an unknown reason is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// `no_account`: the customer signed in at the bank, but did not link the expected account.
    NoAccount,
    /// `no_authorization`: the customer did not finish the bank login.
    NoAuthorization,
    /// `other`: something unexpected.
    Other,
    /// A reason that this release does not know. Treat it as `other`.
    Unknown(String),
}

impl FailureReason {
    fn from_word(word: String) -> Self {
        match word.as_str() {
            "no_account" => Self::NoAccount,
            "no_authorization" => Self::NoAuthorization,
            "other" => Self::Other,
            _ => Self::Unknown(word),
        }
    }
}

/// Reads `{financialConnectionsSession}` or `{error}`; anything else is an empty session.
pub(crate) fn read(reader: &Reader<'_>, answer: JsValue) -> Result<CollectedSession, CollectError> {
    let Some(answer) = object(answer) else { return Ok(CollectedSession::default()) };
    let error = answer.get("error");
    if error.is_falsy() {
        Ok(object(answer.get("financialConnectionsSession"))
            .map(|session| read_session(reader, &session))
            .unwrap_or_default())
    } else {
        Err(CollectError::Stripe(Box::new(stripe_error(reader, error))))
    }
}

/// Returns the value if it is an object, whose fields can be read. Reading a field of `undefined` or `null` would
/// throw.
fn object(value: JsValue) -> Option<js::Fields> {
    if value.is_object() { Some(value.unchecked_into()) } else { None }
}

fn read_session(reader: &Reader<'_>, session: &js::Fields) -> CollectedSession {
    CollectedSession {
        id: reader.text(session.get("id")),
        accounts: read_accounts(reader, session.get("accounts")),
        relink_result: object(session.get("relink_result")).map(|result| read_relink(reader, &result)),
    }
}

fn read_accounts(reader: &Reader<'_>, accounts: JsValue) -> Vec<CollectedAccount> {
    let array = if Array::is_array(&accounts) {
        accounts
    } else {
        object(accounts).map(|list| list.get("data")).unwrap_or_default()
    };
    if !Array::is_array(&array) {
        return Vec::new();
    }
    let array: Array = array.unchecked_into();
    (0..array.length()).filter_map(|index| read_account(reader, &object(array.get(index))?)).collect()
}

fn read_account(reader: &Reader<'_>, account: &js::Fields) -> Option<CollectedAccount> {
    Some(CollectedAccount {
        id: reader.text(account.get("id"))?,
        display_name: reader.text(account.get("display_name")),
        institution_name: reader.text(account.get("institution_name")),
        last4: reader.text(account.get("last4")),
    })
}

fn read_relink(reader: &Reader<'_>, result: &js::Fields) -> RelinkResult {
    RelinkResult {
        authorization: reader.text(result.get("authorization")),
        account: reader.text(result.get("account")),
        failure_reason: reader.text(result.get("failure_reason")).map(FailureReason::from_word),
    }
}

/// Reads the error. It is not falsy, so that its fields can be read even if it is no object.
fn stripe_error(reader: &Reader<'_>, error: JsValue) -> StripeError {
    let plain = reader.text(error.clone());
    let error: js::Fields = error.unchecked_into();
    StripeError {
        kind: ErrorKind::from_word(reader.text(error.get("type")).unwrap_or_default()),
        code: reader.text(error.get("code")),
        message: reader.text(error.get("message")).or(plain),
        param: reader.text(error.get("param")),
        doc_url: reader.text(error.get("doc_url")),
        request_log_url: reader.text(error.get("request_log_url")),
    }
}

/// Reads an exception, which can be any value in JavaScript.
pub(crate) fn thrown(reader: &Reader<'_>, value: JsValue) -> Thrown {
    let plain = js::to_text(&value);
    let exception: js::Exception = value.unchecked_into();
    let text = |field: Result<JsValue, JsValue>| reader.text(field.unwrap_or_default());
    Thrown {
        name: text(exception.name()).unwrap_or_default(),
        message: text(exception.message()).or_else(|| text(plain)).unwrap_or_default(),
    }
}
