use std::fmt;

/// What statements ask about the server that the session is in.
pub(crate) trait ServerInformation: fmt::Debug + Send + Sync {
    /// `VERSION()`.
    fn version(&self) -> &str;

    /// Seconds since the start, for `SHOW STATUS LIKE 'Uptime'`.
    fn uptime(&self) -> u64;

    /// How many connections there have been, for `SHOW STATUS LIKE 'Connections'`.
    fn connections(&self) -> u64;

    /// How many connections are open, for `SHOW STATUS LIKE 'Threads_connected'`.
    fn open_connections(&self) -> u64;

    /// How many connections may be open, for `@@max_connections`.
    fn most_connections(&self) -> usize;

    /// `KILL`: ends a connection, and tells whether there was one of that id.
    fn kill(&self, connection_id: u32) -> bool;
}

/// What statements ask about the login of the session.
#[derive(Clone, Debug)]
pub(crate) struct SessionInformation {
    /// `CONNECTION_ID()`.
    pub(crate) connection_id: u32,
    /// The user, without a host.
    pub(crate) user: String,
    /// Such as `TLSv1.3`, for `SHOW SESSION STATUS LIKE 'Ssl_version'`.
    pub(crate) tls_version: String,
    /// Such as `TLS_AES_256_GCM_SHA384`, for `SHOW SESSION STATUS LIKE 'Ssl_cipher'`.
    pub(crate) tls_cipher: String,
    /// `CLIENT_FOUND_ROWS`: an `UPDATE` counts the rows that it found, not those that it changed.
    pub(crate) found_rows: bool,
}
