//! Nothing that this crate hands out prints a token, and neither it, nor sea-orm, nor the driver logs
//! one.

use std::{
    error::Error as _,
    io,
    sync::{Arc, Mutex},
};

use token_source_sea_orm::{
    Database,
    sea_orm::{ConnectionTrait, TransactionTrait},
};
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{MakeWriter, format::FmtSpan},
};

use crate::{Stage, options, value};

#[tokio::test]
async fn in_debug_in_errors_and_in_logs_at_trace() {
    // It takes what the other tests log too, so that is looked at as well.
    let log = Log::of_this_process();
    let stage = Stage::new().await;
    let token = stage.sandbox.emulator().token_for(&stage.principal);
    let database = Database::connect_with(stage.connector_with_token(&token), options())
        .await
        .unwrap();
    database
        .execute_unprepared("SELECT 'a statement'")
        .await
        .unwrap();
    let transaction = database.begin().await.unwrap();

    let bad_token = stage.bad_token();
    let error = Database::connect_with(stage.connector_with_token(&bad_token), options())
        .await
        .unwrap_err();
    let mut lazy = options();
    lazy.connect_lazy(true).min_connections(1);
    let refused = Database::connect_with(stage.connector_with_token(&bad_token), lazy)
        .await
        .unwrap();
    let later = value::<i64>(&refused, "SELECT 1").await.unwrap_err();
    let native = value::<i64>(&*refused, "SELECT 1").await.unwrap_err();

    let shown = format!(
        "{database:?} {:?} {transaction:?} {error} {error:?} {:?} {later} {later:?} {native} {native:?}",
        *database,
        error.source(),
    );
    assert!(shown.contains("aad_app"), "something is shown: {shown}");
    let log = log.text();
    assert!(log.contains("a statement"), "something is logged: {log}");
    for token in [token, bad_token] {
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
            assert!(!log.contains(part), "{log}");
        }
    }
}

/// A log that the test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes all that this process logs from now on, of every library, down to TRACE.
    fn of_this_process() -> Self {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_writer(log.clone())
            .init();
        log
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
