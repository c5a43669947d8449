//! Python tab, user-assigned managed identity.

use std::env;

use token_source_mysql_async::{
    Connector,
    azure_mysql::{Identity, Settings},
    mysql_async::prelude::Queryable,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // host, database and user, as Service Connector set them
    let settings = Settings::from_env()?;

    // user-assigned managed identity
    let client_id =
        env::var("AZURE_MYSQL_CLIENTID").map_err(|_| "AZURE_MYSQL_CLIENTID is not set")?;
    let settings = settings.with_identity(Identity::UserAssigned { client_id });

    // acquire a token, and open a connection with it as the password
    let mut connection = Connector::new(&settings).connect().await?;

    let (user, version): (String, String) = connection
        .query_first("SELECT CURRENT_USER(), VERSION()")
        .await?
        .ok_or("no row")?;
    let (_, tls): (String, String) = connection
        .query_first("SHOW SESSION STATUS LIKE 'Ssl_version'")
        .await?
        .ok_or("no row")?;
    println!("logged in as {user} to {version} over {tls}");

    connection.disconnect().await?;
    Ok(())
}
