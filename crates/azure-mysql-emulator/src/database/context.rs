//! What a session knows while it runs a statement.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::types::Value;

use super::{
    ServerInformation, SessionInformation, SqlError, catalogue::Table, storage::Storage,
    types::Type, variables::Variables,
};

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) storage: Arc<Storage>,
    pub(crate) server: Arc<dyn ServerInformation>,
    pub(crate) information: SessionInformation,
    pub(crate) database: Option<String>,
    pub(crate) variables: Variables,
    pub(crate) user_variables: HashMap<String, (Value, Type)>,
    pub(crate) temporary: BTreeMap<String, Table>,
    pub(crate) last_insert_id: u64,
    pub(crate) row_count: i64,
    pub(crate) found_rows: u64,
    /// When the statement started: microseconds since 1970, UTC.
    pub(crate) now: i64,
    /// Affected rows are those that were found, not those that were changed: `CLIENT_FOUND_ROWS`.
    pub(crate) count_found_rows: bool,
    pub(crate) autocommit: bool,
    pub(crate) in_transaction: bool,
}

impl Context {
    pub(crate) fn start_statement(&mut self) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.now = i64::try_from(now.as_micros()).unwrap_or(i64::MAX / 2);
    }

    /// `@@name`, of the session or (`Some(true)`) the server.
    ///
    /// # Errors
    ///
    /// 1193 if there is no such variable.
    pub(crate) fn system_variable(
        &self,
        global: Option<bool>,
        name: &str,
    ) -> Result<(Value, Type), SqlError> {
        let name = name.to_ascii_lowercase();
        let own = match name.as_str() {
            "autocommit" if global != Some(true) => Some(i64::from(self.autocommit).to_string()),
            "last_insert_id" | "identity" => Some(self.last_insert_id.to_string()),
            "pseudo_thread_id" => Some(self.information.connection_id.to_string()),
            other => self.of_server(other),
        };
        self.variables.read(&name, global == Some(true), own)
    }

    /// What `ON` shows as in `SHOW VARIABLES`.
    pub(crate) fn shown_variables(&self, global: bool) -> Vec<(String, String)> {
        let mut all = self.variables.shown(global);
        for (name, value) in &mut all {
            match name.as_str() {
                "autocommit" if !global => {
                    (if self.autocommit { "ON" } else { "OFF" }).clone_into(value);
                }
                other => {
                    if let Some(own) = self.of_server(other) {
                        *value = own;
                    }
                }
            }
        }
        all
    }

    /// The variables that tell what the server is.
    fn of_server(&self, name: &str) -> Option<String> {
        let version = self.server.version();
        match name {
            "version" => Some(version.to_owned()),
            "innodb_version" => version.split('-').next().map(str::to_owned),
            "max_connections" => Some(self.server.most_connections().to_string()),
            _ => None,
        }
    }
}
