//! Whatever is given as a token, the answer is claims or one line that shows nothing of it.

use proptest::{collection, prelude::*};
use serde_json::{Value, json};
use token_source::Claims;

use crate::{claims_of, token_with};

fn reason(token: &str) -> String {
    let error = Claims::unverified(token).unwrap_err();
    assert!(std::error::Error::source(&error).is_none());
    error.to_string()
}

#[test]
fn non_token_is_rejected_with_the_reason() {
    for (token, expected) in [
        (String::new(), "no second part"),
        ("a password".to_owned(), "no second part"),
        ("a.b".to_owned(), "not base64url"),
        ("a.%.c".to_owned(), "not base64url"),
        ("a.ä.c".to_owned(), "not base64url"),
        ("..".to_owned(), "not a JSON object"),
        (token_with([0xff, 0xfe]), "not a JSON object"),
        (token_with("canary"), "not a JSON object"),
        (token_with(r#""canary""#), "not a JSON object"),
        (token_with(r#"["canary"]"#), "not a JSON object"),
        (token_with(r#"{"oid":"canary""#), "not a JSON object"),
    ] {
        let reason = reason(&token);
        assert!(reason.contains(expected), "{token}: {reason}");
        assert!(!reason.contains("canary"), "{reason}");
    }
}

#[test]
fn tokens_up_to_64_kib_are_read() {
    let token = token_with(r#"{"oid":"object"}"#);
    let padded = |length: usize| format!("{token}{}", "x".repeat(length - token.len()));
    let claims = Claims::unverified(&padded(64 * 1024)).unwrap();
    assert_eq!(claims.oid.as_deref(), Some("object"));
    assert!(reason(&padded(64 * 1024 + 1)).contains("65537 bytes long"));
}

#[test]
fn deep_nesting_is_rejected() {
    let depth = 20_000;
    let payload = format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(reason(&token_with(payload)).contains("not a JSON object"));
}

/// JSON of any shape, some levels deep.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::hash_map(".{0,8}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_gives_claims_or_one_line(text in "\\PC*|[a-zA-Z0-9._-]{0,200}|(?s:.{0,50})") {
        if let Err(error) = Claims::unverified(&text) {
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }

    #[test]
    fn any_payload_gives_claims_or_one_line(payload in collection::vec(any::<u8>(), 0..300)) {
        if let Err(error) = Claims::unverified(&token_with(payload)) {
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }

    #[test]
    fn claims_of_any_type_are_read_or_absent(
        aud in json(), upn in json(), xms_mirid in json(), groups in json(), exp in json(),
    ) {
        let claims = claims_of(&json!({
            "aud": aud, "upn": upn, "xms_mirid": xms_mirid, "groups": groups, "exp": exp,
        }));
        prop_assert_eq!(claims.upn.as_deref(), upn.as_str());
        prop_assert_eq!(claims.xms_mirid.as_deref(), xms_mirid.as_str());
        if let Some(one) = aud.as_str() {
            prop_assert_eq!(&claims.aud, &[one]);
        }
        if let Some(many) = groups.as_array() {
            prop_assert!(claims.groups.len() <= many.len());
        }
        let guess = claims.user_name_guess();
        prop_assert!(guess != Some(""));
    }
}
