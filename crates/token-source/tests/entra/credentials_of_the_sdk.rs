//! Any credential of the SDK can be a source, within its own limits; and so can a token that somebody
//! already has.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    error::ErrorKind as SdkKind,
    http::StatusCode,
};
use azure_identity::ManagedIdentityCredential;
use azure_mysql_emulator::Principal;
use token_source::{
    ErrorKind, TokenSource,
    entra::{Credential, StaticToken},
};

use crate::{SCOPE, emulator_with, is_inside, run_inside};

#[tokio::test]
async fn sdk_credential_decides_when_to_fetch() {
    if is_inside() {
        let credential = ManagedIdentityCredential::new(None).unwrap();
        let source = Credential::new(credential, SCOPE);
        let first = source.fetch().await.unwrap();
        let second = source.fetch().await.unwrap();
        assert_eq!(first.secret(), second.secret());
        assert_eq!(first.expires_on(), second.expires_on());
        return;
    }
    let emulator = emulator_with(&[Principal::system_assigned("app")]).await;
    let name = "credentials_of_the_sdk::sdk_credential_decides_when_to_fetch";
    run_inside(name, &emulator, &[]).await;
    assert_eq!(emulator.counters().managed_identity, 1);
}

/// Fails as the SDK does when an endpoint refuses, with a text that nobody may see.
#[derive(Debug)]
struct Refused(StatusCode, Option<&'static str>);

#[async_trait]
impl TokenCredential for Refused {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, [SCOPE]);
        let cause = azure_core::Error::with_message(
            SdkKind::HttpResponse {
                status: self.0,
                error_code: self.1.map(ToOwned::to_owned),
                raw_response: None,
            },
            "canary of the body",
        );
        Err(azure_core::Error::with_error(
            SdkKind::Credential,
            cause,
            "canary of the credential",
        ))
    }
}

#[tokio::test]
async fn sdk_errors_keep_code_and_lose_text() {
    for (status, code, kind, entra_code) in [
        (
            StatusCode::Unauthorized,
            Some("7000215"),
            ErrorKind::Refused,
            Some(7_000_215),
        ),
        (
            StatusCode::BadRequest,
            Some("700016,90002"),
            ErrorKind::Refused,
            Some(700_016),
        ),
        (
            StatusCode::TooManyRequests,
            None,
            ErrorKind::Transport,
            None,
        ),
        (
            StatusCode::Forbidden,
            Some("no_number"),
            ErrorKind::Refused,
            None,
        ),
    ] {
        let scope = SCOPE;
        let source = Credential::new(Arc::new(Refused(status, code)), scope);
        let error = source.fetch().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.entra_code()),
            (kind, entra_code),
            "{error}"
        );
        assert!(!format!("{error} {error:?} {source:?}").contains("canary"));
    }
}

#[tokio::test]
async fn static_token_is_the_same_at_each_fetch() {
    let expires_on = SystemTime::now() + Duration::from_secs(60);
    let source = StaticToken::new("canary", expires_on);
    for _ in 0..2 {
        let token = source.fetch().await.unwrap();
        assert_eq!((token.secret(), token.expires_on()), ("canary", expires_on));
    }
    assert!(!format!("{source:?}").contains("canary"));
}
