//! What goes in and out of a session.

use std::fmt;

use mysql_common::{Value, packets::Column};

/// What a statement did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done(Done),
    Rows(ResultSet),
}

/// The result of a statement without rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) affected_rows: u64,
    /// 0 if the statement made none.
    pub(crate) last_insert_id: u64,
    pub(crate) warnings: u16,
    /// As the server words it, such as `ResultSet matched: 1  Changed: 1  Warnings: 0`; often empty.
    pub(crate) info: String,
}

/// A result set. Each row has one value a column, of the type that the column says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ResultSet {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) warnings: u16,
    /// All rows of a table were read, which the protocol's status says.
    pub(crate) no_index_used: bool,
}

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
    /// The number of the collation that the client named at login.
    pub(crate) collation: u16,
    /// Such as `TLSv1.3`, for `SHOW SESSION STATUS LIKE 'Ssl_version'`.
    pub(crate) tls_version: &'static str,
    /// Such as `TLS_AES_256_GCM_SHA384`, for `SHOW SESSION STATUS LIKE 'Ssl_cipher'`.
    pub(crate) tls_cipher: String,
    /// `CLIENT_FOUND_ROWS`: an `UPDATE` counts the rows that it found, not those that it changed.
    pub(crate) found_rows: bool,
}
