//! Stub of an OpenID provider, at which operators of the console sign in.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, LOCATION};
use hyper::{Request, Response, StatusCode};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{HttpStub, json_response};

/// Identifier and secret of the client that the stub knows. The secret has characters that need encoding.
pub const OIDC_CLIENT: (&str, &str) = ("relink", "canary secret/+:%");

/// Key with which the stub signs ID tokens.
#[derive(Clone, Copy, Debug)]
pub struct IssuerKey {
    /// Name of the key.
    pub kid: &'static str,
    /// Algorithm of the signatures.
    pub algorithm: Algorithm,
    /// Private key in PEM form.
    pub pem: &'static str,
}

impl IssuerKey {
    /// Returns the ID token with these claims.
    ///
    /// Fails if the key does not fit the algorithm.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(self.algorithm) };
        Ok(encode(&header, claims, &self.encoding()?)?)
    }

    fn public(&self) -> Result<Value> {
        let mut key = serde_json::to_value(Jwk::from_encoding_key(&self.encoding()?, self.algorithm)?)?;
        if let Some(key) = key.as_object_mut() {
            key.insert("kid".to_owned(), json!(self.kid));
        }
        Ok(key)
    }

    fn encoding(&self) -> Result<EncodingKey> {
        let pem = self.pem.as_bytes();
        Ok(if self.algorithm == Algorithm::ES256 {
            EncodingKey::from_ec_pem(pem)?
        } else if self.algorithm == Algorithm::EdDSA {
            EncodingKey::from_ed_pem(pem)?
        } else {
            EncodingKey::from_rsa_pem(pem)?
        })
    }
}

type TokenMaker = Box<dyn Fn(&Value) -> String + Send>;

/// Running stub. Whoever is sent to it is signed in at once, as the user of the moment.
#[derive(Debug)]
pub struct IssuerStub {
    http: HttpStub,
    provider: Arc<Mutex<Provider>>,
}

struct Provider {
    /// The issuer's name, which is its address.
    name: String,
    key: IssuerKey,
    /// Changes of the configuration.
    configuration: Value,
    /// Claims of the user, which are added to each ID token.
    user: Value,
    userinfo: Value,
    make_token: Option<TokenMaker>,
    is_down: bool,
    /// Sign-ins for which a code was issued.
    codes: HashMap<String, Grant>,
    /// ID tokens that were issued.
    tokens: HashSet<String>,
}

/// Sign-in that a code was issued for.
struct Grant {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("name", &self.name).finish_non_exhaustive()
    }
}

impl IssuerStub {
    /// Starts on a free port with this key.
    pub async fn start(key: IssuerKey) -> Result<Self> {
        let provider = Arc::new(Mutex::new(Provider {
            name: String::new(),
            key,
            configuration: json!({}),
            user: json!({"sub": "1"}),
            userinfo: json!({"sub": "1"}),
            make_token: None,
            is_down: false,
            codes: HashMap::new(),
            tokens: HashSet::new(),
        }));
        let http = HttpStub::start(provider.clone(), respond).await?;
        lock(&provider).name = format!("http://{}", http.host());
        Ok(Self { http, provider })
    }

    /// Name and address of the issuer.
    pub fn name(&self) -> String {
        format!("http://{}", self.http.host())
    }

    /// Signs with another key from now on, and publishes that one alone.
    pub fn rotate(&self, key: IssuerKey) {
        lock(&self.provider).key = key;
    }

    /// Changes who signs in: the claims about them, which also replace other claims of the ID token.
    pub fn sign_in_as(&self, claims: Value) {
        lock(&self.provider).user = claims;
    }

    /// Changes the claims at the userinfo endpoint.
    pub fn set_userinfo(&self, claims: Value) {
        lock(&self.provider).userinfo = claims;
    }

    /// Changes the configuration: these values replace others.
    pub fn configure(&self, values: Value) {
        lock(&self.provider).configuration = values;
    }

    /// Makes ID tokens in another way, from the claims that are right.
    pub fn make_tokens(&self, make: impl Fn(&Value) -> String + Send + 'static) {
        lock(&self.provider).make_token = Some(Box::new(make));
    }

    /// Answers every request with 503, or works again.
    pub fn set_down(&self, is_down: bool) {
        lock(&self.provider).is_down = is_down;
    }
}

fn lock(provider: &Mutex<Provider>) -> MutexGuard<'_, Provider> {
    provider.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn respond(provider: Arc<Mutex<Provider>>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = header(AUTHORIZATION).to_owned();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut provider = lock(&provider);
    if provider.is_down {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "down");
    }
    match parts.uri.path() {
        "/.well-known/openid-configuration" => json_response(StatusCode::OK, &provider.described()),
        "/jwks" => match provider.key.public() {
            Ok(key) => json_response(StatusCode::OK, &json!({"keys": [key]})),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        "/authorize" => provider.authorize(&fields(parts.uri.query().unwrap_or_default().as_bytes())),
        "/logout" => provider.sign_out(&fields(parts.uri.query().unwrap_or_default().as_bytes())),
        "/token" => provider.exchange(&authorization, &fields(&body)),
        "/userinfo" if authorization == "Bearer access" => json_response(StatusCode::OK, &provider.userinfo),
        _ => problem(StatusCode::NOT_FOUND, "not_found"),
    }
}

type Fields = HashMap<String, String>;

fn fields(text: &[u8]) -> Fields {
    url::form_urlencoded::parse(text).into_owned().collect()
}

fn problem(status: StatusCode, error: &str) -> Response<Full<Bytes>> {
    json_response(status, &json!({ "error": error }))
}

/// Adds the entries of one object to another one, or replaces them. A `null` removes one.
fn merge(into: &mut Value, from: &Value) {
    let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) else { return };
    for (name, value) in from {
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), value.clone());
        }
    }
}

impl Provider {
    fn described(&self) -> Value {
        let name = &self.name;
        let mut described = json!({
            "issuer": name,
            "authorization_endpoint": format!("{name}/authorize"),
            "token_endpoint": format!("{name}/token"),
            "userinfo_endpoint": format!("{name}/userinfo"),
            "jwks_uri": format!("{name}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        });
        merge(&mut described, &self.configuration);
        described
    }

    /// Signs the user in, and sends the browser back with a code.
    fn authorize(&mut self, asked: &Fields) -> Response<Full<Bytes>> {
        let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        let is_right = text("response_type") == "code"
            && text("client_id") == OIDC_CLIENT.0
            && text("scope").split(' ').any(|scope| scope == "openid")
            && text("code_challenge_method") == "S256"
            && text("code_challenge").len() == 43
            && !text("nonce").is_empty();
        let Ok(mut back) = url::Url::parse(text("redirect_uri")) else {
            return problem(StatusCode::BAD_REQUEST, "redirect_uri");
        };
        if is_right {
            let code = format!("code-{}", rand::random::<u64>());
            let grant = Grant {
                nonce: text("nonce").to_owned(),
                challenge: text("code_challenge").to_owned(),
                redirect_uri: text("redirect_uri").to_owned(),
            };
            self.codes.insert(code.clone(), grant);
            back.query_pairs_mut().append_pair("code", &code).append_pair("state", text("state"));
        } else {
            back.query_pairs_mut()
                .append_pair("error", "invalid_request")
                .append_pair("state", text("state"));
        }
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::FOUND;
        if let Ok(back) = back.as_str().parse() {
            response.headers_mut().insert(LOCATION, back);
        }
        response
    }

    /// Signs out whoever an ID token of this issuer names, and sends the browser back (OpenID Connect RP-Initiated Logout 1.0).
    /// The configuration names this address only after [`IssuerStub::configure`] has added it.
    fn sign_out(&self, asked: &Fields) -> Response<Full<Bytes>> {
        let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        let is_wrong = asked.get("id_token_hint").is_some_and(|token| !self.tokens.contains(token));
        if is_wrong || text("client_id") != OIDC_CLIENT.0 {
            return problem(StatusCode::BAD_REQUEST, "invalid_request");
        }
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::FOUND;
        if let Ok(back) = text("post_logout_redirect_uri").parse() {
            response.headers_mut().insert(LOCATION, back);
        }
        response
    }

    /// Exchanges a code, once, for an ID token.
    fn exchange(&mut self, authorization: &str, form: &Fields) -> Response<Full<Bytes>> {
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let secrets = (text("client_id"), text("client_secret"));
        if client(authorization) != Some((OIDC_CLIENT.0.to_owned(), OIDC_CLIENT.1.to_owned()))
            && secrets != OIDC_CLIENT
        {
            return problem(StatusCode::UNAUTHORIZED, "invalid_client");
        }
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text("code_verifier")));
        let grant = self
            .codes
            .remove(text("code"))
            .filter(|grant| grant.challenge == challenge && grant.redirect_uri == text("redirect_uri"));
        let Some(grant) = grant.filter(|_| text("grant_type") == "authorization_code") else {
            return problem(StatusCode::BAD_REQUEST, "invalid_grant");
        };
        let now = get_current_timestamp();
        let mut claims = json!({
            "iss": self.name, "aud": OIDC_CLIENT.0, "nonce": grant.nonce, "iat": now, "exp": now + 300,
        });
        merge(&mut claims, &self.user);
        let token = match &self.make_token {
            Some(make) => Ok(make(&claims)),
            None => self.key.sign(&claims),
        };
        match token {
            Ok(token) => {
                self.tokens.insert(token.clone());
                let tokens = json!({"id_token": token, "access_token": "access", "token_type": "Bearer"});
                json_response(StatusCode::OK, &tokens)
            }
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }
}

/// Returns identifier and secret of a client in the header, which encodes them as in a form (RFC 6749, section 2.3.1).
fn client(authorization: &str) -> Option<(String, String)> {
    let pair = BASE64_STANDARD.decode(authorization.strip_prefix("Basic ")?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| Some(url::form_urlencoded::parse(text.as_bytes()).next()?.0.into_owned());
    Some((decoded(id)?, decoded(secret)?))
}
