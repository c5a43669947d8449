//! What a pool makes of an outage of the token endpoint.
//!
//! Both pools are in a process of their own, which finds the endpoint by its environment as a program
//! in Azure does: see [`clients`].

pub(crate) mod clients;

use std::{process::Stdio, time::Duration};

use anyhow::{Context, ensure};
use azure_mysql::ClientType;
use azure_mysql_emulator::{Principal, TokenFault};
use test_servers::{ServerKind, TestEnv};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use crate::figure::{Figure, Goal};

const MEASURE: &str = "failed logins in an outage of the token endpoint";

/// Ours is refreshed after 8 to 10 s, in the middle of the outage.
const TOKEN_LIFETIME: Duration = Duration::from_secs(20);
const UNTIL_OUTAGE: Duration = Duration::from_millis(7_500);
const OUTAGE: Duration = Duration::from_secs(4);
const UNTIL_END: Duration = Duration::from_millis(2_500);

/// `token-source`'s pool, and the same driver's connections in the same kind of pool whose manager asks
/// `azure_identity` for each login's token.
///
/// `azure_identity` asks the endpoint anew from five minutes before a token's end, and all callers wait
/// for the answer, however long the token is still valid. A real token is in that state at the end of
/// its hour or day; these short ones are in it all the time. Times are short so that the run is:
/// seconds of an outage stand for minutes, and the second that a login may take for the half minute
/// that pools wait.
pub(crate) async fn figures() -> anyhow::Result<Vec<Figure>> {
    let principal = Principal::system_assigned("aad_outage");
    let env = TestEnv::builder(ServerKind::Embedded)
        .principal(principal.clone())
        .token_lifetime(TOKEN_LIFETIME)
        .start()
        .await?;
    let mut child = Command::new(std::env::current_exe()?)
        .args([
            "outage-clients",
            &(UNTIL_OUTAGE + OUTAGE + UNTIL_END).as_secs().to_string(),
        ])
        .env_clear()
        .envs(env.environment(ClientType::Python, &principal))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().context("no output")?;
    let mut lines = BufReader::new(output).lines();
    let ready = lines.next_line().await?;
    ensure!(ready.as_deref() == Some(clients::READY), "{ready:?}");

    let faults = env.emulator().token_faults();
    tokio::time::sleep(UNTIL_OUTAGE).await;
    faults.always(TokenFault::ServiceUnavailable);
    tokio::time::sleep(OUTAGE).await;
    faults.clear();
    let tally = lines.next_line().await?.context("no result")?;
    let [ours, theirs]: [clients::Tally; 2] = serde_json::from_str(&tally)?;
    ensure!(child.wait().await?.success(), "the clients failed");
    env.stop().await?;

    let detail = |tally: &clients::Tally| {
        format!(
            "of {}; {} s with 503, tokens of {} s, a login may take {} s",
            tally.logins,
            OUTAGE.as_secs(),
            TOKEN_LIFETIME.as_secs(),
            clients::LOGIN_LIMIT.as_secs()
        )
    };
    Ok(vec![
        Figure::new(MEASURE, "token-source's pool", f64::from(ours.failed))
            .goal(Goal::AtMost(0.0))
            .made_of(detail(&ours)),
        Figure::new(
            MEASURE,
            "a pool on azure_identity alone",
            f64::from(theirs.failed),
        )
        .made_of(detail(&theirs)),
    ])
}
