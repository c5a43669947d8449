//! A synchronous connection is used and dropped wherever it likes.

use test_servers::blocking;

use crate::{ask::run_blocking, connector, shared_env};

/// The test's thread waits for the other one, and an embedded server goes on meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn it_may_go_from_thread_to_thread_and_end_in_an_asynchronous_task() {
    let env = shared_env().await;
    let connector = connector(&env);
    let mut connection = blocking(move || connector.blocking_connect().unwrap()).await;
    let connection = std::thread::spawn(move || {
        run_blocking(&mut connection, "DO 0");
        connection
    });
    drop(connection.join().unwrap());
}
