//! What is known of a refused login leads to its likeliest cause, in one line with a remedy.

use std::time::{Duration, SystemTime};

use azure_mysql::{
    Cloud, Identity, Settings,
    refusal::{Cause, Diagnosis, Evidence, likeliest_cause},
};
use token_source::Claims;

const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
const OBJECT_ID: &str = "22222222-2222-4222-8222-222222222222";
const TENANT_ID: &str = "33333333-3333-4333-8333-333333333333";
const OTHER_ID: &str = "44444444-4444-4444-8444-444444444444";
const DENIED: Evidence<'_> = Evidence::Server {
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

fn diagnosis(evidence: Evidence<'_>, claims: Option<&Claims>, user: &str) -> Option<Diagnosis> {
    diagnosis_with(evidence, claims, &settings_of(user))
}

/// What is found. All diagnoses of these tests come from here, and have a remedy.
fn diagnosis_with(
    evidence: Evidence<'_>,
    claims: Option<&Claims>,
    settings: &Settings,
) -> Option<Diagnosis> {
    let diagnosis = likeliest_cause(evidence, claims, settings, now())?;
    let text = diagnosis.to_string();
    assert!(!text.contains('\n') && text.contains("; "), "{text}");
    Some(diagnosis)
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
            "another 90 s",
        ),
    ] {
        let diagnosis = diagnosis(DENIED, Some(&claims), "aad_app").unwrap();
        assert_eq!(diagnosis.cause(), cause, "{diagnosis}");
        assert!(diagnosis.to_string().contains(says), "{diagnosis}");
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
        let diagnosis = diagnosis_with(DENIED, Some(&claims), &settings).unwrap();
        let identity = settings.identity();
        assert_eq!(diagnosis.cause(), cause, "{identity:?}: {diagnosis}");
    }
}

#[test]
fn an_audience_may_be_the_applications_id_and_may_end_in_a_slash() {
    let resource = format!("{}/", Cloud::PUBLIC.database_resource());
    for audience in ["123CD850-D9DF-40BD-94D5-C9F07B7FA203", &resource] {
        let claims = with(|it| it.aud = vec![audience.to_owned()]);
        let diagnosis = diagnosis(DENIED, Some(&claims), "aad_app").unwrap();
        assert_eq!(diagnosis.cause(), Cause::NameNotMatching, "{diagnosis}");
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
        let evidence = Evidence::Server {
            number: 9106,
            message: &message,
        };
        let diagnosis = diagnosis(evidence, Some(&claims), "aad_app").unwrap();
        assert_eq!(diagnosis.cause(), cause, "{message}: {diagnosis}");
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
        let diagnosis = diagnosis(DENIED, Some(&claims), user).unwrap();
        assert_eq!(diagnosis.cause(), cause, "{user}: {diagnosis}");
    }
}

#[test]
fn where_nothing_else_is_known_a_new_token_points_to_the_servers_clock() {
    for (age, cause) in [(10, Some(Cause::NotYetValid)), (600, None)] {
        let mut claims = of_an_application();
        claims.idtyp = Some("user".to_owned());
        claims.nbf = Some(now() - Duration::from_secs(age));
        let diagnosis = diagnosis(DENIED, Some(&claims), "ada");
        assert_eq!(diagnosis.map(|it| it.cause()), cause, "{age} s");
    }
}

#[test]
fn what_the_settings_alone_tell_comes_first_and_needs_no_token() {
    for (user, cause) in [
        ("app@shop", Cause::ServerInName),
        ("app@SHOP", Cause::ServerInName),
    ] {
        let diagnosis = diagnosis(DENIED, None, user).unwrap();
        assert_eq!(diagnosis.cause(), cause, "{user}: {diagnosis}");
    }
    let unresolved = settings_of("app").with_identity(Identity::UserAssigned {
        client_id: "@Microsoft.KeyVault(Name=x)".to_owned(),
    });
    let diagnosis = diagnosis_with(DENIED, None, &unresolved).unwrap();
    assert_eq!(diagnosis.cause(), Cause::UnresolvedKeyVaultReference);
    for user in ["ada@example.com", "@shop"] {
        assert_eq!(self::diagnosis(DENIED, None, user), None, "{user}");
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
        let evidence = Evidence::Server { number, message };
        let diagnosis = diagnosis(evidence, Some(&of_an_application()), "aad_app").unwrap();
        assert_eq!(diagnosis.cause(), cause, "{diagnosis}");
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
        let diagnosis = diagnosis(Evidence::Tls(said), None, "aad_app");
        assert_eq!(diagnosis.map(|it| it.cause()), cause, "{said}");
    }
}
