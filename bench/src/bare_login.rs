//! What a login with a token costs more than one with a password, without any driver.

use std::time::{Instant, SystemTime};

use aad_auth::{Config, Verifier};
use anyhow::Context;

use test_servers::TestEnv;

use crate::{
    figure::{Figure, median},
    login,
    pairs::{in_turn, milliseconds},
    wire::{Client, Proof},
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
    let [password, on_demand, at_once] = in_turn(async |which| match which {
        0 => with_password.log_in(Proof::Password(&login.secret)).await,
        1 => with_token.log_in(Proof::TokenOnDemand(&token)).await,
        _ => with_token.log_in(Proof::TokenAtOnce(&token)).await,
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
