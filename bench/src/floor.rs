//! What a login with a token costs more than one with a password, whatever the client.

use std::time::{Instant, SystemTime};

use aad_auth::{Config, Verifier};
use anyhow::Context;

use crate::{
    figure::{Figure, median},
    pairs::{in_turn, milliseconds},
    stage::{PasswordLogin, Stage},
    wire::{Client, Proof},
};

const CHECKS: usize = 500;

/// The time of a client that does nothing but log in: with a password, with a token as drivers send
/// it, and with a token that is sent at once.
///
/// A server greets each client with one way to authenticate, whoever it is. A password is proven in
/// that way with the client's first packet, and its cached hash makes that cheap. An account with a
/// token has another way, so the server asks the client to switch: one more round trip. Then it has
/// 1.5 KB more to read, and a signature to check. No adapter can save that, so no adapter's ratio can
/// fall below what these add to its driver's own time.
///
/// A driver could save the round trip. The protocol lets a client name its way to authenticate and
/// send what belongs to it with the first packet, and a server whose account has the same way goes on
/// with it: see `parse_client_handshake_packet` in MySQL's `sql_authentication.cc`. `mysql_async` and
/// `sqlx` always answer with the way that the server greeted with; upstream they would have to take
/// `mysql_clear_password` from their options, over TLS alone.
pub(crate) struct Floor {
    password: f64,
    on_demand: f64,
    at_once: f64,
    /// The check of a token alone, in milliseconds.
    check: f64,
}

impl Floor {
    pub(crate) async fn measure(stage: &Stage, login: &PasswordLogin) -> anyhow::Result<Self> {
        let token = stage.token();
        let with_token = Client::new(&stage.settings(), stage.port())?;
        let with_password = Client::new(&login.settings, stage.port())?;
        let [password, on_demand, at_once] = in_turn(async |which| match which {
            0 => with_password.log_in(Proof::Password(login.password)).await,
            1 => with_token.log_in(Proof::TokenOnDemand(&token)).await,
            _ => with_token.log_in(Proof::TokenAtOnce(&token)).await,
        })
        .await?;
        Ok(Self {
            password,
            on_demand,
            at_once,
            check: check(stage, &token)?,
        })
    }

    /// What a login with a token takes longer, where it is sent on demand.
    pub(crate) fn milliseconds(&self) -> f64 {
        (self.on_demand - self.password).max(0.0)
    }

    pub(crate) fn figures(&self) -> Vec<Figure> {
        let Self {
            password,
            on_demand,
            at_once,
            check,
        } = self;
        const MEASURE: &str = "bare login: token ÷ static password";
        vec![
            Figure::new(MEASURE, "token on demand, as drivers do", on_demand / password).made_of(
                format!("{on_demand:.2} ms / {password:.2} ms; check of a token {check:.2} ms"),
            ),
            Figure::new(MEASURE, "token at once, as drivers could", at_once / password)
                .made_of(format!("{at_once:.2} ms / {password:.2} ms")),
        ]
    }
}

/// How long a server's plugin takes to decide about a token, in milliseconds.
fn check(stage: &Stage, token: &str) -> anyhow::Result<f64> {
    let emulator = stage.emulator();
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
