//! The task that refreshes a token ahead of time though nobody asks for it.

use std::{sync::Weak, time::Duration};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::shared::{Shared, Tended};
use crate::Token;

/// How often the keeper looks at the wall clock at least. Timers stand still while a machine
/// sleeps, so one long sleep until the refresh would end hours late.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The least the keeper rests, so that no policy can make it spin.
const SHORTEST_REST: Duration = Duration::from_millis(10);

/// Keeps the token of `shared` fresh until its last handle is gone, which closes `tokens`.
pub(super) async fn keep(shared: Weak<Shared>, mut tokens: watch::Receiver<Option<Token>>) {
    loop {
        // Between two looks the cache is not held: it must be able to end.
        let Some(tended) = shared.upgrade().map(|shared| shared.tend()) else {
            return;
        };
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
