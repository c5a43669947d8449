use std::{sync::Arc, time::Duration};

use token_source::{Clock as _, RejectOutcome, Token, TokenCache, TokenStatus};
use tokio::time::Instant;

use crate::{endpoint::Endpoint, invariants::Invariants, wall_clock::WallClock};

/// How long a fetch may take by default, and so the longest wait of a caller.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Somebody who needs a token now.
pub(crate) struct Caller {
    pub(crate) cache: TokenCache,
    pub(crate) clock: WallClock,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) invariants: Invariants,
}

impl Caller {
    pub(crate) async fn asks(self) {
        self.asked().await;
    }

    /// Logs in with a token that the server refuses.
    pub(crate) async fn logs_in_and_is_rejected(self) {
        let Some(refused) = self.asked().await else {
            return;
        };
        let asked = Instant::now();
        let answer = self.cache.reject(&refused).await;
        self.check_wait(asked);
        let is_told_apart = match &answer {
            Ok(RejectOutcome::New(token)) => {
                self.check_valid(token);
                token.secret() != refused.secret()
            }
            Ok(RejectOutcome::Same(token)) => {
                self.check_valid(token);
                token.secret() == refused.secret()
            }
            Err(_) => true,
        };
        self.invariants.check(
            is_told_apart,
            format!("{refused:?} was refused: {answer:?}"),
        );
    }

    async fn asked(&self) -> Option<Token> {
        let asked = Instant::now();
        let answer = self.cache.token().await;
        self.check_wait(asked);
        match answer {
            Ok(token) => {
                self.check_valid(&token);
                Some(token)
            }
            Err(error) => {
                self.invariants.check(
                    !self.endpoint.cache_holds_a_valid_token(),
                    format!("a valid token was held, and a caller got: {error}"),
                );
                None
            }
        }
    }

    fn check_valid(&self, token: &Token) {
        let status = token.status_at(self.clock.now());
        self.invariants.check(
            status != TokenStatus::Expired,
            format!("an expired token was served: {token:?}"),
        );
    }

    fn check_wait(&self, since: Instant) {
        let waited = since.elapsed();
        self.invariants.check(
            waited <= LONGEST_WAIT,
            format!("a caller waited for {waited:?}"),
        );
    }
}
