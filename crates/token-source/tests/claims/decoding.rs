//! Each claim is read from where Microsoft Entra puts it.

use std::time::{Duration, SystemTime};

use azure_mysql_emulator::{Emulator, Principal};
use serde_json::json;
use token_source::Claims;

use crate::{claims_of, token_with};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn version_1_claims_are_read() {
    let claims = claims_of(&json!({
        "aud": "https://ossrdbms-aad.database.windows.net",
        "iss": "https://sts.windows.net/tenant/",
        "tid": "tenant",
        "oid": "object",
        "appid": "client",
        "upn": "ada@example.com",
        "unique_name": "Ada",
        "xms_mirid": "/subscriptions/s",
        "groups": ["one", "two"],
        "exp": 1_700_003_600,
        "nbf": 1_700_000_000,
        "idtyp": "app",
        "something": {"of": "no interest"},
    }));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(claims.aud, ["https://ossrdbms-aad.database.windows.net"]);
    assert_eq!(claims.iss, text("https://sts.windows.net/tenant/"));
    assert_eq!(claims.tid, text("tenant"));
    assert_eq!(claims.oid, text("object"));
    assert_eq!(claims.appid, text("client"));
    assert_eq!(claims.upn, text("ada@example.com"));
    assert_eq!(claims.preferred_username, None);
    assert_eq!(claims.unique_name, text("Ada"));
    assert_eq!(claims.xms_mirid, text("/subscriptions/s"));
    assert_eq!(claims.groups, ["one", "two"]);
    assert_eq!(claims.exp, Some(at(1_700_003_600)));
    assert_eq!(claims.nbf, Some(at(1_700_000_000)));
    assert_eq!(claims.idtyp, text("app"));
}

#[test]
fn version_2_client_is_azp() {
    let claims = claims_of(&json!({"azp": "client", "preferred_username": "ada@example.com"}));
    assert_eq!(claims.appid.as_deref(), Some("client"));
    assert_eq!(
        claims.preferred_username.as_deref(),
        Some("ada@example.com")
    );
}

#[test]
fn audiences_may_be_one_or_many() {
    for (aud, expected) in [
        (json!("one"), vec!["one"]),
        (json!(["one", "two"]), vec!["one", "two"]),
        (json!(["one", 2, null, "three"]), vec!["one", "three"]),
        (json!([]), vec![]),
        (json!(7), vec![]),
    ] {
        assert_eq!(claims_of(&json!({"aud": aud})).aud, expected, "{aud}");
    }
}

#[test]
fn times_may_be_numbers_or_text() {
    for (exp, expected) in [
        (json!(1_700_000_000), Some(at(1_700_000_000))),
        (json!("1700000000"), Some(at(1_700_000_000))),
        (json!(-1), None),
        (json!("tomorrow"), None),
        (json!(u64::MAX), None),
        (json!("99999999999999999999999"), None),
        (json!(null), None),
        (json!([1_700_000_000]), None),
    ] {
        assert_eq!(claims_of(&json!({"exp": exp})).exp, expected, "{exp}");
    }
}

#[test]
fn claim_of_wrong_type_is_absent() {
    for wrong in [
        json!(1),
        json!(true),
        json!(null),
        json!(["x"]),
        json!({"x": "y"}),
    ] {
        let claims = claims_of(&json!({"iss": wrong, "upn": wrong, "tid": "tenant"}));
        assert_eq!(claims.iss, None, "{wrong}");
        assert_eq!(claims.upn, None, "{wrong}");
        assert_eq!(claims.tid.as_deref(), Some("tenant"), "{wrong}");
    }
}

#[tokio::test]
async fn debug_hides_token_and_signature() {
    let emulator = Emulator::builder().start().await.unwrap();
    let principal = Principal::user_assigned("app");
    let token = emulator.token(&principal).build();

    let claims = Claims::unverified(&token).unwrap();
    assert_eq!(claims.appid.as_deref(), Some(principal.client_id()));
    assert_eq!(claims.oid.as_deref(), Some(principal.object_id()));
    assert_eq!(claims.tid.as_deref(), Some(emulator.tenant_id()));
    assert!(claims.exp.unwrap() > claims.nbf.unwrap());
    let shown = format!("{claims:?} {claims:#?}");
    assert!(shown.contains(principal.client_id()));
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn token_without_signature_is_read() {
    let token = token_with(r#"{"tid":"tenant"}"#);
    let without = token.rsplit_once('.').unwrap().0;
    assert_eq!(
        Claims::unverified(without).unwrap(),
        Claims::unverified(&token).unwrap()
    );
}
