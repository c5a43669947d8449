use std::{error::Error as StdError, fmt, sync::Arc};

/// Why no token could be had.
///
/// One line that says what happened and what to do next; [`source`](StdError::source) leads to the
/// causes. It holds no secret and no response body. A clone is a handle to the same error, so all
/// callers that waited for one fetch get the whole of it.
#[derive(Clone)]
pub struct Error(Arc<Parts>);

struct Parts {
    kind: ErrorKind,
    message: String,
    entra_code: Option<u32>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value that the program or its environment gave cannot be used.
    Configuration,
    /// The credential cannot be used here, for instance a managed identity off Azure.
    CredentialUnavailable,
    /// The identity provider answered and said no.
    Refused,
    /// The identity provider could not be reached, or failed itself.
    Transport,
    /// The identity provider did not answer in time.
    Timeout,
    /// The answer could not be understood, or was of no use.
    MalformedResponse,
    /// The token source panicked.
    Panicked,
}

impl Error {
    /// An error of a `kind`. The message is one line and must not hold a secret.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Parts {
            kind,
            message: message.into(),
            entra_code: None,
            source: None,
        }))
    }

    /// An error of a `kind` with the error that caused it.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Parts {
            kind,
            message: message.into(),
            entra_code: None,
            source: Some(source.into()),
        }))
    }

    pub(crate) fn from_entra(kind: ErrorKind, message: String, entra_code: u32) -> Self {
        Self(Arc::new(Parts {
            kind,
            message,
            entra_code: Some(entra_code),
            source: None,
        }))
    }

    /// An error of the same kind and code, with another message and causes of its own.
    pub(crate) fn retold(
        &self,
        message: String,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Parts {
            kind: self.0.kind,
            message,
            entra_code: self.0.entra_code,
            source: Some(source.into()),
        }))
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Transport
            | ErrorKind::Timeout
            | ErrorKind::MalformedResponse
            | ErrorKind::Panicked => true,
            ErrorKind::Configuration | ErrorKind::CredentialUnavailable | ErrorKind::Refused => {
                false
            }
        }
    }

    /// The number of the `AADSTS` code, where Microsoft Entra gave one.
    ///
    /// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
    pub fn entra_code(&self) -> Option<u32> {
        self.0.entra_code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("entra_code", &self.0.entra_code)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
