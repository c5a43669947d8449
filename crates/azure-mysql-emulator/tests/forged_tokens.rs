//! Good tokens pass every check, and each forged token fails just the check that it is made for.

mod common;

use std::{
    io::Write as _,
    time::{Duration, SystemTime},
};

use aad_auth::{Account, AccountKind, Config, Refusal, Verifier};
use azure_mysql_emulator::{Emulator, Principal, TokenBuilder};
use common::{RESOURCE, RESOURCE_GUID, emulator_with, verify};

const HOUR: Duration = Duration::from_secs(3600);
const OTHER_TENANT: &str = "5f4c3e0e-0000-4000-8000-0000000000aa";
const GROUP: &str = "5f4c3e0e-0000-4000-8000-0000000000bb";

/// What a server that checks tokens as Azure does says to `token`.
fn check(emulator: &Emulator, account: &Account, token: &str) -> Result<(), Refusal> {
    let mut jwks = tempfile::NamedTempFile::new().unwrap();
    jwks.write_all(emulator.jwks_json().as_bytes()).unwrap();
    let config = Config::new(jwks.path(), emulator.tenant_id());
    Verifier::new(&config)
        .unwrap()
        .check(token, account, SystemTime::now())
}

#[tokio::test]
async fn a_good_token_of_each_kind_logs_in_to_its_account() {
    let principals = [
        Principal::system_assigned("aad_system"),
        Principal::user_assigned("aad_identity"),
        Principal::service_principal("aad_app", "secret"),
        Principal::user("ada@example.com"),
    ];
    let emulator = emulator_with(&principals).await;

    for principal in &principals {
        let token = emulator.token_for(principal);
        assert_eq!(
            check(&emulator, &principal.account(), &token),
            Ok(()),
            "{principal:?}"
        );
        let by_guid = emulator.token(principal).audience(RESOURCE_GUID).build();
        assert_eq!(check(&emulator, &principal.account(), &by_guid), Ok(()));
    }
}

#[tokio::test]
async fn a_token_of_one_principal_does_not_fit_the_account_of_another() {
    let [one, other] = ["aad_one", "aad_other"].map(Principal::user_assigned);
    let emulator = emulator_with(&[one.clone(), other.clone()]).await;

    let refusal = check(&emulator, &other.account(), &emulator.token_for(&one)).unwrap_err();

    assert!(
        matches!(refusal, Refusal::WrongPrincipal { .. }),
        "{refusal:?}"
    );
}

/// Starts from a good token, lets `forge` change it, and gives the server's answer.
async fn refusal_of(forge: impl FnOnce(TokenBuilder<'_>) -> TokenBuilder<'_>) -> Refusal {
    let principal = Principal::user_assigned("aad_identity");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let token = forge(emulator.token(&principal)).build();
    check(&emulator, &principal.account(), &token).unwrap_err()
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused_for_its_audience() {
    let refusal = refusal_of(|token| token.audience("https://vault.azure.net")).await;
    assert!(
        matches!(refusal, Refusal::WrongAudience { .. }),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn an_expired_token_is_refused_as_expired() {
    let refusal = refusal_of(|token| token.expires_at(SystemTime::now() - HOUR)).await;
    assert!(matches!(refusal, Refusal::Expired { .. }), "{refusal:?}");
}

#[tokio::test]
async fn a_token_of_the_future_is_refused_as_not_yet_valid() {
    let refusal = refusal_of(|token| {
        token
            .lifetime(3 * HOUR)
            .not_before(SystemTime::now() + HOUR)
    })
    .await;
    assert!(
        matches!(refusal, Refusal::NotYetValid { .. }),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn a_token_signed_by_another_key_is_refused_for_its_signature_only() {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the bare method does not fit every lifetime, the closure does"
    )]
    let refusal = refusal_of(|token| token.signed_by_another_key()).await;
    assert!(matches!(refusal, Refusal::BadSignature), "{refusal:?}");
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused_for_its_issuer_or_tenant() {
    let refusal = refusal_of(|token| token.tenant(OTHER_TENANT)).await;
    assert!(
        matches!(
            refusal,
            Refusal::WrongIssuer { .. } | Refusal::WrongTenant { .. }
        ),
        "{refusal:?}"
    );
}

/// As Entra does for all tenants.
#[tokio::test]
async fn emulators_of_one_process_sign_with_one_key_and_refuse_tokens_of_each_other() {
    let app = Principal::system_assigned("aad_app");
    let one = emulator_with(std::slice::from_ref(&app)).await;
    let other = emulator_with(std::slice::from_ref(&app)).await;
    assert_eq!(one.jwks_json(), other.jwks_json());

    let token = other.token_for(&app);
    assert_eq!(check(&other, &app.account(), &token), Ok(()));
    let refusal = check(&one, &app.account(), &token).unwrap_err();
    assert!(
        matches!(
            refusal,
            Refusal::WrongIssuer { .. } | Refusal::WrongTenant { .. }
        ),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn groups_open_the_account_of_a_group_and_their_absence_does_not() {
    let member = Principal::user("ada@example.com");
    let emulator = emulator_with(std::slice::from_ref(&member)).await;
    let account = Account::new(AccountKind::Group, GROUP, "Prod_DB_Readonly");

    let token = emulator.token(&member).groups([GROUP]).build();

    assert_eq!(check(&emulator, &account, &token), Ok(()));
    assert!(check(&emulator, &account, &emulator.token_for(&member)).is_err());
}

#[tokio::test]
async fn times_are_as_asked_for_and_the_lifetime_stays_when_the_end_moves_back() {
    let principal = Principal::system_assigned("aad_system");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let jwks = emulator.jwks_json();
    let seconds = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };

    let day = emulator.token(&principal).lifetime(24 * HOUR).build();
    let (_, claims) = verify(&jwks, &day, RESOURCE).unwrap();
    let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(lifetime, 86_400);

    let end = SystemTime::now() + HOUR / 2;
    let old = emulator.token(&principal).expires_at(end).build();
    let (_, claims) = verify(&jwks, &old, RESOURCE).unwrap();
    assert_eq!(claims["exp"], seconds(end));
    assert_eq!(claims["iat"], seconds(end) - 3600);
    assert_eq!(claims["nbf"], claims["iat"]);
}
