//! Reasons for which a relink request is refused: a code for programs, and a sentence for people.

use strum::{EnumString, IntoStaticStr};

use super::eligible::Ineligible;

/// Rule that a request violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
pub(crate) enum RequestRefusal {
    /// The account can't or need not be relinked. The code is that of the rule.
    #[strum(disabled)]
    Account(Ineligible),
    /// Only one email about an account is sent in 48 hours, unless the account has worked again since.
    #[strum(serialize = "mailed_within_48_hours")]
    MailedLately,
    /// The customer opted out of automatic emails.
    #[strum(serialize = "customer_opted_out")]
    OptedOut,
    /// Not at one of the origins in `RELINK_RETURN_ORIGINS`.
    #[strum(serialize = "return_url_not_allowed")]
    ReturnUrl,
    /// Not an email address, or given for a delivery other than `email`.
    #[strum(serialize = "email_not_usable")]
    Email,
    /// Expires too soon or too late.
    #[strum(serialize = "expires_in_out_of_range")]
    ExpiresIn,
    /// `RELINK_PUBLIC_URL` is not set.
    #[strum(serialize = "links_not_set_up")]
    NoLinks,
    /// `RELINK_SMTP_URL` is not set.
    #[strum(serialize = "mail_not_set_up")]
    NoMail,
    /// The merchant's Stripe account does not have hosted relinks.
    #[strum(serialize = "hosted_relink_not_available")]
    NoHostedRelink,
    /// Stripe refused the request for another reason.
    #[strum(serialize = "refused_by_stripe")]
    RefusedByStripe,
}

impl RequestRefusal {
    /// Returns the code in the API.
    pub(crate) fn as_str(self) -> &'static str {
        if let Self::Account(rule) = self {
            return rule.as_str();
        }
        self.into()
    }

    /// Parses the code in the API.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        code.parse().map(Self::Account).or_else(|_| code.parse()).ok()
    }

    /// Returns a sentence for the API's response and the console.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Account(Ineligible::Healthy) => "The account works, and nothing is known to end that.",
            Self::Account(Ineligible::PermissionsUnchanged) => {
                "The account works, and the customer shares all that RELINK_PERMISSIONS asks for."
            }
            Self::Account(Ineligible::NotHosted) => {
                "Stripe's hosted relink is for inactive accounts, and for account numbers that expire within 30 days; use \
                 the delivery `link` or `email`."
            }
            Self::Account(Ineligible::NotRelinkable) => {
                "The account is inactive and a relink can't repair it; the customer has to link another one."
            }
            Self::Account(Ineligible::Disconnected) => "The account was disconnected on purpose.",
            Self::Account(Ineligible::NoOwner) => {
                "The account has no account holder at Stripe, so there is nobody to ask."
            }
            Self::Account(Ineligible::NumberPending) => {
                "The bank is issuing a new account number; nobody has to do anything."
            }
            Self::Account(Ineligible::Replaced) => {
                "The customer has linked this account again, under another identifier."
            }
            Self::Account(Ineligible::Unrecognized) => {
                "Stripe reports a state that this version doesn't know."
            }
            Self::MailedLately => {
                "The customer got a mail about this account less than 48 hours ago and has not come yet."
            }
            Self::OptedOut => "The customer wants no automatic mails.",
            Self::ReturnUrl => {
                "return_url must be an https address at one of RELINK_RETURN_ORIGINS; a page of Stripe's needs one."
            }
            Self::Email => "email must be one mailbox, and is for the delivery `email` only.",
            Self::ExpiresIn => "expires_in must be between 300 seconds and 30 days.",
            Self::NoLinks => {
                "Links need RELINK_PUBLIC_URL; set the address at which customers reach this server."
            }
            Self::NoMail => {
                "Mails need RELINK_SMTP_URL and RELINK_MAIL_FROM; set them, or use the delivery `link`."
            }
            Self::NoHostedRelink => {
                "Stripe's hosted relink is a private preview that this Stripe account does not have; ask Stripe for it, \
                 or use the delivery `link` or `email`, which need nothing of Stripe's."
            }
            Self::RefusedByStripe => "Stripe refuses this request; the server's log has its reason.",
        }
    }

    /// True if the request itself is invalid, rather than not possible now or for this account.
    pub(crate) fn is_invalid_request(self) -> bool {
        matches!(self, Self::ReturnUrl | Self::Email | Self::ExpiresIn)
    }
}
