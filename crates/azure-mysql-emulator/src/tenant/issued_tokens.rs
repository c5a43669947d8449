use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{Principal, token::IssuedToken};

/// The tokens that the endpoints have issued to each principal.
#[derive(Default)]
pub(crate) struct IssuedTokens {
    /// By object id. It is bounded by the number of principals and resources.
    by_principal: Mutex<HashMap<String, History>>,
}

#[derive(Default)]
struct History {
    count: u64,
    last_by_resource: HashMap<String, IssuedToken>,
}

impl IssuedTokens {
    pub(super) fn record(&self, principal: &Principal, resource: &str, token: &IssuedToken) {
        self.with(principal, |history| {
            history.count += 1;
            history
                .last_by_resource
                .insert(resource.to_owned(), token.clone());
        });
    }

    pub(super) fn last(&self, principal: &Principal, resource: &str) -> Option<IssuedToken> {
        self.with(principal, |history| {
            history.last_by_resource.get(resource).cloned()
        })
    }

    pub(crate) fn count(&self, principal: &Principal) -> u64 {
        self.with(principal, |history| history.count)
    }

    fn with<T>(&self, principal: &Principal, access: impl FnOnce(&mut History) -> T) -> T {
        let id = principal.object_id().to_ascii_lowercase();
        let mut by_principal = self
            .by_principal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        access(by_principal.entry(id).or_default())
    }
}
