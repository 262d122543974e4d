//! The sandbox as Stripe: a few hundred customers with two accounts each, whose state at the bank changes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use relink_test_kit::command_without_settings;
use reqwest::Client;
use serde_json::{Value, json};

use crate::event::DEACTIVATED;
use crate::inputs::Inputs;
use crate::program::Program;

/// Account that is copied for each account of the drill.
const TEMPLATE: &str = "fca_AlderChecking6789";

/// Creates a client for everything but the load.
pub(crate) fn client() -> Result<Client> {
    Ok(Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?)
}

/// Running sandbox.
#[derive(Debug)]
pub(crate) struct Stripe {
    _program: Program,
    pub(crate) host: String,
    client: Client,
}

/// Account of the drill.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) customer: String,
}

/// State of an account at its bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountState {
    Healthy,
    Expiring,
    Broken,
    Unrepairable,
}

impl AccountState {
    pub(crate) const ALL: [Self; 4] = [Self::Healthy, Self::Expiring, Self::Broken, Self::Unrepairable];

    /// Returns the change in the sandbox's format.
    fn sandbox_change(self, now: u64) -> Value {
        match self {
            Self::Healthy => json!({ "status": "active" }),
            Self::Expiring => json!({
                "status": "active",
                "action": "relink_required",
                "cause": "access_expired",
                "expected_deactivation_date": now + 20 * 86_400,
            }),
            Self::Broken => {
                json!({ "status": "inactive", "action": "relink_required", "cause": "access_expired" })
            }
            Self::Unrepairable => {
                json!({ "status": "inactive", "action": "none", "cause": "account_closed" })
            }
        }
    }

    /// Returns the status in a scenario's format.
    fn scenario_status(self) -> Result<Value> {
        match self {
            Self::Healthy => Ok(json!({ "Active": null })),
            Self::Broken => {
                Ok(json!({ "Inactive": { "action": "RelinkRequired", "cause": "access_expired" } }))
            }
            Self::Expiring | Self::Unrepairable => bail!("no drill begins with accounts that are {self:?}"),
        }
    }

    /// Returns the type of the event with which Stripe reports this state.
    pub(crate) fn event(self) -> &'static str {
        match self {
            Self::Healthy => "financial_connections.account.reactivated",
            Self::Expiring => "financial_connections.account.expected_deactivation_date_updated",
            Self::Broken | Self::Unrepairable => DEACTIVATED,
        }
    }
}

impl Stripe {
    /// Starts a sandbox with its built-in data only.
    pub(crate) async fn start(inputs: &Inputs, folder: &Path) -> Result<Self> {
        let mut command = command_without_settings(&inputs.sandbox);
        command.args(["--listen", "127.0.0.1:0", "--log", "error"]);
        let mut program = Program::start("relink-sandbox", command, &folder.join("sandbox.log"))?;
        let host = program.address().await?;
        Ok(Self { _program: program, host, client: client()? })
    }

    /// Adds accounts in this state, two for each customer.
    pub(crate) async fn add(&self, count: usize, state: AccountState) -> Result<Vec<Account>> {
        let mut scenario: Value = self.get("scenario").await?;
        let world = scenario.get_mut("world").context("no world")?;
        let mut accounts = Vec::new();
        let template = one(world, "accounts", TEMPLATE)?;
        let holding = one(world, "holdings", text(&template, "holding")?)?;
        let authorization = one(world, "authorizations", text(&template, "authorization")?)?;
        for number in 0..count {
            let account = Account {
                id: format!("fca_Drill{number:05}"),
                customer: format!("cus_Drill{:05}", number / 2),
            };
            let holder = json!({ "Customer": account.customer });
            let held = format!("held_drill{number:05}");
            let login = format!("fcauth_Drill{number:05}");
            let of =
                |whole: &Value, id: &str| with(whole, json!({ "id": id, "holder": holder, "owner": holder }));
            push(world, "holdings", without(&of(&holding, &held), "holder"))?;
            push(world, "authorizations", without(&of(&authorization, &login), "owner"))?;
            let mine = json!({ "authorization": login, "holding": held, "status": state.scenario_status()? });
            push(world, "accounts", without(&with(&of(&template, &account.id), mine), "owner"))?;
            accounts.push(account);
        }
        self.post("scenario", &scenario).await?;
        Ok(accounts)
    }

    /// Changes the state of an account. The change has happened when this returns.
    pub(crate) async fn change(&self, account: &str, state: AccountState) -> Result<()> {
        let change = state.sandbox_change(crate::clock::seconds());
        self.post(&format!("accounts/{account}"), &change).await
    }

    /// Returns the state that the server should have for each account, by ID. On purpose, this does not share the
    /// server's code.
    pub(crate) async fn states(&self) -> Result<BTreeMap<String, &'static str>> {
        let state = self.get("state").await?;
        let accounts = state.get("accounts").and_then(Value::as_array).context("no accounts")?;
        let expected = |account: &Value| {
            let detail = |path: &str| account.pointer(path).and_then(Value::as_str);
            let state = match detail("/status")? {
                "disconnected" => "disconnected",
                "inactive" if detail("/status_details/inactive/action")? == "none" => "unrepairable",
                "inactive" => "broken",
                _ if detail("/status_details/active/action").is_some() => "expiring",
                _ => "healthy",
            };
            Some((detail("/id")?.to_owned(), state))
        };
        accounts.iter().map(|account| expected(account).context("no account")).collect()
    }

    async fn get(&self, what: &str) -> Result<Value> {
        let answer = self.client.get(format!("http://{}/_sandbox/{what}", self.host)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    async fn post(&self, what: &str, body: &Value) -> Result<()> {
        let request = self.client.post(format!("http://{}/_sandbox/{what}", self.host)).json(body);
        let answer = request.send().await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("the sandbox refuses {what}: {status} {}", answer.text().await?);
        }
        Ok(())
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value.get(field).and_then(Value::as_str).with_context(|| format!("no {field}"))
}

fn one(world: &Value, list: &str, id: &str) -> Result<Value> {
    let all = world.get(list).and_then(Value::as_array).with_context(|| format!("no {list}"))?;
    all.iter()
        .find(|one| one.get("id").is_some_and(|it| it == id))
        .cloned()
        .with_context(|| format!("no {id}"))
}

fn push(world: &mut Value, list: &str, one: Value) -> Result<()> {
    world.get_mut(list).and_then(Value::as_array_mut).with_context(|| format!("no {list}"))?.push(one);
    Ok(())
}

fn with(whole: &Value, fields: Value) -> Value {
    let mut whole = whole.clone();
    if let (Some(whole), Value::Object(fields)) = (whole.as_object_mut(), fields) {
        whole.extend(fields);
    }
    whole
}

fn without(whole: &Value, field: &str) -> Value {
    let mut whole = whole.clone();
    whole.as_object_mut().map(|fields| fields.remove(field));
    whole
}
