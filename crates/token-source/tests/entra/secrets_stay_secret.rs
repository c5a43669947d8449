//! Over a whole life of a cache, with every library logging all it can, no secret is printed.

use std::{
    io,
    sync::{Arc, Mutex},
};

use token_source::{Error, TokenCache, entra::ClientSecret};
use tracing_subscriber::fmt::MakeWriter;

use crate::{cloud, is_inside, run_inside_with_service_principal, variable};

const SECRET: &str = "canary-of-the-client-secret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

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

#[tokio::test]
async fn in_logs_at_trace_in_debug_and_in_errors() {
    if is_inside() {
        let log = Log::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(log.clone())
            .init();
        let cache_with = |secret: &str| {
            let (tenant_id, client_id) = (variable("TENANT_ID"), variable("CLIENT_ID"));
            TokenCache::new(ClientSecret::new(&cloud(), tenant_id, client_id, secret))
        };
        let good = cache_with(SECRET);
        let token = good.token().await.unwrap();
        let bad = cache_with("canary-of-a-wrong-secret");
        let error: Error = bad.token().await.unwrap_err();

        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(
            log.contains("token fetched") && log.contains("TRACE"),
            "the log is on: {log}"
        );
        let shown = format!("{log} {good:?} {bad:?} {token:?} {error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
        for part in token.secret().split('.').skip(1) {
            assert!(!shown.contains(part), "{shown}");
        }
        return;
    }
    let name = "secrets_stay_secret::in_logs_at_trace_in_debug_and_in_errors";
    run_inside_with_service_principal(name, SECRET).await;
}
