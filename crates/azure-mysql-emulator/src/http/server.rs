use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, http::Request, response::Response};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::fault::DropConnection;
use crate::Error;

/// How long a client may take for each part of what it sends: the TLS handshake, the head of a
/// request, its body. A client on the same machine takes milliseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// More connections wait until one ends, so that memory has a bound.
const MOST_CONNECTIONS: usize = 1024;

/// Far more than the head of any token request.
const LARGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// Connections can be had again when some have ended.
const WITHOUT_DESCRIPTORS: Duration = Duration::from_millis(100);

/// One HTTP/1.1 server as a task, which ends with this handle.
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves https where a TLS configuration is given, http otherwise.
    pub(crate) fn start(
        listener: TcpListener,
        tls: Option<ServerConfig>,
        routes: Router,
    ) -> Result<Self, Error> {
        let not_started =
            |cause| Error::caused_by("a server on loopback could not be started", cause);
        let address = listener.local_addr().map_err(not_started)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(not_started)?;
        let tls = tls.map(|mut config| {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            TlsAcceptor::from(Arc::new(config))
        });
        let (stop, stopped) = oneshot::channel();
        Ok(Self {
            address,
            stop,
            task: tokio::spawn(serve(listener, tls, routes, stopped)),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and all connections, and waits for their tasks.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        // It ends by itself, or with the runtime.
        let _ = self.task.await;
    }
}

/// Opens a port, for a runtime to listen on.
pub(crate) fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|cause| {
        Error::caused_by(
            format!(
                "{address} could not be opened: look whether another program has it, whether this \
                 one may have it, and at the limits of this process"
            ),
            cause,
        )
    })
}

async fn serve(
    listener: tokio::net::TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, tls.clone(), routes.clone()));
                } else {
                    tokio::time::sleep(WITHOUT_DESCRIPTORS).await;
                }
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, routes: Router) {
    match tls {
        None => exchange(stream, routes).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
                exchange(stream, routes).await;
            }
        }
    }
}

async fn exchange(stream: impl AsyncRead + AsyncWrite + Unpin, routes: Router) {
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(|request: Request<Incoming>| {
        let answer = routes.call(request.map(Body::new));
        async { kept_or_dropped(answer.await) }
    });
    // An error is the client's doing, or a connection that was to be dropped.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// To a service that fails, hyper closes the connection without an answer.
fn kept_or_dropped(response: Result<Response, Infallible>) -> io::Result<Response> {
    let Ok(response) = response;
    match response.extensions().get::<DropConnection>() {
        Some(DropConnection) => Err(io::ErrorKind::ConnectionAborted.into()),
        None => Ok(response),
    }
}
