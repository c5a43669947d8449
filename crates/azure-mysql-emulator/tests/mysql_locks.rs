//! Whoever waits for a lock keeps nobody else from working.

mod mysql;

use std::time::Duration;

use mysql::{RawClient, emulator, until};
use mysql_common::constants::{CapabilityFlags, Command};
use tokio::{runtime::Builder, time::timeout};

const QUERY: u8 = Command::COM_QUERY as u8;

/// More than this runtime has threads for what blocks.
const WAITING: u64 = 300;

#[test]
fn whoever_holds_a_lock_can_let_it_go_however_many_wait_for_it() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(280)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (emulator, principal) = emulator().await;
        let capabilities = CapabilityFlags::CLIENT_DEPRECATE_EOF;
        let mut holder = RawClient::logged_in(&emulator, &principal, capabilities).await;
        let locked = holder.command(QUERY, b"SELECT GET_LOCK('l', 0)").await;
        assert_eq!(locked.unwrap(), [1]);
        for _ in 0..3 {
            holder.read().await.unwrap();
        }
        let mut waiting = Vec::new();
        for _ in 0..WAITING {
            let mut client = RawClient::logged_in(&emulator, &principal, capabilities).await;
            client.tell(QUERY, b"SELECT GET_LOCK('l', 60)").await;
            waiting.push(client);
        }
        until("all are waiting", || {
            emulator.counters().statements == 1 + WAITING
        })
        .await;

        let released = timeout(
            Duration::from_secs(20),
            holder.command(QUERY, b"SELECT RELEASE_LOCK('l')"),
        );

        assert_eq!(released.await.unwrap().unwrap(), [1]);
        drop((holder, waiting));
        timeout(Duration::from_secs(20), emulator.stop())
            .await
            .unwrap();
    });
}
