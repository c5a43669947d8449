use std::{error::Error as StdError, fmt, iter::successors, sync::Arc};

use crate::credential_kind::CredentialKind;

/// Why there is no token.
///
/// `Display` is one line that says what happened and what to do next; [`source`](StdError::source)
/// leads to the causes, which that line does not repeat. `Debug` is the line and all causes. Neither
/// holds a secret or a response body. A clone is a handle to the same error, so all callers that waited
/// for one fetch get the whole of it.
///
/// ```
/// use token_source::{Error, ErrorKind};
///
/// let cause = std::io::Error::other("connection reset");
/// let error = Error::with_source(ErrorKind::Transport, "vault unreachable; check VPN", cause);
/// assert_eq!(error.to_string(), "vault unreachable; check VPN");
/// assert_eq!(format!("{error:?}"), "vault unreachable; check VPN (caused by: connection reset)");
/// ```
#[derive(Clone)]
pub struct Error(Arc<Details>);

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value from the program or its environment cannot be used.
    Configuration,
    /// The credential does not exist here, for instance a managed identity outside Azure.
    CredentialUnavailable,
    /// The identity provider rejected the request.
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

/// What a token endpoint did instead of returning a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointFailure {
    /// There is no such endpoint here: the machine is not in Azure, or has no managed identity.
    Absent,
    /// No connection to it: name resolution, TCP or TLS failed. The causes of the error say which.
    Unreachable,
    /// It answered with this HTTP status.
    Status(u16),
}

/// Why a managed identity endpoint has no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IdentityProblem {
    /// The requested identity is not assigned to this resource.
    NotAssigned,
    /// The request named no identity, and several are assigned to this resource.
    Ambiguous,
}

pub(crate) type Source = Box<dyn StdError + Send + Sync>;

/// Everything that an error says.
pub(crate) struct Details {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) credential: Option<CredentialKind>,
    pub(crate) entra_code: Option<u32>,
    pub(crate) endpoint: Option<EndpointFailure>,
    pub(crate) identity: Option<IdentityProblem>,
    pub(crate) source: Option<Source>,
}

impl Details {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            credential: None,
            entra_code: None,
            endpoint: None,
            identity: None,
            source: None,
        }
    }

    pub(crate) fn of(
        credential: CredentialKind,
        kind: ErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            credential: Some(credential),
            ..Self::new(kind, message)
        }
    }
}

impl From<Details> for Error {
    fn from(details: Details) -> Self {
        Self(Arc::new(details))
    }
}

impl Error {
    /// An error of a `kind`. The message is one line and must not hold a secret.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Details::new(kind, message).into()
    }

    /// An error of a `kind` with the error that caused it, whose text the message does not repeat.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let source = Some(source.into());
        Details {
            source,
            ..Details::new(kind, message)
        }
        .into()
    }

    /// An error about a `credential`, whose name precedes the message.
    pub(crate) fn of(
        credential: CredentialKind,
        kind: ErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Details::of(credential, kind, message).into()
    }

    /// The same error with `more` at the end of its message, and with other causes.
    pub(crate) fn extended(&self, more: &str, source: Option<Source>) -> Self {
        Details {
            message: format!("{}{more}", self.0.message),
            source,
            ..*self.0
        }
        .into()
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

    /// Which credential failed. `None` if none of [`entra`](crate::entra) did, or a whole
    /// [`Chain`](crate::entra::Chain): then the causes are those of its credentials.
    pub fn credential(&self) -> Option<CredentialKind> {
        self.0.credential
    }

    /// The number of the `AADSTS` code, where Microsoft Entra gave one.
    ///
    /// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
    pub fn entra_code(&self) -> Option<u32> {
        self.0.entra_code
    }

    /// What the token endpoint did, if the error is about one.
    pub fn endpoint_failure(&self) -> Option<EndpointFailure> {
        self.0.endpoint
    }

    /// The HTTP status of the token endpoint's answer, if there was an answer.
    pub fn http_status(&self) -> Option<u16> {
        match self.0.endpoint {
            Some(EndpointFailure::Status(status)) => Some(status),
            _ => None,
        }
    }

    /// What a managed identity endpoint had against the request, if the error is about one.
    pub fn identity_problem(&self) -> Option<IdentityProblem> {
        self.0.identity
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(credential) = self.0.credential {
            write!(f, "{credential}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let causes: Vec<String> = successors(self.source(), |&cause| cause.source())
            .map(ToString::to_string)
            .collect();
        if causes.is_empty() {
            return Ok(());
        }
        write!(f, " (caused by: {})", causes.join(": "))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
