//! Scenes: customers that are added on request, so that the initial state stays small.

use super::{SeededAccount, expired};
use crate::world::{
    AccountHolder, World,
    account::{Action, Notice, Status},
    number::DAY,
};

/// A scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A customer with two healthy accounts, one of which shares less than the other.
    Permissions,
    /// A connected account with accounts for payouts, which is a customer of the merchant as well.
    Payouts,
    /// The customer of a connected account, in the world of that account. Its ids are the same in every world.
    DirectCharges {
        /// Last four digits of the customer's account.
        last4: &'static str,
    },
    /// A customer with broken accounts that look alike, who comes back under new ids.
    LookAlikes,
    /// A bank that moves to another interface, so that the connections of many customers end.
    Migration {
        /// Number of customers, each with one account.
        customers: usize,
        /// Number of days until the first connections end.
        days: i64,
    },
}

/// Connected account of [`Scene::Payouts`].
pub(crate) const PAYEE: &str = "acct_SandboxVera";
/// Connected accounts that have customers of [`Scene::DirectCharges`], with the digits of their customers' accounts.
pub(crate) const SELLERS: [(&str, &str); 2] =
    [("acct_SandboxPotter", "4536"), ("acct_SandboxWeaver", "4544")];

/// Longest time that a connection to the bank of [`Scene::Migration`] lasts, in days.
const LASTS: i64 = 365;

impl World {
    /// Plays a scene. Its accounts were linked before, so only what happens to them afterwards causes events. A scene that
    /// was played before adds nothing.
    pub(crate) fn play(&mut self, scene: Scene) {
        match scene {
            Scene::Permissions => self.seed_mira(),
            Scene::Payouts => self.seed_vera(),
            Scene::DirectCharges { last4 } => self.seed_inga(last4),
            Scene::LookAlikes => self.seed_toma(),
            Scene::Migration { customers, days } => self.migrate_cascade(customers, days),
        }
    }

    fn seed_mira(&mut self) {
        if self.account("fca_TernChecking5518").is_some() {
            return;
        }
        let mira = self.seed_customer("cus_SandboxMira", "Mira Castellanos", "mira.castellanos@example.com");
        let tern = self.seed_authorization("fcauth_TernMira", Some(&mira), "fcinst_TernBank");
        let account = self.seed_account(&tern, active("fca_TernChecking5518", "5518"));
        account.permissions = vec!["payment_method"];
        let copper = self.seed_authorization("fcauth_CopperfieldMira", Some(&mira), "fcinst_Copperfield");
        self.seed_account(&copper, active("fca_CopperfieldChecking5526", "5526"));
        self.mark_all_seen();
    }

    /// Seeds accounts of [`PAYEE`], in both of its roles. Stripe keeps the two apart, as if they were two persons.
    fn seed_vera(&mut self) {
        if self.account("fca_LindenChecking4407").is_some() {
            return;
        }
        self.seed_bank("fcinst_LindenBank", "Linden Bank");
        let payee = AccountHolder::Account(PAYEE.to_owned());
        let linden = self.seed_authorization("fcauth_LindenVera", Some(&payee), "fcinst_LindenBank");
        let broken = |id, last4| SeededAccount { status: expired(), ..active(id, last4) };
        self.seed_account(&linden, broken("fca_LindenChecking4407", "4407"));
        self.seed_holding(&linden, "Business Checking", "checking", "4415");
        let copper = self.seed_authorization("fcauth_CopperfieldVera", Some(&payee), "fcinst_Copperfield");
        self.seed_account(&copper, active("fca_CopperfieldChecking4423", "4423"));
        let member = AccountHolder::CustomerAccount(PAYEE.to_owned());
        let linden = self.seed_authorization("fcauth_LindenMember", Some(&member), "fcinst_LindenBank");
        self.seed_account(&linden, broken("fca_LindenMember4431", "4431"));
        self.mark_all_seen();
    }

    fn seed_inga(&mut self, last4: &'static str) {
        if self.account("fca_AlderInga").is_some() {
            return;
        }
        let inga = self.seed_customer("cus_SandboxInga", "Inga Holm", "inga.holm@example.com");
        let alder = self.seed_authorization("fcauth_AlderInga", Some(&inga), "fcinst_AlderBank");
        let broken = SeededAccount { status: expired(), ..active("fca_AlderInga", last4) };
        self.seed_account(&alder, broken);
        self.mark_all_seen();
    }

    /// Seeds two broken accounts that differ in their ids and dates only, and a third one beside which the bank has another
    /// that looks the same. From now on, relinks make new authorizations, so that nothing but looks is left to compare.
    fn seed_toma(&mut self) {
        self.settings.relink_changes_authorization = true;
        if self.account("fca_WrenSavings7788").is_some() {
            return;
        }
        self.seed_bank("fcinst_WrenSavings", "Wren Savings Bank");
        let toma = self.seed_customer("cus_SandboxToma", "Toma Lindgren", "toma.lindgren@example.com");
        let wren = self.seed_authorization("fcauth_WrenToma", Some(&toma), "fcinst_WrenSavings");
        let broken = |id, name, subcategory, last4| SeededAccount {
            name,
            subcategory,
            status: expired(),
            ..active(id, last4)
        };
        for (id, days) in [("fca_WrenSavings7788", 720), ("fca_WrenSavings7788Twin", 210)] {
            self.seed_account(&wren, broken(id, "Savings", "savings", "7788")).created -= days * DAY;
        }
        self.seed_account(&wren, broken("fca_WrenChecking7796", "Checking", "checking", "7796"));
        self.seed_holding(&wren, "Checking", "checking", "7796");
        self.mark_all_seen();
    }

    /// Announces ends as Stripe describes them for Bank of America: the oldest connections end together on one day, the
    /// next ones day by day after that, and the newest a year after they were made.
    ///
    /// Source: <https://docs.stripe.com/financial-connections/inactive-accounts>.
    fn migrate_cascade(&mut self, customers: usize, days: i64) {
        if self.institution("fcinst_CascadeNational").is_none() {
            self.seed_bank("fcinst_CascadeNational", "Cascade National Bank");
        }
        for number in 1..=customers {
            let id = format!("fca_Cascade{number:05}");
            if self.account(&id).is_some() {
                continue;
            }
            let (customer, email) =
                (format!("cus_Cascade{number:05}"), format!("customer{number}@example.com"));
            let holder = self.seed_customer(&customer, &format!("Customer {number}"), &email);
            let login = format!("fcauth_Cascade{number:05}");
            let login = self.seed_authorization(&login, Some(&holder), "fcinst_CascadeNational");
            let account = self.seed_account(&login, active("", ""));
            (account.id, account.last4) = (id, format!("{:04}", number % 10_000));
        }
        self.mark_all_seen();
        let end = self.now + days * DAY;
        let accounts =
            self.accounts.iter_mut().filter(|account| account.institution == "fcinst_CascadeNational");
        for (place, account) in accounts.enumerate() {
            let later = i64::try_from(place / 3).unwrap_or_default();
            let date = match place % 3 {
                0 => end,
                1 => end + (1 + later) * DAY,
                _ => self.now + (LASTS - later % LASTS) * DAY,
            };
            account.status = Status::Active(Some(Notice {
                action: Action::RelinkRequired,
                cause: "institution_requirement".to_owned(),
                expected_deactivation_date: date,
            }));
        }
    }
}

fn active(id: &'static str, last4: &'static str) -> SeededAccount {
    SeededAccount { id, name: "Checking", subcategory: "checking", last4, status: Status::ACTIVE }
}
