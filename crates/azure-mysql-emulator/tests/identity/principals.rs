//! Who is in the tenant: accounts, groups and guests, what cannot start, and secrets stay out of
//! `Debug`.

use std::time::Duration;

use azure_mysql_emulator::{Emulator, EmulatorBuilder, Group, Principal};
use serde_json::{Value, json};

use super::{RESOURCE, builder_with, emulator_with, verify};

const ID: &str = "1f0b6c1c-0000-4000-8000-00000000000a";

async fn emulator_with_groups(groups: impl IntoIterator<Item = Group>) -> Emulator {
    let builder = groups
        .into_iter()
        .fold(Emulator::builder(), EmulatorBuilder::group);
    builder.start().await.unwrap()
}

fn claims(emulator: &Emulator, principal: &Principal) -> Value {
    let token = emulator.token_for(principal);
    let (_, claims) = verify(&emulator.jwks_json(), &token, RESOURCE).unwrap();
    claims
}

#[test]
fn ids_are_random_unless_set() {
    let [one, other] = ["a", "b"].map(Principal::user_assigned);
    assert_ne!(one.client_id(), other.client_id());
    assert_ne!(one.object_id(), other.object_id());
    let set = Principal::user_assigned("c")
        .with_client_id(ID)
        .with_object_id(ID);
    assert_eq!((set.client_id(), set.object_id()), (ID, ID));
}

#[tokio::test]
async fn each_start_has_its_own_header_and_tenant() {
    let one = emulator_with(&[]).await;
    let other = emulator_with(&[]).await;
    assert_ne!(one.identity_header(), other.identity_header());
    assert_ne!(one.tenant_id(), other.tenant_id());
    let set = Emulator::builder().tenant_id(ID).start().await.unwrap();
    assert_eq!(set.tenant_id(), ID);
}

#[tokio::test]
async fn debug_shows_no_secret_and_no_header() {
    let app = Principal::service_principal("aad_app", "hunter2-secret");
    let builder = Emulator::builder().principal(app.clone());
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let token = emulator.token(&app);
    let shown = format!("{app:?} {builder:?} {emulator:?} {token:?}");

    assert!(shown.contains("aad_app"));
    assert!(!shown.contains("hunter2-secret"), "{shown}");
    assert!(!shown.contains(emulator.identity_header()), "{shown}");
}

#[tokio::test]
async fn what_azure_cannot_have_does_not_start() {
    let two_systems = ["a", "b"].map(Principal::system_assigned);
    let guest = Principal::guest("ada@outlook.com");
    let empty = Emulator::builder;
    for (builder, part) in [
        (builder_with(&two_systems), "system-assigned"),
        (
            empty().token_lifetime(Duration::from_millis(999)),
            "lifetime",
        ),
        (empty().tenant_id(""), "tenant id"),
        // A guest's name is too long for a MySQL user.
        (
            builder_with(std::slice::from_ref(&guest)),
            "ada_outlook.com#EXT#",
        ),
        (builder_with(&[guest]), "with_alias"),
        (empty().database(""), "\"\""),
        (empty().database("orders "), "\"orders \""),
        (empty().database("or\0ders"), "\"or\\0ders\""),
        (
            empty().database("information_schema"),
            "\"information_schema\"",
        ),
    ] {
        let error = builder.start().await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn accounts_have_mysql_names_and_azures_authentication_strings() {
    let principals = [
        Principal::user("somebody.with.a.long.name@example.com").with_alias("somebody"),
        Principal::user_assigned("aad_conn"),
        Principal::system_assigned("aad_system"),
        Principal::service_principal("aad_app", "secret"),
        Principal::guest("ada@outlook.com").with_alias("ada"),
    ];
    let [user, identity, system, app, guest] = &principals;
    let group = Group::new("Prod DB Readonly, all regions of EMEA").with_alias("readers");
    let builder = builder_with(&principals).group(group.clone());
    let emulator = builder.start().await.unwrap();

    let accounts = emulator.accounts().into_iter();
    let accounts: Vec<_> = accounts
        .map(|(user, account)| (user, account.to_string()))
        .collect();

    let expected = [
        ("somebody", "AADUser", user.object_id(), user.name()),
        ("aad_conn", "AADSP", identity.client_id(), "aad_conn"),
        ("aad_system", "AADSP", system.client_id(), "aad_system"),
        ("aad_app", "AADSP", app.client_id(), "aad_app"),
        ("ada", "AADUser", guest.object_id(), guest.name()),
        ("readers", "AADGroup", group.object_id(), group.name()),
    ]
    .map(|(user, kind, id, name)| (user.to_owned(), format!("{kind}:{id}:upn:{name}")));
    assert_eq!(accounts, expected);
    assert_eq!(
        guest.name(),
        "ada_outlook.com#EXT#@emulator.onmicrosoft.com"
    );

    let claims = claims(&emulator, guest);
    assert_eq!(claims["idp"], "live.com");
    assert_eq!(claims["unique_name"], "live.com#ada@outlook.com");
    assert_eq!(claims["email"], "ada@outlook.com");
    assert_eq!(claims.get("upn"), None);
    assert_eq!(claims["oid"], guest.object_id());
}

#[tokio::test]
async fn tokens_of_members_list_their_groups() {
    let member = Principal::user("ada@example.com");
    let job = Principal::service_principal("aad_job", "secret");
    let readers = Group::new("Prod_DB_Readonly").member(&member).member(&job);
    let writers = Group::new("Prod_DB_Write").member(&member);
    let emulator = emulator_with_groups([readers.clone(), writers.clone()]).await;

    let both = json!([readers.object_id(), writers.object_id()]);
    assert_eq!(claims(&emulator, &member)["groups"], both);
    let one = json!([readers.object_id()]);
    assert_eq!(claims(&emulator, &job)["groups"], one);
    let stranger = claims(&emulator, &Principal::user("eve@example.com"));
    assert_eq!(stranger.get("groups"), None);
}

#[tokio::test]
async fn above_200_groups_a_token_lists_none_but_where_to_query_them() {
    let member = Principal::user("ada@example.com");
    let group = |number| Group::new(format!("group-{number}")).member(&member);

    let emulator = emulator_with_groups((0..200).map(group)).await;
    let of_200 = claims(&emulator, &member);
    assert_eq!(of_200["groups"].as_array().unwrap().len(), 200);
    assert_eq!(of_200.get("_claim_names"), None);

    let emulator = emulator_with_groups((0..201).map(group)).await;
    let of_201 = claims(&emulator, &member);
    assert_eq!(of_201.get("groups"), None);
    assert_eq!(of_201["_claim_names"], json!({"groups": "src1"}));
    let endpoint = format!(
        "https://graph.windows.net/{}/users/{}/getMemberObjects",
        emulator.tenant_id(),
        member.object_id()
    );
    assert_eq!(
        of_201["_claim_sources"],
        json!({"src1": {"endpoint": endpoint}})
    );
}
