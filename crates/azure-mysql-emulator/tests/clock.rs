//! The emulator has a clock of its own: tokens are issued and assertions checked by it.

mod common;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use azure_mysql_emulator::{Emulator, Principal};
use common::{client, emulator_with};
use serde_json::Value;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TWO_HOURS: Duration = Duration::from_secs(2 * 3600);

/// The code of the refusal, 0 for a token.
async fn ask_with(emulator: &Emulator, app: &Principal, assertion: &str) -> u64 {
    let tenant = emulator.tenant_id();
    let response = client(emulator)
        .post(format!(
            "{}{tenant}/oauth2/v2.0/token",
            emulator.authority_host()
        ))
        .form(&[
            ("grant_type", "client_credentials"),
            ("client_id", app.client_id()),
            ("client_assertion_type", TYPE),
            ("client_assertion", assertion),
            (
                "scope",
                "https://ossrdbms-aad.database.windows.net/.default",
            ),
        ])
        .send()
        .await
        .unwrap();
    let body: Value = response.json().await.unwrap();
    body["error_codes"][0].as_u64().unwrap_or(0)
}

#[tokio::test]
async fn a_token_is_issued_at_the_time_that_it_was_advanced_to() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let user = Principal::user("ada@example.com");
    let emulator = emulator_with(std::slice::from_ref(&user)).await;

    emulator.advance_clock(TWO_HOURS);

    let token = emulator.token_for(&user);
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
    let claims: Value = serde_json::from_slice(&payload.unwrap()).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let expected = (now + TWO_HOURS).as_secs();
    let issued_at = claims["iat"].as_u64().unwrap();
    assert!((expected - 60..=expected).contains(&issued_at));
}

#[tokio::test]
async fn assertions_grow_old_and_files_get_new_ones() {
    let app = Principal::workload_identity("aad_pod");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let file = &emulator.identity_environment(&app)["AZURE_FEDERATED_TOKEN_FILE"];
    let old = std::fs::read_to_string(file).unwrap();
    assert_eq!(ask_with(&emulator, &app, &old).await, 0);

    emulator.advance_clock(TWO_HOURS);

    assert_eq!(ask_with(&emulator, &app, &old).await, 700_024);
    let new = std::fs::read_to_string(file).unwrap();
    assert_eq!(ask_with(&emulator, &app, &new).await, 0);

    emulator.stop().await;
    assert!(!std::path::Path::new(file).exists());
}
