//! .NET tab, user-assigned managed identity.

use std::env;

use token_source_mysql_async::{
    Connector,
    azure_mysql::{Environment, Identity, dotnet},
    mysql_async::prelude::Queryable,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // the ADO.NET connection string that Service Connector set
    let settings = dotnet::from_environment(&Environment::process())?;

    // user-assigned managed identity
    let settings = settings.with_identity(Identity::UserAssigned {
        client_id: env::var("AZURE_MYSQL_CLIENTID")
            .map_err(|_| "AZURE_MYSQL_CLIENTID is not set")?,
    });

    // acquire a token, and open a connection with it as the password
    let mut connection = Connector::new(&settings).connect().await?;

    connection
        .query_drop(
            "CREATE TABLE IF NOT EXISTS dotnet_notes \
             (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(100) NOT NULL)",
        )
        .await?;
    connection
        .exec_drop("INSERT INTO dotnet_notes (note) VALUES (?)", ("hello",))
        .await?;
    let id = connection.last_insert_id();
    let query = "SELECT note, CURRENT_USER(), VERSION() FROM dotnet_notes WHERE id = ?";
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
