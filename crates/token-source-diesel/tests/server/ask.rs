//! Queries, with async and without: the two of them share their methods' names.

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl, connection::LoadConnection, mysql::Mysql, select,
    sql_query, sql_types::Text,
};
use token_source_diesel::{
    diesel,
    diesel_async::{self, AsyncMysqlConnection},
};

diesel::define_sql_function! {
    /// The number of the session.
    fn connection_id() -> Unsigned<BigInt>;
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(Mysql))]
struct Row {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

pub(crate) async fn session(connection: &mut AsyncMysqlConnection) -> u64 {
    diesel_async::RunQueryDsl::get_result(select(connection_id()), connection)
        .await
        .unwrap()
}

pub(crate) async fn run(connection: &mut AsyncMysqlConnection, statement: &str) {
    diesel_async::RunQueryDsl::execute(sql_query(statement), connection)
        .await
        .unwrap();
}

/// What the statement gives in the column `Value`.
pub(crate) async fn value(
    connection: &mut AsyncMysqlConnection,
    statement: &str,
) -> QueryResult<String> {
    let row: Row = diesel_async::RunQueryDsl::get_result(sql_query(statement), connection).await?;
    Ok(row.value)
}

pub(crate) fn session_blocking(connection: &mut impl LoadConnection<Backend = Mysql>) -> u64 {
    select(connection_id()).get_result(connection).unwrap()
}

pub(crate) fn run_blocking(connection: &mut impl LoadConnection<Backend = Mysql>, statement: &str) {
    sql_query(statement).execute(connection).unwrap();
}
