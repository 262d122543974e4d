//! A made-up month of a merchant, written into the server's database: accounts in every state, customers with names, relink
//! requests with their results, batches, and a count of each day. The same each time, except for the dates, which end today.

use anyhow::Result;
use serde_json::json;
use sqlx::any::{AnyArguments, install_default_drivers};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection as _};

use super::Environment;

const ACCOUNTS: i64 = 480;
const DAYS: i64 = 30;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Days before today on which the merchant asked many customers at once, and the number of those customers.
const BATCHES: [(i64, i64); 5] = [(26, 40), (19, 24), (12, 32), (5, 28), (1, 36)];
/// Day before today on which nothing was counted, because the server was off.
const UNCOUNTED: i64 = 17;

const BANKS: [&str; 9] = [
    "Alder Bank",
    "Copperfield Credit Union",
    "Harbor Federal Bank",
    "Foundry National Bank",
    "Wren Savings Bank",
    "Pinecrest Community Bank",
    "Tern Bank",
    "Northern Lakes Teachers Federal Credit Union",
    "Banco de San Telmo",
];
/// Names of many lengths and scripts, as customers have them.
const NAMES: [&str; 12] = [
    "Jenny Rosen",
    "Mateus Oliveira",
    "Harbor & Finch Wholesale Flowers, LLC",
    "Ana María Fernández de la Vega",
    "李伟",
    "محمد الفارسي",
    "Jürgen Müller-Lüdenscheidt",
    "Aoife O'Brien",
    "Zoë Okonkwo",
    "T. K. Subramaniam",
    "Élodie Lefèvre",
    "Bo Li",
];

/// Account of which there is most to see: it broke, and its customer was asked more than once.
const BROKEN: i64 = 0;

impl Environment {
    /// Account with most of the history, and its customer.
    pub const HISTORY_ACCOUNT: (&str, &str) = ("fca_History0000", "cus_History000");
    /// Batch with results in every stage.
    pub const HISTORY_BATCH: &str = "bat_00000000000000000000000000000004";

    /// Adds the history. The server may be running.
    pub async fn add_history(&self) -> Result<()> {
        install_default_drivers();
        let database = self.database_folder.path().join("relink.db");
        let mut connection = AnyConnection::connect(&format!("sqlite:{}", database.display())).await?;
        let now: i64 = sqlx::query_scalar("SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000")
            .fetch_one(&mut connection)
            .await?;
        let mut change = connection.begin().await?;
        for number in 0..ACCOUNTS {
            account(number, now).execute(&mut *change).await?;
        }
        for statement in names_and_events() {
            sqlx::query(AssertSqlSafe(statement)).bind(now).execute(&mut *change).await?;
        }
        let mut requests = 0;
        for day in (0..DAYS).rev() {
            for _ in 0..2 + day * 7 % 4 {
                Request::new(requests, now - day * DAY).enter(&mut change, None).await?;
                requests += 1;
            }
        }
        for (batch, (day, customers)) in (0..).zip(BATCHES) {
            enter_batch(&mut change, batch, now - day * DAY, (requests, customers)).await?;
            requests += customers;
        }
        for statement in counts(now).into_iter().chain(OPERATIONS.map(str::to_owned)) {
            sqlx::query(AssertSqlSafe(statement)).bind(now).execute(&mut *change).await?;
        }
        change.commit().await?;
        Ok(connection.close().await?)
    }
}

fn query(statement: &'static str) -> Query<'static, Any, AnyArguments> {
    sqlx::query(statement)
}

/// Returns the state and the cause of an account: four of five are healthy.
fn state(number: i64) -> (&'static str, Option<&'static str>) {
    match number % 40 {
        0 | 14 => ("broken", Some("access_expired")),
        1 => ("broken", Some("access_denied")),
        2 => ("broken", Some("institution_requirement")),
        3 | 30 => ("expiring", None),
        4 => ("number_expired", None),
        5 => ("unrepairable", Some("account_closed")),
        6 => ("number_pending", None),
        7 => ("disconnected", None),
        _ => ("healthy", None),
    }
}

fn account(number: i64, now: i64) -> Query<'static, Any, AnyArguments> {
    let (state, cause) = state(number);
    let bank = BANKS[usize::try_from(number * number % 23 % 9).unwrap_or_default()];
    let (id, last4) = (format!("fca_History{number:04}"), format!("{:04}", (number * 7919 + 1204) % 10_000));
    let customer = format!("cus_History{:03}", number * 2 / 3);
    let is_active = !["broken", "unrepairable", "disconnected"].contains(&state);
    let details = match (state, cause) {
        ("broken", Some(cause)) => json!({ "inactive": { "action": "relink_required", "cause": cause } }),
        ("unrepairable", Some(cause)) => json!({ "inactive": { "action": "none", "cause": cause } }),
        _ => json!({}),
    };
    let stripe = json!({
        "id": id, "object": "financial_connections.account",
        "account_holder": { "customer": customer, "type": "customer" }, "account_numbers": [],
        "authorization": format!("fcauth_History{number:04}"), "balance": null, "balance_refresh": null,
        "category": "cash", "created": (now - 200 * DAY) / 1000 + number, "display_name": "Everyday Checking",
        "institution": format!("fcinst_{}", bank.replace(' ', "")), "institution_name": bank, "last4": last4,
        "livemode": false, "ownership": null, "ownership_refresh": null,
        "permissions": ["payment_method", "balances"], "status": if is_active { "active" } else { "inactive" },
        "status_details": details, "subcategory": "checking", "subscriptions": [],
        "supported_payment_method_types": ["us_bank_account"], "transaction_refresh": null,
    });
    // What needs somebody has changed lately; the rest on any day of the last half year.
    let changed = if state == "healthy" {
        5 * HOUR + number * 9 * HOUR
    } else {
        (number % 41) * 13 * HOUR + 20 * MINUTE
    };
    let ends = (state == "expiring").then(|| (now + (number % 35) * DAY + 3 * HOUR) / 1000);
    query(
        "INSERT INTO accounts (id, customer, authorization_id, institution_name, state, cause, expires_on, account, as_of, \
         read_at, changed_at, revision, told, last4) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $5, $12)",
    )
    .bind(id)
    .bind(customer)
    .bind(format!("fcauth_History{number:04}"))
    .bind(bank)
    .bind(state)
    .bind(cause)
    .bind(ends)
    .bind(stripe.to_string())
    .bind((now - changed) / 1000)
    .bind(now)
    .bind(now - changed)
    .bind(last4)
}

/// Returns statements with the customers, their names, and the events of one account.
fn names_and_events() -> Vec<String> {
    let mut statements = vec![
        "INSERT INTO customers (id, listed_at) SELECT DISTINCT customer, $1 FROM accounts WHERE customer LIKE 'cus_History%'"
            .to_owned(),
    ];
    for (place, name) in NAMES.iter().enumerate() {
        let every = NAMES.len();
        let contact = json!({ "name": name, "email": format!("customer{place}@mail.example") });
        let contact = contact.to_string().replace('\'', "''");
        statements.push(format!(
            "INSERT INTO customer_names (customer, contact, read_at) SELECT id, '{contact}', $1 FROM customers \
             WHERE id LIKE 'cus_History%' AND CAST(substr(id, 12) AS INTEGER) % {every} = {place}"
        ));
    }
    for (hours, kind) in
        [(700, "refreshed_balance"), (430, "deactivated"), (401, "reactivated"), (31, "deactivated")]
    {
        statements.push(format!(
            "INSERT INTO events (id, type, subject, created, received_at, source) VALUES ('evt_History{hours}', \
             'financial_connections.account.{kind}', 'fca_History{BROKEN:04}', $1 / 1000 - {hours} * 3600, \
             $1 - {hours} * {HOUR}, 'webhook')"
        ));
    }
    statements
}

/// A relink request and its fate.
struct Request {
    id: String,
    account: i64,
    number: i64,
    at: i64,
}

impl Request {
    fn new(number: i64, at: i64) -> Self {
        // Not all at the same minute.
        let at = at - 2 * HOUR - number * 37 % 240 * MINUTE;
        let account = if number % 25 == 3 { BROKEN } else { number * 11 % ACCOUNTS };
        Self { id: format!("rlr_{at:012x}{number:020x}"), account, number, at }
    }

    /// State, hours until it was opened, until the customer began, and until its end, and why it failed.
    fn fate(&self) -> (&'static str, Option<i64>, Option<i64>, Option<i64>, Option<&'static str>) {
        let wait = 1 + self.number % 17;
        match self.number % 12 {
            0..=5 => ("completed", Some(wait), Some(wait), Some(wait + 1), None),
            6 | 7 => ("sent", None, None, None, None),
            8 => ("opened", Some(wait), None, None, None),
            9 => ("opened", Some(wait), Some(wait), None, None),
            10 => ("failed", None, None, Some(0), Some("the mail server refused the address")),
            _ => ("expired", Some(wait), None, Some(24), None),
        }
    }

    /// Enters the request, its email and, if it ended at the bank, its attempt.
    async fn enter(&self, change: &mut AnyConnection, batch: Option<&str>) -> Result<()> {
        let (state, opened, began, ended, failure) = self.fate();
        let after = |hours: Option<i64>| hours.map(|hours| self.at + hours * HOUR + 3 * MINUTE);
        let account = format!("fca_History{:04}", self.account);
        query(
            "INSERT INTO requests (id, account, customer, delivery, language, reason, is_automatic, state, created_at, \
             expires_at, sent_at, opened_at, began_at, ended_at, failure) \
             VALUES ($1, $2, $3, 'email', 'en', 'inactive', $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(self.id.clone())
        .bind(account.clone())
        .bind(format!("cus_History{:03}", self.account * 2 / 3))
        .bind(i64::from(batch.is_none() && self.number % 3 == 0))
        .bind(state)
        .bind(self.at)
        .bind(self.at + 60 * DAY)
        .bind((state != "failed").then_some(self.at + MINUTE))
        .bind(after(opened))
        .bind(after(began))
        .bind(after(ended))
        .bind(failure)
        .execute(&mut *change)
        .await?;
        query("INSERT INTO mails (request, state, tries, changed_at, error) VALUES ($1, $2, 1, $3, $4)")
            .bind(self.id.clone())
            .bind(if failure.is_some() { "failed" } else { "sent" })
            .bind(self.at + MINUTE)
            .bind(failure)
            .execute(&mut *change)
            .await?;
        if began.is_some() && ended.is_none() {
            self.enter_attempt(change, &account, after(began)).await?;
        }
        let Some(batch) = batch else { return Ok(()) };
        query("INSERT INTO batch_results (batch, account, result, request) VALUES ($1, $2, 'asked', $3) ON CONFLICT DO NOTHING")
            .bind(batch.to_owned())
            .bind(account)
            .bind(self.id.clone())
            .execute(change)
            .await?;
        Ok(())
    }

    async fn enter_attempt(&self, change: &mut AnyConnection, account: &str, at: Option<i64>) -> Result<()> {
        let outcomes = ["cancelled", "no_account", "failed"];
        let outcome = outcomes[usize::try_from(self.number / 12 % 3).unwrap_or_default()];
        query(
            "INSERT INTO attempts (session, customer, account, choice, purpose, requested, known_before, started_at, reported, \
             language, settled_at, outcome, offers_payment, is_told, keeps) VALUES ($1, $2, $3, 'same', 'payments', '[]', '[]', \
             $4, '', 'en', $4, $5, 0, 1, 0)",
        )
        .bind(format!("fcsess_History{}", self.number))
        .bind(format!("cus_History{:03}", self.account * 2 / 3))
        .bind(account.to_owned())
        .bind(at)
        .bind(outcome)
        .execute(change)
        .await?;
        Ok(())
    }
}

/// Enters a batch, and the requests to that many customers from this number on.
async fn enter_batch(
    change: &mut AnyConnection,
    batch: i64,
    at: i64,
    (first, customers): (i64, i64),
) -> Result<()> {
    let id = format!("bat_{batch:032x}");
    for number in first..first + customers {
        Request::new(number, at).enter(change, Some(&id)).await?;
    }
    let is_last = batch + 1 == i64::try_from(BATCHES.len())?;
    query(
        "INSERT INTO batches (id, operator, chosen, place, state, created_at, ended_at) \
         VALUES ($1, $2, '{\"matching\":{\"state\":\"broken\"}}', '', $3, $4, $5)",
    )
    .bind(id.clone())
    .bind(format!(
        "{{\"type\":\"email\",\"email\":\"{}@northwind.example\"}}",
        if is_last { "ada" } else { "grace" }
    ))
    .bind(if batch == 1 { "stopped" } else { "done" })
    .bind(at)
    .bind(at + 4 * MINUTE)
    .execute(&mut *change)
    .await?;
    for (result, accounts) in [
        ("asked", customers),
        ("mailed_within_48_hours", 3),
        ("account_not_relinkable", 2),
        ("customer_opted_out", 1),
    ] {
        query("INSERT INTO batch_counts (batch, result, accounts) VALUES ($1, $2, $3)")
            .bind(id.clone())
            .bind(result)
            .bind(accounts)
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}

/// Returns statements with the counts of each day, which come from today's accounts: fewer and fewer were broken.
fn counts(now: i64) -> Vec<String> {
    let mut statements = Vec::new();
    for day in (1..=DAYS).filter(|day| *day != UNCOUNTED) {
        let broken = day / 9 + i64::from(day % 7 < 2);
        let date = format!("date({now} / 1000 - {day} * 86400, 'unixepoch')");
        statements.push(format!(
            "INSERT OR REPLACE INTO snapshots (day, institution_name, state, accounts, counted_at) \
             SELECT {date}, institution_name, state, COUNT(*) + CASE state WHEN 'broken' THEN {broken} \
             WHEN 'healthy' THEN -{broken} ELSE 0 END, $1 - {day} * {DAY} FROM accounts GROUP BY institution_name, state"
        ));
        for (name, condition, more) in [
            ("customers_broken", "state = 'broken'", broken),
            ("ending_7", "state = 'expiring'", 0),
            ("ending_30", "state = 'expiring'", day / 12),
        ] {
            statements.push(format!(
                "INSERT OR REPLACE INTO daily_figures (day, name, institution_name, value) \
                 SELECT {date}, '{name}', institution_name, COUNT(*) + {more} FROM accounts WHERE {condition} \
                 GROUP BY institution_name UNION ALL SELECT {date}, '{name}', '', COUNT(*) + {more} * 9 FROM accounts \
                 WHERE {condition}"
            ));
        }
    }
    // Today is counted by the server at once.
    statements.push("UPDATE work SET due = $1 WHERE kind = 'tally'".to_owned());
    statements
}

/// Failures, API keys, and another operator who is signed in.
const OPERATIONS: [&str; 8] = [
    "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, parked_at, last_error, created_at) \
     VALUES ('account:fca_History0005', 'account', 'fca_History0005', 0, 1, 1, 0, 12, 0, $1 - 7200000, \
     'Stripe answered 403: the key may not read accounts of this customer', $1 - 90000000)",
    "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, parked_at, last_error, created_at) \
     VALUES ('mail:rlr_1', 'mail', 'rlr_1', 0, 1, 1, 0, 8, 0, $1 - 86400000, 'the mail server refuses the sender', 1)",
    "INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until, failed_at, last_status, last_error) \
     VALUES ('whm_history1', 'connection.broken', 'fca_History0000', '{}', $1 - 260000000, 0, 15, 0, $1 - 1000000, 500, \
     'the endpoint answered 500')",
    "INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until, failed_at, last_error) \
     VALUES ('whm_history2', 'relink_request.completed', 'rlr_2', '{}', $1 - 250000000, 0, 15, 0, $1 - 900000, \
     'the connection was refused')",
    "INSERT INTO keys (id, name, starts_with, hash, scopes, created_at) VALUES ('key_1', 'Billing service', 'rlk_4f2a', 'a', \
     'accounts:read requests:read requests:write', $1 - 8000000000)",
    "INSERT INTO keys (id, name, starts_with, hash, scopes, created_at, revoked_at) VALUES ('key_2', 'Data warehouse, nightly', \
     'rlk_9c01', 'b', 'accounts:read audit:read', $1 - 20000000000, $1 - 700000000)",
    "INSERT INTO operator_sessions (hash, operator, begun_at, seen_at) VALUES ('history', \
     '{\"type\":\"email\",\"email\":\"grace@northwind.example\"}', $1 - 5400000, $1 - 240000)",
    "INSERT INTO opt_outs (customer, at) VALUES ('cus_History021', $1 - 900000000)",
];
