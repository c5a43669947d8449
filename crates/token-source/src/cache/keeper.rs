//! The task that refreshes a token ahead of time though nobody asks for it.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::fetch::OutcomeReceiver;
use crate::Token;

/// How often the keeper looks at the wall clock at least. Timers stand still while a machine
/// sleeps, so one long sleep until the refresh would end hours late.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The least the keeper rests, so that no policy can make it spin.
const SHORTEST_REST: Duration = Duration::from_millis(10);

/// What the keeper has to wait for.
pub(super) enum Tended {
    UnderWay(OutcomeReceiver),
    Resting(Duration),
}

/// Keeps the token of a cache fresh until its last handle is gone, which closes `tokens`.
///
/// `tend` starts a refresh that is due, and returns `None` once the cache is gone. Between two calls
/// it must not hold the cache, which could not end otherwise.
pub(super) async fn keep(
    tend: impl Fn() -> Option<Tended>,
    mut tokens: watch::Receiver<Option<Token>>,
) {
    while let Some(tended) = tend() {
        let rest = async {
            match tended {
                Tended::UnderWay(mut outcome) => {
                    let _ = timeout(HEARTBEAT, outcome.wait_for(Option::is_some)).await;
                }
                Tended::Resting(time) => sleep(time.clamp(SHORTEST_REST, HEARTBEAT)).await,
            }
        };
        tokio::select! {
            () = rest => {}
            changed = tokens.changed() => if changed.is_err() {
                return;
            },
        }
    }
}
