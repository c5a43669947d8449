use std::time::Duration;

/// What goes wrong with one connection to the MySQL server.
///
/// Each connection takes its fault when it is accepted; see
/// [`Emulator::login_faults`](crate::Emulator::login_faults).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFault {
    /// The greeting offers no TLS, and the server asks for the token in the clear, as somebody in
    /// between would. It counts a token that comes, and then refuses the login with error 3159.
    NoTls,
    /// The certificate is for the right host name, from an authority that nobody trusts.
    OtherAuthority,
    /// The certificate is from the emulator's authority, for another host name.
    OtherHostName,
    /// A login that would have been accepted is refused with error 1045.
    Refused,
    /// The server says nothing more from this step on. It ends when the client leaves or the
    /// emulator stops.
    HangAt(LoginStep),
    /// The server closes the connection at this step.
    DropAt(LoginStep),
    /// The login is switched to this plugin, for instance `mysql_native_password`, `dialog`, or one
    /// that nobody has. Whatever the client answers is refused with error 1045.
    OtherPlugin(String),
    /// The server's first packet is no greeting, and its last.
    GarbageGreeting,
}

/// A moment of the login, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginStep {
    /// The connection is accepted, and nothing was sent.
    BeforeGreeting,
    /// The greeting was sent. What the client answers is not read, so a token that it sends in the
    /// clear is not counted.
    AfterGreeting,
    /// The client's TLS hello was read, and half of the answer to it was sent.
    DuringTls,
    /// TLS is up and the client has said who it is. It is not asked for a token.
    BeforeAuthSwitch,
    /// The token was read, and nothing is said of it.
    AfterToken,
}

impl LoginStep {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::BeforeGreeting,
        Self::AfterGreeting,
        Self::DuringTls,
        Self::BeforeAuthSwitch,
        Self::AfterToken,
    ];
}

/// How long each piece of data is under way, one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latency {
    pub(crate) to_server: Duration,
    pub(crate) to_client: Duration,
}
