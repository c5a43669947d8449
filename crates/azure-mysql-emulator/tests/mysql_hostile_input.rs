//! Whatever is sent, at whatever step, good clients are served meanwhile and afterwards.

mod mysql;

use std::time::Duration;

use azure_mysql_emulator::{Emulator, Principal};
use mysql::{RawClient, USER, connection, emulator, error_of, hello, until};
use mysql_async::prelude::Queryable as _;
use mysql_common::constants::CapabilityFlags;
use tokio::time::timeout;

/// Where a client stops to follow the rules.
#[derive(Clone, Copy, Debug)]
enum Until {
    Greeting,
    TlsRequest,
    Tls,
    AuthSwitch,
    Login,
}

impl Until {
    const ALL: [Self; 5] = [
        Self::Greeting,
        Self::TlsRequest,
        Self::Tls,
        Self::AuthSwitch,
        Self::Login,
    ];

    async fn client(self, emulator: &Emulator, principal: &Principal) -> RawClient {
        match self {
            Self::Greeting => {
                let mut client = RawClient::connect(emulator).await;
                client.read().await.unwrap();
                client
            }
            Self::TlsRequest => {
                let mut client = RawClient::connect(emulator).await;
                client.read().await.unwrap();
                client.ask_for_tls().await;
                client
            }
            Self::Tls => RawClient::connect_with_tls(emulator).await,
            Self::AuthSwitch => {
                let mut client = RawClient::connect_with_tls(emulator).await;
                client.send(&hello(USER, CapabilityFlags::empty())).await;
                client.read().await.unwrap();
                client
            }
            Self::Login => {
                RawClient::logged_in(emulator, principal, CapabilityFlags::empty()).await
            }
        }
    }
}

/// Bytes from a generator that is the same in each run.
fn garbage(length: usize, seed: &mut u64) -> Vec<u8> {
    let mut next = || {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        seed.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test]
async fn garbage_at_every_step_harms_nobody_else() {
    let before = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    let (emulator, principal) = emulator().await;
    let mut bystander = connection(&emulator, &principal).await;
    let mut seed = 0x2545_f491_4f6c_dd1d;
    let mut clients = Vec::new();
    for step in Until::ALL {
        for length in [0, 1, 4, 32, 33, 100, 5_000, 200_000] {
            let bytes = garbage(length, &mut seed);
            // Once as it is, and once as a packet that is well formed at least.
            let mut client = step.client(&emulator, &principal).await;
            client.send_raw(&bytes).await;
            clients.push(client);
            let mut client = step.client(&emulator, &principal).await;
            client.send(&bytes).await;
            clients.push(client);
        }
        for command in 0..=u8::MAX {
            if matches!(step, Until::Login) {
                let mut client = RawClient::connect_with_tls(&emulator).await;
                client.send(&hello(USER, CapabilityFlags::empty())).await;
                client.read().await.unwrap();
                let token = emulator.token_for(&principal);
                client.send(token.as_bytes()).await;
                client.read().await.unwrap();
                client.tell(command, &garbage(40, &mut seed)).await;
                if command % 8 == 0 {
                    clients.push(client);
                }
            }
        }
        bystander.ping().await.unwrap();
    }
    let mut late = connection(&emulator, &principal).await;
    late.ping().await.unwrap();

    drop(clients);
    until("only the good ones are left", || {
        emulator.counters().open_connections == 2
    })
    .await;
    drop((bystander, late));
    timeout(Duration::from_secs(5), emulator.stop())
        .await
        .unwrap();
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    until("the drivers' tasks have ended too", || tasks() == before).await;
}

#[tokio::test]
async fn a_packet_that_is_too_long_for_a_login_is_refused_at_its_header() {
    let (emulator, principal) = emulator().await;
    for step in [Until::Greeting, Until::Tls, Until::AuthSwitch] {
        let mut client = step.client(&emulator, &principal).await;
        let sequence = match step {
            Until::Greeting => 1,
            Until::Tls => 2,
            _ => 4,
        };
        client.send_raw(&[0, 0, 0x10, sequence]).await;
        client.send_raw(b"x").await;
        assert_eq!(error_of(&client.read().await.unwrap()).0, 1153, "{step:?}");
        assert_eq!(client.rest().await, b"");
    }
}

#[tokio::test]
async fn packets_out_of_order_are_refused() {
    let (emulator, principal) = emulator().await;
    for step in [Until::Greeting, Until::Tls, Until::AuthSwitch, Until::Login] {
        let mut client = step.client(&emulator, &principal).await;
        client.send_raw(b"\x01\0\0\x77x").await;
        assert_eq!(error_of(&client.read().await.unwrap()).0, 1156, "{step:?}");
        assert_eq!(client.rest().await, b"");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_sent_away_after_half_a_minute() {
    let (emulator, _) = emulator().await;
    let mut silent = RawClient::connect(&emulator).await;
    silent.read().await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(silent.rest().await, b"");
    assert_eq!(start.elapsed().as_secs(), 30);
}
