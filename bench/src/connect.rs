//! How long it takes to open a connection, and how many round trips.

use std::time::{Duration, Instant};

use crate::{
    contender::Contender,
    figure::{Figure, Goal, median},
    floor::Floor,
    mysql_async::MysqlAsync,
    pairs::{in_turn, milliseconds},
    relay::Relay,
    stage::{PasswordLogin, Stage},
};

/// Of one direction: two of them are a round trip, far above the noise of a machine.
pub(crate) const DELAY: Duration = Duration::from_millis(25);
const DISTANT_CONNECTS: usize = 5;

pub(crate) const ROUND_TRIPS: &str = "round trips a connect, warm";

/// A driver's adapter against the same driver with a static password.
///
/// What a token costs more than a password no client can save, as far as the floor goes: see
/// [`Floor`]. So a ratio that misses the goal is held against what it would be if the adapter and the
/// driver spent no time at all on a token.
pub(crate) async fn figures<C: Contender>(
    stage: &Stage,
    password: &PasswordLogin,
    floor: &Floor,
) -> anyhow::Result<Vec<Figure>> {
    let contender = C::new(stage, password, stage.port()).await?;
    let [token, static_password] = in_turn(async |which| match which {
        0 => contender.with_token().await,
        _ => contender.with_password().await,
    })
    .await?;
    let ratio = Figure::new(
        "connect: token ÷ static password",
        C::NAME,
        token / static_password,
    )
    .goal(Goal::AtMost(1.05))
    .floor(1.0 + floor.milliseconds() / static_password)
    .made_of(format!("{token:.2} ms / {static_password:.2} ms"));

    let relay = Relay::start(([127, 0, 0, 1], stage.port()).into(), DELAY).await?;
    let contender = C::new(stage, password, relay.port()).await?;
    let token = round_trips(async || contender.with_token().await).await?;
    let static_password = round_trips(async || contender.with_password().await).await?;
    let goal = if C::NAME == MysqlAsync::NAME {
        Goal::AtMost(5.0)
    } else {
        Goal::None
    };
    let detail = format!("static password {static_password:.1}; at 50 ms a round trip");
    Ok(vec![
        ratio,
        Figure::new(ROUND_TRIPS, C::NAME, token)
            .goal(goal)
            .made_of(detail),
        Figure::new(
            "round trips: token − static password",
            C::NAME,
            token - static_password,
        )
        // The switch to another way to authenticate, and half a round trip for noise.
        .goal(Goal::AtMost(1.5))
        .made_of(format!("{token:.2} − {static_password:.2}")),
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

/// The adapter against the driver as its documentation shows it.
pub(crate) async fn mysql_async_as_documented(
    stage: &Stage,
    password: &PasswordLogin,
) -> anyhow::Result<Figure> {
    let contender = MysqlAsync::new(stage, password, stage.port()).await?;
    let [ours, theirs] = in_turn(async |which| match which {
        0 => contender.with_token().await,
        _ => MysqlAsync::as_documented(password, stage.port()).await,
    })
    .await?;
    let ratio = ours / theirs;
    Ok(
        Figure::new("connect: token ÷ driver as documented", "mysql_async", ratio)
            .goal(Goal::AtMost(0.6))
            .made_of(format!("{ours:.2} ms / {theirs:.2} ms")),
    )
}
