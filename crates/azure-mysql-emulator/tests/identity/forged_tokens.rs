//! Valid tokens pass every check, and each forged token fails exactly the check for which it is made.

use std::time::SystemTime;

use aad_auth::{Account, AccountKind, Config, Refusal, Verifier};
use azure_mysql_emulator::{Emulator, Principal};

use super::{HOUR, RESOURCE, RESOURCE_GUID, emulator_with, verify};

const OTHER_TENANT: &str = "5f4c3e0e-0000-4000-8000-0000000000aa";
const GROUP: &str = "5f4c3e0e-0000-4000-8000-0000000000bb";

/// The verdict of a server that checks tokens as Azure does.
fn check(emulator: &Emulator, account: &Account, token: &str) -> Result<(), Refusal> {
    let config = Config::new("", emulator.tenant_id());
    Verifier::with_keys(&config, &emulator.jwks_json())
        .unwrap()
        .check(token, account, SystemTime::now())
}

type Check = fn(&Refusal) -> bool;

fn is_of_another_tenant(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::WrongIssuer { .. } | Refusal::WrongTenant { .. }
    )
}

#[tokio::test]
async fn valid_token_of_each_kind_logs_in_to_its_account_only() {
    let principals = [
        Principal::system_assigned("aad_system"),
        Principal::user_assigned("aad_identity"),
        Principal::service_principal("aad_app", "secret"),
        Principal::user("ada@example.com"),
    ];
    let emulator = emulator_with(&principals).await;

    for principal in &principals {
        let token = emulator.token_for(principal);
        let by_guid = emulator.token(principal).audience(RESOURCE_GUID).build();
        assert_eq!(check(&emulator, &principal.account(), &token), Ok(()));
        assert_eq!(check(&emulator, &principal.account(), &by_guid), Ok(()));
    }
    let token = emulator.token_for(&principals[0]);
    let refusal = check(&emulator, &principals[1].account(), &token).unwrap_err();
    assert!(
        matches!(refusal, Refusal::WrongPrincipal { .. }),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn each_forgery_is_refused_for_its_own_reason() {
    let principal = Principal::user_assigned("aad_identity");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let now = SystemTime::now();
    let token = || emulator.token(&principal);
    let forgeries: [(_, Check); 5] = [
        (token().audience("https://vault.azure.net"), |refusal| {
            matches!(refusal, Refusal::WrongAudience { .. })
        }),
        (token().expires_at(now - HOUR), |refusal| {
            matches!(refusal, Refusal::Expired { .. })
        }),
        (
            token().lifetime(3 * HOUR).not_before(now + HOUR),
            |refusal| matches!(refusal, Refusal::NotYetValid { .. }),
        ),
        (token().signed_by_another_key(), |refusal| {
            matches!(refusal, Refusal::BadSignature)
        }),
        (token().tenant(OTHER_TENANT), is_of_another_tenant),
    ];
    for (token, is_expected) in forgeries {
        let refusal = check(&emulator, &principal.account(), &token.build()).unwrap_err();
        assert!(is_expected(&refusal), "{refusal:?}");
    }
}

/// As Entra does for all tenants.
#[tokio::test]
async fn emulators_of_one_process_share_a_key_and_refuse_each_others_tokens() {
    let app = Principal::system_assigned("aad_app");
    let one = emulator_with(std::slice::from_ref(&app)).await;
    let other = emulator_with(std::slice::from_ref(&app)).await;
    assert_eq!(one.jwks_json(), other.jwks_json());

    let token = other.token_for(&app);
    assert_eq!(check(&other, &app.account(), &token), Ok(()));
    let refusal = check(&one, &app.account(), &token).unwrap_err();
    assert!(is_of_another_tenant(&refusal), "{refusal:?}");
}

#[tokio::test]
async fn only_a_token_with_the_group_logs_in_to_the_groups_account() {
    let member = Principal::user("ada@example.com");
    let emulator = emulator_with(std::slice::from_ref(&member)).await;
    let account = Account::new(AccountKind::Group, GROUP, "Prod_DB_Readonly");

    let token = emulator.token(&member).groups([GROUP]).build();

    assert_eq!(check(&emulator, &account, &token), Ok(()));
    assert!(check(&emulator, &account, &emulator.token_for(&member)).is_err());
}

#[tokio::test]
async fn lifetime_stays_when_the_expiry_moves_back() {
    let principal = Principal::system_assigned("aad_system");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let jwks = emulator.jwks_json();

    let day = emulator.token(&principal).lifetime(24 * HOUR).build();
    let (_, claims) = verify(&jwks, &day, RESOURCE).unwrap();
    let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(lifetime, 86_400);

    let end = SystemTime::now() + HOUR / 2;
    let old = emulator.token(&principal).expires_at(end).build();
    let (_, claims) = verify(&jwks, &old, RESOURCE).unwrap();
    let end = end
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert_eq!(claims["exp"], end);
    assert_eq!(claims["iat"], end - 3600);
    assert_eq!(claims["nbf"], claims["iat"]);
}
