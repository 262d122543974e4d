//! Initial state of the sandbox. Ids are fixed, so that tests and documents can name them; status dates count from
//! the start.

mod jenny;
mod kai;
mod noor;
mod scenes;
mod test_institutions;

pub(crate) use self::scenes::{PAYEE, SELLERS, Scene};
use super::{
    Account, AccountHolder, Authorization, Customer, Holding, Institution, World,
    account::{Action, Status},
    customer::Profile,
    number::AccountNumber,
    onboarding::GRANITE_BROKERAGE,
    refresh::Refreshes,
};

/// Creation time of the merchant's own account in Unix seconds, before all that it has.
const MERCHANT_CREATED: i64 = 1_770_000_000;
/// Creation time of the newest seeded account in Unix seconds; each further one is 10 seconds older.
const NEWEST_ACCOUNT_CREATED: i64 = 1_780_000_500;

/// An account that was linked before the sandbox started.
struct SeededAccount {
    id: &'static str,
    name: &'static str,
    subcategory: &'static str,
    last4: &'static str,
    status: Status,
}

impl World {
    /// Creates a world of customers with one connection in each possible state.
    pub(crate) fn seeded(now: i64) -> Self {
        let mut world = Self { now, account_created: MERCHANT_CREATED, ..Self::default() };
        world.seed_jenny_and_unrelated_holders();
        world.seed_kai();
        world.seed_noor();
        world.seed_test_institutions();
        world.seed_other_institutions();
        world.mark_all_seen();
        world
    }

    /// Creates a world with the seeded banks and no customers or accounts.
    pub(crate) fn empty(now: i64) -> Self {
        let institutions = Self::seeded(now).institutions;
        Self { now, account_created: now, institutions, ..Self::default() }
    }

    /// Adds a bank for investments, and banks outside the United States.
    fn seed_other_institutions(&mut self) {
        self.seed_bank(GRANITE_BROKERAGE, "Granite Brokerage");
        for (id, name, country) in
            [("fcinst_PrairieCanada", "Prairie Bank", "CA"), ("fcinst_FenlandUK", "Fenland Bank", "GB")]
        {
            self.seed_bank(id, name);
            if let Some(bank) = self.institutions.last_mut() {
                country.clone_into(&mut bank.country);
            }
        }
    }

    fn seed_customer(&mut self, id: &str, name: &str, email: &str) -> AccountHolder {
        let (name, email) = (Some(name.to_owned()), Some(email.to_owned()));
        let profile = Profile { name, email, ..Profile::default() };
        self.customers.push(Customer {
            id: id.to_owned(),
            profile,
            created: NEWEST_ACCOUNT_CREATED,
            ..Customer::default()
        });
        AccountHolder::Customer(id.to_owned())
    }

    fn seed_bank(&mut self, id: &str, name: &str) {
        let number = 110_000_001 + self.institutions.len();
        self.institutions.push(Institution {
            id: id.to_owned(),
            name: name.to_owned(),
            routing_number: number.to_string(),
            ..Institution::default()
        });
    }

    fn seed_authorization(
        &mut self,
        id: &str,
        holder: Option<&AccountHolder>,
        institution: &str,
    ) -> Authorization {
        let (holder, institution) = (holder.cloned(), institution.to_owned());
        let authorization = Authorization { id: id.to_owned(), holder, institution };
        self.authorizations.push(authorization.clone());
        authorization
    }

    /// Adds an account at the bank that was never linked.
    fn seed_holding(
        &mut self,
        at: &Authorization,
        name: &str,
        subcategory: &'static str,
        last4: &str,
    ) -> &mut Holding {
        let id = format!("held_{:04}", self.holdings.len() + 1);
        self.holdings.push_mut(Holding {
            id,
            institution: at.institution.clone(),
            owner: at.holder.clone(),
            name: name.to_owned(),
            subcategory,
            last4: last4.to_owned(),
            closed: false,
        })
    }

    fn seed_account(&mut self, under: &Authorization, linked: SeededAccount) -> &mut Account {
        let SeededAccount { id, name, subcategory, last4, status } = linked;
        let gone = [inactive(Action::None, "account_closed"), inactive(Action::None, "account_unavailable")];
        let holding = self.seed_holding(under, name, subcategory, last4);
        holding.closed = gone.contains(&status);
        let holding = holding.id.clone();
        let older = i64::try_from(self.accounts.len()).unwrap_or_default() * 10;
        self.accounts.push_mut(Account {
            id: id.to_owned(),
            authorization: under.id.clone(),
            holding,
            holder: under.holder.clone(),
            institution: under.institution.clone(),
            name: name.to_owned(),
            subcategory,
            last4: last4.to_owned(),
            permissions: vec!["payment_method", "balances"],
            numbers: vec![AccountNumber::REAL],
            status,
            refreshes: Refreshes::default(),
            subscriptions: Vec::new(),
            is_payable: None,
            created: NEWEST_ACCOUNT_CREATED - older,
        })
    }
}

fn inactive(action: Action, cause: &str) -> Status {
    Status::Inactive { action, cause: cause.to_owned() }
}

/// Returns the most common broken state: the bank requires a new login.
fn expired() -> Status {
    inactive(Action::RelinkRequired, "access_expired")
}
