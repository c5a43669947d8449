//! Python tab, service principal.

use std::env;

use token_source_mysql_async::{
    Connector,
    azure_mysql::{Environment, Identity, python},
    mysql_async::prelude::Queryable,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // host, database and user, as Service Connector set them
    let settings = python::from_environment(&Environment::process())?;

    // service principal
    let settings = settings.with_identity(Identity::ServicePrincipal {
        tenant_id: env::var("AZURE_MYSQL_TENANTID")
            .map_err(|_| "AZURE_MYSQL_TENANTID is not set")?,
        client_id: env::var("AZURE_MYSQL_CLIENTID")
            .map_err(|_| "AZURE_MYSQL_CLIENTID is not set")?,
        client_secret: env::var("AZURE_MYSQL_CLIENTSECRET")
            .map_err(|_| "AZURE_MYSQL_CLIENTSECRET is not set")?
            .into(),
    });

    // acquire a token, and open a connection with it as the password
    let mut connection = Connector::new(&settings).connect().await?;

    connection
        .query_drop(
            "CREATE TABLE IF NOT EXISTS python_notes \
             (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100) NOT NULL)",
        )
        .await?;
    connection
        .exec_drop("INSERT INTO python_notes (note) VALUES (?)", ("hello",))
        .await?;
    let id = connection.last_insert_id();
    let query = "SELECT note, CURRENT_USER(), VERSION() FROM python_notes WHERE id = ?";
    let (note, user, version): (String, String, String) =
        connection.exec_first(query, (id,)).await?.ok_or("no row")?;
    assert_eq!(note, "hello");

    let (_, tls): (String, String) = connection
        .query_first("SHOW SESSION STATUS LIKE 'Ssl_version'")
        .await?
        .ok_or("no row")?;
    println!("logged in as {user} to {version} over {tls}");

    connection.disconnect().await?;
    Ok(())
}
