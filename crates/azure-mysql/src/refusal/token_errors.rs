//! What the errors of token endpoints tell, compared with the settings.

use token_source::{Error, IdentityProblem};

use super::diagnosis::{Cause, Diagnosis};
use crate::{Identity, Settings};

/// The codes are Entra's:
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
pub(super) fn diagnose(error: &Error, settings: &Settings) -> Option<Diagnosis> {
    match error.entra_code() {
        Some(code) => of_entra(code, settings),
        None => of_the_managed_identity(error, settings),
    }
}

fn of_entra(code: u32, settings: &Settings) -> Option<Diagnosis> {
    match code {
        7_000_215 => Some(Diagnosis::new(
            Cause::BadClientSecret,
            "Entra rejected the client secret as wrong; give the secret's value, not its id",
        )),
        7_000_222 => Some(Diagnosis::new(
            Cause::BadClientSecret,
            "Entra rejected the client secret as expired; create a new one and set it",
        )),
        70021 | 700_211 | 700_212 | 700_213 => Some(Diagnosis::new(
            Cause::FederationMismatch,
            "no federated credential of the identity matches the service account's token; compare \
             issuer, subject and audience character by character",
        )),
        90038 | 900_382 | 900_432 => Some(Diagnosis::new(
            Cause::OtherCloud,
            format!(
                "the identity belongs to another Azure cloud than {}; set {}, or the cloud in the \
                 settings",
                settings.cloud().authority(),
                settings.variables.authority
            ),
        )),
        _ => None,
    }
}

fn of_the_managed_identity(error: &Error, settings: &Settings) -> Option<Diagnosis> {
    let variable = &settings.variables.client_id;
    let remedy = match (error.identity_problem()?, settings.identity()) {
        (IdentityProblem::Ambiguous, _) => {
            return Some(Diagnosis::new(
                Cause::AmbiguousIdentity,
                format!(
                    "this host has several managed identities; name one by its client id ({variable})"
                ),
            ));
        }
        (IdentityProblem::NotAssigned, Identity::UserAssigned { client_id }) => format!(
            "assign the identity {client_id} to this host, or unset {variable} to use the \
             system-assigned one"
        ),
        (IdentityProblem::NotAssigned, Identity::SystemAssigned) => format!(
            "turn on the system-assigned identity, or set {variable} to the client id of a \
             user-assigned one"
        ),
        // A token cache that does not belong to these settings.
        _ => return None,
    };
    Some(Diagnosis::new(
        Cause::NoSuchIdentity,
        format!("this host has no such managed identity; {remedy}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entras_codes_have_a_cause_with_a_remedy() {
        let settings = Settings::builder().host("h").user("u").build().unwrap();
        for (code, cause) in [
            (7_000_215, Some(Cause::BadClientSecret)),
            (7_000_222, Some(Cause::BadClientSecret)),
            (70021, Some(Cause::FederationMismatch)),
            (700_213, Some(Cause::FederationMismatch)),
            (90038, Some(Cause::OtherCloud)),
            (900_382, Some(Cause::OtherCloud)),
            (700_016, None),
        ] {
            let diagnosis = of_entra(code, &settings);
            assert!(diagnosis.iter().all(|it| it.to_string().contains("; ")));
            assert_eq!(diagnosis.map(|it| it.cause()), cause, "{code}");
        }
    }
}
