use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{IssuedToken, Principal};

/// What the endpoints have given to each principal.
#[derive(Default)]
pub(crate) struct GivenTokens {
    /// By object id. There are as many as there are principals, and as many tokens of each as there
    /// are resources.
    by_principal: Mutex<HashMap<String, Given>>,
}

#[derive(Default)]
struct Given {
    count: u64,
    last_by_resource: HashMap<String, IssuedToken>,
}

impl GivenTokens {
    pub(super) fn note(&self, principal: &Principal, resource: &str, token: &IssuedToken) {
        self.with(principal, |given| {
            given.count += 1;
            given
                .last_by_resource
                .insert(resource.to_owned(), token.clone());
        });
    }

    pub(super) fn last(&self, principal: &Principal, resource: &str) -> Option<IssuedToken> {
        self.with(principal, |given| {
            given.last_by_resource.get(resource).cloned()
        })
    }

    pub(crate) fn count(&self, principal: &Principal) -> u64 {
        self.with(principal, |given| given.count)
    }

    fn with<T>(&self, principal: &Principal, change: impl FnOnce(&mut Given) -> T) -> T {
        let mut given = self
            .by_principal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        change(
            given
                .entry(principal.object_id().to_ascii_lowercase())
                .or_default(),
        )
    }
}
