//! A thousand clients at once are served, and nothing of them or of the server outlives it.

mod mysql;

use std::{
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use mysql::{RawClient, USER, connection, emulator, hello, options, until};
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable as _};
use mysql_common::constants::{CapabilityFlags, Command};
use tokio::{runtime::Handle, time::timeout};

const LONG_WORK: &str = "SELECT SLEEP(60)";

fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_are_served_at_once() {
    let (emulator, principal) = emulator().await;
    let base = Opts::from(options(&emulator, USER, &emulator.token_for(&principal)));
    let clients: Vec<_> = (0..1_000)
        .map(|number: i64| {
            let options = OptsBuilder::from_opts(base.clone());
            tokio::spawn(async move {
                let mut conn = Conn::new(options).await.unwrap();
                let answer: Option<i64> =
                    conn.query_first(format!("SELECT {number}")).await.unwrap();
                assert_eq!(answer, Some(number));
                conn
            })
        })
        .collect();
    let mut connections = Vec::new();
    for client in clients {
        connections.push(client.await.unwrap());
    }
    let counters = emulator.counters();
    assert_eq!(counters.open_connections, 1_000);
    assert_eq!(counters.logins_accepted, 1_000);
    for conn in &mut connections {
        conn.ping().await.unwrap();
    }
    drop(connections);
    until("all have left", || {
        emulator.counters().open_connections == 0
    })
    .await;
    emulator.stop().await;
}

#[tokio::test]
async fn stopping_closes_the_port_and_every_connection_at_whatever_step() {
    let before = alive_tasks();
    let (emulator, principal) = emulator().await;
    let address = SocketAddr::from(([127, 0, 0, 1], emulator.address().port));
    let mut greeted = RawClient::connect(&emulator).await;
    greeted.read().await.unwrap();
    let mut encrypted = RawClient::connect_with_tls(&emulator).await;
    let mut asked = RawClient::connect_with_tls(&emulator).await;
    asked.send(&hello(USER, CapabilityFlags::empty())).await;
    asked.read().await.unwrap();
    let mut idle = RawClient::logged_in(&emulator, &principal, CapabilityFlags::empty()).await;
    let mut busy = RawClient::logged_in(&emulator, &principal, CapabilityFlags::empty()).await;
    busy.tell(Command::COM_QUERY as u8, LONG_WORK.as_bytes())
        .await;
    emulator.set_latency(Duration::from_millis(1), Duration::from_millis(1));
    let mut far = RawClient::logged_in(&emulator, &principal, CapabilityFlags::empty()).await;
    until("the statement is under way", || {
        emulator.counters().statements == 1
    })
    .await;
    assert_eq!(emulator.counters().open_connections, 6);

    timeout(Duration::from_secs(5), emulator.stop())
        .await
        .unwrap();

    assert_eq!(alive_tasks(), before);
    assert!(TcpStream::connect(address).is_err());
    for client in [
        &mut greeted,
        &mut encrypted,
        &mut asked,
        &mut idle,
        &mut busy,
        &mut far,
    ] {
        assert_eq!(client.rest().await, b"");
    }
}

#[tokio::test]
async fn dropping_the_emulator_ends_its_connections() {
    let before = alive_tasks();
    let (emulator, principal) = emulator().await;
    let address = SocketAddr::from(([127, 0, 0, 1], emulator.address().port));
    let mut conn = connection(&emulator, &principal).await;
    drop(emulator);
    let end = timeout(Duration::from_secs(5), async {
        while alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    });
    end.await.unwrap();
    assert!(conn.ping().await.is_err());
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_statement_whose_client_has_left_is_ended() {
    let (emulator, principal) = emulator().await;
    let mut client = RawClient::logged_in(&emulator, &principal, CapabilityFlags::empty()).await;
    let query = Command::COM_QUERY as u8;
    for statement in [
        &b"USE orders"[..],
        b"CREATE TABLE t (id INT PRIMARY KEY)",
        b"BEGIN",
        b"INSERT INTO t VALUES (1)",
    ] {
        assert_eq!(client.command(query, statement).await.unwrap()[0], 0);
    }
    client.tell(query, LONG_WORK.as_bytes()).await;
    until("the statement is under way", || {
        emulator.counters().statements == 5
    })
    .await;
    drop(client);
    until("the connection is closed", || {
        emulator.counters().open_connections == 0
    })
    .await;
    let mut next = connection(&emulator, &principal).await;
    next.query_drop("INSERT INTO t VALUES (1)").await.unwrap();
    drop(next);
    timeout(Duration::from_secs(5), emulator.stop())
        .await
        .unwrap();
}

#[tokio::test]
async fn nobody_from_outside_can_reach_it() {
    let (emulator, _) = emulator().await;
    let elsewhere = SocketAddr::from(([127, 0, 0, 2], emulator.address().port));
    assert!(
        TcpStream::connect(elsewhere).is_err(),
        "bound to 127.0.0.1 alone"
    );
    assert_eq!(emulator.address().host, "127.0.0.1");
}
