//! Java tab.

use token_source_sqlx::{
    Connector,
    azure_mysql::{Environment, java},
    sqlx::{Connection, query, query_as, query_scalar},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // the connection, as Service Connector set it
    let settings = java::from_environment(&Environment::process())?;

    // no authentication plugin to add: a token takes the place of the password
    let mut connection = Connector::new(&settings).connect().await?;

    // do something
    query(
        "CREATE TABLE IF NOT EXISTS java_todo \
         (id BIGINT AUTO_INCREMENT PRIMARY KEY, details VARCHAR(255) NOT NULL)",
    )
    .execute(&mut connection)
    .await?;
    let inserted = query("INSERT INTO java_todo (details) VALUES (?)")
        .bind("create an application without a password")
        .execute(&mut connection)
        .await?;
    let details: String = query_scalar("SELECT details FROM java_todo WHERE id = ?")
        .bind(inserted.last_insert_id())
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(details, "create an application without a password");

    let (user, version): (String, String) = query_as("SELECT CURRENT_USER(), VERSION()")
        .fetch_one(&mut connection)
        .await?;
    let (_, tls): (String, String) = query_as("SHOW SESSION STATUS LIKE 'Ssl_version'")
        .fetch_one(&mut connection)
        .await?;
    println!("logged in as {user} to {version} over {tls}");

    connection.close().await?;
    Ok(())
}
