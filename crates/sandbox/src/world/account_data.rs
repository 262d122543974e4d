//! Account data from the bank: balances, owners, transactions. All of it is generated, deterministic for each
//! account, and plausible for its kind.

use serde::{Deserialize, Serialize};

use super::{Account, Holding, World, number::DAY, refresh::Feature};

/// Mean number of days for each transaction.
const DAYS_PER_TRANSACTION: u64 = 3;
/// Number of days that the first refresh looks back.
const HISTORY_DAYS: i64 = 60;

const SPENDING: &[&str] = &[
    "Riverside Grocery",
    "Corner Bakery Cafe",
    "City Transit",
    "Northwind Electric",
    "Parkview Pharmacy",
    "Lantern Books",
    "Maple Street Hardware",
    "Bluebird Wireless",
];

/// A balance in cents; debt is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Balance {
    /// Unix seconds.
    pub(crate) as_of: i64,
    pub(crate) current: i64,
}

/// A transaction of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) account: String,
    /// Amount in cents; outgoing money is negative.
    pub(crate) amount: i64,
    #[serde(with = "super::enum_text")]
    pub(crate) description: super::enum_text::EnumText,
    /// Unix seconds; `None` while it is pending, and of one that was never posted.
    pub(crate) posted_at: Option<i64>,
    /// Unix seconds; `None` unless the bank has voided it.
    #[serde(default)]
    pub(crate) void_at: Option<i64>,
    /// True if the next refresh finds it voided instead of posted.
    #[serde(default)]
    will_be_void: bool,
    pub(crate) transacted_at: i64,
    /// Number of the refresh that added or last changed it.
    pub(crate) refresh: usize,
    /// Unix seconds.
    pub(crate) updated: i64,
}

/// Owners of an account, as fetched by the last refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ownership {
    pub(crate) id: String,
    /// Unix seconds.
    pub(crate) fetched: i64,
    pub(crate) owners: Vec<Owner>,
}

/// An owner of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) address: String,
}

impl Transaction {
    pub(crate) fn is_pending(&self) -> bool {
        self.posted_at.is_none() && self.void_at.is_none()
    }
}

impl World {
    /// Lets the bank void a pending transaction, which the next refresh finds. Returns false if none is pending with
    /// this id.
    pub(crate) fn void_transaction(&mut self, id: &str) -> bool {
        let found = self.transactions.iter_mut().find(|one| one.id == id && one.is_pending());
        found.map(|transaction| transaction.will_be_void = true).is_some()
    }

    /// Returns the fingerprint, which is equal for all links of one bank account, so that merchants can recognise it.
    pub(crate) fn fingerprint(&self, account: &Account) -> String {
        let holding = self.holdings.iter().find(|holding| holding.id == account.holding);
        format!("{:016x}", stable_hash(holding.map_or(&account.id, |holding: &Holding| &holding.id)))
    }

    /// Returns the balance at the last successful refresh.
    pub(crate) fn balance(&self, account: &Account) -> Option<Balance> {
        let as_of = account.fetched(Feature::Balance)?;
        Some(Balance { as_of, current: self.balance_on_day(account, as_of / DAY) })
    }

    /// Returns the balances of the last 30 days, newest first.
    pub(crate) fn inferred_balances(&self, account: &Account) -> Vec<Balance> {
        let Some(fetched) = account.fetched(Feature::InferredBalances) else { return Vec::new() };
        let today = fetched / DAY;
        let days = (today - 29..=today).rev();
        days.map(|day| Balance { as_of: day * DAY, current: self.balance_on_day(account, day) }).collect()
    }

    fn balance_on_day(&self, account: &Account, day: i64) -> i64 {
        let (low, high) = match account.subcategory {
            "checking" => (80_000, 450_000),
            "savings" => (400_000, 2_400_000),
            "credit_card" => (-240_000, -9_000),
            "mortgage" => (-41_000_000, -14_000_000),
            "investment" => (900_000, 9_000_000),
            "other" => (2_000, 90_000),
            _ => (-900_000, -50_000),
        };
        let usual = between(low, high, &self.fingerprint(account));
        usual + between(0, (high - low) / 50, &format!("{}{day}", account.holding))
    }

    /// Returns the owners of the account if they were fetched.
    pub(crate) fn ownership_of(&self, account: &Account) -> Option<Ownership> {
        let fetched = account.fetched(Feature::Ownership)?;
        let id = account.id.replacen("fca_", "", 1);
        let owner = self.owner(account, &id);
        let family = owner.name.split(' ').next_back().unwrap_or_default().to_owned();
        let partner = account.name.starts_with("Joint").then(|| Owner {
            id: format!("fcaown_{id}2"),
            name: format!("Robin {family}"),
            email: None,
            phone: None,
            address: owner.address.clone(),
        });
        let owners = [Some(owner), partner].into_iter().flatten().collect();
        Some(Ownership { id: format!("fcaowns_{id}"), fetched, owners })
    }

    fn owner(&self, account: &Account, id: &str) -> Owner {
        let profile = account.holder.as_ref().and_then(|holder| self.customer(holder.id()));
        let profile = profile.map(|customer| customer.profile.clone()).unwrap_or_default();
        let who = account.holder.as_ref().map_or("nobody", |holder| holder.id());
        let (house, code) = (between(10, 990, who), between(10_000, 99_000, who));
        Owner {
            id: format!("fcaown_{id}1"),
            name: profile.name.unwrap_or_else(|| "Alex Morgan".to_owned()),
            email: profile.email,
            phone: profile.phone.or_else(|| Some(format!("+1555{:07}", between(1_000_000, 9_999_999, who)))),
            address: format!("{house} Orchard Lane, Springfield, OR {code}"),
        }
    }

    /// Finds an ownership by its id.
    pub(crate) fn ownership(&self, id: &str) -> Option<Ownership> {
        self.accounts.iter().filter_map(|account| self.ownership_of(account)).find(|one| one.id == id)
    }

    /// Returns the account's transactions, newest first, as in a list.
    pub(crate) fn transactions_of(&self, account: &Account) -> Vec<&Transaction> {
        let mut all: Vec<&Transaction> =
            self.transactions.iter().filter(|one| one.account == account.id).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.transacted_at));
        all
    }

    pub(crate) fn transaction(&self, id: &str) -> Option<&Transaction> {
        self.transactions.iter().find(|transaction| transaction.id == id)
    }

    /// Returns the number of the refresh with this id.
    pub(crate) fn refresh_number(&self, id: &str) -> Option<usize> {
        self.transaction_refresh_ids.iter().find(|(_, known)| *known == id).map(|(number, _)| *number)
    }

    /// Returns the id of the refresh that added or last changed the transaction.
    pub(crate) fn refresh_id(&self, transaction: &Transaction) -> Option<&str> {
        self.transaction_refresh_ids.get(&transaction.refresh).map(String::as_str)
    }

    /// Adds transactions: the first refresh brings the last days and a pending transaction; every later one posts the
    /// pending one and adds a new one.
    pub(super) fn fetch_transactions(&mut self, id: &str, refresh: usize) {
        let Some(account) = self.account(id).cloned() else { return };
        let (now, today) = (self.now, self.now / DAY);
        let known = self.transactions_of(&account).len();
        for pending in self.transactions.iter_mut().filter(|one| one.account == id && one.is_pending()) {
            let end = if pending.will_be_void { &mut pending.void_at } else { &mut pending.posted_at };
            *end = Some(now);
            (pending.updated, pending.refresh) = (now, refresh);
        }
        let has_one = |day: &i64| {
            stable_hash(&format!("{}{day}", account.holding)).is_multiple_of(DAYS_PER_TRANSACTION)
        };
        let past: Vec<i64> = (today - HISTORY_DAYS..today).filter(has_one).collect();
        let past = if known == 0 { past } else { Vec::new() };
        let mut number = known;
        for day in past.into_iter().map(Some).chain([None]) {
            number += 1;
            self.transactions.push(transaction(&account, number, day, now, refresh));
        }
    }
}

/// Makes a transaction: posted if `day` is a day in the past, pending and made now if it is `None`.
fn transaction(account: &Account, number: usize, day: Option<i64>, now: i64, refresh: usize) -> Transaction {
    let key = format!("{}-{number}", account.holding);
    let (amount, description) = match account.subcategory {
        "mortgage" => (198_400, "Monthly payment"),
        "credit_card" if number.is_multiple_of(9) => (between(20_000, 90_000, &key), "Payment received"),
        "checking" if number.is_multiple_of(7) => (between(180_000, 260_000, &key), "Harvest & Pine payroll"),
        "investment" | "other" => (between(500, 20_000, &key), "Dividend"),
        "savings" => (between(5_000, 40_000, &key), "Transfer from checking"),
        _ => (-between(450, 9_800, &key), pick(SPENDING, &key)),
    };
    let transacted_at = day.map_or(now, |day| day * DAY + between(8, 20, &key) * 3600);
    Transaction {
        id: format!("fctxn_{}{number:03}", account.id.replacen("fca_", "", 1)),
        account: account.id.clone(),
        amount,
        description,
        posted_at: day.map(|_| (transacted_at + DAY).min(now)),
        void_at: None,
        will_be_void: false,
        transacted_at,
        refresh,
        updated: now,
    }
}

/// Returns a pseudo-random number that is always the same for the same text (FNV-1a).
pub(super) fn stable_hash(text: &str) -> u64 {
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The low bits alone would depend too much on the last character.
    mixed ^ (mixed >> 29)
}

fn between(low: i64, high: i64, text: &str) -> i64 {
    let span = u64::try_from(high - low).unwrap_or_default().max(1);
    low + i64::try_from(stable_hash(text) % span).unwrap_or_default()
}

fn pick(words: &[&'static str], text: &str) -> &'static str {
    let count = u64::try_from(words.len()).unwrap_or(1).max(1);
    let at = usize::try_from(stable_hash(text) % count).unwrap_or_default();
    words.get(at).copied().unwrap_or_default()
}
