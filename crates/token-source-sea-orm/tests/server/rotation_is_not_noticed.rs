//! Tokens come and go; neither queries nor transactions notice, this crate's or sea-orm's own.

use adapter_conformance::EmulatorTokens;
use std::time::{Duration, Instant};

use token_source_sea_orm::{
    Database,
    sea_orm::{DatabaseConnection, TransactionTrait},
};

use crate::{connector_over, options, shared_env, value};

const LIFETIME: Duration = Duration::from_secs(2);
const USE: Duration = Duration::from_secs(8);
const WORKERS: u32 = 4;

/// The clock of the server and its plugin is the real one, so this takes a few lifetimes.
#[tokio::test(flavor = "multi_thread")]
async fn by_queries_that_open_connections() {
    let env = shared_env().await;
    let source = EmulatorTokens::new(&env, LIFETIME);
    let mut options = options();
    options
        .max_connections(WORKERS + 1)
        // So that each query has to open one.
        .map_sqlx_mysql_pool_opts(|options| {
            options.after_release(|_, meta| Box::pin(async move { Ok(meta.age > USE) }))
        });
    let database = Database::connect_with(connector_over(&env, source.clone()), options)
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
        assert!(worker.await.unwrap() > 2);
    }

    let one: i64 = value(&open, "SELECT 1").await.unwrap();
    assert_eq!(one, 1, "the open connection is still good");
    assert!(env.tokens_received() > 8, "connections were opened");
    let fetches = source.fetches();
    assert!(fetches > 4, "the token was rotated only {fetches} times");
    assert_eq!(env.tokens_refused(), 0, "{}", env.log());
}
