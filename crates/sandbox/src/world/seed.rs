//! What the sandbox starts with. The ids are fixed, so that tests and documents can name them.

use super::{
    Account, AccountHolder, Authorization, Holding, Institution, World,
    account::{Action, Status},
};

const EXPIRED: Status = Status::Inactive { action: Action::RelinkRequired, cause: "access_expired" };
const CLOSED: Status = Status::Inactive { action: Action::None, cause: "account_closed" };

impl World {
    /// Three banks; one customer with a broken, a healthy and a closed account; one more customer with a
    /// broken account; and a broken account that belongs to nobody.
    pub(crate) fn seeded() -> Self {
        let mut world = Self::default();
        world.institution_seed("fcinst_AlderBank", "Alder Bank", "110000001");
        world.institution_seed("fcinst_Copperfield", "Copperfield Credit Union", "110000002");
        world.institution_seed("fcinst_TernBank", "Tern Bank", "110000003");

        let jenny = customer("cus_SandboxJenny");
        let alder = world.authorization_seed("fcauth_AlderJenny", Some(&jenny), "fcinst_AlderBank", EXPIRED);
        let checking = world.holding_seed(&alder, "Checking", "checking", "6789");
        world.account_seed("fca_AlderChecking6789", &alder, &checking, EXPIRED, 1_780_000_500);
        world.holding_seed(&alder, "Everyday Savings", "savings", "1204");
        world.holding_seed(&alder, "Second Checking", "checking", "2231");

        let active = Status::Active;
        let copper =
            world.authorization_seed("fcauth_CopperfieldJenny", Some(&jenny), "fcinst_Copperfield", active);
        let savings = world.holding_seed(&copper, "Savings", "savings", "4421");
        world.account_seed("fca_CopperfieldSavings4421", &copper, &savings, active, 1_780_000_400);

        let tern = world.authorization_seed("fcauth_TernJenny", Some(&jenny), "fcinst_TernBank", CLOSED);
        let checking = world.holding_seed(&tern, "Checking", "checking", "0937");
        world.account_seed("fca_TernChecking0937", &tern, &checking, CLOSED, 1_780_000_300);
        world.close_seed(&checking);

        let other = customer("cus_SandboxOther");
        let alder = world.authorization_seed("fcauth_AlderOther", Some(&other), "fcinst_AlderBank", EXPIRED);
        let checking = world.holding_seed(&alder, "Checking", "checking", "5150");
        world.account_seed("fca_OtherChecking5150", &alder, &checking, EXPIRED, 1_780_000_200);

        let alder = world.authorization_seed("fcauth_AlderNoHolder", None, "fcinst_AlderBank", EXPIRED);
        let checking = world.holding_seed(&alder, "Checking", "checking", "7300");
        world.account_seed("fca_NoHolderChecking7300", &alder, &checking, EXPIRED, 1_780_000_100);
        world
    }

    fn institution_seed(&mut self, id: &str, name: &str, routing_number: &str) {
        self.institutions.push(Institution {
            id: id.to_owned(),
            name: name.to_owned(),
            routing_number: routing_number.to_owned(),
        });
    }

    fn authorization_seed(
        &mut self,
        id: &str,
        holder: Option<&AccountHolder>,
        institution: &str,
        status: Status,
    ) -> Authorization {
        let inactive = match status {
            Status::Active => None,
            Status::Inactive { action, .. } => Some(action),
        };
        let (holder, institution) = (holder.cloned(), institution.to_owned());
        let authorization = Authorization { id: id.to_owned(), holder, institution, inactive };
        self.authorizations.push(authorization.clone());
        authorization
    }

    fn holding_seed(
        &mut self,
        at: &Authorization,
        name: &str,
        subcategory: &'static str,
        last4: &str,
    ) -> Holding {
        let holding = Holding {
            id: format!("held_{:04}", self.holdings.len() + 1),
            institution: at.institution.clone(),
            owner: at.holder.clone(),
            name: name.to_owned(),
            subcategory,
            last4: last4.to_owned(),
            closed: false,
        };
        self.holdings.push(holding.clone());
        holding
    }

    fn close_seed(&mut self, closed: &Holding) {
        for holding in self.holdings.iter_mut().filter(|holding| holding.id == closed.id) {
            holding.closed = true;
        }
    }

    fn account_seed(
        &mut self,
        id: &str,
        under: &Authorization,
        holding: &Holding,
        status: Status,
        created: i64,
    ) {
        self.accounts.push(Account {
            id: id.to_owned(),
            authorization: under.id.clone(),
            holding: holding.id.clone(),
            holder: under.holder.clone(),
            institution: under.institution.clone(),
            name: holding.name.clone(),
            subcategory: holding.subcategory,
            last4: holding.last4.clone(),
            permissions: vec!["payment_method", "balances"],
            status,
            created,
        });
    }
}

fn customer(id: &str) -> AccountHolder {
    AccountHolder::Customer(id.to_owned())
}
