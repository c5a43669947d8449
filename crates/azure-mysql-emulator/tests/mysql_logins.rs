//! Who shows a good token over TLS is let in, and who does not is told what Azure tells.

mod mysql;

use std::time::{Duration, SystemTime};

use azure_mysql_emulator::{Emulator, Principal};
use mysql::{
    RawClient, USER, connection, emulator, error_of, hello, log_in, options, server_error,
};
use mysql_async::{Conn, prelude::Queryable as _};
use mysql_common::{
    constants::CapabilityFlags,
    packets::{AuthPlugin, HandshakeResponse},
    proto::MySerialize as _,
};

#[tokio::test]
async fn a_good_token_logs_in() {
    let (emulator, principal) = emulator().await;
    let mut conn = connection(&emulator, &principal).await;
    let one: Option<i64> = conn.query_first("SELECT 1").await.unwrap();
    assert_eq!(one, Some(1));
    assert_eq!(conn.server_version(), (8, 4, 7));
    let counters = emulator.counters();
    assert_eq!((counters.logins_accepted, counters.logins_refused), (1, 0));
    assert_eq!((counters.tokens_received, counters.distinct_tokens), (1, 1));
    assert_eq!((counters.connections, counters.statements), (1, 1));
    conn.disconnect().await.unwrap();
    emulator.stop().await;
}

#[tokio::test]
async fn every_kind_of_principal_logs_in_with_its_own_token() {
    let principals = [
        Principal::system_assigned("aad_system"),
        Principal::user_assigned("aad_user"),
        Principal::service_principal("aad_sp", "secret"),
        Principal::service_principal_with_certificate("aad_cert"),
        Principal::workload_identity("aad_workload"),
        Principal::user("ada@example.com"),
    ];
    let mut builder = Emulator::builder();
    for principal in &principals {
        builder = builder.principal(principal.clone());
    }
    let emulator = builder.start().await.unwrap();
    for principal in &principals {
        let token = emulator.token_for(principal);
        log_in(&emulator, principal.name(), &token).await.unwrap();
    }
    let accepted = emulator.counters().logins_accepted;
    assert_eq!(accepted, principals.len() as u64);
}

#[tokio::test]
async fn a_refused_login_is_told_azures_number_and_text() {
    const DENIED: &str = "Access denied for user 'app'@'localhost' (using password: YES)";
    let (emulator, principal) = emulator().await;
    let stranger = Principal::service_principal("stranger", "s");
    let token = || emulator.token(&principal);
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let not_theirs = format!(
        "Azure AD access token is not valid for user 'app' with OID '{}'.",
        principal.client_id()
    );
    let cases = [
        (
            token().expires_at(an_hour_ago).build(),
            1045,
            DENIED,
            "expired",
        ),
        (
            token()
                .not_before(SystemTime::now() + Duration::from_secs(60))
                .build(),
            1045,
            DENIED,
            "valid only in",
        ),
        (
            token().audience("https://vault.azure.net").build(),
            1045,
            DENIED,
            "audience",
        ),
        (
            token()
                .tenant("72f988bf-86f1-41af-91ab-2d7cd011db47")
                .build(),
            1045,
            DENIED,
            "was issued by",
        ),
        (
            token().signed_by_another_key().build(),
            1045,
            DENIED,
            "signature",
        ),
        ("hunter2".to_owned(), 1045, DENIED, "not a readable token"),
        (
            emulator.token_for(&stranger),
            9106,
            &*not_theirs,
            "the account belongs to",
        ),
    ];
    for (password, number, message, reason) in &cases {
        let error = server_error(log_in(&emulator, USER, password).await.unwrap_err());
        let state = if *number == 1045 { "28000" } else { "HY000" };
        assert_eq!(error, (*number, state.to_owned(), (*message).to_owned()));
        let refusal = emulator.login_refusals().pop().unwrap();
        assert!(refusal.reason.contains(reason), "{refusal:?}");
        assert_eq!((&*refusal.user, refusal.error_number), (USER, *number));
    }
    let counters = emulator.counters();
    assert_eq!((counters.logins_accepted, counters.logins_refused), (0, 7));
    assert_eq!((counters.tokens_received, counters.distinct_tokens), (7, 7));
}

#[tokio::test]
async fn a_user_that_is_not_there_is_refused_after_the_token_like_one_that_is() {
    let (emulator, principal) = emulator().await;
    let token = emulator.token_for(&principal);
    for user in ["nobody", "App", "app ", "APP"] {
        let (number, _, message) = server_error(log_in(&emulator, user, &token).await.unwrap_err());
        assert_eq!(number, 1045);
        assert_eq!(
            message,
            format!("Access denied for user '{user}'@'localhost' (using password: YES)")
        );
    }
    assert_eq!(emulator.counters().tokens_received, 4);
}

#[tokio::test]
async fn without_a_password_the_answer_says_so() {
    let (emulator, _) = emulator().await;
    for user in [USER, "nobody"] {
        let mut client = RawClient::connect_with_tls(&emulator).await;
        client.send(&hello(user, CapabilityFlags::empty())).await;
        client.read().await.unwrap();
        client.send(b"\0").await;
        let (number, message) = error_of(&client.read().await.unwrap());
        assert_eq!(number, 1045);
        assert!(message.ends_with("(using password: NO)"), "{message}");
        assert_eq!(client.rest().await, b"");
    }
    assert_eq!(emulator.counters().tokens_received, 0);
}

#[tokio::test]
async fn a_client_that_begins_with_its_token_is_not_asked_for_it() {
    let (emulator, principal) = emulator().await;
    let mut client = RawClient::connect_with_tls(&emulator).await;
    let token = emulator.token_for(&principal);
    let mut packet = Vec::new();
    HandshakeResponse::new(
        Some([token.as_bytes(), b"\0"].concat()),
        (8, 4, 7),
        Some(USER.as_bytes()),
        None::<&[u8]>,
        Some(AuthPlugin::MysqlClearPassword),
        CapabilityFlags::CLIENT_PROTOCOL_41
            | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA,
        None,
        1 << 24,
    )
    .serialize(&mut packet);
    client.send(&packet).await;
    assert_eq!(client.read().await.unwrap()[0], 0);
    assert_eq!(emulator.counters().tokens_received, 1);
}

#[tokio::test]
async fn a_token_of_64_kib_arrives_whole() {
    let (emulator, principal) = emulator().await;
    // As many groups as a token names, each with an id that is as long as it takes.
    let group = "b".repeat(230);
    let token = emulator
        .token(&principal)
        .groups(std::iter::repeat_n(group, 200))
        .build();
    assert!((63_000..65_536).contains(&token.len()), "{}", token.len());
    let conn = log_in(&emulator, USER, &token).await.unwrap();
    let line = format!("token received for user 'app' ({} bytes)", token.len());
    assert!(emulator.log().contains(&line));
    drop(conn);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_refused_after_the_login() {
    let (emulator, principal) = emulator().await;
    let options = options(&emulator, USER, &emulator.token_for(&principal));
    let error = Conn::new(options.db_name(Some("nowhere")))
        .await
        .unwrap_err();
    let (number, state, message) = server_error(error);
    assert_eq!((number, &*state), (1049, "42000"));
    assert_eq!(message, "Unknown database 'nowhere'");
    assert_eq!(emulator.counters().logins_accepted, 1);
}

#[tokio::test]
async fn the_log_says_what_the_plugin_says_and_holds_no_token() {
    let (emulator, principal) = emulator().await;
    let token = emulator.token_for(&principal);
    log_in(&emulator, USER, &token).await.unwrap();
    let forger = "x'\naad_auth: accepted user 'root";
    log_in(&emulator, forger, &token).await.unwrap_err();
    let length = token.len();
    assert_eq!(
        emulator.log(),
        format!(
            "aad_auth: configuration read\n\
             aad_auth: token received for user 'app' ({length} bytes)\n\
             aad_auth: accepted user 'app'\n\
             aad_auth: token received for user 'x\\'\\naad_auth: accepted user \\'root' ({length} bytes)\n\
             aad_auth: refused user 'x\\'\\naad_auth: accepted user \\'root': there is no such user\n"
        )
    );
}

#[tokio::test]
async fn a_token_that_was_good_is_refused_when_the_clock_has_moved_past_its_end() {
    let (emulator, principal) = emulator().await;
    let token = emulator.token_for(&principal);
    drop(log_in(&emulator, USER, &token).await.unwrap());

    emulator.advance_clock(Duration::from_secs(2 * 3600));

    let refused = log_in(&emulator, USER, &token).await.unwrap_err();
    assert_eq!(server_error(refused).0, 1045);
    let reason = emulator.login_refusals().pop().unwrap().reason;
    assert!(reason.contains("the token expired"), "{reason}");
    let fresh = emulator.token_for(&principal);
    drop(log_in(&emulator, USER, &fresh).await.unwrap());
}

#[tokio::test]
async fn of_a_name_that_is_too_long_the_beginning_is_kept() {
    let (emulator, _) = emulator().await;
    let refused = log_in(&emulator, &"x".repeat(10_000), "token")
        .await
        .unwrap_err();
    assert_eq!(server_error(refused).0, 1045);
    let user = emulator.login_refusals().pop().unwrap().user;
    assert_eq!(user, "x".repeat(96));
    assert!(!emulator.log().contains(&"x".repeat(97)));
}
