use std::{
    collections::HashMap,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};

use crate::{Account, AccountKind, Config, Error, Refusal, claims::Claims, keys};

/// The longest password that is looked at. Tokens of users in many groups have been seen with
/// 7 kB, and Microsoft Entra stops listing groups at 200; beyond this it is no token, and
/// decoding it would only cost time.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Decides whether a token may log in to an account.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: HashMap<String, DecodingKey>,
    tenant_id: String,
    issuers: Vec<String>,
    audiences: Vec<String>,
    leeway_seconds: u64,
    signature: Validation,
}

impl Verifier {
    /// Reads the key file that the configuration names.
    ///
    /// # Errors
    ///
    /// When the key file cannot be read or holds no usable key, or when the tenant, the
    /// audiences or the issuers are empty.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Self::of(config, || keys::read(&config.jwks_file))
    }

    /// Takes the keys from a text, in the form of a key file, and does not look at the
    /// configuration's.
    ///
    /// # Errors
    ///
    /// When the text holds no usable key, or when the tenant, the audiences or the issuers are
    /// empty.
    pub fn with_keys(config: &Config, jwks_json: &str) -> Result<Self, Error> {
        Self::of(config, || keys::parse(jwks_json.as_bytes(), "the key set"))
    }

    fn of(
        config: &Config,
        keys: impl FnOnce() -> Result<HashMap<String, DecodingKey>, Error>,
    ) -> Result<Self, Error> {
        let issuers = config.accepted_issuers();
        for (name, empty) in [
            ("tenant_id", config.tenant_id.trim().is_empty()),
            ("audiences", config.audiences.is_empty()),
            ("issuers", issuers.is_empty()),
        ] {
            if empty {
                return Err(Error::new(format!("the configuration's {name} is empty")));
            }
        }
        Ok(Self {
            keys: keys()?,
            tenant_id: config.tenant_id.clone(),
            issuers,
            audiences: config.audiences.clone(),
            leeway_seconds: config.leeway_seconds,
            signature: signature_only(),
        })
    }

    /// Reads a configuration in JSON, then its key file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not a configuration, holds an unknown key, or
    /// [`Verifier::new`] refuses it.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        Self::new(&Config::read(path)?)
    }

    /// Decides whether the token may log in to the account at the time `now`.
    ///
    /// The order is that of [Azure's server][checks]: signature, issuer, tenant, audience,
    /// validity, identity. Nothing of the token is believed before its signature is checked.
    ///
    /// [checks]: https://learn.microsoft.com/azure/mysql/flexible-server/security-entra-authentication
    ///
    /// # Errors
    ///
    /// The first reason to refuse the token.
    pub fn check(&self, token: &str, account: &Account, now: SystemTime) -> Result<(), Refusal> {
        let claims = self.signed_claims(token)?;
        self.check_origin(&claims)?;
        self.check_validity(&claims, now)?;
        check_identity(&claims, account)
    }

    fn signed_claims(&self, token: &str) -> Result<Claims, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::NotAToken {
                reason: "it is longer than 64 KiB",
            });
        }
        let header = decode_header(token).map_err(|_| Refusal::NotAToken {
            reason: "its header is not that of a signed token",
        })?;
        if header.alg != Algorithm::RS256 {
            return Err(Refusal::WrongAlgorithm);
        }
        // RFC 7515: whoever does not know a critical extension must refuse the token.
        if header.crit.is_some() {
            return Err(Refusal::NotAToken {
                reason: "it demands an unknown extension",
            });
        }
        let Some(key) = header.kid.as_ref().and_then(|kid| self.keys.get(kid)) else {
            return Err(Refusal::UnknownKey { kid: header.kid });
        };
        match decode(token, key, &self.signature) {
            Ok(token) => Ok(token.claims),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                Err(Refusal::BadSignature)
            }
            Err(_) => Err(Refusal::NotAToken {
                reason: "its claims cannot be read",
            }),
        }
    }

    fn check_origin(&self, claims: &Claims) -> Result<(), Refusal> {
        let issuer = present(claims.iss.as_ref(), "iss")?;
        if !holds(&self.issuers, issuer) {
            return Err(Refusal::WrongIssuer {
                found: issuer.clone(),
            });
        }
        let tenant = present(claims.tid.as_ref(), "tid")?;
        if !tenant.eq_ignore_ascii_case(&self.tenant_id) {
            return Err(Refusal::WrongTenant {
                found: tenant.clone(),
            });
        }
        let audiences = present(claims.aud.as_ref(), "aud")?.values();
        if !audiences
            .iter()
            .any(|audience| holds(&self.audiences, audience))
        {
            return Err(Refusal::WrongAudience {
                found: audiences.join(", "),
            });
        }
        Ok(())
    }

    fn check_validity(&self, claims: &Claims, now: SystemTime) -> Result<(), Refusal> {
        // A clock before 1970 is wrong. Then no token can be shown to be valid.
        let now = now
            .duration_since(UNIX_EPOCH)
            .map_or(u64::MAX, |since| since.as_secs());
        if let Some(not_before) = claims.nbf
            && now.saturating_add(self.leeway_seconds) < not_before
        {
            return Err(Refusal::NotYetValid {
                seconds: not_before - now,
            });
        }
        let expires = *present(claims.exp.as_ref(), "exp")?;
        if now >= expires.saturating_add(self.leeway_seconds) {
            return Err(Refusal::Expired {
                seconds_ago: now - expires,
            });
        }
        Ok(())
    }
}

/// Time and audience are compared here, with the caller's clock; `jsonwebtoken` would read the
/// machine's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn check_identity(claims: &Claims, account: &Account) -> Result<(), Refusal> {
    if account.id().is_empty() {
        return Err(Refusal::AccountWithoutId {
            account: account.clone(),
        });
    }
    match account.kind() {
        AccountKind::ServicePrincipal => {
            let client = claims.appid.as_ref().or(claims.azp.as_ref());
            let client = present(client, "appid or azp")?;
            same_principal(account, client)?;
            // A person's token names the client too. Without this, whoever can sign in through
            // an application could log in as the application.
            if claims.scp.is_some() {
                return Err(Refusal::SignedInUser {
                    client: client.clone(),
                });
            }
            Ok(())
        }
        AccountKind::User => same_principal(account, present(claims.oid.as_ref(), "oid")?),
        AccountKind::Group => {
            let groups = claims.groups.as_deref().unwrap_or_default();
            if holds(groups, account.id()) {
                Ok(())
            } else {
                Err(Refusal::NotInGroup {
                    group: account.id().to_owned(),
                })
            }
        }
    }
}

fn same_principal(account: &Account, found: &str) -> Result<(), Refusal> {
    if found.eq_ignore_ascii_case(account.id()) {
        Ok(())
    } else {
        Err(Refusal::WrongPrincipal {
            expected: account.id().to_owned(),
            found: found.to_owned(),
        })
    }
}

fn present<T>(value: Option<T>, claim: &'static str) -> Result<T, Refusal> {
    value.ok_or(Refusal::MissingClaim { claim })
}

/// Whether a list of GUIDs, or of URLs made of GUIDs, holds a value. Their hexadecimal digits are
/// written in either case.
fn holds(list: &[String], value: &str) -> bool {
    list.iter().any(|item| item.eq_ignore_ascii_case(value))
}
