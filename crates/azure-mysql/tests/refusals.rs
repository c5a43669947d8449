//! What is known of a refused login leads to its likeliest cause, in one line with a remedy.

use std::time::{Duration, SystemTime};

use azure_mysql::{
    Cloud, Identity, Settings,
    refusal::{Cause, Finding, Symptom, likeliest_cause},
};
use token_source::Claims;

const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
const OBJECT_ID: &str = "22222222-2222-4222-8222-222222222222";
const TENANT_ID: &str = "33333333-3333-4333-8333-333333333333";
const OTHER_ID: &str = "44444444-4444-4444-8444-444444444444";
const DENIED: Symptom<'_> = Symptom::Server {
    number: 1045,
    message: "Access denied for user 'x'@'localhost' (using password: YES)",
};

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn settings_of(user: &str) -> Settings {
    Settings::builder()
        .host("shop.mysql.database.azure.com")
        .user(user)
        .identity(service_principal_of(TENANT_ID))
        .build()
        .unwrap()
}

fn service_principal_of(tenant_id: &str) -> Identity {
    Identity::ServicePrincipal {
        tenant_id: tenant_id.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: "secret".into(),
    }
}

/// A good token of an application, valid since ten minutes, for fifty more.
fn of_an_application() -> Claims {
    let mut claims = Claims::default();
    claims.aud = vec![Cloud::PUBLIC.database_resource().to_owned()];
    claims.tid = Some(TENANT_ID.to_owned());
    claims.appid = Some(CLIENT_ID.to_owned());
    claims.oid = Some(OBJECT_ID.to_owned());
    claims.nbf = Some(now() - Duration::from_secs(600));
    claims.exp = Some(now() + Duration::from_secs(3000));
    claims
}

/// The same of a person.
fn of_a_person(name: &str) -> Claims {
    let mut claims = of_an_application();
    claims.idtyp = Some("user".to_owned());
    claims.upn = Some(name.to_owned());
    claims
}

fn with(change: impl FnOnce(&mut Claims)) -> Claims {
    let mut claims = of_an_application();
    change(&mut claims);
    claims
}

fn finding(symptom: Symptom<'_>, claims: Option<&Claims>, user: &str) -> Option<Finding> {
    finding_with(symptom, claims, &settings_of(user))
}

/// What is found. All findings of these tests come from here, and have a remedy.
fn finding_with(
    symptom: Symptom<'_>,
    claims: Option<&Claims>,
    settings: &Settings,
) -> Option<Finding> {
    let finding = likeliest_cause(symptom, claims, settings, now())?;
    let text = finding.to_string();
    assert!(!text.contains('\n') && text.contains("; "), "{text}");
    Some(finding)
}

#[test]
fn a_token_that_is_wrong_in_itself_is_told_from_its_claims() {
    let later = now() + Duration::from_secs(90);
    let earlier = now() - Duration::from_secs(90);
    for (claims, cause, says) in [
        (
            with(|it| it.aud = vec!["https://vault.azure.net".to_owned()]),
            Cause::WrongAudience,
            "https://vault.azure.net",
        ),
        (
            with(|it| it.aud = vec![Cloud::CHINA.database_resource().to_owned()]),
            Cause::OtherCloud,
            "chinacloudapi",
        ),
        (
            with(|it| it.tid = Some(OTHER_ID.to_owned())),
            Cause::OtherTenant,
            OTHER_ID,
        ),
        (
            with(|it| it.exp = Some(earlier)),
            Cause::Expired,
            "90 s ago",
        ),
        (with(|it| it.exp = Some(now())), Cause::Expired, "0 s ago"),
        (
            with(|it| it.nbf = Some(later)),
            Cause::NotYetValid,
            "in 90 s",
        ),
    ] {
        let finding = finding(DENIED, Some(&claims), "aad_app").unwrap();
        assert_eq!(finding.cause(), cause, "{finding}");
        assert!(finding.to_string().contains(says), "{finding}");
    }
}

#[test]
fn a_tenant_is_compared_for_every_identity_that_has_one_and_only_by_its_id() {
    let workload = |tenant_id: &str| Identity::WorkloadIdentity {
        tenant_id: tenant_id.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        token_file: "/token".into(),
    };
    let upper_case = TENANT_ID.to_uppercase();
    for (identity, cause) in [
        (workload(OTHER_ID), Cause::OtherTenant),
        (workload(TENANT_ID), Cause::NameNotMatching),
        (workload("contoso.com"), Cause::NameNotMatching),
        (service_principal_of(OTHER_ID), Cause::OtherTenant),
        (service_principal_of(&upper_case), Cause::NameNotMatching),
        (service_principal_of("contoso.com"), Cause::NameNotMatching),
        (Identity::SystemAssigned, Cause::NameNotMatching),
        #[cfg(feature = "client-certificate")]
        (
            Identity::ClientCertificate {
                tenant_id: OTHER_ID.to_owned(),
                client_id: CLIENT_ID.to_owned(),
                file: "/certificate.pem".into(),
            },
            Cause::OtherTenant,
        ),
    ] {
        let settings = settings_of("aad_app").with_identity(identity);
        let claims = of_an_application();
        let finding = finding_with(DENIED, Some(&claims), &settings).unwrap();
        let identity = settings.identity();
        assert_eq!(finding.cause(), cause, "{identity:?}: {finding}");
    }
}

#[test]
fn an_audience_may_be_the_applications_id_and_may_end_in_a_slash() {
    let resource = format!("{}/", Cloud::PUBLIC.database_resource());
    for audience in ["123CD850-D9DF-40BD-94D5-C9F07B7FA203", &resource] {
        let claims = with(|it| it.aud = vec![audience.to_owned()]);
        let finding = finding(DENIED, Some(&claims), "aad_app").unwrap();
        assert_eq!(finding.cause(), Cause::NameNotMatching, "{finding}");
    }
}

#[test]
fn the_words_of_azures_plugin_tell_whose_the_user_is() {
    let not_valid = |rest: &str| format!("Azure AD access token is not valid for user 'x'{rest}");
    for (message, claims, cause) in [
        (
            not_valid(&format!(" with OID '{OBJECT_ID}'.")),
            of_an_application(),
            Cause::ObjectIdInsteadOfClientId,
        ),
        (
            not_valid(&format!(" with OID '{OTHER_ID}'.")),
            of_an_application(),
            Cause::OtherPrincipal,
        ),
        (
            not_valid(&format!(" with OID '{OTHER_ID}'.")),
            of_a_person("ada@example.com"),
            Cause::OtherPrincipal,
        ),
        (
            not_valid(&format!(" (or does not contain group ID '{OTHER_ID}')")),
            of_a_person("ada@example.com"),
            Cause::NotInGroup,
        ),
    ] {
        let symptom = Symptom::Server {
            number: 9106,
            message: &message,
        };
        let finding = finding(symptom, Some(&claims), "aad_app").unwrap();
        assert_eq!(finding.cause(), cause, "{message}: {finding}");
    }
}

#[test]
fn where_all_else_is_right_the_name_is_looked_at() {
    let ada = of_a_person("ada@example.com");
    let long = of_a_person("ada.byron-king.of.lovelace@example.com");
    for (user, claims, cause) in [
        ("aad_app", of_an_application(), Cause::NameNotMatching),
        ("ada@example.com", ada.clone(), Cause::MemberByOwnName),
        ("Ada@example.com", ada.clone(), Cause::NameNotMatching),
        ("grace", ada, Cause::NameNotMatching),
        ("lovelace", long, Cause::NameTooLong),
    ] {
        let finding = finding(DENIED, Some(&claims), user).unwrap();
        assert_eq!(finding.cause(), cause, "{user}: {finding}");
    }
}

#[test]
fn where_nothing_else_is_known_a_new_token_points_to_the_servers_clock() {
    for (age, cause) in [(10, Some(Cause::NotYetValid)), (600, None)] {
        let mut claims = of_an_application();
        claims.idtyp = Some("user".to_owned());
        claims.nbf = Some(now() - Duration::from_secs(age));
        let finding = finding(DENIED, Some(&claims), "ada");
        assert_eq!(finding.map(|it| it.cause()), cause, "{age} s");
    }
}

#[test]
fn what_the_settings_alone_tell_comes_first_and_needs_no_token() {
    for (user, cause) in [
        ("app@shop", Cause::ServerInName),
        ("app@SHOP", Cause::ServerInName),
        (
            "@Microsoft.KeyVault(Name=x)",
            Cause::UnresolvedKeyVaultReference,
        ),
    ] {
        let finding = finding(DENIED, None, user).unwrap();
        assert_eq!(finding.cause(), cause, "{user}: {finding}");
    }
    for user in ["ada@example.com", "@shop"] {
        assert_eq!(finding(DENIED, None, user), None, "{user}");
    }
}

#[test]
fn a_server_that_saw_no_password_or_no_tls_says_so() {
    for (number, message, cause) in [
        (
            1045,
            "Access denied (using password: NO)",
            Cause::NoTokenSent,
        ),
        (
            3159,
            "Connections using insecure transport are prohibited",
            Cause::NoTls,
        ),
    ] {
        let symptom = Symptom::Server { number, message };
        let finding = finding(symptom, Some(&of_an_application()), "aad_app").unwrap();
        assert_eq!(finding.cause(), cause, "{finding}");
    }
}

#[test]
fn certificates_that_do_not_verify_are_told_apart() {
    for (said, cause) in [
        (
            "invalid peer certificate: UnknownIssuer",
            Some(Cause::UnknownRoot),
        ),
        (
            "certificate verify failed: self-signed certificate",
            Some(Cause::UnknownRoot),
        ),
        (
            "invalid peer certificate: NotValidForName",
            Some(Cause::OtherHostName),
        ),
        (
            "invalid peer certificate: certificate not valid for name \"10.0.0.4\"",
            Some(Cause::OtherHostName),
        ),
        ("the server offers no TLS", Some(Cause::NoTls)),
        ("connection reset by peer", None),
    ] {
        let finding = finding(Symptom::Tls(said), None, "aad_app");
        assert_eq!(finding.map(|it| it.cause()), cause, "{said}");
    }
}

#[test]
fn the_token_endpoints_own_words_are_understood() {
    for (said, cause) in [
        ("400: Identity not found", Some(Cause::NoSuchIdentity)),
        (
            "No User Assigned or Delegated Managed Identity found for specified ClientId",
            Some(Cause::NoSuchIdentity),
        ),
        (
            "Multiple user assigned identities exist, please specify the clientId",
            Some(Cause::AmbiguousIdentity),
        ),
        (
            "AADSTS7000215: Invalid client secret provided.",
            Some(Cause::BadClientSecret),
        ),
        (
            "AADSTS7000222: The provided client secret keys are expired.",
            Some(Cause::BadClientSecret),
        ),
        (
            "AADSTS70021: No matching federated identity record",
            Some(Cause::FederationMismatch),
        ),
        (
            "AADSTS700213: No matching federated identity record",
            Some(Cause::FederationMismatch),
        ),
        (
            "AADSTS900382: Confidential Client is not supported",
            Some(Cause::OtherCloud),
        ),
        (
            "the setting is @Microsoft.KeyVault(SecretName=x)",
            Some(Cause::UnresolvedKeyVaultReference),
        ),
        ("503 Service Unavailable", None),
    ] {
        let finding = finding(Symptom::Token(said), None, "aad_app");
        assert_eq!(finding.map(|it| it.cause()), cause, "{said}");
    }
}
