//! Tokens come and go; neither new nor open connections notice.

use std::time::{Duration, Instant};

use test_servers::ServerTls;
use token_source_sea_orm::{
    Database,
    sea_orm::{DatabaseConnection, TransactionTrait},
};

use crate::{Stage, options, value};

const LIFETIME: Duration = Duration::from_secs(5);
const USE: Duration = Duration::from_secs(30);
const WORKERS: u32 = 4;

/// The clock of the server and its plugin is the real one, so this takes 30 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn connections_are_opened_for_thirty_seconds_with_tokens_of_five() {
    let stage = Stage::with(ServerTls::Trusted, LIFETIME).await;
    let mint = stage.mint(LIFETIME);
    let mut options = options();
    options
        .max_connections(WORKERS + 1)
        // So that each query has to open one.
        .map_sqlx_mysql_pool_opts(|options| {
            options.after_release(|_, meta| Box::pin(async move { Ok(meta.age > USE) }))
        });
    let database = Database::connect_with(stage.connector_over(mint.clone()), options)
        .await
        .unwrap();
    let open = database.begin().await.unwrap();

    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let database = database.clone();
            tokio::spawn(async move {
                let native: &DatabaseConnection = &database;
                let mut used = 0_usize;
                while started.elapsed() < USE {
                    // The follower serves who goes past this crate as well.
                    let one: i64 = if worker % 2 == 0 {
                        value(&database, "SELECT 1").await.unwrap()
                    } else {
                        value(native, "SELECT 1").await.unwrap()
                    };
                    assert_eq!(one, 1);
                    used += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                used
            })
        })
        .collect();
    for worker in workers {
        assert!(worker.await.unwrap() > 30);
    }

    let one: i64 = value(&open, "SELECT 1").await.unwrap();
    assert_eq!(one, 1, "the open connection is still good");
    assert!(stage.tokens_received() > 100, "connections were opened");
    let fetches = mint.fetches();
    assert!(fetches >= 7, "the token was rotated only {fetches} times");
    let log = stage.sandbox.log();
    assert!(!log.contains("aad_auth: refused"), "{log}");
}
