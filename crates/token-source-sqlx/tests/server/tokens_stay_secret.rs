//! Nothing that this crate hands out prints a token, and neither it nor the driver logs one.

use std::{
    error::Error as _,
    io,
    sync::{Arc, Mutex},
};

use token_source_sqlx::{
    Pool,
    sqlx::{self, ConnectOptions, mysql::MySqlPoolOptions, query},
};
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{MakeWriter, format::FmtSpan},
};

use crate::{Stage, acquire_natively};

#[tokio::test]
async fn in_debug_in_errors_and_in_logs_at_trace() {
    // It takes what the other tests log too, so that is looked at as well.
    let log = Log::of_this_process();
    let stage = Stage::new().await;
    let token = stage.emulator().token_for(&stage.principal);
    let connector = stage
        .connector_with_token(&token)
        .map_connect_options(|options| options.log_statements("trace".parse().unwrap()))
        .unwrap();
    let connection = connector.connect().await.unwrap();
    let options = MySqlPoolOptions::new().acquire_time_level("trace".parse().unwrap());
    let pool = Pool::new(connector.clone(), options);
    let mut pooled = pool.acquire().await.unwrap();
    query("SELECT 'a statement'")
        .execute(&mut *pooled)
        .await
        .unwrap();

    let bad_token = stage
        .emulator()
        .token(&stage.principal)
        .signed_by_another_key()
        .build();
    let refused = stage.connector_with_token(&bad_token);
    let error = refused.connect().await.unwrap_err();
    let refused = Pool::new(refused, MySqlPoolOptions::new().min_connections(1));
    let pool_error = refused.acquire().await.unwrap_err();
    let native_error = acquire_natively(&refused).await.unwrap_err();

    let shown = format!(
        "{connector:?} {connection:?} {pool:?} {pooled:?} {error} {error:?} {:?} {pool_error:?} \
         {native_error} {native_error:?}",
        error.source(),
    );
    let shown = shown + &format!("{:?}", sqlx::Error::from(pool_error));
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
