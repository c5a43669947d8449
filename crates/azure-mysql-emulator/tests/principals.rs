//! Principals are who they are said to be, and secrets stay out of `Debug`.

mod common;

use std::time::Duration;

use azure_mysql_emulator::{Emulator, Principal};
use common::emulator_with;

const ID: &str = "1f0b6c1c-0000-4000-8000-00000000000a";

#[test]
fn each_kind_has_azures_authentication_string() {
    for principal in [
        Principal::system_assigned("aad_conn"),
        Principal::user_assigned("aad_conn"),
        Principal::service_principal("aad_conn", "secret"),
    ] {
        let account = principal.with_client_id(ID).account();
        assert_eq!(account.to_string(), format!("AADSP:{ID}:upn:aad_conn"));
    }
    let user = Principal::user("ada@example.com").with_object_id(ID);
    assert_eq!(
        user.account().to_string(),
        format!("AADUser:{ID}:upn:ada@example.com")
    );
}

#[test]
fn ids_are_random_unless_they_are_set() {
    let [one, other] = ["a", "b"].map(Principal::user_assigned);
    assert_ne!(one.client_id(), other.client_id());
    assert_ne!(one.object_id(), other.object_id());
    let set = Principal::user_assigned("c")
        .with_client_id(ID)
        .with_object_id(ID);
    assert_eq!((set.client_id(), set.object_id()), (ID, ID));
}

#[tokio::test]
async fn no_secret_and_no_header_is_shown_by_debug() {
    let app = Principal::service_principal("aad_app", "hunter2-secret");
    let builder = Emulator::builder().principal(app.clone());
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let shown = format!(
        "{app:?} {builder:?} {emulator:?} {:?}",
        emulator.token(&app)
    );

    assert!(shown.contains("aad_app"));
    assert!(!shown.contains("hunter2-secret"), "{shown}");
    assert!(!shown.contains(emulator.identity_header()), "{shown}");
}

#[tokio::test]
async fn an_emulator_that_no_box_could_be_does_not_start() {
    let two_systems = Emulator::builder()
        .principal(Principal::system_assigned("a"))
        .principal(Principal::system_assigned("b"));
    let no_lifetime = Emulator::builder().token_lifetime(Duration::from_millis(999));

    let no_tenant = Emulator::builder().tenant_id("");

    for (builder, word) in [
        (two_systems, "system-assigned"),
        (no_lifetime, "lifetime"),
        (no_tenant, "tenant id"),
    ] {
        let error = builder.start().await.unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[tokio::test]
async fn a_database_that_mysql_cannot_have_is_an_error_that_names_it() {
    for name in ["", "orders ", "or\0ders", "information_schema"] {
        let error = Emulator::builder()
            .database(name)
            .start()
            .await
            .unwrap_err();
        assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
    }
}

#[tokio::test]
async fn the_tenant_id_is_the_one_that_was_set() {
    let emulator = Emulator::builder().tenant_id(ID).start().await.unwrap();
    assert_eq!(emulator.tenant_id(), ID);
}
