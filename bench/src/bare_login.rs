//! What a login with a token costs more than one with a password, without any driver.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use aad_auth::{Config, Verifier};
use anyhow::Context;
use azure_mysql::Settings;
use mysql_handshake::{Credential, Login, client_config, connect};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use test_servers::TestEnv;

use crate::{
    figure::{Figure, median},
    interleaved::{interleaved, milliseconds},
    login,
};

const CHECKS: usize = 500;
const MEASURE: &str = "bare login: token ÷ static password";

/// A client that does nothing but log in: with a password, with a token as drivers send it, and with a
/// token that is sent at once.
///
/// A server greets each client with one way to authenticate, whoever it is. A password is proven in
/// that way with the client's first packet, and its cached hash makes that cheap. An account with a
/// token has another way, so the server asks the client to switch: one more round trip. Then it has
/// 1.5 KB more to read, and a signature to check.
///
/// A driver could save the round trip, which is all of the difference once the server is far away. The
/// protocol lets a client name its way to authenticate and send what belongs to it with the first
/// packet, and a server whose account has the same way goes on with it: see
/// `parse_client_handshake_packet` and `server_mpvio_read_packet` in MySQL's `sql_authentication.cc`.
/// `mysql_async` and `sqlx` answer with the way that the server greeted with; upstream they would have
/// to take `mysql_clear_password` from their options instead, over verified TLS alone.
pub(crate) async fn figures(env: &TestEnv) -> anyhow::Result<Vec<Figure>> {
    let login = login::password_login(env)?;
    let token = login::token(env);
    let with_token = Client::new(&env.settings(), env.address().port)?;
    let with_password = Client::new(&login.settings, env.address().port)?;
    let [password, on_demand, at_once] = interleaved(async |which| match which {
        0 => {
            let password = Credential::Password(login.secret.as_str().into());
            with_password.log_in(password).await
        }
        // The token as if it were a password, until the server asks for it.
        1 => {
            let token = Credential::Password(token.as_str().into());
            with_token.log_in(token).await
        }
        _ => {
            let token = Credential::ClearPassword(token.as_str().into());
            with_token.log_in(token).await
        }
    })
    .await?;
    let check = check(env, &token)?;
    Ok(vec![
        Figure::new(
            MEASURE,
            "token on demand, as drivers do",
            on_demand / password,
        )
        .made_of(format!(
            "{on_demand:.2} ms / {password:.2} ms; the token's check takes {check:.2} ms"
        )),
        Figure::new(
            MEASURE,
            "token at once, as drivers could",
            at_once / password,
        )
        .made_of(format!("{at_once:.2} ms / {password:.2} ms")),
    ])
}

/// How long a server's plugin takes to decide about a token, in milliseconds.
fn check(env: &TestEnv, token: &str) -> anyhow::Result<f64> {
    let emulator = env.emulator();
    let config = Config::new("", emulator.tenant_id());
    let verifier = Verifier::with_keys(&config, &emulator.jwks_json())?;
    let accounts = emulator.accounts();
    let (_, account) = accounts.first().context("no account")?;
    let mut times = Vec::new();
    for _ in 0..CHECKS {
        let started = Instant::now();
        verifier.check(token, account, SystemTime::now())?;
        times.push(milliseconds(started.elapsed()));
    }
    Ok(median(times))
}

const COM_QUIT: u8 = 1;

/// A client that does nothing but log in over TLS. Its sessions resume, as those of a driver do.
struct Client {
    tls: Arc<ClientConfig>,
    host: ServerName<'static>,
    port: u16,
    user: String,
    database: String,
}

impl Client {
    fn new(settings: &Settings, port: u16) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for root in settings.trust().certificates() {
            roots.add(root.to_vec().into())?;
        }
        Ok(Self {
            tls: Arc::new(client_config(roots)),
            host: settings.host().to_owned().try_into()?,
            port,
            user: settings.user().to_owned(),
            database: settings.database().context("no database")?.to_owned(),
        })
    }

    /// Logs in, and out again.
    async fn log_in(&self, credential: Credential) -> anyhow::Result<()> {
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).await?;
        tcp.set_nodelay(true)?;
        let login = Login {
            database: Some(self.database.clone()),
            ..Login::new(&self.user, credential)
        };
        let tls = (Arc::clone(&self.tls), self.host.clone());
        let (mut session, _) = connect(tcp, Some(tls), &login).await?;
        session.start_command();
        session.send(&[COM_QUIT]).await?;
        if let Ok(mut stream) = session.into_stream() {
            // A server that has hung up already is as good.
            let _ = stream.shutdown().await;
        }
        Ok(())
    }
}
