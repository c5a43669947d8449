use crate::{Token, TokenStatus};

/// The current token, and what servers said about it.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) token: Token,
    pub(super) rejection: Rejection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// No server has rejected the token.
    None,
    /// A server has; callers wait for another token.
    AwaitingReplacement,
    /// A server has, and no other token could be fetched yet. It is served meanwhile.
    Served,
    /// A server has, and the endpoint returned the same token again.
    SameTokenReissued,
}

impl Entry {
    pub(super) fn new(token: Token, rejection: Rejection) -> Self {
        Self { token, rejection }
    }

    /// Whether another token has to be fetched because of a rejection.
    pub(super) fn needs_replacement(&self) -> bool {
        matches!(
            self.rejection,
            Rejection::AwaitingReplacement | Rejection::Served
        )
    }

    /// Whether nothing has to be fetched.
    pub(super) fn is_settled(&self, status: TokenStatus) -> bool {
        status == TokenStatus::Fresh && !self.needs_replacement()
    }
}
