//! Settings for the sign-in by OpenID Connect.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;

use super::secret;

/// Sign-in of operators by OpenID Connect.
#[derive(Clone, Debug, Default, Args)]
pub struct OidcOptions {
    /// Issuer at which operators sign in to the console by OpenID Connect, exactly as it names itself, such as
    /// `https://login.shop.example/realms/staff`: https, or http on this machine. Its configuration is read from
    /// `/.well-known/openid-configuration` below it.
    #[arg(long, env = "RELINK_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,

    /// Identifier of this server at the issuer. Register it there as a confidential client with the authorization code
    /// flow, and with `/console/oidc/callback` below `RELINK_PUBLIC_URL` as its redirect URI.
    #[arg(long, env = "RELINK_OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,

    /// Secret of this server at the issuer.
    #[arg(long, env = "RELINK_OIDC_CLIENT_SECRET", hide_env_values = true, value_parser = secret)]
    pub oidc_client_secret: Option<SecretString>,

    /// File that contains the secret of this server at the issuer.
    #[arg(long, env = "RELINK_OIDC_CLIENT_SECRET_FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// Values of the roles' claim with the role that each stands for, separated by commas, such as
    /// `console-admins:admin,support:operator,staff:viewer`. The highest role counts, and nobody signs in without one.
    #[arg(long, env = "RELINK_OIDC_ROLES")]
    pub oidc_roles: Option<String>,

    /// Claim that has an operator's roles or groups, in the ID token or, if it is not there, at the issuer's userinfo
    /// endpoint: a text, a list of texts, or an object with their names. Dots lead into objects, as in
    /// `realm_access.roles`. Of `email`, only an address counts that the issuer has verified. Otherwise `roles`.
    #[arg(long, env = "RELINK_OIDC_ROLES_CLAIM")]
    pub oidc_roles_claim: Option<String>,

    /// Scopes that the issuer is asked for, separated by spaces; with `openid`. Otherwise `openid email`.
    #[arg(long, env = "RELINK_OIDC_SCOPES")]
    pub oidc_scopes: Option<String>,

    /// Name of the issuer on the button of the sign-in page. Otherwise the host name of the issuer.
    #[arg(long, env = "RELINK_OIDC_NAME")]
    pub oidc_name: Option<String>,

    /// Redirect URI, if operators have another host name for the console than customers have for
    /// `RELINK_PUBLIC_URL`, such as `https://relink.internal.example/console/oidc/callback`. It has the
    /// path of `RELINK_PUBLIC_URL`. Otherwise `/console/oidc/callback` below `RELINK_PUBLIC_URL`.
    #[arg(long, env = "RELINK_OIDC_REDIRECT_URL")]
    pub oidc_redirect_url: Option<String>,

    /// Longest session after a sign-in at the issuer, from 5m to 12h. The issuer is asked for the roles at each sign-in
    /// only, so a role that is taken away there is gone here after this time. Otherwise 1h.
    #[arg(long, env = "RELINK_OIDC_SESSION")]
    pub oidc_session: Option<String>,

    /// Operators sign in at the issuer only: neither emailed codes nor keys open the console, and sessions that were
    /// begun with them end.
    #[arg(long, env = "RELINK_OIDC_ONLY", value_parser = clap::builder::FalseyValueParser::new())]
    pub oidc_only: bool,
}
