use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest::{SHA256, digest};

use crate::Counters;

/// As many refusals are kept. The count goes on.
const MOST_REFUSALS: usize = 1_000;

/// As many tokens are told apart.
const MOST_TOKENS: usize = 10_000;

/// A login that the MySQL server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginRefusal {
    /// The MySQL user name that the client gave, of 96 bytes at most.
    pub user: String,
    /// Why, as the log says it. The client is not told.
    pub reason: String,
    /// The number of the error that the client was told, such as 1045.
    pub error_number: u16,
}

/// What the server counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    connections: AtomicU64,
    logins_accepted: AtomicU64,
    logins_refused: AtomicU64,
    tokens_received: AtomicU64,
    statements: AtomicU64,
    refusals: Mutex<VecDeque<LoginRefusal>>,
    /// Hashes, so that no token is kept.
    tokens: Mutex<HashSet<Vec<u8>>>,
}

impl Metrics {
    pub(crate) fn count_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(crate) fn count_token(&self, token: &[u8]) {
        self.tokens_received.fetch_add(1, Ordering::Relaxed);
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() < MOST_TOKENS {
            tokens.insert(digest(&SHA256, token).as_ref().to_vec());
        }
    }

    pub(crate) fn count_accepted(&self) {
        self.logins_accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_refused(&self, refusal: LoginRefusal) {
        self.logins_refused.fetch_add(1, Ordering::Relaxed);
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.len() == MOST_REFUSALS {
            refusals.pop_front();
        }
        refusals.push_back(refusal);
    }

    pub(crate) fn refusals(&self) -> Vec<LoginRefusal> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.iter().cloned().collect()
    }

    /// Adds what is counted here to what the endpoints have counted.
    pub(crate) fn add_to(&self, counters: &mut Counters) {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        counters.connections = self.connections();
        counters.logins_accepted = self.logins_accepted.load(Ordering::Relaxed);
        counters.logins_refused = self.logins_refused.load(Ordering::Relaxed);
        counters.tokens_received = self.tokens_received.load(Ordering::Relaxed);
        counters.distinct_tokens = tokens.len() as u64;
        counters.statements = self.statements();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_comes_again_is_counted_and_not_distinct() {
        let metrics = Metrics::default();
        for token in ["a", "b", "a"] {
            metrics.count_token(token.as_bytes());
        }
        let mut counters = Counters::default();
        metrics.add_to(&mut counters);
        assert_eq!((counters.tokens_received, counters.distinct_tokens), (3, 2));
    }

    #[test]
    fn the_newest_refusals_are_kept_and_all_are_counted() {
        let metrics = Metrics::default();
        for number in 0..=MOST_REFUSALS {
            metrics.count_refused(LoginRefusal {
                user: number.to_string(),
                reason: String::new(),
                error_number: 1045,
            });
        }
        let mut counters = Counters::default();
        metrics.add_to(&mut counters);
        assert_eq!(counters.logins_refused, MOST_REFUSALS as u64 + 1);
        assert_eq!(metrics.refusals().len(), MOST_REFUSALS);
        assert_eq!(metrics.refusals()[0].user, "1");
    }
}
