//! How long it takes to open a connection, and how many round trips.

use std::time::{Duration, Instant};

use test_servers::TestEnv;

use crate::{
    figure::{Figure, Goal, median},
    interleaved::{interleaved, milliseconds},
    login,
    mysql_async::MysqlAsync,
    relay::Relay,
    subject::{Secret, Subject},
};

/// Of one direction: two of them are a round trip, far above the noise of a machine.
pub(crate) const DELAY: Duration = Duration::from_millis(25);
const DISTANT_CONNECTS: usize = 5;

const AS_DOCUMENTED: &str = "connect: adapter ÷ driver as documented, both with a token";
pub(crate) const ROUND_TRIPS: &str = "round trips a connect, warm";

/// A driver's adapter against the same driver with a static password.
///
/// What the server and the driver itself take longer for a token than for a password no adapter can
/// save: see [`crate::bare_login`]. The driver alone shows how much that is, given a token in its
/// options. So a ratio that misses the goal is held against the driver's own, and is at the floor if
/// the adapter adds nothing to it.
pub(crate) async fn figures<C: Subject>(env: &TestEnv) -> anyhow::Result<Vec<Figure>> {
    let subject = C::new(env, env.address().port).await?;
    let [adapter, token, password] = interleaved(async |which| match which {
        0 => subject.with_adapter().await,
        1 => subject.alone(Secret::Token).await,
        _ => subject.alone(Secret::StaticPassword).await,
    })
    .await?;
    let ratio = Figure::new(
        "connect: token ÷ static password",
        C::NAME,
        adapter / password,
    )
    .goal(Goal::AtMost(1.05))
    .floor(token / password)
    .made_of(format!(
        "{adapter:.2} ms / {password:.2} ms; driver alone with a token {token:.2} ms"
    ));

    let relay = Relay::start(([127, 0, 0, 1], env.address().port).into(), DELAY).await?;
    let subject = C::new(env, relay.port()).await?;
    let token = round_trips(async || subject.with_adapter().await).await?;
    let password = round_trips(async || subject.alone(Secret::StaticPassword).await).await?;
    let goal = if C::NAME == MysqlAsync::NAME {
        Goal::AtMost(5.0)
    } else {
        Goal::None
    };
    Ok(vec![
        ratio,
        Figure::new(ROUND_TRIPS, C::NAME, token)
            .goal(goal)
            .made_of("at 50 ms a round trip"),
        Figure::new(
            "round trips: token − static password",
            C::NAME,
            token - password,
        )
        // The switch to another way to authenticate, and half a round trip for noise.
        .goal(Goal::AtMost(1.5))
        .made_of(format!("{token:.2} − {password:.2}")),
    ])
}

/// How often a connect crosses a network and back, in the median.
async fn round_trips(connect: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    connect().await?;
    let mut times = Vec::new();
    for _ in 0..DISTANT_CONNECTS {
        let started = Instant::now();
        connect().await?;
        times.push(milliseconds(started.elapsed()));
    }
    Ok(median(times) / milliseconds(2 * DELAY))
}

/// The adapter against the driver as its documentation shows it, both with a token.
///
/// The driver's second login to a loopback server is a part of that, but no server in Azure is on
/// loopback: so there is a figure without it too.
pub(crate) async fn mysql_async_as_documented(env: &TestEnv) -> anyhow::Result<Vec<Figure>> {
    let subject = MysqlAsync::new(env, env.address().port).await?;
    let login = login::token_login(env);
    let [ours, remote, loopback] = interleaved(async |which| match which {
        0 => subject.with_adapter().await,
        1 => MysqlAsync::as_documented(&login, env.address().port, false).await,
        _ => MysqlAsync::as_documented(&login, env.address().port, true).await,
    })
    .await?;
    let relay = Relay::start(([127, 0, 0, 1], env.address().port).into(), DELAY).await?;
    let connect = async || MysqlAsync::as_documented(&login, relay.port(), false).await;
    let round_trips = round_trips(connect).await?;

    Ok(vec![
        Figure::new(AS_DOCUMENTED, "mysql_async", ours / loopback)
            .goal(Goal::AtMost(0.6))
            .made_of(format!("{ours:.2} ms / {loopback:.2} ms")),
        Figure::new(
            AS_DOCUMENTED,
            "mysql_async, without its login over a socket",
            ours / remote,
        )
        .made_of(format!("{ours:.2} ms / {remote:.2} ms")),
        Figure::new(ROUND_TRIPS, "mysql_async as documented", round_trips)
            .made_of("at 50 ms a round trip; without its login over a socket"),
    ])
}
