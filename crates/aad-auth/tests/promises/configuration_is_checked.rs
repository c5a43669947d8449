//! A configuration that cannot work is refused when it is read, with the reason.

use std::error::Error;

use crate::issuer::{Issuer, TENANT, application, application_claims, check};
use aad_auth::{Config, Verifier};
use serde_json::{Value, json};

#[test]
fn a_file_with_keys_and_tenant_is_enough() {
    let issuer = Issuer::new();
    issuer.write(
        "aad_auth.json",
        &json!({"jwks_file": "keys.json", "tenant_id": TENANT}),
    );
    let verifier = Verifier::from_file(&issuer.folder().join("aad_auth.json")).unwrap();
    let token = issuer.sign(&application_claims());
    assert_eq!(check(&verifier, &token, &application()), Ok(()));
}

#[test]
fn a_configuration_reads_back_as_it_was_written() {
    let config = Config::new("/keys.json", TENANT);
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    assert_eq!(config.leeway_seconds, 1);
    assert_eq!(
        config.audiences,
        [
            "https://ossrdbms-aad.database.windows.net",
            "123cd850-d9df-40bd-94d5-c9f07b7fa203"
        ]
    );
}

#[test]
fn an_unusable_configuration_is_refused_with_the_reason() {
    let issuer = Issuer::new();
    let file = |value: Value| {
        issuer.write("aad_auth.json", &value);
        Verifier::from_file(&issuer.folder().join("aad_auth.json")).unwrap_err()
    };
    for (config, wrong) in [
        (json!({"tenant_id": TENANT}), "missing field `jwks_file`"),
        (
            json!({"jwks_file": "keys.json"}),
            "missing field `tenant_id`",
        ),
        (
            json!({"jwks_file": "keys.json", "tenant_id": " "}),
            "tenant_id is empty",
        ),
        (
            json!({"jwks_file": "keys.json", "tenant_id": "t", "audience": "a"}),
            "unknown field",
        ),
        (
            json!({"jwks_file": "keys.json", "tenant_id": "t", "audiences": []}),
            "audiences is empty",
        ),
        (
            json!({"jwks_file": "keys.json", "tenant_id": "t", "issuers": []}),
            "issuers is empty",
        ),
        (
            json!({"jwks_file": "none.json", "tenant_id": "t"}),
            "none.json",
        ),
        (json!([]), "is not usable"),
    ] {
        let error = with_causes(&file(config.clone()));
        assert!(error.contains(wrong), "{config} gave {error:?}");
        assert_eq!(error.lines().count(), 1);
    }
}

fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_causes(source)),
        None => error.to_string(),
    }
}

#[test]
fn a_missing_configuration_is_named_with_its_cause() {
    let error = Verifier::from_file("/nowhere/aad_auth.json".as_ref()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/aad_auth.json"));
    assert!(error.source().is_some());
}

#[test]
fn a_key_file_without_a_usable_key_is_refused() {
    let issuer = Issuer::new();
    let good = &issuer.jwks("key-1")["keys"][0];
    let without_kid = {
        let mut key = good.clone();
        key.as_object_mut().unwrap().remove("kid");
        key
    };
    let for_encryption = {
        let mut key = good.clone();
        key["use"] = json!("enc");
        key
    };
    for keys in [
        json!([]),
        json!([without_kid]),
        json!([for_encryption]),
        json!([{"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}]),
        json!([{"kty": "RSA", "kid": "broken", "n": "***", "e": "AQAB"}]),
    ] {
        issuer.write("keys.json", &json!({"keys": keys}));
        let error = Verifier::new(&issuer.config()).unwrap_err().to_string();
        assert!(error.contains("is not usable"), "{keys} gave {error:?}");
    }
}

#[test]
fn keys_of_other_kinds_beside_a_good_one_do_no_harm() {
    let issuer = Issuer::new();
    let good = issuer.jwks("key-1")["keys"][0].clone();
    issuer.write(
        "keys.json",
        &json!({"keys": [{"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}, good, {"kty": "new"}]}),
    );
    let token = issuer.sign(&application_claims());
    assert_eq!(check(&issuer.verifier(), &token, &application()), Ok(()));
}

#[test]
fn keys_given_as_text_are_checked_as_a_file_is() {
    let issuer = Issuer::new();
    let config = Config::new("/nowhere/keys.json", TENANT);
    let keys = issuer.jwks("key-1").to_string();
    let verifier = Verifier::with_keys(&config, &keys).unwrap();
    let token = issuer.sign(&application_claims());
    assert_eq!(check(&verifier, &token, &application()), Ok(()));
    for (config, keys, wrong) in [
        (&config, "{}", "the key set is not usable"),
        (&config, r#"{"keys": []}"#, "holds no RSA signing key"),
        (&Config::new("", ""), &*keys, "tenant_id is empty"),
    ] {
        let error = Verifier::with_keys(config, keys).unwrap_err().to_string();
        assert!(error.contains(wrong), "{error}");
    }
}
