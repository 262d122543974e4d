//! Accounts in large numbers, inserted directly into the server's database as if it had read them from Stripe
//! earlier.

use anyhow::Result;
use sqlx::AnyPool;

use crate::clock;
use crate::database::{Database, DatabaseEngine};

/// Number of accounts per transaction, to keep transactions small.
const CHUNK: u32 = 50_000;
const HOUR: i64 = 3_600_000;

/// Set of seeded accounts: the middle of their IDs, and the number of accounts per customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeedAccounts {
    pub(crate) name: &'static str,
    pub(crate) per_customer: u32,
}

impl SeedAccounts {
    pub(crate) fn account(self, number: u32) -> String {
        format!("fca_{}{number}", self.name)
    }

    /// Returns the customer of an account.
    pub(crate) fn customer(self, account: u32) -> String {
        format!("cus_{}{}", self.name, account / self.per_customer)
    }

    /// Adds the accounts from number `from` up to, but not including, `to`, all healthy, and their customers, all
    /// with a current list of accounts. The server has to be running, or it would take the time before its start for
    /// a gap.
    pub(crate) async fn insert(self, database: &Database, from: u32, to: u32) -> Result<()> {
        let pool = database.open().await?;
        let mut first = from;
        while first < to {
            let next = to.min(first.saturating_add(CHUNK));
            self.add(&pool, first, next).await?;
            first = next;
        }
        if database.engine == DatabaseEngine::Postgres {
            // PostgreSQL would do this by itself a minute later.
            sqlx::query("ANALYZE").execute(&pool).await?;
        }
        pool.close().await;
        Ok(())
    }

    /// Adds many accounts to a PostgreSQL without any: builds the indexes once, after the rows.
    pub(crate) async fn insert_in_bulk(self, database: &Database, accounts: u32) -> Result<()> {
        let pool = database.open().await?;
        let indexes: Vec<(String, String)> = sqlx::query_as(
            "SELECT CAST(indexname AS TEXT), indexdef FROM pg_indexes WHERE tablename = 'accounts' \
             AND indexdef LIKE 'CREATE INDEX%'",
        )
        .fetch_all(&pool)
        .await?;
        for (name, _) in &indexes {
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP INDEX {name}"))).execute(&pool).await?;
        }
        self.insert(database, 0, accounts).await?;
        for (_, definition) in indexes {
            sqlx::query(sqlx::AssertSqlSafe(definition)).execute(&pool).await?;
        }
        // As autovacuum would in time: without it, every scan of an index also reads the rows.
        sqlx::query("VACUUM ANALYZE accounts").execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    async fn add(self, pool: &AnyPool, from: u32, to: u32) -> Result<()> {
        let (name, per_customer) = (self.name, self.per_customer);
        let numbers = "WITH RECURSIVE n(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)";
        let accounts = format!(
            r#"INSERT INTO accounts (id, customer, authorization_id, institution_name, state, cause, expires_on, account,
               as_of, read_at, changed_at, recheck_at, revision, told, last4)
               {numbers} SELECT 'fca_{name}' || i, 'cus_{name}' || (i / {per_customer}), 'fcauth_{name}' || i, 'Alder Bank',
               'healthy', NULL, NULL, '{{"id":"fca_{name}' || i || '","object":"financial_connections.account",
               "account_holder":{{"customer":"cus_{name}' || (i / {per_customer}) || '","type":"customer"}},"account_numbers":[],
               "authorization":"fcauth_{name}' || i || '","balance":null,"balance_refresh":null,"category":"cash",
               "created":1681412208,"display_name":"Sample Checking Account","institution":"fcinst_AlderBank",
               "institution_name":"Alder Bank","last4":"6789","livemode":false,"ownership":null,
               "ownership_refresh":null,"permissions":["payment_method","balances"],"status":"active",
               "status_details":{{}},"subcategory":"checking","subscriptions":[],
               "supported_payment_method_types":["us_bank_account"],"transaction_refresh":null}}',
               $3 / 1000, $3, $3, NULL, 1, 'healthy', '6789' FROM n"#
        );
        let customers = format!(
            "INSERT INTO customers (id, listed_at) {numbers} SELECT DISTINCT 'cus_{name}' || (i / {per_customer}), $3 FROM n \
             WHERE i % {per_customer} = 0"
        );
        let mut change = pool.begin().await?;
        // The accounts were read an hour ago, so before any event about them. The lists are an hour ahead, because
        // the server would refresh a stale list in the background as soon as it is requested.
        for (statement, time) in [(accounts, clock::millis() - HOUR), (customers, clock::millis() + HOUR)] {
            let query = sqlx::query(sqlx::AssertSqlSafe(statement));
            query.bind(i64::from(from)).bind(i64::from(to)).bind(time).execute(&mut *change).await?;
        }
        Ok(change.commit().await?)
    }
}
