//! Which tokens may log in, and why the others may not.

use crate::issuer::{
    CLIENT, GROUP, Issuer, NOW, OBJECT, application, application_claims, at, check, group, person,
    user_claims, with,
};
use aad_auth::{Account, AccountKind, Refusal, Verifier};
use serde_json::{Value, json};

const OTHER: &str = "ffffffff-0000-4000-8000-000000000000";

#[test]
fn tokens_as_microsoft_entra_makes_them_are_accepted() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let v2_application = with(
        with(user_claims(), "scp", Value::Null),
        "groups",
        Value::Null,
    );
    for (claims, account) in [
        (application_claims(), application()),
        (v2_application, application()),
        (user_claims(), person()),
        (user_claims(), group()),
        (
            with(
                user_claims(),
                "aud",
                json!(["other", "123CD850-D9DF-40BD-94D5-C9F07B7FA203"]),
            ),
            person(),
        ),
        (with(user_claims(), "nbf", Value::Null), person()),
    ] {
        let token = issuer.sign(&claims);
        assert_eq!(
            check(&verifier, &token, &account),
            Ok(()),
            "{claims} for {account}"
        );
    }
}

#[test]
fn guids_are_compared_without_regard_to_case() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    for (claims, kind, id) in [
        (application_claims(), AccountKind::ServicePrincipal, CLIENT),
        (user_claims(), AccountKind::User, OBJECT),
        (user_claims(), AccountKind::Group, GROUP),
    ] {
        let account = Account::new(kind, id.to_uppercase(), "name");
        assert_eq!(
            check(&verifier, &issuer.sign(&claims), &account),
            Ok(()),
            "{account}"
        );
    }
}

#[test]
fn a_token_of_another_origin_is_refused() {
    let issuer = Issuer::new();
    let claims = application_claims;
    let found = String::from;
    for (claims, refusal) in [
        (
            with(claims(), "iss", json!("https://x/")),
            Refusal::WrongIssuer {
                found: found("https://x/"),
            },
        ),
        (with(claims(), "iss", Value::Null), missing("iss")),
        (
            with(claims(), "tid", json!(OTHER)),
            Refusal::WrongTenant {
                found: found(OTHER),
            },
        ),
        (with(claims(), "tid", Value::Null), missing("tid")),
        (
            with(claims(), "aud", json!("https://vault")),
            Refusal::WrongAudience {
                found: found("https://vault"),
            },
        ),
        (
            with(claims(), "aud", json!(["a", "b"])),
            Refusal::WrongAudience {
                found: found("a, b"),
            },
        ),
        (
            with(claims(), "aud", json!([])),
            Refusal::WrongAudience { found: found("") },
        ),
        (with(claims(), "aud", Value::Null), missing("aud")),
        (json!({}), missing("iss")),
    ] {
        assert_refused(&issuer, &claims, &application(), refusal);
    }
}

#[test]
fn a_token_without_a_readable_validity_is_refused() {
    let issuer = Issuer::new();
    let claims = application_claims;
    let unreadable = || Refusal::NotAToken {
        reason: "its claims cannot be read",
    };
    for (claims, refusal) in [
        (
            with(claims(), "exp", json!(NOW - 10)),
            Refusal::Expired { seconds_ago: 10 },
        ),
        (
            with(claims(), "nbf", json!(NOW + 10)),
            Refusal::NotYetValid { seconds: 10 },
        ),
        (with(claims(), "exp", Value::Null), missing("exp")),
        (with(claims(), "exp", json!("never")), unreadable()),
        (with(claims(), "exp", json!(-1)), unreadable()),
        (with(claims(), "aud", json!(7)), unreadable()),
        (json!([]), unreadable()),
    ] {
        assert_refused(&issuer, &claims, &application(), refusal);
    }
}

#[test]
fn a_token_of_another_principal_is_refused() {
    let issuer = Issuer::new();
    let (app, user) = (application_claims, user_claims);
    let wrong = |expected: &str| Refusal::WrongPrincipal {
        expected: expected.into(),
        found: OTHER.into(),
    };
    let outside = || Refusal::NotInGroup {
        group: GROUP.into(),
    };
    for (claims, account, refusal) in [
        (
            with(app(), "appid", json!(OTHER)),
            application(),
            wrong(CLIENT),
        ),
        (
            with(app(), "appid", Value::Null),
            application(),
            missing("appid or azp"),
        ),
        (with(user(), "oid", json!(OTHER)), person(), wrong(OBJECT)),
        (with(user(), "oid", Value::Null), person(), missing("oid")),
        (with(user(), "groups", json!([OTHER])), group(), outside()),
        (with(user(), "groups", json!([])), group(), outside()),
        (with(user(), "groups", Value::Null), group(), outside()),
    ] {
        assert_refused(&issuer, &claims, &account, refusal);
    }
}

#[test]
fn a_person_who_signed_in_through_an_application_is_not_the_application() {
    let issuer = Issuer::new();
    let refusal = || Refusal::SignedInUser {
        client: CLIENT.into(),
    };
    assert_refused(&issuer, &user_claims(), &application(), refusal());
    let claims = with(application_claims(), "scp", json!("user_impersonation"));
    assert_refused(&issuer, &claims, &application(), refusal());
}

fn missing(claim: &'static str) -> Refusal {
    Refusal::MissingClaim { claim }
}

fn assert_refused(issuer: &Issuer, claims: &Value, account: &Account, refusal: Refusal) {
    let answer = check(&issuer.verifier(), &issuer.sign(claims), account);
    assert_eq!(answer, Err(refusal), "{claims} for {account}");
}

#[test]
fn an_account_without_an_id_is_closed_to_tokens_with_an_empty_one() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    for (kind, claims) in [
        (
            AccountKind::ServicePrincipal,
            with(application_claims(), "appid", json!("")),
        ),
        (AccountKind::User, with(user_claims(), "oid", json!(""))),
        (
            AccountKind::Group,
            with(user_claims(), "groups", json!([""])),
        ),
    ] {
        let account = Account::new(kind, "", "name");
        let answer = check(&verifier, &issuer.sign(&claims), &account);
        assert_eq!(answer, Err(Refusal::AccountWithoutId { account }));
    }
}

#[test]
fn validity_ends_and_begins_with_one_second_of_leeway() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let claims = with(
        with(application_claims(), "nbf", json!(1000)),
        "exp",
        json!(2000),
    );
    let token = issuer.sign(&claims);
    for (second, answer) in [
        (0, Err(Refusal::NotYetValid { seconds: 1000 })),
        (998, Err(Refusal::NotYetValid { seconds: 2 })),
        (999, Ok(())),
        (1000, Ok(())),
        (2000, Ok(())),
        (2001, Err(Refusal::Expired { seconds_ago: 1 })),
        (9000, Err(Refusal::Expired { seconds_ago: 7000 })),
    ] {
        assert_eq!(
            verifier.check(&token, &application(), at(second)),
            answer,
            "at {second}"
        );
    }
}

#[test]
fn a_clock_before_1970_lets_nobody_in() {
    let issuer = Issuer::new();
    let before = std::time::UNIX_EPOCH - std::time::Duration::from_secs(1);
    let claims = with(application_claims(), "nbf", Value::Null);
    let answer = issuer
        .verifier()
        .check(&issuer.sign(&claims), &application(), before);
    assert!(matches!(answer, Err(Refusal::Expired { .. })), "{answer:?}");
}

#[test]
fn the_configuration_decides_audience_issuer_and_leeway() {
    let issuer = Issuer::new();
    let mut config = issuer.config();
    config.audiences = vec!["https://ossrdbms-aad.database.chinacloudapi.cn".into()];
    config.issuers = Some(vec!["https://sts.chinacloudapi.cn/t/".into()]);
    config.leeway_seconds = 100;
    let verifier = Verifier::new(&config).unwrap();

    let claims = with(application_claims(), "exp", json!(NOW - 99));
    let claims = with(claims, "iss", json!(config.issuers.unwrap()[0]));
    assert_eq!(
        check(&verifier, &issuer.sign(&claims), &application()),
        Err(Refusal::WrongAudience {
            found: "https://ossrdbms-aad.database.windows.net".into()
        })
    );
    let claims = with(claims, "aud", json!(config.audiences[0]));
    assert_eq!(
        check(&verifier, &issuer.sign(&claims), &application()),
        Ok(())
    );
    let claims = with(claims, "exp", json!(NOW - 100));
    assert_eq!(
        check(&verifier, &issuer.sign(&claims), &application()),
        Err(Refusal::Expired { seconds_ago: 100 })
    );
}
