use std::net::{SocketAddr, TcpListener};

use axum::Router;
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use tokio::task::JoinHandle;

use crate::Error;

/// One HTTP server as a task, which ends with this handle.
pub(crate) struct Server {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Serves https where a TLS configuration is given, http otherwise.
    pub(crate) fn start(
        listener: TcpListener,
        tls: Option<RustlsConfig>,
        routes: Router,
    ) -> Result<Self, Error> {
        let not_started =
            |cause| Error::caused_by("a server on 127.0.0.1 could not be started", cause);
        let address = listener.local_addr().map_err(not_started)?;
        let handle = Handle::new();
        let server = axum_server::from_tcp(listener)
            .map_err(not_started)?
            .http1_only()
            .handle(handle.clone());
        let service = routes.into_make_service();
        let task = match tls {
            Some(tls) => tokio::spawn(server.acceptor(RustlsAcceptor::new(tls)).serve(service)),
            None => tokio::spawn(server.serve(service)),
        };
        Ok(Self {
            address,
            handle,
            task,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and all connections, and waits for their tasks.
    pub(crate) async fn stop(&mut self) {
        self.handle.shutdown();
        // It returns only errors of its listener, which no longer matter.
        let _ = (&mut self.task).await;
        // Each connection is a task of its own, which has been told to end.
        while self.handle.connection_count() > 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}
