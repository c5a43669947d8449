//! Real servers answer the client as this crate's own server does.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use mysql_handshake::{
    CapabilityFlags, Credential, Error, ErrorKind, Login, PacketStream, Session, client_config,
    connect, is_ok,
};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use test_servers::{Product, Server, ServerKind, ServerOptions, TestEnv, blocking};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

const USER: &str = "static_password";
const PASSWORD: &str = "it's a secret";
const COM_QUERY: u8 = 3;

/// A connection that counts how often the server was waited for.
struct Counted {
    stream: TcpStream,
    has_written: bool,
    round_trips: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if result.is_ready() && std::mem::take(&mut self.has_written) {
            self.round_trips.fetch_add(1, Ordering::Relaxed);
        }
        result
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.has_written = true;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

type Tls = Option<(Arc<ClientConfig>, ServerName<'static>)>;

/// Logs in and does something; gives back the session and how many round trips the login took.
async fn log_in(port: u16, tls: &Tls, login: &Login) -> Result<(Session, usize), Error> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let round_trips = Arc::new(AtomicUsize::new(0));
    let stream = Counted {
        stream,
        has_written: false,
        round_trips: Arc::clone(&round_trips),
    };
    let (mut stream, session) = connect(stream, tls.clone(), login).await?;
    let count = round_trips.load(Ordering::Relaxed);
    do_something(&mut stream).await?;
    Ok((session, count))
}

async fn do_something<S>(stream: &mut PacketStream<S>) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.start_command();
    stream.send(&[&[COM_QUERY], &b"DO 1"[..]].concat()).await?;
    assert!(is_ok(&stream.read().await?));
    Ok(())
}

fn password_login(password: &str) -> Login {
    Login::new(USER, Credential::Password(password.into()))
}

async fn passwords_and_tokens_log_in_over_tls(kind: ServerKind) {
    let env = TestEnv::builder(kind)
        .password_account(USER, PASSWORD)
        .start()
        .await
        .unwrap();
    let settings = env.settings();
    let mut roots = RootCertStore::empty();
    for root in settings.trust().certificates() {
        roots.add(root.to_vec().into()).unwrap();
    }
    let host = ServerName::try_from(settings.host().to_owned()).unwrap();
    let tls = Some((Arc::new(client_config(roots)), host));
    let port = settings.port();

    // The first fills the server's cache, so the second is the short way.
    for _ in 0..2 {
        let login = Login {
            database: settings.database().map(str::to_owned),
            attributes: Some(b"\x0cprogram_name\x04test".to_vec()),
            ..password_login(PASSWORD)
        };
        let (session, _) = log_in(port, &tls, &login).await.unwrap();
        let in_force = CapabilityFlags::CLIENT_CONNECT_ATTRS | CapabilityFlags::CLIENT_SSL;
        assert!(session.capabilities.contains(in_force));
    }
    for password in ["another", ""] {
        let error = log_in(port, &tls, &password_login(password))
            .await
            .unwrap_err();
        assert_eq!(error.server_error().unwrap().number, 1045, "{error}");
    }

    let token = env.token().build();
    let at_once = Login::new(
        settings.user(),
        Credential::ClearPassword(token.as_str().into()),
    );
    let (_, round_trips) = log_in(port, &tls, &at_once).await.unwrap();
    // TLS, and the login itself.
    assert_eq!(round_trips, 2);
    // As drivers do it: the server asks for the token, because the client began with another plugin.
    let on_demand = Login::new(settings.user(), Credential::Password(token.as_str().into()));
    let (_, round_trips) = log_in(port, &tls, &on_demand).await.unwrap();
    assert_eq!(round_trips, 3);

    let no_token = Login::new(
        settings.user(),
        Credential::ClearPassword("no token".into()),
    );
    let error = log_in(port, &tls, &no_token).await.unwrap_err();
    assert_eq!(error.server_error().unwrap().number, 1045, "{error}");

    // An account with a password never gets to see a token.
    let password_account = Login {
        user: USER.to_owned(),
        ..at_once
    };
    let error = log_in(port, &tls, &password_account).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    env.stop().await.unwrap();
}

async fn passwords_log_in_without_tls(product: Product) {
    let options = ServerOptions::new()
        .password_account(USER, PASSWORD)
        .password_account("nobody", "");
    let server = blocking(move || Server::start(product, options))
        .await
        .unwrap();
    // The first is encrypted with the server's key where the server's cache has to be filled.
    for _ in 0..2 {
        let login = password_login(PASSWORD);
        log_in(server.port(), &None, &login).await.unwrap();
    }
    let error = log_in(server.port(), &None, &password_login("another"))
        .await
        .unwrap_err();
    assert_eq!(error.server_error().unwrap().number, 1045, "{error}");
    let nobody = Login::new("nobody", Credential::Password("".into()));
    log_in(server.port(), &None, &nobody).await.unwrap();
    blocking(move || server.stop()).await.unwrap();
}

#[tokio::test]
async fn mysql_takes_passwords_and_tokens_over_tls() {
    passwords_and_tokens_log_in_over_tls(ServerKind::Mysql).await;
}

#[tokio::test]
async fn mariadb_takes_passwords_and_tokens_over_tls() {
    passwords_and_tokens_log_in_over_tls(ServerKind::Mariadb).await;
}

#[tokio::test]
async fn mysql_takes_passwords_without_tls() {
    passwords_log_in_without_tls(Product::Mysql).await;
}

#[tokio::test]
async fn mariadb_takes_passwords_without_tls() {
    passwords_log_in_without_tls(Product::Mariadb).await;
}
