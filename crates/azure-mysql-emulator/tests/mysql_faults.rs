//! Each fault of a login is what it says, for one connection, and then all goes well again.

mod mysql;

use std::time::{Duration, Instant};

use azure_mysql_emulator::{Emulator, LoginFault, LoginStep, Principal};
use mysql::{
    RawClient, USER, emulator, error_of, greeting, hello, hello_with_token, log_in, options,
    server_error, until,
};
use mysql_async::{Conn, prelude::Queryable as _};
use mysql_common::constants::CapabilityFlags;
use tokio::time::timeout;

/// What a driver makes of the next login.
async fn refused(emulator: &Emulator, principal: &Principal) -> mysql_async::Error {
    let token = emulator.token_for(principal);
    let login = log_in(emulator, USER, &token);
    timeout(Duration::from_secs(5), login)
        .await
        .unwrap()
        .unwrap_err()
}

async fn goes_well(emulator: &Emulator, principal: &Principal) {
    let token = emulator.token_for(principal);
    let mut conn = log_in(emulator, USER, &token).await.unwrap();
    conn.ping().await.unwrap();
}

#[tokio::test]
async fn without_tls_in_the_greeting_a_good_client_keeps_its_token() {
    let (emulator, principal) = emulator().await;
    emulator.login_faults().once(LoginFault::NoTls);
    let error = refused(&emulator, &principal).await;
    assert!(
        matches!(
            error,
            mysql_async::Error::Driver(mysql_async::DriverError::NoClientSslFlagFromServer)
        ),
        "{error}"
    );
    assert_eq!(emulator.counters().tokens_received, 0);
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn without_tls_in_the_greeting_a_careless_client_is_seen_to_send_its_token() {
    let (emulator, principal) = emulator().await;
    emulator.login_faults().once(LoginFault::NoTls);
    let options = options(&emulator, USER, &emulator.token_for(&principal));
    let error = Conn::new(options.ssl_opts(None)).await.unwrap_err();
    assert_eq!(server_error(error).0, 3159);
    assert_eq!(emulator.counters().tokens_received, 1);
}

#[tokio::test]
async fn a_certificate_that_is_not_to_be_trusted_stops_the_client() {
    let (emulator, principal) = emulator().await;
    for (fault, reason) in [
        (LoginFault::OtherAuthority, "UnknownIssuer"),
        (LoginFault::OtherHostName, "NotValidForName"),
    ] {
        emulator.login_faults().once(fault);
        let error = format!("{:?}", refused(&emulator, &principal).await);
        assert!(error.contains(reason), "{error}");
        assert_eq!(emulator.counters().tokens_received, 0);
    }
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn a_good_login_can_be_refused() {
    let (emulator, principal) = emulator().await;
    emulator.login_faults().times(2, &LoginFault::Refused);
    for _ in 0..2 {
        let (number, _, message) = server_error(refused(&emulator, &principal).await);
        assert_eq!(number, 1045);
        assert!(message.contains("(using password: YES)"), "{message}");
    }
    let refusal = emulator.login_refusals().pop().unwrap();
    assert_eq!(refusal.reason, "a fault that the emulator was asked for");
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn a_standing_fault_is_there_until_it_is_cleared() {
    let (emulator, principal) = emulator().await;
    emulator.login_faults().always(LoginFault::Refused);
    assert!(format!("{:?}", emulator.login_faults()).contains("Refused"));
    for _ in 0..3 {
        refused(&emulator, &principal).await;
    }
    emulator.login_faults().clear();
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn a_login_can_be_switched_to_another_plugin() {
    let (emulator, principal) = emulator().await;
    emulator
        .login_faults()
        .once(LoginFault::OtherPlugin("mysql_native_password".to_owned()));
    assert_eq!(server_error(refused(&emulator, &principal).await).0, 1045);
    assert_eq!(emulator.counters().tokens_received, 0);

    emulator
        .login_faults()
        .once(LoginFault::OtherPlugin("nobody_has_it".to_owned()));
    let error = refused(&emulator, &principal).await;
    assert!(error.to_string().contains("nobody_has_it"), "{error}");

    emulator
        .login_faults()
        .once(LoginFault::OtherPlugin("dialog".to_owned()));
    let mut client = RawClient::connect_with_tls(&emulator).await;
    client.send(&hello(USER, CapabilityFlags::empty())).await;
    assert!(client.read().await.unwrap().starts_with(b"\xfedialog\0"));
    let token = emulator.token_for(&principal);
    client.send(token.as_bytes()).await;
    assert_eq!(error_of(&client.read().await.unwrap()).0, 1045);
    assert_eq!(emulator.counters().tokens_received, 1);
}

/// The counter of tokens is 0 only as long as no client has sent one.
#[tokio::test]
async fn a_token_that_comes_with_the_hello_is_counted_whatever_becomes_of_the_login() {
    for fault in [
        LoginFault::OtherPlugin("mysql_native_password".to_owned()),
        LoginFault::HangAt(LoginStep::BeforeAuthSwitch),
        LoginFault::DropAt(LoginStep::BeforeAuthSwitch),
        LoginFault::DropAt(LoginStep::AfterToken),
        LoginFault::Refused,
    ] {
        let (emulator, principal) = emulator().await;
        emulator.login_faults().once(fault.clone());
        let mut client = RawClient::connect_with_tls(&emulator).await;
        let token = emulator.token_for(&principal);
        client.send(&hello_with_token(USER, &token)).await;
        until("the token is counted", || {
            emulator.counters().tokens_received > 0
        })
        .await;
        drop(client);
        until("the connection is closed", || {
            emulator.counters().open_connections == 0
        })
        .await;
        assert_eq!(emulator.counters().tokens_received, 1, "{fault:?}");
        let line = format!("token received for user '{USER}' ({} bytes)", token.len());
        assert!(emulator.log().contains(&line), "{}", emulator.log());
    }
}

#[tokio::test]
async fn a_greeting_that_is_garbage_is_no_greeting() {
    let (emulator, principal) = emulator().await;
    emulator.login_faults().once(LoginFault::GarbageGreeting);
    refused(&emulator, &principal).await;
    assert_eq!(emulator.counters().tokens_received, 0);
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn a_drop_ends_the_connection_at_its_step() {
    let (emulator, principal) = emulator().await;
    for step in LoginStep::ALL {
        emulator.login_faults().once(LoginFault::DropAt(step));
        refused(&emulator, &principal).await;
        let received = u64::from(step == LoginStep::AfterToken);
        assert_eq!(emulator.counters().tokens_received, received, "{step:?}");
    }
    assert_eq!(emulator.counters().logins_refused, 0);
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn a_hang_lasts_until_the_client_leaves() {
    let (emulator, principal) = emulator().await;
    for step in LoginStep::ALL {
        emulator.login_faults().once(LoginFault::HangAt(step));
        let token = emulator.token_for(&principal);
        let login = log_in(&emulator, USER, &token);
        let patience = Duration::from_millis(150);
        assert!(timeout(patience, login).await.is_err(), "{step:?}");
        let received = u64::from(step == LoginStep::AfterToken);
        assert_eq!(emulator.counters().tokens_received, received, "{step:?}");
    }
    until("all have left", || {
        emulator.counters().open_connections == 0
    })
    .await;
    goes_well(&emulator, &principal).await;
}

#[tokio::test]
async fn a_hang_shows_the_client_all_steps_before_it() {
    let (emulator, _) = emulator().await;
    emulator
        .login_faults()
        .once(LoginFault::HangAt(LoginStep::BeforeAuthSwitch));
    let mut client = RawClient::connect_with_tls(&emulator).await;
    client.send(&hello(USER, CapabilityFlags::empty())).await;
    let patience = Duration::from_millis(100);
    assert!(timeout(patience, client.read()).await.is_err());

    emulator
        .login_faults()
        .once(LoginFault::HangAt(LoginStep::AfterGreeting));
    let mut client = RawClient::connect(&emulator).await;
    greeting(&client.read().await.unwrap());
}

#[tokio::test]
async fn a_hang_ends_with_the_emulator() {
    for step in LoginStep::ALL {
        let (emulator, principal) = emulator().await;
        emulator.login_faults().once(LoginFault::HangAt(step));
        let token = emulator.token_for(&principal);
        let options = options(&emulator, USER, &token);
        let login = tokio::spawn(Conn::new(options));
        until("the client is there", || {
            emulator.counters().open_connections == 1
        })
        .await;
        timeout(Duration::from_secs(5), emulator.stop())
            .await
            .unwrap();
        assert!(login.await.unwrap().is_err(), "{step:?}");
    }
}

#[tokio::test]
async fn latency_is_added_to_each_round_trip() {
    let (emulator, principal) = emulator().await;
    let mut near = log_in(&emulator, USER, &emulator.token_for(&principal))
        .await
        .unwrap();
    emulator.set_latency(Duration::from_millis(30), Duration::from_millis(20));
    let mut far = log_in(&emulator, USER, &emulator.token_for(&principal))
        .await
        .unwrap();
    let round_trips = 4_u32;
    let added = Duration::from_millis(50) * round_trips;
    let mut taken = [&mut near, &mut far].map(|_| Duration::MAX);
    for (conn, taken) in [&mut near, &mut far].into_iter().zip(&mut taken) {
        // The quickest of some is hardly one at which the machine was busy with something else.
        for _ in 0..3 {
            let start = Instant::now();
            for _ in 0..round_trips {
                conn.ping().await.unwrap();
            }
            *taken = start.elapsed().min(*taken);
        }
    }
    assert!(taken[1] >= added, "{taken:?}");
    // A connection that was there before is not slowed down.
    assert!(taken[0] < added, "{taken:?}");
    let text: Option<String> = far
        .query_first(format!("SELECT '{}'", "x".repeat(1 << 20)))
        .await
        .unwrap();
    assert_eq!(text.unwrap().len(), 1 << 20);
    emulator.stop().await;
}
