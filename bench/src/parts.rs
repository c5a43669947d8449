//! What there is to measure, in the order of the table.

use std::fmt;

use test_servers::{ServerKind, TestEnv, blocking};

use crate::{
    bare_login, cache, connect, copied,
    diesel::{self, Diesel},
    diesel_sync::{self, DieselSync},
    figure::Figure,
    foreign::Program,
    login,
    mysql_async::{self, MysqlAsync},
    outage, pool, rotation,
    server::Server,
    sqlx::{self, SeaOrm, Sqlx},
    subject::Subject,
};

/// A part of the table, which can be measured alone.
pub(crate) enum Part {
    CacheRead,
    FirstCallers,
    Outage,
    BareLogin,
    Connect(Adapter),
    AsDocumented,
    Pool(NativePool),
    Rotations,
    Copied,
    Foreign(Program),
}

#[derive(Clone, Copy)]
pub(crate) enum Adapter {
    MysqlAsync,
    Sqlx,
    SeaOrm,
    Diesel,
    DieselSync,
}

#[derive(Clone, Copy)]
pub(crate) enum NativePool {
    MysqlAsync,
    Sqlx,
    Deadpool,
    Bb8,
    R2d2,
}

/// The parts whose name holds a text.
pub(crate) fn parts(programs: &[Program], only: &str) -> Vec<Part> {
    let connects = [
        Adapter::MysqlAsync,
        Adapter::Sqlx,
        Adapter::SeaOrm,
        Adapter::Diesel,
        Adapter::DieselSync,
    ];
    let pools = [
        NativePool::MysqlAsync,
        NativePool::Sqlx,
        NativePool::Deadpool,
        NativePool::Bb8,
        NativePool::R2d2,
    ];
    let mut parts = vec![
        Part::CacheRead,
        Part::FirstCallers,
        Part::Outage,
        Part::BareLogin,
    ];
    parts.extend(connects.map(Part::Connect));
    parts.push(Part::AsDocumented);
    parts.extend(programs.iter().cloned().map(Part::Foreign));
    parts.extend(pools.map(Part::Pool));
    parts.push(Part::Rotations);
    parts.push(Part::Copied);
    parts.retain(|part| part.name().contains(only));
    parts
}

impl Part {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::CacheRead => "cache, read".to_owned(),
            Self::FirstCallers => "cache, first callers".to_owned(),
            Self::Outage => "outage".to_owned(),
            Self::BareLogin => "connect, bare".to_owned(),
            Self::Connect(adapter) => format!("connect, {adapter}"),
            Self::AsDocumented => "connect, as documented".to_owned(),
            Self::Pool(pool) => format!("pool, {pool}"),
            Self::Rotations => "rotations".to_owned(),
            Self::Copied => "emulator, copied session".to_owned(),
            Self::Foreign(program) => format!("foreign, {}", program.name()),
        }
    }

    fn needs_server(&self) -> bool {
        !matches!(self, Self::CacheRead | Self::FirstCallers | Self::Outage)
    }
}

/// Measures one part after the other, and says on standard error which.
pub(crate) async fn measure(server: ServerKind, parts: &[Part]) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for part in parts.iter().filter(|part| !part.needs_server()) {
        eprintln!("{}", part.name());
        match part {
            Part::CacheRead => figures.push(cache::read().await?),
            Part::FirstCallers => figures.push(cache::first_callers().await?),
            _ => figures.extend(outage::figures().await?),
        }
    }
    let left: Vec<_> = parts.iter().filter(|part| part.needs_server()).collect();
    if left.is_empty() {
        return Ok(figures);
    }
    match login::start_env(server).await {
        Ok(env) => {
            let measured = measure_on(&env, &left).await;
            env.stop().await?;
            figures.extend(measured?);
        }
        // Not every machine can have a real server.
        Err(error) => figures.extend(left.iter().map(|part| {
            let reason = format!("{error:#}");
            Figure::skipped(part.name(), server.to_string(), reason)
        })),
    }
    Ok(figures)
}

async fn measure_on(env: &TestEnv, parts: &[&Part]) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for part in parts {
        eprintln!("{}", part.name());
        match part {
            Part::BareLogin => figures.extend(bare_login::figures(env).await?),
            Part::Connect(adapter) => figures.extend(connects(*adapter, env).await?),
            Part::AsDocumented => {
                figures.extend(connect::mysql_async_as_documented(env).await?);
            }
            Part::Pool(pool) => {
                figures.extend(pools(*pool, env).await?);
                Server::connect(env).await?.until_quiet().await?;
            }
            Part::Rotations => figures.push(rotation::figure(env).await?),
            Part::Copied => figures.push(copied::figure().await?),
            Part::Foreign(program) => figures.extend(program.figures(env).await?),
            Part::CacheRead | Part::FirstCallers | Part::Outage => {}
        }
    }
    // Side by side, whichever part they come from.
    let order: Vec<_> = figures.iter().map(|it| it.measure.clone()).collect();
    figures.sort_by_key(|it| order.iter().position(|measure| *measure == it.measure));
    Ok(figures)
}

async fn connects(adapter: Adapter, env: &TestEnv) -> anyhow::Result<Vec<Figure>> {
    match adapter {
        Adapter::MysqlAsync => connect::figures::<MysqlAsync>(env).await,
        Adapter::Sqlx => connect::figures::<Sqlx>(env).await,
        Adapter::SeaOrm => connect::figures::<SeaOrm>(env).await,
        Adapter::Diesel => connect::figures::<Diesel>(env).await,
        Adapter::DieselSync => connect::figures::<DieselSync>(env).await,
    }
}

async fn pools(pool: NativePool, env: &TestEnv) -> anyhow::Result<Vec<Figure>> {
    let (name, tokens) = (pool.to_string(), login::tokens(env).await?);
    match pool {
        NativePool::MysqlAsync => {
            let ours = mysql_async::pool(env, tokens);
            let native = mysql_async::native_pool(env)?;
            pool::throughput(&name, &ours, &native).await
        }
        NativePool::Sqlx => {
            let ours = sqlx::pool(env, tokens);
            let native = sqlx::native_pool(env)?;
            pool::throughput(&name, &ours, &native).await
        }
        NativePool::Deadpool => {
            let ours = diesel::deadpool(env, tokens);
            let native = diesel::native_deadpool(env)?;
            pool::throughput(&name, &ours, &native).await
        }
        NativePool::Bb8 => {
            let ours = diesel::bb8(env, tokens).await?;
            let native = diesel::native_bb8(env).await?;
            pool::throughput(&name, &ours, &native).await
        }
        NativePool::R2d2 => {
            let ours = diesel_sync::pool(env, tokens).await?;
            let native = diesel_sync::native_pool(env).await?;
            let figures = pool::blocking_throughput(&name, &ours, &native).await;
            // Its connections' runtimes cannot end in an asynchronous task.
            blocking(move || drop(native)).await;
            figures
        }
    }
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MysqlAsync => MysqlAsync::NAME,
            Self::Sqlx => Sqlx::NAME,
            Self::SeaOrm => SeaOrm::NAME,
            Self::Diesel => Diesel::NAME,
            Self::DieselSync => DieselSync::NAME,
        })
    }
}

impl fmt::Display for NativePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MysqlAsync => "mysql_async",
            Self::Sqlx => "sqlx",
            Self::Deadpool => "diesel, deadpool",
            Self::Bb8 => "diesel, bb8",
            Self::R2d2 => "diesel, r2d2",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_chooses_among_the_parts() {
        let names = |only| -> Vec<_> { parts(&[], only).iter().map(Part::name).collect() };
        assert_eq!(names("cache"), ["cache, read", "cache, first callers"]);
        assert_eq!(names("sqlx"), ["connect, sqlx", "pool, sqlx"]);
        assert!(names("no such").is_empty());
        assert_eq!(names("").len(), 17);
    }
}
