//! What comes back from the window in which a customer links accounts. May not judge it: only a server can.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{CollectError, ErrorKind, StripeError, Thrown};
use crate::js;
use crate::scrub::Reader;

/// The session as the browser saw it end. Without accounts, the customer linked none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectedSession {
    /// `fcsess_…`.
    pub id: Option<String>,
    /// The accounts that were linked. One without an id is left out: nothing could be done with it.
    pub accounts: Vec<CollectedAccount>,
    /// What became of a relink; absent if the session was none, or on a version of the API without relink.
    pub relink_result: Option<RelinkResult>,
}

/// A linked account, as far as a page may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedAccount {
    /// `fca_…`.
    pub id: String,
    /// The account's name at the bank.
    pub display_name: Option<String>,
    /// The bank's name.
    pub institution_name: Option<String>,
    /// The last four digits of the account's number.
    pub last4: Option<String>,
}

/// What became of a relink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelinkResult {
    /// The authorization that works now; it may be another one than was asked for.
    pub authorization: Option<String>,
    /// The repaired account, if the session named one.
    pub account: Option<String>,
    /// Why the relink failed.
    pub failure_reason: Option<FailureReason>,
}

/// Why a relink failed. The list may grow, so an unknown reason is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureReason {
    /// `no_account`: the customer logged in at the bank, but did not link the expected account.
    NoAccount,
    /// `no_authorization`: the customer did not finish the bank's login.
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

/// Any field of an object may be asked for; of `undefined` and `null`, none may.
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

/// The error is not falsy, so its fields may be asked for even where it is no object.
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

/// JavaScript can throw anything, so this takes anything.
pub(crate) fn thrown(reader: &Reader<'_>, value: JsValue) -> Thrown {
    let plain = js::to_text(&value);
    let exception: js::Exception = value.unchecked_into();
    let text = |field: Result<JsValue, JsValue>| reader.text(field.unwrap_or_default());
    Thrown {
        name: text(exception.name()).unwrap_or_default(),
        message: text(exception.message()).or_else(|| text(plain)).unwrap_or_default(),
    }
}
