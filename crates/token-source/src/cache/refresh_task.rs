//! The task that refreshes a token ahead of time even if nobody asks for it.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::fetch::OutcomeReceiver;
use crate::Token;

/// The longest time between two looks at the wall clock. Timers stop while a machine sleeps, so one
/// long sleep until the refresh would end hours late.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The shortest sleep, so that no policy can make the task spin.
const SHORTEST_SLEEP: Duration = Duration::from_millis(10);

/// What the task does next.
pub(super) enum NextAction {
    AwaitFetch(OutcomeReceiver),
    Sleep(Duration),
}

/// Asks `next_action` again and again, until it returns nothing or the cache is gone, which closes
/// `tokens`. Neither may keep the cache alive.
pub(super) async fn run(
    next_action: impl Fn() -> Option<NextAction>,
    mut tokens: watch::Receiver<Option<Token>>,
) {
    while let Some(action) = next_action() {
        let wait = async {
            match action {
                NextAction::AwaitFetch(mut outcome) => {
                    let _ = timeout(HEARTBEAT, outcome.wait_for(Option::is_some)).await;
                }
                NextAction::Sleep(time) => sleep(time.clamp(SHORTEST_SLEEP, HEARTBEAT)).await,
            }
        };
        tokio::select! {
            () = wait => {}
            changed = tokens.changed() => if changed.is_err() {
                return;
            },
        }
    }
}
