//! Reads the server's responses, parsed by the browser, into the protocol's types.
//!
//! Written by hand to save bytes: serde's generated code and its error messages would add about a quarter to the whole
//! program. Tests serialize with serde and read with this module, to prove that all names agree.

use js_sys::{Array, Uint8Array};
use relink_protocol::stripe::{Cause, Permission, Subcategory};
use relink_protocol::{
    AccountId, AccountName, AccountSummary, Choice, ClientSecret, Condition, Connected, Overview,
    PermissionChange, Problem, ProblemCode, Purpose, RelinkOutcome, Reported, SessionId, StartedSession,
    UnfinishedRelink,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// An object whose fields are read by name.
    type Fields;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn get(this: &Fields, name: &str) -> JsValue;
}

impl Fields {
    fn of(value: JsValue) -> Option<Self> {
        value.is_object().then(|| value.unchecked_into())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    fn list<T>(&self, name: &str, item: fn(JsValue) -> Option<T>) -> Option<Vec<T>> {
        self.get(name).dyn_into::<Array>().ok()?.iter().map(item).collect()
    }

    fn account_id(&self, name: &str) -> Option<AccountId> {
        AccountId::try_from(self.text(name)?).ok()
    }

    fn session_id(&self, name: &str) -> Option<SessionId> {
        SessionId::try_from(self.text(name)?).ok()
    }
}

/// Reads the response of `GET /api/accounts`.
pub(crate) fn overview(value: JsValue) -> Option<Overview> {
    let fields = Fields::of(value)?;
    Some(Overview {
        merchant: fields.text("merchant")?,
        purpose: match fields.text("purpose")?.as_str() {
            "payments" => Purpose::Payments,
            "payouts" => Purpose::Payouts,
            "data" => Purpose::Data,
            _ => return None,
        },
        exact: fields.get("exact").as_bool()?,
        allows_another: fields.get("allows_another").as_bool()?,
        help_url: fields.text("help_url"),
        // Servers of an older version don't send it.
        own_page: fields.get("own_page").is_truthy(),
        accounts: fields.list("accounts", account)?,
        unfinished: Fields::of(fields.get("unfinished")).and_then(|fields| unfinished(&fields)),
        stripe_js: fields.text("stripe_js")?,
        version: fields.text("version")?,
    })
}

fn account(value: JsValue) -> Option<AccountSummary> {
    let fields = Fields::of(value.clone())?;
    Some(AccountSummary {
        name: account_name(value)?,
        condition: condition(fields.get("condition"))?,
        permissions: permissions(&Fields::of(fields.get("permissions"))?)?,
        also_repairs: fields.list("also_repairs", |value| AccountId::try_from(value.as_string()?).ok())?,
        blocked: None,
        bank_trouble: None,
    })
}

fn account_name(value: JsValue) -> Option<AccountName> {
    let fields = Fields::of(value)?;
    Some(AccountName {
        id: fields.account_id("id")?,
        institution_name: fields.text("institution_name")?,
        last4: fields.text("last4"),
        display_name: fields.text("display_name"),
        subcategory: Subcategory::from(fields.text("subcategory")?),
    })
}

fn permissions(fields: &Fields) -> Option<PermissionChange<Permission>> {
    let list = |name| fields.list(name, |value| value.as_string().map(Permission::from));
    Some(PermissionChange { added: list("new")?, kept: list("stays")?, removed: list("goes")? })
}

/// Reads a condition: a string if it has no data, otherwise an object with one field.
fn condition(value: JsValue) -> Option<Condition> {
    if let Some(word) = value.as_string() {
        return Some(match word.as_str() {
            "healthy" => Condition::Healthy,
            "number_expired" => Condition::NumberExpired,
            "number_pending" => Condition::NumberPending,
            "disconnected" => Condition::Disconnected,
            _ => Condition::Unrecognized,
        });
    }
    let fields = Fields::of(value)?;
    let particulars = |name| Fields::of(fields.get(name));
    let cause = |fields: Fields| fields.text("cause").map(Cause::from);
    if let Some(expiring) = particulars("expiring") {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds since 1970")]
        return Some(Condition::Expiring { on: expiring.get("on").as_f64().map(|on| on as i64) });
    }
    if let Some(broken) = particulars("broken") {
        return Some(Condition::Broken { cause: cause(broken)? });
    }
    Some(Condition::Unrepairable { cause: cause(particulars("unrepairable")?)? })
}

fn unfinished(fields: &Fields) -> Option<UnfinishedRelink> {
    Some(UnfinishedRelink {
        session: fields.session_id("session")?,
        account: fields.account_id("account")?,
        choice: match fields.text("choice")?.as_str() {
            "another_account" => Choice::AnotherAccount,
            "another_bank" => Choice::AnotherBank,
            _ => Choice::Repair,
        },
        reported: match fields.text("reported")?.as_str() {
            "finished" => Reported::Finished,
            "closed" => Reported::Closed,
            "error" => Reported::Error,
            _ => Reported::Unknown,
        },
    })
}

/// Reads the response of `POST /api/sessions`.
pub(crate) fn started_session(value: JsValue) -> Option<StartedSession> {
    let fields = Fields::of(value)?;
    Some(StartedSession {
        session: fields.session_id("session")?,
        client_secret: ClientSecret::new(fields.text("client_secret")?),
        publishable_key: fields.text("publishable_key")?,
    })
}

/// Reads the response of `POST /api/sessions/{id}/outcome`. An outcome with accounts is an object with one field.
pub(crate) fn outcome(value: JsValue) -> Option<RelinkOutcome> {
    if let Some(word) = value.as_string() {
        return Some(match word.as_str() {
            "pending" => RelinkOutcome::Pending,
            "no_account" => RelinkOutcome::NoAccount,
            "no_authorization" => RelinkOutcome::NoAuthorization,
            "failed" => RelinkOutcome::Failed,
            "cancelled" => RelinkOutcome::Cancelled,
            _ => return None,
        });
    }
    let fields = Fields::of(value)?;
    let accounts = |name| connected(&Fields::of(fields.get(name))?);
    (accounts("relinked").map(RelinkOutcome::Relinked))
        .or_else(|| accounts("new_account").map(RelinkOutcome::NewAccount))
        .or_else(|| accounts("new_authorization").map(RelinkOutcome::NewAuthorization))
}

fn connected(fields: &Fields) -> Option<Connected> {
    let list = |name| fields.list(name, account_name);
    Some(Connected {
        restored: list("restored")?,
        added: list("added")?,
        still_broken: list("still_broken")?,
        still_ending: Vec::new(),
        mandate: fields.text("mandate"),
    })
}

/// Reads the body of an error.
pub(crate) fn problem(value: JsValue) -> Option<Problem> {
    let fields = Fields::of(value)?;
    Some(Problem {
        code: ProblemCode::from(fields.text("code")?),
        title: fields.text("title")?,
        request_id: fields.text("request_id"),
    })
}

/// Reads one chunk of a stream; `None` at its end.
pub(crate) fn piece(value: JsValue) -> Option<Vec<u8>> {
    let bytes = Fields::of(value)?.get("value");
    bytes.is_object().then(|| Uint8Array::from(bytes).to_vec())
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_wasm_bindgen::Serializer;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Returns the value as the server serializes it and the browser parses it.
    fn parsed(value: &impl Serialize) -> JsValue {
        value.serialize(&Serializer::json_compatible()).unwrap()
    }

    fn summary(condition: Condition) -> AccountSummary {
        let added = vec![Permission::PaymentMethod, Permission::Other("new".to_owned())];
        let (kept, removed) = (vec![Permission::Balances], vec![Permission::Ownership]);
        AccountSummary {
            name: name("fca_1"),
            condition,
            permissions: PermissionChange { added, kept, removed },
            also_repairs: vec!["fca_2".parse().unwrap()],
            blocked: None,
            bank_trouble: None,
        }
    }

    fn name(id: &str) -> AccountName {
        AccountName {
            id: id.parse().unwrap(),
            institution_name: "Alder Bank".to_owned(),
            last4: Some("6789".to_owned()),
            display_name: Some("Checking".to_owned()),
            subcategory: Subcategory::Checking,
        }
    }

    #[wasm_bindgen_test]
    fn every_overview_that_serde_writes_is_read_back() {
        let cause = Cause::AccessExpired;
        let conditions = [
            Condition::Healthy,
            Condition::Expiring { on: Some(1_800_000_000) },
            Condition::Expiring { on: None },
            Condition::NumberExpired,
            Condition::NumberPending,
            Condition::Broken { cause: cause.clone() },
            Condition::Unrepairable { cause },
            Condition::Disconnected,
            Condition::Unrecognized,
        ];
        for reported in [Reported::Finished, Reported::Closed, Reported::Error, Reported::Unknown] {
            let (session, account) = ("fcsess_1".parse().unwrap(), "fca_1".parse().unwrap());
            let mut written = Overview {
                merchant: "Northwind".to_owned(),
                purpose: Purpose::Payouts,
                exact: true,
                allows_another: false,
                help_url: Some("mailto:help@northwind.example".to_owned()),
                own_page: true,
                accounts: conditions.clone().map(summary).to_vec(),
                unfinished: Some(UnfinishedRelink {
                    session,
                    account,
                    choice: Choice::AnotherBank,
                    reported,
                }),
                stripe_js: "https://js.example/".to_owned(),
                version: "2-5".to_owned(),
            };
            assert_eq!(overview(parsed(&written)), Some(written.clone()));
            written.unfinished = None;
            written.help_url = None;
            written.accounts.iter_mut().for_each(|account| account.name.last4 = None);
            assert_eq!(overview(parsed(&written)), Some(written));
        }
    }

    #[wasm_bindgen_test]
    fn every_purpose_and_choice_that_serde_writes_is_read_back() {
        for purpose in [Purpose::Payments, Purpose::Payouts, Purpose::Data] {
            for choice in [Choice::Repair, Choice::AnotherAccount, Choice::AnotherBank] {
                let (session, account) = ("fcsess_1".parse().unwrap(), "fca_1".parse().unwrap());
                let reported = Reported::Unknown;
                let written = Overview {
                    merchant: "Northwind".to_owned(),
                    purpose,
                    exact: false,
                    allows_another: true,
                    help_url: None,
                    own_page: false,
                    accounts: Vec::new(),
                    unfinished: Some(UnfinishedRelink { session, account, choice, reported }),
                    stripe_js: String::new(),
                    version: String::new(),
                };
                assert_eq!(overview(parsed(&written)), Some(written));
            }
        }
    }

    #[wasm_bindgen_test]
    fn every_outcome_that_serde_writes_is_read_back() {
        use RelinkOutcome::{
            Cancelled, Failed, NewAccount, NewAuthorization, NoAccount, NoAuthorization, Pending, Relinked,
        };
        let connected = Connected {
            restored: vec![name("fca_1")],
            added: vec![name("fca_2"), AccountName { last4: None, display_name: None, ..name("fca_3") }],
            still_broken: vec![name("fca_4")],
            still_ending: Vec::new(),
            mandate: Some("You allow it.".to_owned()),
        };
        let with_accounts = [Relinked, NewAccount, NewAuthorization]
            .into_iter()
            .flat_map(|form| [form(connected.clone()), form(Connected::default())]);
        for written in
            [Pending, NoAccount, NoAuthorization, Failed, Cancelled].into_iter().chain(with_accounts)
        {
            assert_eq!(outcome(parsed(&written)), Some(written));
        }
    }

    #[wasm_bindgen_test]
    fn sessions_and_problems_that_serde_writes_are_read_back() {
        let written = StartedSession {
            session: "fcsess_1".parse().unwrap(),
            client_secret: ClientSecret::new("fcsess_client_secret_1".to_owned()),
            publishable_key: "pk_test_1".to_owned(),
        };
        assert_eq!(started_session(parsed(&written)), Some(written));
        for request_id in [None, Some("req-1".to_owned())] {
            let written =
                Problem { code: ProblemCode::RateLimited, title: "Slow down".to_owned(), request_id };
            assert_eq!(problem(parsed(&written)), Some(written));
        }
    }

    #[wasm_bindgen_test]
    fn what_is_not_an_answer_is_none() {
        for value in [JsValue::NULL, JsValue::UNDEFINED, "x".into(), 1.into(), Array::new().into()] {
            assert_eq!(overview(value.clone()), None);
            assert_eq!(started_session(value.clone()), None);
            assert_eq!(outcome(value.clone()), None);
            assert_eq!(problem(value), None);
        }
    }
}
