//! Which table a name means. As on Azure, names of tables and databases are kept in lower case:
//! `lower_case_table_names` is 1.

use super::{
    ast::TableName,
    error::SqlError,
    expression::Environment,
    storage::{Storage, Table},
};

/// The database and the name of a table that may or may not be there.
///
/// # Errors
///
/// 1046 if no database is chosen, 1049 if there is no such database.
pub(super) fn locate(
    table: &TableName,
    environment: &Environment,
    storage: &Storage,
) -> Result<(String, String), SqlError> {
    let database = match &table.database {
        Some(database) => database.to_lowercase(),
        None => environment
            .database
            .clone()
            .ok_or_else(SqlError::no_database)?,
    };
    if !storage.has_database(&database) {
        return Err(SqlError::unknown_database(&database));
    }
    Ok((database, table.name.to_lowercase()))
}

/// # Errors
///
/// 1146 if there is no such table.
pub(super) fn find<'a>(
    storage: &'a Storage,
    database: &str,
    name: &str,
) -> Result<&'a Table, SqlError> {
    storage
        .find(database, name)
        .ok_or_else(|| SqlError::no_such_table(database, name))
}
