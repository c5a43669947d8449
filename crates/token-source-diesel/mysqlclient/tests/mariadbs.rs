//! MariaDB Connector/C is refused: it sends a token to whoever asks.

use diesel::MysqlConnection;
use token_source_diesel::{ErrorKind, azure_mysql::Settings, mysqlclient::ConnectionManager};

#[test]
fn by_its_name_and_with_what_to_do() {
    let settings = Settings::builder()
        .host("db.example.com")
        .user("aad_app")
        .build()
        .unwrap();
    let error = ConnectionManager::<MysqlConnection>::new(&settings).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClientLibrary, "{error}");
    let text = error.to_string();
    for part in [
        "MariaDB Connector/C 3.",
        "goes on without TLS",
        "`bundled`",
        "`sync`",
    ] {
        assert!(text.contains(part), "{text}");
    }
}
