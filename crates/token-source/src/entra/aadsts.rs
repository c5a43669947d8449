/// What an `AADSTS` code means and what to do, in one line, for the codes that a program without a
/// person in front of it meets.
///
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
pub(super) fn meaning(code: u32) -> Option<&'static str> {
    let meaning = match code {
        50001 | 500_011 => "the tenant does not know the resource; check the cloud and the tenant",
        50012 | 50013 => "the assertion is not valid; check the certificate or the federated token",
        50027 => "the assertion cannot be read, or names no certificate; check how it is made",
        500_133 | 700_024 => "the assertion is not in its valid time; check this machine's clock",
        50020 | 50034 => {
            "the user is not in this tenant; check the tenant id, or invite the user as a guest"
        }
        50076 | 50078 | 50079 => "the user has to pass multifactor authentication; log in again",
        50105 => "the identity is not assigned to the application; have an administrator assign it",
        50173 => "the login was revoked, for instance by a new password; log in again",
        50196 => "the program asks for the same token in a loop; slow down",
        53003 | 530_003 => {
            "a conditional access policy forbids this login; ask an administrator what it demands"
        }
        65001 => "nobody has consented to this access; have an administrator consent to it",
        70011 | 28002 | 1_002_012 => "the scope is not valid; it has to end in /.default",
        700_016 => "the application is not in this tenant; check the client id and the tenant id",
        700_021 => "the assertion is another application's; check the client id",
        700_022 => "the scope names several resources; ask for one of them",
        700_023 => "the assertion is for another token endpoint; check the tenant id and the cloud",
        700_027 => {
            "the assertion's signature does not verify; check that the certificate is the registered \
             one"
        }
        70021 | 700_211 | 700_213 => {
            "no federated credential matches the token's issuer and subject; add one that does to the \
             identity"
        }
        700_212 => {
            "no federated credential matches the token's audience; ask for a token for the \
             credential's audience, usually api://AzureADTokenExchange"
        }
        700_229 => {
            "only tokens of applications may be federated; take an application's or a managed \
             identity's"
        }
        7_000_215 => {
            "the client secret is wrong; give the secret's value, not the secret's id beside it"
        }
        7_000_218 => {
            "the request held neither a client secret nor an assertion; give the application's secret \
             or certificate"
        }
        7_000_222 => "the client secret has expired; make a new one",
        90002 => "there is no such tenant; check the tenant id and the cloud",
        90023 | 9_002_313 | 900_144 => {
            "the request is malformed; check the tenant id, the client id and the scope"
        }
        90033 | 90055 => "Microsoft Entra is busy; try again later",
        90038 | 900_382 | 900_432 => "the tenant is in another national cloud; name that cloud",
        90061 => {
            "Microsoft Entra cannot reach the issuer of the federated token; check that the internet \
             can"
        }
        _ => return None,
    };
    Some(meaning)
}

/// Whether the same request may succeed in a moment.
pub(super) fn is_transient(code: u32) -> bool {
    matches!(code, 50196 | 90033 | 90055)
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn every_meaning_is_one_line_with_advice() {
        let meanings: Vec<_> = (0..10_000_000).filter_map(meaning).collect();
        assert!(meanings.contains(&"the client secret has expired; make a new one"));
        for meaning in meanings {
            assert!(
                meaning.contains("; ") && !meaning.contains('\n'),
                "{meaning}"
            );
        }
    }
}
