//! A script decides what goes wrong with each request, in the format of the endpoint that it is for.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use azure_mysql_emulator::{Emulator, Principal, TokenFault};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use super::{
    APP_SERVICE, HOUR, IMDS, RESOURCE, addresses, alive_tasks, answer, ask_app_service, ask_entra,
    ask_imds, builder_with, claims, emulator_with, now, token_of, verify,
};

const MINUTE: Duration = Duration::from_secs(60);

/// An emulator with a principal for each endpoint.
async fn full() -> (Emulator, Principal, Principal) {
    let system = Principal::system_assigned("aad_system");
    let app = Principal::service_principal("aad_app", "secret");
    let emulator = emulator_with(&[system.clone(), app.clone()]).await;
    (emulator, system, app)
}

fn requests(emulator: &Emulator, app: &Principal) -> [RequestBuilder; 3] {
    [
        ask_app_service(emulator, &APP_SERVICE),
        ask_imds(emulator, &IMDS),
        ask_entra(emulator, app, &[("client_secret", "secret")]),
    ]
}

/// The responses of App Service's endpoint, the metadata service and Entra.
async fn ask_all(emulator: &Emulator, app: &Principal) -> [reqwest::Result<Response>; 3] {
    let [app_service, imds, entra] = requests(emulator, app);
    [
        app_service.send().await,
        imds.send().await,
        entra.send().await,
    ]
}

#[tokio::test]
async fn each_status_has_the_endpoints_error_format() {
    let (emulator, _, app) = full().await;
    let retry_after = Duration::from_millis(6_001);
    for (fault, status, code) in [
        (TokenFault::TooManyRequests { retry_after }, 429, 90055),
        (TokenFault::Gone, 410, 90033),
        (TokenFault::InternalServerError, 500, 90033),
        (TokenFault::ServiceUnavailable, 503, 90033),
    ] {
        emulator.token_faults().times(3, &fault);
        let [app_service, imds, entra] = ask_all(&emulator, &app).await.map(Result::unwrap);
        for response in [&app_service, &imds, &entra] {
            assert_eq!(response.status().as_u16(), status);
            let seconds = response.headers().get("Retry-After");
            let seconds = seconds.map(|seconds| seconds.to_str().unwrap());
            assert_eq!(seconds, (status == 429).then_some("7"));
        }
        let body: Value = app_service.json().await.unwrap();
        assert_eq!(body["statusCode"], status);
        assert!(body["message"].is_string() && body["correlationId"].is_string());
        let body: Value = imds.json().await.unwrap();
        assert!(body["error"].is_string() && body["error_description"].is_string());
        let body: Value = entra.json().await.unwrap();
        assert_eq!(body["error"], "temporarily_unavailable");
        assert_eq!(body["error_codes"], serde_json::json!([code]));
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")));
        assert!(description.contains("\r\nTrace ID: "), "{description}");
    }
    let counters = emulator.counters();
    assert_eq!((counters.faults, counters.refused), (12, 0));
}

#[tokio::test]
async fn script_at_start_is_followed_in_order() {
    let emulator = builder_with(&[Principal::system_assigned("aad_system")])
        .token_faults([TokenFault::Gone, TokenFault::ServiceUnavailable])
        .start()
        .await
        .unwrap();
    for status in [410, 503, 200] {
        let response = ask_app_service(&emulator, &APP_SERVICE)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
    assert_eq!(emulator.counters().faults, 2);
}

#[tokio::test]
async fn standing_fault_lasts_until_cleared() {
    let (emulator, _, app) = full().await;
    emulator.token_faults().always(TokenFault::Gone);
    for response in ask_all(&emulator, &app).await {
        assert_eq!(response.unwrap().status().as_u16(), 410);
    }
    emulator.token_faults().clear();
    for response in ask_all(&emulator, &app).await {
        assert_eq!(response.unwrap().status().as_u16(), 200);
    }
}

#[tokio::test]
async fn dropped_connection_sends_no_byte() {
    let (emulator, _, app) = full().await;
    emulator
        .token_faults()
        .times(4, &TokenFault::DroppedConnection);
    for response in ask_all(&emulator, &app).await {
        assert!(response.unwrap_err().is_request());
    }

    let address = addresses(&emulator)[1];
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let request = "GET /metadata/identity/oauth2/token HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    });
    assert_eq!(answer.await.unwrap(), b"");
}

#[tokio::test]
async fn truncated_body_is_half_of_its_announced_length() {
    let (emulator, _, app) = full().await;
    emulator.token_faults().times(3, &TokenFault::TruncatedBody);
    for response in ask_all(&emulator, &app).await {
        let mut response = response.unwrap();
        assert!(response.status().is_success());
        let promised = response.content_length().unwrap();
        let mut got = 0;
        let broken_off = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => got += chunk.len() as u64,
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        assert!(broken_off);
        assert_eq!(got, promised / 2);
    }
}

#[tokio::test]
async fn garbage_body_is_not_json() {
    let (emulator, _, app) = full().await;
    emulator.token_faults().times(3, &TokenFault::GarbageBody);
    for response in ask_all(&emulator, &app).await {
        let response = response.unwrap();
        assert!(response.status().is_success());
        assert!(response.json::<Value>().await.is_err());
    }
    assert_eq!(emulator.counters().managed_identity, 0);
}

#[tokio::test]
async fn delay_precedes_a_normal_answer() {
    let (emulator, ..) = full().await;
    let delay = Duration::from_millis(50);
    emulator.token_faults().once(TokenFault::Delay(delay));
    let start = Instant::now();
    token_of(ask_imds(&emulator, &IMDS)).await;
    assert!(start.elapsed() >= delay);
}

#[tokio::test]
async fn stopping_does_not_wait_for_pending_answers() {
    let (emulator, _, app) = full().await;
    emulator.token_faults().times(2, &TokenFault::NeverAnswer);
    emulator.token_faults().once(TokenFault::Delay(HOUR));
    let waiting = requests(&emulator, &app).map(|request| tokio::spawn(request.send()));
    while emulator.counters().faults < 3 {
        tokio::task::yield_now().await;
    }

    emulator.stop().await;

    for request in waiting {
        assert!(request.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn disconnected_client_ends_a_pending_answer() {
    let (emulator, ..) = full().await;
    emulator.token_faults().once(TokenFault::NeverAnswer);
    let before = alive_tasks();
    let client = tokio::spawn(ask_imds(&emulator, &IMDS).send());
    while emulator.counters().faults < 1 {
        tokio::task::yield_now().await;
    }
    client.abort();
    // The emulator's task ends without this test's help, or the test does not end.
    while alive_tasks() > before {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn clock_skew_shifts_the_tokens_times() {
    let (emulator, ..) = full().await;
    let jwks = emulator.jwks_json();
    for (fault, offset) in [
        (TokenFault::ClockAhead(10 * MINUTE), 600),
        (TokenFault::ClockBehind(10 * MINUTE), -600),
    ] {
        emulator.token_faults().once(fault.clone());
        let before = now();
        let (_, body) = answer(ask_imds(&emulator, &IMDS)).await;
        let token = body["access_token"].as_str().unwrap();
        let claims = claims(token);
        let issued_at = claims["nbf"].as_u64().unwrap();
        let expected = before.checked_add_signed(offset).unwrap();
        assert!((expected..expected + 60).contains(&issued_at), "{fault:?}");
        assert_eq!(body["expires_on"], (issued_at + 3600).to_string());
        assert_eq!(body["expires_in"], "3600");
        let is_valid = verify(&jwks, token, RESOURCE).is_ok();
        assert_eq!(is_valid, offset < 0, "{fault:?}");
    }
}

#[tokio::test]
async fn expired_token_is_expired_in_every_field() {
    let (emulator, _, app) = full().await;
    emulator.token_faults().times(3, &TokenFault::ExpiredToken);
    for (index, response) in ask_all(&emulator, &app).await.into_iter().enumerate() {
        let body: Value = response.unwrap().json().await.unwrap();
        let expires = claims(body["access_token"].as_str().unwrap())["exp"]
            .as_u64()
            .unwrap();
        assert!(expires < now() && expires > now() - 60);
        match index {
            0 => assert_eq!(body["expires_on"], expires.to_string()),
            1 => assert_eq!(
                (&body["expires_in"], &body["expires_on"]),
                (&"0".into(), &expires.to_string().into())
            ),
            _ => assert_eq!(body["expires_in"], 0),
        }
    }
}

#[tokio::test]
async fn same_token_is_issued_again_only_to_the_same_identity() {
    let (emulator, _, app) = full().await;
    let first = token_of(ask_imds(&emulator, &IMDS)).await;
    let fresh = token_of(ask_imds(&emulator, &IMDS)).await;
    assert_ne!(first, fresh);

    emulator.token_faults().always(TokenFault::SameToken);
    assert_eq!(token_of(ask_imds(&emulator, &IMDS)).await, fresh);
    assert_eq!(
        token_of(ask_app_service(&emulator, &APP_SERVICE)).await,
        fresh
    );
    let [_, _, entra] = requests(&emulator, &app);
    let apps = token_of(entra.try_clone().unwrap()).await;
    assert_ne!(apps, fresh);
    assert_eq!(token_of(entra).await, apps);

    emulator.advance_clock(10 * MINUTE);
    let (_, body) = answer(ask_imds(&emulator, &IMDS)).await;
    assert_eq!(body["access_token"], fresh);
    let left: u64 = body["expires_in"].as_str().unwrap().parse().unwrap();
    assert!((2900..=3000).contains(&left), "{left}");

    emulator.token_faults().clear();
    assert_ne!(token_of(ask_imds(&emulator, &IMDS)).await, fresh);
}

#[tokio::test]
async fn tokens_are_counted_per_principal() {
    let (emulator, system, app) = full().await;
    emulator.token_faults().once(TokenFault::Gone);
    for _ in 0..2 {
        let _ = ask_all(&emulator, &app).await;
    }
    // The first request got the fault.
    assert_eq!(emulator.tokens_issued_to(&system), 3);
    assert_eq!(emulator.tokens_issued_to(&app), 2);
    assert_eq!(emulator.tokens_issued_to(&Principal::user("nobody")), 0);
}

/// Times are limited to the years 1970 to 9999.
#[tokio::test]
async fn longest_durations_still_give_a_token() {
    let emulator = builder_with(&[Principal::system_assigned("aad_system")])
        .token_lifetime(Duration::MAX)
        .start()
        .await
        .unwrap();
    for fault in [
        None,
        Some(TokenFault::ClockAhead(Duration::MAX)),
        Some(TokenFault::ClockBehind(Duration::MAX)),
        Some(TokenFault::ExpiredToken),
    ] {
        if let Some(fault) = &fault {
            emulator.token_faults().once(fault.clone());
        }
        let claims = claims(&token_of(ask_imds(&emulator, &IMDS)).await);
        let end = claims["exp"].as_u64().unwrap();
        assert!(end <= 253_402_300_799, "{fault:?}: {end}");
    }
    emulator.advance_clock(Duration::MAX);
    emulator.advance_clock(Duration::MAX);
    let claims = claims(&token_of(ask_imds(&emulator, &IMDS)).await);
    assert_eq!(claims["exp"], 253_402_300_799_u64);

    let retry_after = Duration::MAX;
    emulator
        .token_faults()
        .once(TokenFault::TooManyRequests { retry_after });
    let response = ask_imds(&emulator, &IMDS).send().await.unwrap();
    assert_eq!(response.headers()["Retry-After"], u64::MAX.to_string());
}
