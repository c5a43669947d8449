use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
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

/// How long a client may take for each of the TLS handshake, the head of a request, and its body. A
/// client on the same machine needs milliseconds.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Further connections wait until one ends, so that memory use is bounded.
const MAX_CONNECTIONS: usize = 1024;

/// Far more than the head of any token request.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// How long to wait after `accept` has failed: file descriptors are free again when connections have
/// ended.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// An HTTP/1.1 server as a task, which ends with this handle.
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves HTTPS if there is a TLS configuration, HTTP otherwise.
    pub(crate) fn start(
        listener: TcpListener,
        tls: Option<ServerConfig>,
        routes: Router,
    ) -> Result<Self, Error> {
        let not_started = |cause| Error::caused_by("could not start a server on loopback", cause);
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

    /// Closes the port and all connections, and waits until their tasks have ended.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        // An error means that the task has ended with the runtime.
        let _ = self.task.await;
    }
}

/// Opens a port.
pub(crate) fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|cause| {
        Error::caused_by(
            format!(
                "could not listen on {address}: check whether another program uses it, whether this \
                 one is allowed to, and the limits of this process"
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
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(accept(stream, tls.clone(), routes.clone()));
                } else {
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn accept(stream: TcpStream, tls: Option<TlsAcceptor>, routes: Router) {
    match tls {
        None => serve_connection(stream, routes).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(CLIENT_TIMEOUT, tls.accept(stream)).await {
                serve_connection(stream, routes).await;
            }
        }
    }
}

async fn serve_connection(stream: impl AsyncRead + AsyncWrite + Unpin, routes: Router) {
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(|request: axum::http::Request<Incoming>| {
        let answer = routes.call(request.map(Body::new));
        async { unless_dropped(answer.await) }
    });
    // An error is the client's, or a connection that a fault drops.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CLIENT_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// If the service fails, hyper closes the connection without an answer.
fn unless_dropped(response: Result<Response, Infallible>) -> io::Result<Response> {
    let Ok(response) = response;
    match response.extensions().get::<DropConnection>() {
        Some(DropConnection) => Err(io::ErrorKind::ConnectionAborted.into()),
        None => Ok(response),
    }
}

/// Reads the parts of a request that a handler needs, or makes the response that says why it cannot.
pub(crate) async fn extract<T: FromRequest<()>>(request: Request) -> Result<T, Response> {
    match timeout(CLIENT_TIMEOUT, T::from_request(request, &())).await {
        Ok(Ok(content)) => Ok(content),
        Ok(Err(rejection)) => Err(rejection.into_response()),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT.into_response()),
    }
}
