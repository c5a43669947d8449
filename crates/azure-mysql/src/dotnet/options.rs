//! The options of `MySqlConnector`, under all their names:
//! <https://mysqlconnector.net/connection-options/>.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Server,
    Port,
    User,
    Password,
    Database,
    Protocol,
    SslMode,
    SslCa,
    /// Not used here; its first name.
    Ignored(&'static str),
}

pub(super) fn known(key: &str) -> Option<Known> {
    let is = |names: &str| names.split('|').any(|name| name.eq_ignore_ascii_case(key));
    if let Some((known, _)) = USED.iter().find(|(_, names)| is(names)) {
        return Some(*known);
    }
    let ignored = IGNORED.iter().find(|names| is(names))?;
    ignored.split('|').next().map(Known::Ignored)
}

/// The names of an option are separated by bars.
const USED: &[(Known, &str)] = &[
    (
        Known::Server,
        "Server|Host|Data Source|DataSource|Address|Addr|Network Address",
    ),
    (Known::Port, "Port"),
    // "User Id" is how Service Connector writes the first.
    (Known::User, "User ID|UserID|Username|Uid|User name|User"),
    (Known::Password, "Password|Pwd"),
    (Known::Database, "Database|Initial Catalog"),
    (
        Known::Protocol,
        "Connection Protocol|ConnectionProtocol|Protocol",
    ),
    (Known::SslMode, "SSL Mode|SslMode"),
    (
        Known::SslCa,
        "SSL CA|CACertificateFile|CA Certificate File|SslCa|Ssl-Ca",
    ),
];

const IGNORED: &[&str] = &[
    "Load Balance|LoadBalance",
    "Pipe Name|PipeName|Pipe",
    "Certificate File|CertificateFile",
    "Certificate Password|CertificatePassword",
    "Certificate Store Location|CertificateStoreLocation",
    "Certificate Thumbprint|CertificateThumbprint|Certificate Thumb Print",
    "SSL Cert|SslCert|Ssl-Cert",
    "SSL Key|SslKey|Ssl-Key",
    "TLS Version|TlsVersion|Tls-Version",
    "TLS Cipher Suites|TlsCipherSuites",
    "Pooling",
    "Connection Lifetime|ConnectionLifeTime",
    "Connection Reset|ConnectionReset",
    "Defer Connection Reset|DeferConnectionReset",
    "Connection Idle Ping Time|ConnectionIdlePingTime",
    "Connection Idle Timeout|ConnectionIdleTimeout",
    "Minimum Pool Size|Min Pool Size|MinimumPoolSize|minpoolsize",
    "Maximum Pool Size|Max Pool Size|MaximumPoolSize|maxpoolsize",
    "DNS Check Interval|DnsCheckInterval",
    "Allow Load Local Infile|AllowLoadLocalInfile",
    "Allow Public Key Retrieval|AllowPublicKeyRetrieval",
    "Allow User Variables|AllowUserVariables",
    "Allow Zero DateTime|AllowZeroDateTime",
    "Application Name|ApplicationName",
    "Auto Enlist|AutoEnlist",
    "Cancellation Timeout|CancellationTimeout",
    "Character Set|CharSet|CharacterSet",
    "Connection Timeout|ConnectionTimeout|Connect Timeout",
    "Convert Zero DateTime|ConvertZeroDateTime",
    "DateTime Kind|DateTimeKind",
    "Default Command Timeout|DefaultCommandTimeout|Command Timeout",
    "Force Synchronous|ForceSynchronous",
    "GUID Format|GuidFormat",
    "Ignore Command Transaction|IgnoreCommandTransaction",
    "Ignore Prepare|IgnorePrepare",
    "Interactive Session|InteractiveSession|Interactive",
    "Keep Alive|Keepalive",
    "No Backslash Escapes|NoBackslashEscapes",
    "Old Guids|OldGuids",
    "Persist Security Info|PersistSecurityInfo",
    "Pipelining",
    "Server Redirection Mode|ServerRedirectionMode",
    "Server RSA Public Key File|ServerRsaPublicKeyFile",
    "Server SPN|ServerSPN",
    "Treat Tiny As Boolean|TreatTinyAsBoolean",
    "Use Affected Rows|UseAffectedRows",
    "Use Compression|Compress|UseCompression",
    "Use XA Transactions|UseXaTransactions",
];
