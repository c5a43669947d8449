//! Go tab, service principal.

use std::env;

use token_source_sqlx::{
    Pool,
    azure_mysql::{Environment, Identity, go},
    sqlx::{query, query_as, query_scalar},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // the connection, as Service Connector set it
    let settings = go::from_environment(&Environment::process())?;

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

    // acquire a token, and open the database with it as the password
    let db = Pool::connect(&settings).await?;

    query(
        "CREATE TABLE IF NOT EXISTS go_inventory \
         (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL, quantity INT NOT NULL)",
    )
    .execute(&*db)
    .await?;
    let inserted = query("INSERT INTO go_inventory (name, quantity) VALUES (?, ?)")
        .bind("banana")
        .bind(150)
        .execute(&*db)
        .await?;
    let quantity: i32 = query_scalar("SELECT quantity FROM go_inventory WHERE id = ?")
        .bind(inserted.last_insert_id())
        .fetch_one(&*db)
        .await?;
    assert_eq!(quantity, 150);

    let (user, version): (String, String) = query_as("SELECT CURRENT_USER(), VERSION()")
        .fetch_one(&*db)
        .await?;
    let (_, tls): (String, String) = query_as("SHOW SESSION STATUS LIKE 'Ssl_version'")
        .fetch_one(&*db)
        .await?;
    println!("logged in as {user} to {version} over {tls}");

    db.close().await;
    Ok(())
}
