//! Filters of the console's list of connections, parsed into conditions that the database can answer by an index.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use relink_protocol::{AccountId, HolderId, HolderKind, StripeAccountId};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::request_result::RequestResult;

/// State of a connection. With `number_pending` it works, but no money can move until the bank has issued a new account
/// number; with `debits_blocked` it works, and Stripe no longer debits the account's payment method; `replaced` is an account that the customer has linked again under another identifier.
// The most urgent first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumIter, EnumString, IntoStaticStr, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = ConnectionState)]
pub(crate) enum State {
    Broken,
    Expiring,
    NumberExpired,
    Unrepairable,
    DebitsBlocked,
    Healthy,
    NumberPending,
    Disconnected,
    Replaced,
    Unrecognized,
}

impl State {
    /// Returns the name in the database and in the API.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    /// True if many merchants have no such connection, so that it is hidden while the count is zero.
    pub(crate) fn is_rare(self) -> bool {
        matches!(
            self,
            Self::NumberExpired
                | Self::DebitsBlocked
                | Self::NumberPending
                | Self::Disconnected
                | Self::Replaced
                | Self::Unrecognized
        )
    }
}

/// Identifier that finds one or few accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Identifier {
    Customer(String),
    Account(String),
    LastDigits(String),
    /// Several customers, who were found by a name. The name itself is in no filter, because filters are recorded. Never in
    /// a stored batch, because the first release can't read it.
    Customers(Vec<String>),
}

/// Conditions that all listed accounts meet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filter {
    pub(crate) state: Option<State>,
    /// Only for states that have causes.
    pub(crate) cause: Option<String>,
    pub(crate) bank: Option<String>,
    pub(crate) who: Option<Identifier>,
    /// Range of the last change, in milliseconds since 1970: inclusive start, exclusive end.
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
    /// Result of the latest relink request about the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<RequestResult>,
    /// Range of the latest request, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked_until: Option<i64>,
    /// True for accounts whose customer shares less than the merchant asks for. Only healthy ones, because a relink of any
    /// other one asks for it in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_updatable: bool,
    /// Connected account whose customers hold the accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stripe_account: Option<StripeAccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) holder: Option<HolderKind>,
}

impl Filter {
    /// True if the filter is narrowed by account holders. The first release does not know these conditions.
    pub(crate) fn is_about_holders(&self) -> bool {
        self.stripe_account.is_some() || self.holder.is_some()
    }

    /// True if only accounts that were asked match.
    pub(crate) fn is_about_requests(&self) -> bool {
        let is_result = self.result.is_some_and(|result| result != RequestResult::NeverAsked);
        is_result || self.asked_from.is_some() || self.asked_until.is_some()
    }

    /// True if few accounts match, however many there are: one customer's, or those that were asked.
    pub(crate) fn finds_few(&self) -> bool {
        self.who.is_some() || self.is_about_requests()
    }
}

/// Filter as submitted by a form, where empty fields are empty texts.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct FilterForm {
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) cause: String,
    #[serde(default)]
    pub(crate) bank: String,
    /// Search words: a customer, an account, the last digits or a bank.
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    /// Result of the latest request.
    #[serde(default)]
    pub(crate) result: String,
    #[serde(default)]
    pub(crate) asked_from: String,
    #[serde(default)]
    pub(crate) asked_to: String,
    /// [`MISSING`], or anything.
    #[serde(default)]
    pub(crate) permissions: String,
    /// Connected account.
    #[serde(default)]
    pub(crate) stripe_account: String,
    /// Kind of account holder.
    #[serde(default)]
    pub(crate) holder: String,
}

/// Value of [`FilterForm::permissions`] for accounts that share less than the merchant asks for.
pub(crate) const MISSING: &str = "missing";

/// Error in a filter that an operator has typed or a link has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FilterError {
    State,
    Result,
    Permissions,
    StripeAccount,
    Holder,
    TooLong,
    /// Not a date as in ISO 8601.
    Date,
    /// A date without such a day.
    Day,
    /// The words find nothing.
    NoMatch,
    /// The words find these banks, and perhaps more.
    SeveralBanks(Vec<String>),
    /// The words are in the names of more than [`MAX_NAMED`] customers.
    SeveralCustomers,
}

const LONGEST: usize = 200;
/// Most customers that a search by name finds.
pub(crate) const MAX_NAMED: usize = 100;
const DAY: i64 = 24 * 60 * 60 * 1000;

impl FilterForm {
    /// Parses the filter. `banks` are the known banks, for words that name one, and `named` the customers whose names have
    /// all of the words.
    pub(crate) fn read(&self, banks: &[String], named: &[String]) -> Result<Filter, FilterError> {
        let mut filter = Filter {
            state: given(&self.state)
                .map(|word| word.parse::<State>().map_err(|_| FilterError::State))
                .transpose()?,
            cause: given(&self.cause).map(str::to_owned),
            bank: given(&self.bank).map(str::to_owned),
            who: None,
            from: given(&self.from).map(day).transpose()?,
            until: given(&self.to).map(day_after).transpose()?,
            result: given(&self.result)
                .map(|word| word.parse().map_err(|_| FilterError::Result))
                .transpose()?,
            asked_from: given(&self.asked_from).map(day).transpose()?,
            asked_until: given(&self.asked_to).map(day_after).transpose()?,
            is_updatable: match given(&self.permissions) {
                None => false,
                Some(MISSING) => true,
                Some(_) => return Err(FilterError::Permissions),
            },
            stripe_account: stripe_account(&self.stripe_account)?,
            holder: given(&self.holder)
                .map(|kind| HolderKind::from_name(kind).ok_or(FilterError::Holder))
                .transpose()?,
        };
        if [&filter.cause, &filter.bank].into_iter().flatten().any(|text| text.len() > LONGEST) {
            return Err(FilterError::TooLong);
        }
        // Each cause belongs to one state, and each index covers both.
        if filter.cause.is_some() && filter.state != Some(State::Unrepairable) {
            filter.state = Some(State::Broken);
        }
        if filter.is_updatable {
            (filter.state, filter.cause) = (Some(State::Healthy), None);
        }
        match given(&self.q) {
            Some(words) => search(words, banks, named, filter),
            None => Ok(filter),
        }
    }
}

/// Parses the connected account of a form, which may be empty.
pub(crate) fn stripe_account(text: &str) -> Result<Option<StripeAccountId>, FilterError> {
    let parsed = given(text).map(StripeAccountId::try_from).transpose();
    parsed.map_err(|_| FilterError::StripeAccount)
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn search(words: &str, banks: &[String], named: &[String], filter: Filter) -> Result<Filter, FilterError> {
    let digits = words.trim_start_matches(['•', '*']);
    let is_digits = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let who = if is_digits {
        Identifier::LastDigits(digits.to_owned())
    } else if HolderId::try_from(words).is_ok() {
        Identifier::Customer(words.to_owned())
    } else if AccountId::try_from(words).is_ok() {
        Identifier::Account(words.to_owned())
    } else {
        // Words that are only in a bank's name are more often a customer's. Banks can be chosen from a list, too.
        return match bank(words, banks) {
            Ok(bank) if named.is_empty() || bank.to_lowercase() == words.to_lowercase() => {
                Ok(Filter { bank: Some(bank), ..filter })
            }
            Err(why) if named.is_empty() => Err(why),
            _ => Ok(Filter { who: Some(customers(named)?), ..filter }),
        };
    };
    Ok(Filter { who: Some(who), ..filter })
}

/// Returns these customers, unless they are too many for one search.
fn customers(named: &[String]) -> Result<Identifier, FilterError> {
    match named {
        [customer] => Ok(Identifier::Customer(customer.clone())),
        several if several.len() <= MAX_NAMED => Ok(Identifier::Customers(several.to_vec())),
        _ => Err(FilterError::SeveralCustomers),
    }
}

/// Returns the one bank with this name, or with these words in its name.
fn bank(words: &str, banks: &[String]) -> Result<String, FilterError> {
    let words = words.to_lowercase();
    let found: Vec<&String> = banks.iter().filter(|bank| bank.to_lowercase().contains(&words)).collect();
    let exact = found.iter().find(|bank| bank.to_lowercase() == words);
    match (exact, found.as_slice()) {
        (Some(bank), _) | (None, [bank]) => Ok((*bank).clone()),
        (None, []) => Err(FilterError::NoMatch),
        (None, several) => {
            Err(FilterError::SeveralBanks(several.iter().take(5).map(|bank| (*bank).clone()).collect()))
        }
    }
}

/// Returns the end of the day, which is meant whole.
fn day_after(text: &str) -> Result<i64, FilterError> {
    Ok(day(text)?.saturating_add(DAY))
}

fn day(text: &str) -> Result<i64, FilterError> {
    let date: Date = text.parse().map_err(|_| FilterError::Date)?;
    let begins = date.to_zoned(TimeZone::UTC).map_err(|_| FilterError::Day)?;
    Ok(begins.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(q: &str) -> FilterForm {
        FilterForm { q: q.to_owned(), ..FilterForm::default() }
    }

    #[test]
    fn words_are_a_customer_an_account_digits_or_a_bank() {
        let banks = ["Alder Bank", "Birch Bank", "Birch"].map(str::to_owned);
        let read = |q: &str| wanted(q).read(&banks, &[]);
        let who = |q: &str| read(q).unwrap().who.unwrap();
        assert_eq!(who(" cus_1 "), Identifier::Customer("cus_1".to_owned()));
        for holder in ["acct_1", "customer_account_acct_1"] {
            assert_eq!(who(holder), Identifier::Customer(holder.to_owned()));
        }
        assert_eq!(who("fca_1"), Identifier::Account("fca_1".to_owned()));
        assert_eq!(who("••6789"), Identifier::LastDigits("6789".to_owned()));
        assert_eq!(read("alder").unwrap().bank.unwrap(), "Alder Bank");
        assert_eq!(read("birch").unwrap().bank.unwrap(), "Birch");
        let both = ["Alder Bank", "Birch Bank"].map(str::to_owned).to_vec();
        assert_eq!(read("bank"), Err(FilterError::SeveralBanks(both)));
        assert_eq!(read("oak"), Err(FilterError::NoMatch));
        assert_eq!(read("").unwrap(), Filter::default());
        let named = |q: &str, count: usize| wanted(q).read(&banks, &vec!["cus_1".to_owned(); count]);
        assert_eq!(named("jenny", 1).unwrap().who.unwrap(), Identifier::Customer("cus_1".to_owned()));
        assert!(
            matches!(named("jenny", 100).unwrap().who, Some(Identifier::Customers(found)) if found.len() == 100)
        );
        assert_eq!(named("jenny", 101), Err(FilterError::SeveralCustomers));
        // A bank of exactly this name comes before customers, and they before banks with more in their names.
        assert_eq!(named("alder bank", 1).unwrap().bank.unwrap(), "Alder Bank");
        for in_names_of_banks in ["alder", "bank"] {
            let found = named(in_names_of_banks, 1).unwrap();
            assert_eq!((found.bank, found.who), (None, Some(Identifier::Customer("cus_1".to_owned()))));
        }
    }

    #[test]
    fn a_cause_belongs_to_a_state_that_has_causes() {
        for (state, expected) in
            [("", State::Broken), ("healthy", State::Broken), ("unrepairable", State::Unrepairable)]
        {
            let wanted =
                FilterForm { state: state.to_owned(), cause: "x".to_owned(), ..FilterForm::default() };
            assert_eq!(wanted.read(&[], &[]).unwrap().state, Some(expected));
        }
        for (state, cause) in [("", ""), ("broken", "x")] {
            let [state, cause, permissions] = [state, cause, MISSING].map(str::to_owned);
            let filter =
                FilterForm { state, cause, permissions, ..FilterForm::default() }.read(&[], &[]).unwrap();
            assert_eq!((filter.state, filter.cause, filter.is_updatable), (Some(State::Healthy), None, true));
        }
        assert!(FilterForm { permissions: "x".to_owned(), ..FilterForm::default() }.read(&[], &[]).is_err());
        assert!(FilterForm { holder: "x".to_owned(), ..FilterForm::default() }.read(&[], &[]).is_err());
        assert!(
            FilterForm { stripe_account: "cus_1".to_owned(), ..FilterForm::default() }
                .read(&[], &[])
                .is_err()
        );
        assert!(FilterForm { state: "asleep".to_owned(), ..FilterForm::default() }.read(&[], &[]).is_err());
    }

    #[test]
    fn the_last_day_is_meant_whole() {
        let wanted = FilterForm {
            from: "2026-11-01".to_owned(),
            to: "2026-11-01".to_owned(),
            ..FilterForm::default()
        };
        let filter = wanted.read(&[], &[]).unwrap();
        assert_eq!(filter.until.unwrap() - filter.from.unwrap(), DAY);
        assert!(FilterForm { from: "1.11.".to_owned(), ..FilterForm::default() }.read(&[], &[]).is_err());
    }
}
