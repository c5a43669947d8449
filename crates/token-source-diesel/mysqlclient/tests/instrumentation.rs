//! diesel tells its default instrumentation the URL, so with one there is no connection.

use diesel::{
    MysqlConnection,
    connection::{InstrumentationEvent, set_default_instrumentation},
};
use token_source_diesel::{ErrorKind, azure_mysql::Settings, mysqlclient::ConnectionManager};

#[test]
fn is_refused() {
    // What it does does not matter: there is one.
    set_default_instrumentation(|| Some(Box::new(|_: InstrumentationEvent<'_>| ()))).unwrap();

    let settings = Settings::builder()
        .host("db.example.com")
        .user("aad_app")
        .build()
        .unwrap();
    let error = ConnectionManager::<MysqlConnection>::new(&settings).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClientLibrary, "{error}");
    assert!(error.to_string().contains("instrumentation"), "{error}");
}
