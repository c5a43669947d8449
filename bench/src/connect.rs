//! How long it takes to open a connection, and how many round trips.

use std::time::{Duration, Instant};

use token_source_mysql_async::mysql_async::Conn;

use crate::{
    contender::Contender,
    figure::{Figure, Goal, median},
    mysql_async,
    relay::Relay,
    stage::{PasswordLogin, Stage},
};

const PAIRS: usize = 300;
const WARM_UP: usize = 20;
/// Of one direction: two of them are a round trip, far above the noise of a machine.
const DELAY: Duration = Duration::from_millis(25);
const DISTANT_CONNECTS: usize = 11;

/// Connecting with a token against connecting with a static password, in turn.
pub(crate) async fn token_against_password<C: Contender>(
    stage: &Stage,
    password: &PasswordLogin,
) -> anyhow::Result<Figure> {
    let contender = C::new(stage, password, stage.port()).await?;
    let (mut with_token, mut with_password) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + PAIRS {
        let token = milliseconds(contender.with_token()).await?;
        let password = milliseconds(contender.with_password()).await?;
        if round >= WARM_UP {
            with_token.push(token);
            with_password.push(password);
        }
    }
    let (token, password) = (median(with_token), median(with_password));
    Ok(Figure {
        name: format!("{}: connect, token / static password", C::NAME),
        value: token / password,
        goal: Goal::AtMost(1.05),
        detail: format!("{token:.2} ms / {password:.2} ms"),
    })
}

/// How often a connect crosses the network and back.
pub(crate) async fn round_trips<C: Contender>(
    stage: &Stage,
    password: &PasswordLogin,
    goal: Goal,
) -> anyhow::Result<Figure> {
    let relay = Relay::start(([127, 0, 0, 1], stage.port()).into(), DELAY).await?;
    let contender = C::new(stage, password, relay.port()).await?;
    contender.with_token().await?;
    let mut times = Vec::new();
    for _ in 0..DISTANT_CONNECTS {
        times.push(milliseconds(contender.with_token()).await?);
    }
    let time = median(times);
    Ok(Figure {
        name: format!("{}: round trips a connect, warm", C::NAME),
        value: time / (2.0 * DELAY.as_secs_f64() * 1000.0),
        goal,
        detail: format!("{time:.0} ms at 50 ms a round trip"),
    })
}

/// The adapter against the driver as its documentation shows it.
pub(crate) async fn token_against_documentation(
    stage: &Stage,
    password: &PasswordLogin,
) -> anyhow::Result<Figure> {
    let contender = mysql_async::MysqlAsync::new(stage, password, stage.port()).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..WARM_UP + PAIRS {
        let our = milliseconds(contender.with_token()).await?;
        let their = milliseconds(async {
            let options = mysql_async::as_documented(password, stage.port());
            Ok(Conn::new(options).await?.disconnect().await?)
        });
        let their = their.await?;
        if round >= WARM_UP {
            ours.push(our);
            theirs.push(their);
        }
    }
    let (ours, theirs) = (median(ours), median(theirs));
    Ok(Figure {
        name: "mysql_async: connect, adapter / driver as documented".to_owned(),
        value: ours / theirs,
        goal: Goal::AtMost(0.6),
        detail: format!("{ours:.2} ms / {theirs:.2} ms"),
    })
}

async fn milliseconds(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
    let started = Instant::now();
    work.await?;
    Ok(started.elapsed().as_secs_f64() * 1000.0)
}
