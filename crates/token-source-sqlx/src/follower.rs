//! Keeps the options of a pool up to date: the driver has no other way to a fresh token.

use std::{
    ptr,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use sqlx::{
    MySqlPool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    pool::CloseEvent,
};
use token_source::Token;
use tokio::task::AbortHandle;

use crate::Connector;

/// How often the wall clock is looked at: timers stand still while a machine sleeps.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// A pool and the token that its options hold. The driver knows no weak handle to a pool; a weak
/// handle to this is one.
pub(crate) struct Shared {
    pub(crate) pool: MySqlPool,
    pub(crate) connector: Connector,
    token: Mutex<Option<Token>>,
}

/// Stops the task when the last handle is gone.
pub(crate) struct Follower(AbortHandle);

impl Shared {
    /// A pool of the driver's that opens no connection yet.
    pub(crate) fn lazy(connector: Connector, options: MySqlPoolOptions) -> Self {
        let connect_options = connect_options(&connector, connector.tokens().current().as_ref());
        Self::new(connector, options.connect_lazy_with(connect_options))
    }

    pub(crate) fn new(connector: Connector, pool: MySqlPool) -> Self {
        let token = connector.tokens().current();
        pool.set_connect_options(connect_options(&connector, token.as_ref()));
        Self {
            pool,
            connector,
            token: Mutex::new(token),
        }
    }

    /// Puts the cache's token into the options, or else `fallback`, and returns it.
    ///
    /// If there is neither, `None`: a token that is there stays for as long as it is valid, and one
    /// that has expired is taken out, so that it is never sent.
    pub(crate) fn put_token(&self, fallback: Option<&Token>) -> Option<Token> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that an older token never takes the place of a newer one.
        let token = self
            .connector
            .tokens()
            .current()
            .or_else(|| fallback.cloned());
        match (&token, &*held) {
            // Handles to one token share its secret.
            (Some(token), Some(held)) if ptr::eq(token.secret(), held.secret()) => {}
            (None, Some(held)) if !time_until(held.expires_on()).is_zero() => {}
            (None, None) => {}
            _ => {
                let options = connect_options(&self.connector, token.as_ref());
                self.pool.set_connect_options(options);
                held.clone_from(&token);
            }
        }
        token
    }

    /// How long to wait before the clock has to be looked at again.
    fn rest(&self) -> Duration {
        let held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let expires_on = held.as_ref().map(Token::expires_on);
        match expires_on.map_or(HEARTBEAT, time_until) {
            // The cache has another clock, and that one says that it is still valid.
            Duration::ZERO => HEARTBEAT,
            left => left.min(HEARTBEAT),
        }
    }
}

impl Follower {
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        let closed = shared.pool.close_event();
        let task = follow(Arc::downgrade(shared), shared.connector.clone(), closed);
        Self(tokio::spawn(task).abort_handle())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(shared: Weak<Shared>, connector: Connector, mut closed: CloseEvent) {
    let mut updates = connector.tokens().subscribe();
    // From the first fetch on, the cache sees to the next ones by itself, also if this one fails.
    tokio::select! {
        () = &mut closed => return,
        _ = connector.tokens().token() => {}
    }
    loop {
        let Some(rest) = shared.upgrade().map(|shared| {
            shared.put_token(None);
            shared.rest()
        }) else {
            return;
        };
        tokio::select! {
            () = &mut closed => return,
            update = updates.next() => if update.is_none() { return },
            () = tokio::time::sleep(rest) => {}
        }
    }
}

fn connect_options(connector: &Connector, token: Option<&Token>) -> MySqlConnectOptions {
    match token {
        Some(token) => connector.options_with(token),
        None => connector.options_without_token().clone(),
    }
}

fn time_until(moment: SystemTime) -> Duration {
    moment.duration_since(SystemTime::now()).unwrap_or_default()
}
