//! Nothing that the issuer did not sign gets in, and no garbage does harm.

use crate::issuer::{Issuer, application, application_claims, check, unsigned, with};
use aad_auth::Refusal;
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

#[test]
fn a_token_signed_with_another_key_of_the_same_name_is_refused() {
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let token = stranger.sign(&application_claims());
    let answer = check(&issuer.verifier(), &token, &application());
    assert_eq!(answer, Err(Refusal::BadSignature));
}

#[test]
fn claims_changed_after_signing_are_refused() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.sign(&application_claims());
    assert_eq!(check(&verifier, &token, &application()), Ok(()));

    let (_, signature) = token.rsplit_once('.').unwrap();
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": "key-1"});
    let changed = with(application_claims(), "exp", json!(u64::MAX));
    let forged = format!("{}.{signature}", unsigned(&header, &changed));
    assert_eq!(
        check(&verifier, &forged, &application()),
        Err(Refusal::BadSignature)
    );
}

#[test]
fn only_rs256_with_a_known_key_is_believed() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    for (header, refusal) in [
        (
            json!({"alg": "RS384", "kid": "key-1"}),
            Refusal::WrongAlgorithm,
        ),
        (
            json!({"alg": "PS256", "kid": "key-1"}),
            Refusal::WrongAlgorithm,
        ),
        (
            json!({"alg": "HS256", "kid": "key-1"}),
            Refusal::WrongAlgorithm,
        ),
        (
            json!({"alg": "RS256", "kid": "key-2"}),
            Refusal::UnknownKey {
                kid: Some("key-2".into()),
            },
        ),
        (
            json!({"alg": "RS256", "kid": "KEY-1"}),
            Refusal::UnknownKey {
                kid: Some("KEY-1".into()),
            },
        ),
        (json!({"alg": "RS256"}), Refusal::UnknownKey { kid: None }),
        (
            json!({"alg": "RS256", "kid": "key-1", "crit": ["x"]}),
            Refusal::NotAToken {
                reason: "it demands an unknown extension",
            },
        ),
    ] {
        let token = issuer.sign_with_header(&header, &application_claims());
        assert_eq!(
            check(&verifier, &token, &application()),
            Err(refusal),
            "{header}"
        );
    }
}

#[test]
fn an_unsigned_token_is_refused() {
    let verifier = Issuer::new().verifier();
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": algorithm, "kid": "key-1"});
        for signature in ["", "AA"] {
            let token = format!("{}.{signature}", unsigned(&header, &application_claims()));
            let answer = check(&verifier, &token, &application());
            assert!(
                matches!(answer, Err(Refusal::NotAToken { .. })),
                "{answer:?}"
            );
        }
    }
}

#[test]
fn the_public_key_is_no_secret_for_hs256() {
    let issuer = Issuer::new();
    let header = json!({"alg": "HS256", "kid": "key-1"});
    let message = unsigned(&header, &application_claims());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &issuer.public_key_der());
    let tag = hmac::sign(&key, message.as_bytes());
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag));
    let answer = check(&issuer.verifier(), &token, &application());
    assert_eq!(answer, Err(Refusal::WrongAlgorithm));
}

#[test]
fn a_key_inside_the_token_is_not_believed() {
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let own_key = stranger.jwks("own")["keys"][0].clone();
    let header = json!({"alg": "RS256", "kid": "own", "jwk": own_key});
    let token = stranger.sign_with_header(&header, &application_claims());
    let answer = check(&issuer.verifier(), &token, &application());
    assert_eq!(
        answer,
        Err(Refusal::UnknownKey {
            kid: Some("own".into())
        })
    );
}

#[test]
fn garbage_is_refused_as_no_token() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.sign(&application_claims());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let nested = URL_SAFE_NO_PAD.encode("[".repeat(20_000));

    let mut garbage: Vec<String> = ["", ".", "..", "...", "a.b", "a.b.c", "\0", "é.é.é", " . . "]
        .map(String::from)
        .to_vec();
    garbage.push(".".repeat(60_000));
    garbage.push("A".repeat(60_000));
    garbage.push("A".repeat(10_000_000));
    garbage.push(format!("{nested}.{nested}.{nested}"));
    garbage.push(format!("{token}."));
    garbage.push(format!(".{token}"));
    garbage.push(format!(" {token}"));
    garbage.push(format!("{message}.{signature}="));
    garbage.push(format!("{message}.*{}", &signature[1..]));
    for password in garbage {
        let answer = check(&verifier, &password, &application());
        let start: String = password.chars().take(40).collect();
        assert!(
            matches!(answer, Err(Refusal::NotAToken { .. })),
            "{start:?}: {answer:?}"
        );
    }
}

#[test]
fn a_signature_of_the_wrong_length_is_refused() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.sign(&application_claims());
    let (message, signature) = token.rsplit_once('.').unwrap();
    for signature in [
        "",
        &signature[..signature.len() - 4],
        &format!("{signature}AAAA"),
    ] {
        let answer = check(&verifier, &format!("{message}.{signature}"), &application());
        assert!(
            answer.is_err(),
            "{} characters: {answer:?}",
            signature.len()
        );
    }
}

#[test]
fn random_bytes_are_refused() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let token = issuer.sign(&application_claims());
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..random.usize(..600)).map(|_| random.u8(..)).collect();
        assert!(check(&verifier, &String::from_utf8_lossy(&bytes), &application()).is_err());

        // One character of a good token replaced by another that its alphabet allows.
        let mut changed = token.clone().into_bytes();
        let place = random.usize(..changed.len());
        let before = changed[place];
        changed[place] = random.alphanumeric() as u8;
        let same = changed[place] == before;
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(
            check(&verifier, &changed, &application()).is_ok(),
            same,
            "place {place}"
        );
    }
}

#[test]
fn values_of_an_unsigned_header_are_bounded_in_the_log() {
    let issuer = Issuer::new();
    let kid = format!("\n{}", "k".repeat(40_000));
    let token = issuer.sign_with_header(&json!({"alg": "RS256", "kid": kid}), &Value::Null);
    let line = check(&issuer.verifier(), &token, &application())
        .unwrap_err()
        .to_string();
    assert!(line.len() < 400, "{} bytes", line.len());
}
