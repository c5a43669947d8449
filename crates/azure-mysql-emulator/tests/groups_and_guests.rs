//! Tokens name the groups of whoever they are for, and guests are not mistaken for users.

mod common;

use azure_mysql_emulator::{Emulator, EmulatorBuilder, Group, Principal};
use common::{RESOURCE, verify};
use serde_json::{Value, json};

async fn emulator_with_groups(groups: impl IntoIterator<Item = Group>) -> Emulator {
    groups
        .into_iter()
        .fold(Emulator::builder(), EmulatorBuilder::group)
        .start()
        .await
        .unwrap()
}

fn claims(emulator: &Emulator, principal: &Principal) -> Value {
    let token = emulator.token_for(principal);
    let (_, claims) = verify(&emulator.jwks_json(), &token, RESOURCE).unwrap();
    claims
}

#[tokio::test]
async fn a_members_token_names_the_groups_and_nobody_elses_does() {
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
async fn above_200_groups_a_token_names_none_and_says_where_to_ask() {
    let member = Principal::user("ada@example.com");
    let groups = |count: usize| {
        let member = member.clone();
        (0..count).map(move |number| Group::new(format!("group-{number}")).member(&member))
    };

    let emulator = emulator_with_groups(groups(200)).await;
    let named = claims(&emulator, &member);
    assert_eq!(named["groups"].as_array().unwrap().len(), 200);
    assert_eq!(named.get("_claim_names"), None);

    let emulator = emulator_with_groups(groups(201)).await;
    let named = claims(&emulator, &member);
    assert_eq!(named.get("groups"), None);
    assert_eq!(named["_claim_names"], json!({"groups": "src1"}));
    let endpoint = format!(
        "https://graph.windows.net/{}/users/{}/getMemberObjects",
        emulator.tenant_id(),
        member.object_id()
    );
    let sources = json!({"src1": {"endpoint": endpoint}});
    assert_eq!(named["_claim_sources"], sources);
}

#[tokio::test]
async fn a_guests_token_says_where_the_guest_is_from() {
    let guest = Principal::guest("ada@outlook.com").with_alias("ada");
    let emulator = Emulator::builder()
        .principal(guest.clone())
        .start()
        .await
        .unwrap();

    let claims = claims(&emulator, &guest);

    assert_eq!(claims["idp"], "live.com");
    assert_eq!(claims["unique_name"], "live.com#ada@outlook.com");
    assert_eq!(claims["email"], "ada@outlook.com");
    assert_eq!(claims.get("upn"), None);
    assert_eq!(claims["oid"], guest.object_id());
    let name = "ada_outlook.com#EXT#@emulator.onmicrosoft.com";
    assert_eq!(guest.name(), name);
    let account = format!("AADUser:{}:upn:{name}", guest.object_id());
    assert_eq!(guest.account().to_string(), account);
}

#[tokio::test]
async fn a_guest_without_an_alias_is_refused_at_start() {
    let builder = Emulator::builder().principal(Principal::guest("ada@outlook.com"));
    let error = builder.start().await.unwrap_err().to_string();
    assert!(error.contains("ada_outlook.com#EXT#"), "{error}");
    assert!(error.contains("with_alias"), "{error}");
}

#[tokio::test]
async fn accounts_are_those_of_principals_and_groups_under_their_mysql_names() {
    let user = Principal::user("somebody.with.a.long.name@example.com").with_alias("somebody");
    let identity = Principal::user_assigned("aad_conn");
    let member = Principal::user("ada@example.com");
    let group = Group::new("Prod DB Readonly, all regions of EMEA")
        .with_alias("readers")
        .member(&member);
    let emulator = Emulator::builder()
        .principal(user.clone())
        .principal(identity.clone())
        .group(group.clone())
        .start()
        .await
        .unwrap();

    let accounts: Vec<(String, String)> = emulator
        .accounts()
        .into_iter()
        .map(|(user, account)| (user, account.to_string()))
        .collect();

    let expected = [
        (
            "somebody",
            format!(
                "AADUser:{}:upn:somebody.with.a.long.name@example.com",
                user.object_id()
            ),
        ),
        (
            "aad_conn",
            format!("AADSP:{}:upn:aad_conn", identity.client_id()),
        ),
        (
            "readers",
            format!(
                "AADGroup:{}:upn:Prod DB Readonly, all regions of EMEA",
                group.object_id()
            ),
        ),
    ]
    .map(|(user, account)| (user.to_owned(), account));
    assert_eq!(accounts, expected);
}
